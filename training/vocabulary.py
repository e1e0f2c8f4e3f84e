"""What words in classes and ids say: how often what stands in such a box is the article's, host by host."""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from services.cleaner import boxes
from services.cleaner.walk import Page

HOSTS = 4
"""Hosts that must use a word before it says anything."""
PRIOR = 0.25
"""Share of units that are an article's, in units of the square root of their length."""
STRENGTH = 3.0
"""Hosts' worth of belief in `PRIOR`."""
LEVELS = 3
"""Boxes around a unit whose words are counted."""
_FULL = 8.0
_LENGTH = 60
Counts = dict[str, dict[str, list[float]]]


def count(pages: Iterable[tuple[str, Page, Any, Sequence[int]]]) -> Counts:
    """Per host and word: weight of the units inside that are the article's, and of all.

    `pages` are (host, page, labels, tokens of each unit).
    """
    counts: Counts = defaultdict(lambda: defaultdict(lambda: [0.0, 0.0]))
    for host, page, labels, sizes in pages:
        for unit, label, size in zip(page.units, labels, sizes, strict=True):
            if math.isnan(label):
                continue
            weight = math.sqrt(min(size, _LENGTH))
            for word in _words(page, unit.box):
                counts[host][word][0] += label * weight
                counts[host][word][1] += weight
    return counts


def _words(page: Page, box: int) -> list[str]:
    found: list[str] = []
    for _ in range(LEVELS):
        if box < 0 or page.boxes[box].tag in {"body", "html"}:
            break
        found += boxes.tokens(page.boxes[box].names)
        box = page.boxes[box].parent
    return found


class Vocabulary:
    """Log-odds of every word that enough hosts use; each host counts once, however many pages it has."""

    def __init__(self, counts: Counts) -> None:
        self._counts = counts
        self._sums: dict[str, list[float]] = defaultdict(lambda: [0.0, 0.0])
        for words in counts.values():
            for word, entry in words.items():
                inside, hosts = _vote(entry)
                self._sums[word][0] += inside
                self._sums[word][1] += hosts
        self.all = {word: _odds(inside, hosts) for word, (inside, hosts) in self._sums.items() if hosts >= HOSTS}

    def without(self, host: str) -> Mapping[str, float]:
        """The same as if that host had never been seen: what a page of its own may be trained with."""
        own = self._counts.get(host)
        if not own:
            return self.all
        found = dict(self.all)
        for word, entry in own.items():
            inside, hosts = (whole - part for whole, part in zip(self._sums[word], _vote(entry), strict=True))
            if hosts >= HOSTS:
                found[word] = _odds(max(inside, 0.0), hosts)
            else:
                found.pop(word, None)
        return found


def _vote(entry: Sequence[float]) -> tuple[float, float]:
    inside, whole = entry
    if whole <= 0:
        return 0.0, 0.0
    say = min(1.0, whole / _FULL)
    return say * inside / whole, say


def _odds(inside: float, hosts: float) -> float:
    share = (inside + STRENGTH * PRIOR) / (hosts + STRENGTH)
    return math.log(share / (1 - share)) - math.log(PRIOR / (1 - PRIOR))
