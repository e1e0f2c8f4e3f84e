"""How much two texts share, counted on the words themselves and not on their fingerprints.

Runs of three words that both have are anchors. Between two anchors that lie as far apart in one text as in the other,
the words are taken for the same with edits: misread letters and replaced words would else hide a copy, and a text that
merely quotes another has no such neighbours.
"""

from dataclasses import dataclass

import numpy as np

from services.indexer import fingerprint, passages
from services.indexer.fingerprint import Array, Places
from services.indexer.passages import Mask, Reading

_ANCHOR = 3
"""Words."""

_REACH, _DRIFT = 14, 2
"""Words from one anchor to the next within which they belong together, and how much the two distances may differ."""

_CHANGED, _NUMBERS_KEPT = 3, 0.6
"""Places at which numbers differ, and the share of numbers that must be the same once there are so many."""


@dataclass(frozen=True, slots=True)
class Alignment:
    """Which words of either text stand in the other, masked ones left out. `same_numbers` is False for a table or a
    daily report: the same text with other numbers is news, not a copy."""

    own: Mask
    other: Mask
    same_numbers: bool


def align(own: Reading, other: Reading) -> Alignment:
    at, there = _anchors(own, other)
    same_numbers = _same_numbers(own, other, at, there)
    whole = _whole(own)[at] & _whole(other)[there]
    at, there = at[whole], there[whole]
    first = np.flatnonzero(_chained(at, there))
    mine = passages.between(at[first], at[first + 1] + _ANCHOR, len(own.words)) & own.kept
    theirs = passages.between(there[first], there[first + 1] + _ANCHOR, len(other.words)) & other.kept
    return Alignment(mine, theirs, same_numbers)


def _anchors(own: Reading, other: Reading) -> tuple[Places, Places]:
    """Where runs of words that the other text has once begin in the own text, and where in the other; masked or not."""
    mine, theirs = fingerprint.grams(own.words, _ANCHOR), fingerprint.grams(other.words, _ANCHOR)
    order = np.argsort(theirs, kind="stable")
    known = theirs[order]
    alone = np.ones(len(known), np.bool_)
    same = known[1:] == known[:-1]
    alone[1:] &= ~same
    alone[:-1] &= ~same
    known, order = known[alone], order[alone]
    if not len(known):
        return np.empty(0, np.int64), np.empty(0, np.int64)
    found = known.searchsorted(mine)
    found[found == len(known)] = 0
    at = np.flatnonzero(known[found] == mine)
    return at, order[found[at]]


def _whole(reading: Reading) -> Mask:
    return passages.unmasked(reading, max(1, len(reading.words) - _ANCHOR + 1), _ANCHOR)


def _chained(at: Places, there: Places) -> Mask:
    """Which anchors belong together with the next one."""
    mine, theirs = at[1:] - at[:-1], there[1:] - there[:-1]
    return (theirs > 0) & (mine <= _REACH) & (theirs <= _REACH) & (np.abs(mine - theirs) <= _DRIFT)


def _same_numbers(own: Reading, other: Reading, at: Places, there: Places) -> bool:
    """Counted on all of the aligned words, masked or not: what is left of a template when it has been learned has
    numbers too few to tell."""
    chained = _chained(at, there)
    mine, theirs = at[1:] - at[:-1], there[1:] - there[:-1]
    gaps = np.flatnonzero(chained & (mine == theirs) & (mine > _ANCHOR))
    if len(gaps) < _CHANGED:
        return True
    length = mine[gaps] - _ANCHOR
    before = np.cumsum(length) - length
    place = np.repeat(at[gaps] + _ANCHOR - before, length) + np.arange(length.sum())
    here, opposite = own.words[place], other.words[place + np.repeat(there[gaps] - at[gaps], length)]
    changed = (here != opposite) & _are_numbers(here) & _are_numbers(opposite)
    if np.count_nonzero(np.add.reduceat(changed, before)) < _CHANGED:
        return True
    first = np.flatnonzero(chained)
    aligned = passages.between(at[first], at[first + 1] + _ANCHOR, len(own.words))
    numbers = np.count_nonzero(aligned & _are_numbers(own.words))
    return bool(numbers - np.count_nonzero(changed) >= _NUMBERS_KEPT * numbers)


def _are_numbers(words: Array) -> Mask:
    numbers: Mask = words & np.uint64(1) == 1
    return numbers


def similarity(own: Reading, other: Reading) -> float:
    """The share of common runs of three words in all of either's."""
    mine, theirs = _shingles(own), _shingles(other)
    common = int(np.count_nonzero(passages.among(mine, theirs)))
    return common / max(1, len(mine) + len(theirs) - common)


def _shingles(reading: Reading) -> Array:
    grams = fingerprint.grams(reading.words, _ANCHOR)
    return fingerprint.distinct(grams[passages.unmasked(reading, len(grams), _ANCHOR)])
