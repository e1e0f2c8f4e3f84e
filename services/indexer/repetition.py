"""What of an arriving text has been seen before, and what of that is told too often to tell anything.

A fingerprint that keeps coming back is a template, not reuse: it is a stop, and what it stands on is masked. What the
text's own host has had in another article, be it once, is no stop; but it does not count as the article's own words.
"""

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from services.indexer import fingerprint, flashes, passages
from services.indexer.fingerprint import Array, Placed, Places
from services.indexer.passages import Mask, Reading
from services.indexer.window import POSTINGS, Sightings

STOP_DAYS = 4
STOP_OF_HOST = 2
"""A fingerprint is a stop when it was seen on 4 distinct earlier days, in 2 earlier articles of this host, or when its
12 postings are full. Republications of one article count once."""

_CANDIDATES = 8
_SHARED = 2
"""Fingerprints a candidate must share: one alone is an idiom, and 35 reused words hold four."""


@dataclass(frozen=True, slots=True)
class Repetition:
    """`reading` is the text without its stops, `numbers` are its fingerprints, sorted, and `stops` some of them."""

    reading: Reading
    placed: Placed
    numbers: Array
    seen: Sightings
    stops: Array


def asked(reading: Reading) -> Placed:
    """The fingerprints to look up. A flash may stand anywhere in another text: all its grams, not those its own windows
    chose."""
    return fingerprint.everywhere(reading.grams) if flashes.is_flash(reading) else reading.placed


def find(
    reading: Reading, placed: Placed, numbers: Array, seen: Sightings, own: Collection[int], day: int
) -> Repetition:
    """`own` are the ordinals under which the article itself was stored before."""
    others = _others(seen, own)
    stops = numbers[_stops(others, len(numbers), day)]
    return Repetition(passages.without(reading, placed, stops), placed, numbers, others, stops)


def candidates(found: Repetition) -> list[tuple[int, int]]:
    """Ordinals and clusters of articles by shared fingerprints, most first, the latest of equals."""
    kept = fingerprint.distinct(found.placed.numbers[found.reading.kept[found.placed.at]])
    telling = passages.among(found.numbers, kept) & ~passages.among(found.numbers, found.stops)
    places = np.flatnonzero(telling[found.seen.asked])
    ordinals, first, shared = np.unique(found.seen.ordinal[places], return_index=True, return_counts=True)
    least = 1 if flashes.is_flash(found.reading) else _SHARED
    order = np.lexsort((-ordinals, -shared))[:_CANDIDATES]
    order = order[shared[order] >= least]
    return list(zip(ordinals[order].tolist(), found.seen.cluster[places[first[order]]].tolist(), strict=True))


def template(reading: Reading, placed: Placed, numbers: Array, seen: Sightings, cluster: int) -> Mask:
    """Which words of a text its host has had in an article that is not of this cluster."""
    repeated = numbers[np.unique(seen.asked[seen.of_host & (seen.cluster != cluster)])]
    return passages.around(placed, repeated, len(reading.kept))


def _others(seen: Sightings, own: Collection[int]) -> Sightings:
    if not own:
        return seen
    other = ~np.isin(seen.ordinal, list(own))
    return Sightings(seen.asked[other], seen.ordinal[other], seen.cluster[other], seen.of_host[other], seen.day[other])


def _stops(seen: Sightings, size: int, today: int) -> Places:
    """Which of the fingerprints asked for are stops."""
    if not len(seen.asked) or np.bincount(seen.asked).max() < STOP_OF_HOST:
        return np.empty(0, np.int64)
    first = _first_of((seen.asked << 40) | seen.cluster)
    asked = seen.asked[first]
    often = np.bincount(asked, minlength=size) >= POSTINGS
    of_host = np.bincount(asked[seen.of_host[first]], minlength=size) >= STOP_OF_HOST
    earlier = first[seen.day[first] < today]
    days = earlier[_first_of((seen.asked[earlier] << 32) + seen.day[earlier])]
    return np.flatnonzero(often | of_host | (np.bincount(seen.asked[days], minlength=size) >= STOP_DAYS))


def _first_of(keys: Places) -> Places:
    """One place of each distinct key."""
    order = np.argsort(keys, kind="stable")
    ordered = keys[order]
    first = np.ones(len(keys), np.bool_)
    np.not_equal(ordered[1:], ordered[:-1], out=first[1:])
    return order[first]
