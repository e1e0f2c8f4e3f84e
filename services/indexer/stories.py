"""Which articles tell one event: a signal for grouping, never for leaving anything out.

The same event told by two newsrooms shares under a tenth of its 5-grams, but its names. Terms are the words of the
title and the capitalised words of the text (all longer words where a script has no capitals). One that many articles
of the last days use says nothing about an event; of the others, each counts more the fewer use it, and what two
articles share is measured by a cosine. Translations stay apart, but for what they share in names and figures.
"""

from dataclasses import dataclass, replace
from functools import lru_cache
from hashlib import blake2b
from typing import Protocol

import numpy as np
import numpy.typing as npt

from services.contracts import Match
from services.indexer import letters, words
from services.indexer.duplicates import Arriving
from services.indexer.fingerprint import BITS, Array
from services.indexer.window import Heard

WINDOW = 72 * 3600.0
"""Seconds around an article within which others may tell the same event."""

_READ = 4000
"""Characters of the text whose names count."""

_STEM = 6
"""Letters of a term: enough to tell names apart, few enough to drop most endings of twelve languages."""

_SHORTEST = 4
_MOST = 96
"""Terms of one article: those of the title and those used first."""

_SHARED = 4
_SHARED_NAMES = 2
_ALIKE = 0.25
_PRIOR = 20
"""Articles assumed to have been seen already, so that a term of the first few counts as neither rare nor common."""

_COMMON, _COMMON_SHARE = 12, 0.08
"""A term says nothing about an event when more articles use it than this, and than this share of all."""

Weights = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Terms:
    """Sorted numbers of an article's terms, and which of them stand as names in its text."""

    numbers: Array
    names: npt.NDArray[np.bool_]


class Recent(Protocol):
    """The articles of the last days, republications left out."""

    @property
    def told(self) -> int:
        """How many there are."""

    def heard(self, terms: Array, commonest: float) -> Heard:
        """The latest uses of each of the sorted terms that no more articles use than `commonest`."""

    def story(self, ordinal: int, besides: str) -> str | None:
        """The story of an article other than `besides`; None where it can no longer be found."""


def assign(arriving: Arriving, match: Match, recent: Recent) -> Match:
    """`match` with the story of the nearest recent article, unless it already belongs to one."""
    if match.of is not None:
        return match
    own = read(arriving.title, arriving.text)
    if len(own.numbers) < _SHARED or not recent.told:
        return match
    heard = recent.heard(own.numbers, max(_COMMON, _COMMON_SHARE * recent.told))
    weights = np.log1p((recent.told + _PRIOR) / (1.0 + heard.counts))
    weights[heard.counts > heard.commonest] = 0.0
    for ordinal in _nearest(own, weights, heard, arriving.at):
        story = recent.story(ordinal, arriving.id)
        if story is not None:
            return replace(match, story=story)
    return match


def terms(title: str, text: str) -> frozenset[str]:
    """Stems that say what a text is about."""
    return frozenset(map(_stem, [*words.split(title), *letters.names(text[:_READ])])) - {""}


def numbers(title: str, text: str) -> Array:
    """What to store of an article so that later ones find its story."""
    return read(title, text).numbers


@lru_cache(maxsize=4)
def read(title: str, text: str) -> Terms:
    called = [number for word in dict.fromkeys(letters.names(text[:_READ])) if (number := _number(word))]
    headline = [number for word in words.split(title) if (number := _number(word))]
    every = np.array(list(dict.fromkeys([*headline, *called]))[:_MOST], np.uint64)
    every.sort()
    names = set(called)
    return Terms(every, np.array([number in names for number in every.tolist()], np.bool_))


def _nearest(own: Terms, weights: Weights, heard: Heard, at: float) -> list[int]:
    """Ordinals of the articles alike enough, the nearest first."""
    near = ~(np.abs(heard.at - at) > WINDOW)  # a time that is not known is near
    if np.count_nonzero(near) < _SHARED:
        return []
    asked = heard.asked[near]
    ordinals, first, place = np.unique(heard.ordinal[near], return_index=True, return_inverse=True)
    shared = np.bincount(place)
    named = np.bincount(place, own.names[asked])
    product = np.bincount(place, weights[asked] ** 2)
    # The length of the other's vector is taken from its number of terms, at this article's mean weight.
    sizes = np.sqrt(np.maximum(1, heard.terms[near][first]) / max(1, len(weights)))
    alike = product / np.maximum(1e-9, np.sum(weights**2) * sizes)
    good = np.flatnonzero((alike >= _ALIKE) & (shared >= _SHARED) & (named >= _SHARED_NAMES))
    found: list[int] = ordinals[good[np.argsort(-alike[good], kind="stable")]].tolist()
    return found


@lru_cache(maxsize=100_000)
def _number(word: str) -> int:
    """A number for its stem; 0 for a word that tells nothing."""
    stem = _stem(word)
    if not stem:
        return 0
    digest = blake2b(stem.encode("utf-8", "surrogatepass"), digest_size=BITS // 8).digest()
    return int.from_bytes(digest, "big")


def _stem(word: str) -> str:
    """Empty for a word that tells nothing."""
    return words.fold(word)[:_STEM] if len(word) >= _SHORTEST and not word[0].isdigit() else ""
