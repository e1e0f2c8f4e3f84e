"""A text as it is compared, and what two of them have in common, leaving out the words masked on either side."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from services.indexer import fingerprint, furniture, letters
from services.indexer.fingerprint import GRAM, LONGEST, Array, Placed, Places

PASSAGE = 8
"""Words: the shortest run that is told as a passage. Shorter ones are idiom."""

_ALMOST_ALL = 0.9
"""A text whose shape is furniture beyond this share has no other shape (verse, a script without full stops)."""

_REMEMBERED = 512
"""Texts read lately: an arriving one is read to decide and to store, a popular one whenever it is a candidate."""

Mask = npt.NDArray[np.bool_]
Run = tuple[int, int]
"""First word and the word after the last."""


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """A text as it is compared: a number per word, of the first 20 000; `kept[i]` is False where word i is masked.

    `exact` is over all words, `grams` and `placed` over those compared.
    """

    text: str
    exact: str
    words: Array
    kept: Mask
    grams: Array
    placed: Placed

    @property
    def size(self) -> int:
        """Words that count."""
        return int(np.count_nonzero(self.kept))


@lru_cache(maxsize=_REMEMBERED)
def read(text: str) -> Reading:
    """The words of a text, with its furniture masked."""
    every = fingerprint.words_of(text)
    compared = every[:LONGEST]
    grams = fingerprint.grams(compared)
    kept = _kept(text, len(compared))
    return Reading(text, fingerprint.exact(every), compared, kept, grams, fingerprint.select(grams))


def without(reading: Reading, placed: Placed, stops: Array) -> Reading:
    """The same text with the spans around stop fingerprints masked."""
    if not len(stops):
        return reading
    return replace(reading, kept=reading.kept & ~around(placed, stops, len(reading.kept)))


def around(placed: Placed, numbers: Array, size: int) -> Mask:
    """Which of `size` words stand in the gram of one of these sorted fingerprints, or between two in a row."""
    chosen = among(placed.numbers, numbers)
    start = placed.at.copy()
    row = chosen[1:] & chosen[:-1]
    start[1:][row] = placed.at[:-1][row]
    return between(start[chosen], placed.at[chosen] + GRAM, size)


def between(start: Places, end: Places, size: int) -> Mask:
    """Which of `size` words lie in one of the spans."""
    depth = np.zeros(size + 1, np.int64)
    np.add.at(depth, start, 1)
    np.add.at(depth, np.minimum(end, size), -1)
    covered: Mask = np.cumsum(depth)[:-1] > 0
    return covered


def among(values: Array, known: Array) -> Mask:
    """Which of the values stand in a sorted array."""
    if not len(known):
        return np.zeros(len(values), np.bool_)
    found: Mask = known.take(known.searchsorted(values), mode="clip") == values
    return found


def unmasked(reading: Reading, count: int, length: int) -> Mask:
    """At which of the first `count` words a gram of `length` words begins of which none is masked."""
    whole = reading.kept[:count].copy()
    for offset in range(1, min(length, len(reading.kept))):
        whole &= reading.kept[offset : offset + count]
    return whole


def cover(shared: Mask, length: int, size: int) -> Mask:
    """Which of `size` words stand in a gram of `length` words that begins where `shared` says."""
    covered = np.zeros(size, np.bool_)
    for offset in range(min(length, size)):
        covered[offset : offset + len(shared)] |= shared
    return covered


def passages(own: Reading, other: Reading) -> list[Run]:
    """Shared runs of eight words and more of the own text."""
    theirs = np.sort(other.grams[unmasked(other, len(other.grams), GRAM)])
    shared = unmasked(own, len(own.grams), GRAM) & among(own.grams, theirs)
    return [run for run in runs(cover(shared, GRAM, len(own.words))) if run[1] - run[0] >= PASSAGE]


def runs(covered: Mask) -> list[Run]:
    """Where a mask is set without a break, in order."""
    edges = np.flatnonzero(np.diff(covered.astype(np.int8), prepend=0, append=0)).tolist()
    return list(zip(edges[::2], edges[1::2], strict=True))


def quote(reading: Reading, found: Sequence[Run], most: int) -> tuple[str, ...]:
    """The longest runs as they stand in the text, longest first."""
    if not found:
        return ()
    placed = letters.spans(reading.text)
    longest = sorted(found, key=lambda run: run[0] - run[1])[:most]
    return tuple(reading.text[placed.start[start] : placed.end[end - 1]] for start, end in longest)


def _kept(text: str, size: int) -> Mask:
    kept = np.ones(size, np.bool_)
    masked = furniture.find(text)
    if not masked or not size:
        return kept
    starts = letters.spans(text).start
    for start, end in masked:
        first, last = starts.searchsorted((start, end))
        kept[first:last] = False
    return kept if np.count_nonzero(kept) >= (1 - _ALMOST_ALL) * size else np.ones(size, np.bool_)
