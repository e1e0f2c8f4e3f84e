"""Where numbers of 40 bits were seen: sorted arrays in levels, eight bytes per posting.

New postings go into a small array; one that is full is merged into the next, sixteen times as large. So a posting is
copied a few dozen times in its life, by merges that numpy makes at 400 million a second. Where a key stands in a large
level is looked up in a directory of its leading bits: a binary search among 10^8 postings waits for memory ten times.
"""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from services.indexer.fingerprint import BITS, Array, Places

_NUMBER_BITS = np.uint64(24)
_SPAN = np.uint64(1 << 24)
_NUMBERS = np.uint64((1 << 24) - 1)

CAPACITY = 1 << 24
"""Ordinals from the first to the last that can be told apart."""

_FIRST_LEVEL = 2048
_GROWTH = 16
_PENDING = 1 << 20
_LISTED = 1 << 15
"""Postings of a level above which it has a directory: smaller ones stay in the processor's cache."""

_BUCKET = 16


_NONE = np.empty(0, np.int64)
_TRUE = np.ones(1, np.bool_)


@dataclass(frozen=True, slots=True)
class Found:
    """In how many postings each of the keys asked for stands; and, of those in no more than `commonest`, in parallel:
    which key and which ordinal."""

    counts: Places
    commonest: float
    asked: Places
    ordinals: Places


