"""What two texts have in common, word by word, leaving out the words that are masked on either side."""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from services.indexer import furniture, words
from services.indexer.fingerprint import GRAM, LONGEST, Placed

_PASSAGE = 8
"""Words: the shortest run that is told as a passage. Shorter ones are idiom."""

_ALMOST_ALL = 0.9
"""A text whose shape is furniture beyond this share has no other shape (verse, a script without full stops)."""

Shingle = tuple[str, ...]
Run = tuple[int, int]
"""First word and the word after the last."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A text as it is compared. `kept[i]` is 0 where word i is masked."""

    text: str
    words: list[str]
    spans: list[tuple[int, int]]
    kept: bytearray

    @property
    def size(self) -> int:
        """Words that count."""
        return sum(self.kept)


def read(text: str) -> Reading:
    """The words of a text, with its furniture masked."""
    located = words.locate(text, LONGEST)
    kept = bytearray(b"\x01" * len(located.words))
    _mask_spans(kept, located.spans, furniture.find(text))
    if sum(kept) < (1 - _ALMOST_ALL) * len(kept):
        kept = bytearray(b"\x01" * len(located.words))
    return Reading(text, located.words, located.spans, kept)


def without(reading: Reading, placed: Sequence[Placed], stops: frozenset[int]) -> Reading:
    """The same text with the spans around stop fingerprints masked, and all that lies between two in a row."""
    if not stops:
        return reading
    kept = bytearray(reading.kept)
    previous: int | None = None
    for at, number in placed:
        if number not in stops:
            previous = None
            continue
        start = at if previous is None else previous
        end = min(at + GRAM, len(kept))
        kept[start:end] = bytes(end - start)
        previous = at
    return Reading(reading.text, reading.words, reading.spans, kept)


def shingles(reading: Reading, length: int) -> dict[int, Shingle]:
    """Word number -> the `length` words from there on, where none of them is masked."""
    kept, folded = reading.kept, reading.words
    whole = b"\x01" * length
    columns = [folded[offset:] for offset in range(length)]
    return {
        at: shingle
        for at, shingle in enumerate(zip(*columns, strict=False))
        if kept[at] and kept[at : at + length] == whole
    }


def covered(own: dict[int, Shingle], other: Iterable[Shingle], length: int) -> int:
    """How many words of the own text stand in a shingle that the other text has too."""
    return sum(end - start for start, end in runs(own, other, length, 1))


def runs(own: dict[int, Shingle], other: Iterable[Shingle], length: int, shortest: int) -> list[Run]:
    """Maximal runs of the own text's words that lie in shared shingles, at least `shortest` words long."""
    theirs = frozenset(other)
    merged: list[Run] = []
    for at, shingle in own.items():
        if shingle not in theirs:
            continue
        if merged and at <= merged[-1][1]:
            merged[-1] = (merged[-1][0], at + length)
        else:
            merged.append((at, at + length))
    return [run for run in merged if run[1] - run[0] >= shortest]


def passages(own: Reading, other: Reading) -> list[Run]:
    """Shared runs of eight words and more."""
    return runs(shingles(own, GRAM), shingles(other, GRAM).values(), GRAM, _PASSAGE)


def quote(reading: Reading, found: Sequence[Run], most: int) -> tuple[str, ...]:
    """The longest runs as they stand in the text, longest first."""
    longest = sorted(found, key=lambda run: run[0] - run[1])[:most]
    return tuple(reading.text[reading.spans[start][0] : reading.spans[end - 1][1]] for start, end in longest)


def _mask_spans(kept: bytearray, spans: list[tuple[int, int]], masked: list[furniture.Span]) -> None:
    starts = [begin for begin, _ in spans]
    for start, end in masked:
        first, last = bisect_left(starts, start), bisect_left(starts, end)
        kept[first:last] = bytes(last - first)
