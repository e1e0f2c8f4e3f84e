"""The compared articles of the last weeks as numbers: what questions about an arriving one are answered from.

A projection of what the store keeps of each, in the order of their ordinals; a process fills its own and follows.
About 900 bytes per article.
"""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from services.indexer.fingerprint import Array, Places
from services.indexer.postings import Found, Postings
from services.indexer.remembered import Readings

POSTINGS = 12
"""Postings kept of one fingerprint, the latest: one that has as many is a stop."""

HEARD, RAREST = 24, 32
"""Postings looked at of one term, the latest of each level, and terms of which any are: the rarest."""

DAYS = 60.0
"""How long an article can be found by its passages, from its arrival. Agencies' background comes back for weeks."""

STORY_DAYS = 7.0
STORY_MOST = 1 << 16
"""How long an article can be found by its terms, from its arrival; and how many articles can, the latest."""

_NOBODY = 0
_ROW = np.dtype([("cluster", "i8"), ("host", "i4"), ("day", "i4"), ("arrived", "f8"), ("at", "f8"), ("terms", "i4")])


@dataclass(frozen=True, slots=True)
class Entry:
    """One compared article. `cluster` is the ordinal of what it republishes, or its own; `day` counts from 1970-01-01.

    `arrived` and `at` (published, or arrived, or not a number where neither is known) are unix seconds.
    `fingerprints` and `terms` are distinct.
    """

    ordinal: int
    article: str
    cluster: int
    host: str
    day: int
    at: float
    arrived: float
    fingerprints: Array
    terms: Array


@dataclass(frozen=True, slots=True)
class Sightings:
    """Postings, in parallel: which of the keys asked for, and in which article; in no order."""

    asked: Places
    ordinal: Places
    cluster: Places
    of_host: npt.NDArray[np.bool_]
    day: npt.NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Heard:
    """In how many articles of the last days each of the terms asked for stands; and the uses of those that stand in no
    more than `commonest`, in parallel: which term, in which article, of which time, of how many terms."""

    counts: Places
    commonest: float
    asked: Places
    ordinal: Places
    at: npt.NDArray[np.float64]
    terms: npt.NDArray[np.int32]


class Window:
    """Not for several threads. With `days` None no fingerprint is ever dropped."""

    def __init__(self, days: float | None = DAYS) -> None:
        self._days = math.inf if days is None else days
        self.clear()

    def clear(self) -> None:
        self.last: tuple[int, str] | None = None
        """Ordinal and article of the latest entry."""
        self.first = 0
        """The first ordinal that is still within the window."""
        self._hosts: dict[str, int] = {"": _NOBODY}
        self._prints = Postings(POSTINGS)
        self._terms = Postings(None)
        self._base = self._first_told = 0
        self._rows = np.zeros(1024, _ROW)
        self._written, self._arrived = 0, 0.0
        self.readings = Readings()

    @property
    def nbytes(self) -> int:
        return self._prints.nbytes + self._terms.nbytes + self._rows.nbytes

    def add(self, entry: Entry) -> None:
        """Entries come in the order of their ordinals; some may be missing."""
        if self.last is None:
            self._base = self.first = self._first_told = entry.ordinal
        self.last = (entry.ordinal, entry.article)
        self._write(entry)
        if len(entry.fingerprints):
            self._prints.add(entry.fingerprints, entry.ordinal)
        if len(entry.terms):
            self._terms.add(entry.terms, entry.ordinal)

    def seen(self, fingerprints: Array, host: str) -> Sightings:
        """Where sorted fingerprints were seen, no more than 12 of each level; `of_host` compares with `host`."""
        found = self._prints.find(fingerprints, POSTINGS)
        asked, ordinal = self._within(found, self.first)
        at = ordinal - self._base
        code = self._hosts.get(host, _NOBODY)
        of_host = (self._rows["host"][at] == code) & (code != _NOBODY)
        return Sightings(asked, ordinal, self._rows["cluster"][at], of_host, self._rows["day"][at])

    def heard(self, terms: Array, commonest: float) -> Heard:
        """The latest uses of sorted terms, but of those used more often than `commonest`."""
        found = self._terms.find(terms, HEARD, commonest, RAREST)
        asked, ordinal = self._within(found, self._first_told)
        at = ordinal - self._base
        return Heard(found.counts, found.commonest, asked, ordinal, self._rows["at"][at], self._rows["terms"][at])

    @property
    def told(self) -> int:
        """Articles of the last days."""
        return 0 if self.last is None else self.last[0] + 1 - self._first_told

    def expire(self) -> None:
        """Let go of what arrived too long before the latest; memory follows when a third of it is due."""
        if self.last is None:
            return
        told = max(self._since(STORY_DAYS), self.last[0] + 1 - STORY_MOST)
        if 3 * (told - self._first_told) > self.told:
            self._terms.forget(told)
            self._first_told = told
        self.first = self._since(self._days)
        if 3 * (self.first - self._base) > self._written:
            self._prints.forget(self.first)
            self._rows = self._rows[self.first - self._base :].copy()
            self._written -= self.first - self._base
            self._base = self.first

    def _since(self, days: float) -> int:
        arrived = self._rows["arrived"][: self._written]
        return self._base + int(arrived.searchsorted(self._arrived - days * 86_400))

    def _within(self, found: Found, first: int) -> tuple[Places, Places]:
        first = max(first, self._base)
        if not len(found.ordinals) or found.ordinals.min() >= first:
            return found.asked, found.ordinals
        inside = found.ordinals >= first
        return found.asked[inside], found.ordinals[inside]

    def _write(self, entry: Entry) -> None:
        at = entry.ordinal - self._base
        if at >= len(self._rows):
            self._rows = np.concatenate((self._rows, np.zeros(max(at, len(self._rows)), _ROW)))
        host = self._hosts.setdefault(entry.host, len(self._hosts))
        # Clocks may go back between processes; arrivals must not, or what is due could not be looked up.
        arrived = max(entry.arrived, self._arrived)
        self._rows["arrived"][self._written : at] = self._arrived
        self._rows[at] = (entry.cluster, host, entry.day, arrived, entry.at, len(entry.terms))
        self._arrived, self._written = arrived, at + 1