class Postings:
    """Not for several threads. At least the `most` latest postings of a key are kept; None keeps all."""

    def __init__(self, most: int | None) -> None:
        self._most = most
        self._base: int | None = None
        self._pending: list[Array] = []
        self._waiting = 0
        self._levels: list[_Level] = []

    @property
    def nbytes(self) -> int:
        return sum(level.nbytes for level in self._levels) + sum(added.nbytes for added in self._pending)

    def add(self, keys: Array, ordinal: int) -> None:
        """`ordinal` must not be smaller than the one before."""
        if self._base is None:
            self._base = ordinal
        if ordinal - self._base >= CAPACITY:
            self.forget(ordinal - CAPACITY // 2)
        self._pending.append((keys << _NUMBER_BITS) | np.uint64(ordinal - self._base))
        self._waiting += len(keys)
        if self._waiting >= _PENDING:
            self.settle()

    def find(self, keys: Array, latest: int, commonest: float = math.inf, rarest: int | None = None) -> Found:
        """Where sorted keys were seen, no more than `latest` of each key and level; and nothing of those seen more
        often than `commonest`, nor more often than the `rarest` rarest."""
        self.settle()
        ranges = [(level.postings, *level.ranges(keys)) for level in self._levels if len(level.postings)]
        counts = np.zeros(len(keys), np.int64)
        for _, hit, start, end in ranges:
            counts[hit] += end - start
        if rarest is not None and np.count_nonzero(counts) > rarest:
            commonest = min(commonest, float(np.sort(counts[counts > 0])[rarest - 1]))
        asked, found = [], []
        for postings, hit, start, end in ranges:
            if commonest < math.inf:
                rare = counts[hit] <= commonest
                hit, start, end = hit[rare], start[rare], end[rare]
            if len(hit):
                at, count = _spread(np.maximum(start, end - latest), end)
                asked.append(np.repeat(hit, count))
                found.append(postings[at] & _NUMBERS)
        if not asked:
            return Found(counts, commonest, _NONE, _NONE)
        ordinals = np.concatenate(found).astype(np.int64)
        ordinals += self._base or 0
        return Found(counts, commonest, np.concatenate(asked), ordinals)

    def forget(self, below: int) -> None:
        """Drop the postings of all ordinals below this one."""
        self.settle()
        if self._base is None or below <= self._base:
            return
        distance = np.uint64(min(below - self._base, CAPACITY))
        kept = [level.postings[(level.postings & _NUMBERS) >= distance] - distance for level in self._levels]
        self._levels = [self._level(postings) for postings in kept]
        self._base = below

    def settle(self) -> None:
        """Sort in what was added since the last question, which would else do it."""
        if not self._pending:
            return
        carried = self._sorted(self._pending)
        self._pending, self._waiting = [], 0
        room = _FIRST_LEVEL
        for number, level in enumerate(self._levels):
            carried = self._sorted([level.postings, carried]) if len(level.postings) else carried
            if len(carried) <= room:
                self._levels[number] = self._level(carried)
                return
            self._levels[number] = self._level(carried[:0].copy())
            room *= _GROWTH
        self._levels.append(self._level(carried))

    def _level(self, postings: Array) -> "_Level":
        return _Level(postings, listed=self._most is not None)

    def _sorted(self, parts: list[Array]) -> Array:
        whole = np.concatenate(parts)
        whole.sort(kind="stable")  # sorted runs, one behind the other: linear
        if self._most is None or len(whole) <= _FIRST_LEVEL:
            return whole
        crowded = _crowded(whole, self._most)
        return np.delete(whole, crowded) if len(crowded) else whole


class _Level:
    """Sorted postings. Where no key has many, they are spread evenly, as hashes are: a directory of their leading bits
    finds any of them among some sixteen."""

    def __init__(self, postings: Array, listed: bool) -> None:
        self.postings = postings
        self._directory: npt.NDArray[np.uint32] | None = None
        self._shift = np.uint64(0)
        if listed and len(postings) >= _LISTED:
            self._list()

    @property
    def nbytes(self) -> int:
        return self.postings.nbytes + (0 if self._directory is None else self._directory.nbytes)

    def ranges(self, keys: Array) -> tuple[Places, Places, Places]:
        """Which of the sorted keys stand here, and from where to where."""
        if self._directory is None:
            return self._search(keys)
        leading = (keys >> self._shift).astype(np.int64)
        start, end = self._directory[leading].astype(np.int64), self._directory[leading + 1].astype(np.int64)
        at, count = _spread(start, end)
        asked = np.repeat(np.arange(len(keys)), count)
        same = self.postings[at] >> _NUMBER_BITS == keys[asked]
        asked, at = asked[same], at[same]
        first = np.flatnonzero(np.concatenate((_TRUE, asked[1:] != asked[:-1]))) if len(asked) else _NONE
        behind = np.append(first[1:], len(asked)) - first
        return asked[first], at[first], at[first] + behind

    def _search(self, keys: Array) -> tuple[Places, Places, Places]:
        needles = keys << _NUMBER_BITS
        left = self.postings.searchsorted(needles)
        hit = np.flatnonzero(self.postings.take(left, mode="clip") >> _NUMBER_BITS == keys)
        # The last key of all has no successor in 64 bits: its range ends with the level.
        return hit, left[hit], self.postings.searchsorted(needles[hit] | _NUMBERS, side="right")

    def _list(self) -> None:
        bits = min(BITS, max(1, (len(self.postings) // _BUCKET).bit_length()))
        self._shift = np.uint64(BITS - bits)
        leading = np.arange(1 << bits, dtype=np.uint64) << (self._shift + _NUMBER_BITS)
        self._directory = np.append(self.postings.searchsorted(leading), len(self.postings)).astype(np.uint32)


def _crowded(merged: Array, most: int) -> Places:
    """Places of the postings whose key has `most` later ones; looked for piece by piece, to hold no copy of all."""
    found = [_NONE]
    for start in range(0, len(merged) - most, _PENDING):
        end = min(start + _PENDING, len(merged) - most)
        same = (merged[start + most : end + most] ^ merged[start:end]) < _SPAN
        found.append(start + np.flatnonzero(same))
    return np.concatenate(found)


def _spread(start: Places, end: Places) -> tuple[Places, Places]:
    """All the places of some ranges, and how many each one has."""
    count = end - start
    after = np.cumsum(count)
    return np.repeat(start - after + count, count) + np.arange(after[-1]), count
