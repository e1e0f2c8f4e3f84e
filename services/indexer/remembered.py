"""The texts read lately, so that an article many others are compared with is loaded and read once."""

from collections import OrderedDict

from services.indexer.passages import Reading

_WORDS = 1_000_000
"""Words remembered in all: about 40 MB."""

Key = tuple[str, str]
"""An article and the exact hash of the text it had."""


class Readings:
    """Forgets the one not asked for longest. Not for several threads."""

    def __init__(self) -> None:
        self._readings: OrderedDict[Key, Reading] = OrderedDict()
        self._words = 0

    def get(self, key: Key) -> Reading | None:
        reading = self._readings.get(key)
        if reading is not None:
            self._readings.move_to_end(key)
        return reading

    def put(self, key: Key, reading: Reading) -> None:
        if key in self._readings:
            return
        self._readings[key] = reading
        self._words += len(reading.words)
        while self._words > _WORDS and self._readings:
            _, oldest = self._readings.popitem(last=False)
            self._words -= len(oldest.words)
