"""Which articles tell one event: a signal for grouping, never for leaving anything out.

The same event told by two newsrooms shares under a tenth of its 5-grams, but its names. Terms are the words of the
title and the capitalised words of the text (all longer words where a script has no capitals), compared by a cosine in
which a term counts more the fewer articles of the last 72 hours use it. Translations stay apart.
"""

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Protocol

from services.contracts import Match
from services.indexer import words
from services.indexer.duplicates import Arriving

WINDOW = 72 * 3600.0
"""Seconds around an article within which others may tell the same event."""

_READ = 4000
"""Characters of the text whose names count."""

_STEM = 6
"""Letters of a term: enough to tell names apart, few enough to drop most endings of twelve languages."""

_SHORTEST = 4
_ASKED = 8
_MENTIONS = 50
_COMPARED = 10
_SHARED = 4
_ALIKE = 0.28
_PRIOR = 20
"""Articles assumed to have been seen already, so that a term of the first few counts as neither rare nor common."""

Window = tuple[float, float]


class Recent(Protocol):
    """The articles of a window of time (unix seconds), republications left out."""

    def articles(self, window: Window) -> int:
        """How many there are."""

    def counts(self, terms: Iterable[str], window: Window) -> Mapping[str, int]:
        """In how many of them each term stands; terms without any may be missing."""

    def mentions(self, terms: Iterable[str], window: Window, limit: int) -> Iterable[tuple[str, str]]:
        """(article, story) for every term and article, the most recent `limit` of each term."""

    def terms(self, article: str) -> frozenset[str]:
        """The terms stored of one article."""


def assign(arriving: Arriving, match: Match, recent: Recent) -> Match:
    """`match` with the story of the nearest recent article, unless it already belongs to one."""
    if match.of is not None:
        return match
    own = terms(arriving.title, arriving.text)
    window = (arriving.at - WINDOW, arriving.at + WINDOW)
    rarity = _rarity(own, recent, window)
    best, story = 0.0, None
    for article, candidate in _candidates(arriving.id, rarity, recent, window).items():
        alike = _alike(own, recent.terms(article), rarity, recent, window)
        if alike > best:
            best, story = alike, candidate
    return replace(match, story=story) if story is not None and best >= _ALIKE else match


def terms(title: str, text: str) -> frozenset[str]:
    """Stems that say what a text is about."""
    headline = {_stem(word) for word in words.split(title) if _telling(word)}
    return frozenset((headline | set(_names(text[:_READ]))) - {""})


def _names(text: str) -> Iterable[str]:
    at = 0
    for word in words.split(text):
        start = text.index(word, at)
        opening = at == 0 or any(mark in ".!?…\n" for mark in text[at:start])
        at = start + len(word)
        if _telling(word) and (_has_no_case(word) or (word[0].isupper() and not opening)):
            yield _stem(word)


def _telling(word: str) -> bool:
    return len(word) >= _SHORTEST and not word[0].isdigit()


def _has_no_case(word: str) -> bool:
    return word.lower() == word.upper()


def _stem(word: str) -> str:
    return words.fold(word)[:_STEM]


def _rarity(own: Iterable[str], recent: Recent, window: Window) -> dict[str, float]:
    asked = list(own)
    counts = recent.counts(asked, window)
    seen = recent.articles(window)
    return {term: math.log(1 + (seen + _PRIOR) / (1 + counts.get(term, 0))) for term in asked}


def _candidates(own: str, rarity: Mapping[str, float], recent: Recent, window: Window) -> dict[str, str]:
    """Article -> story of those that share the most weight in the rarest terms."""
    rarest = sorted(rarity, key=lambda term: (-rarity[term], term))
    counted = recent.counts(rarest, window)
    asked = [term for term in rarest if counted.get(term, 0)][:_ASKED]
    shared = Counter(pair for pair in recent.mentions(asked, window, _MENTIONS) if pair[0] != own)
    return dict(pair for pair, _ in sorted(shared.items(), key=lambda entry: (-entry[1], entry[0]))[:_COMPARED])


def _alike(
    own: frozenset[str], other: frozenset[str], rarity: Mapping[str, float], recent: Recent, window: Window
) -> float:
    """The cosine of two sets of terms weighted by rarity; 0 where they share fewer than four."""
    shared = own & other
    if len(shared) < _SHARED:
        return 0.0
    theirs = {**_rarity(other - own, recent, window), **{term: rarity[term] for term in shared}}
    product = sum(rarity[term] ** 2 for term in shared)
    return product / math.sqrt(sum(w * w for w in rarity.values()) * sum(w * w for w in theirs.values()))
