"""How an arriving text relates to those already stored: exact, near, excerpt, derived or new.

Candidates come from shared fingerprints; a fingerprint that keeps coming back is a template, not reuse, and stops
counting (`repetition`). What is left is aligned word by word and measured from both sides (`verification`). The stop
rule was measured on 13 523 German articles with 290 labelled pairs; the thresholds were moved on the 4 574 edited
articles of `benchmarks.dedup`, where sites' noise is around every text, and checked on a second draw.

Whoever sees the other is the copy. A full text that arrives after its own stub is `derived`, never `excerpt`: calling
it a republication would lose what the stub lacks.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from services.contracts import Match, Relation
from services.indexer import fingerprint, flashes, passages, repetition, verification, words
from services.indexer.fingerprint import Array
from services.indexer.passages import Reading
from services.indexer.repetition import Repetition
from services.indexer.window import Sightings

_NEAR = (0.55, 0.45)
_NEAR_OF_HOST = (0.70, 0.60)
_EXCERPT, _EXCERPT_SIZE = 0.72, 0.5
_DERIVED_WORDS, _DERIVED, _DERIVED_OF_HOST = 35, 0.12, 0.6
_LONG = 400
"""Words of a page that is more than its template."""

_SETTLED = 0.9
"""A republication of which so much is covered needs no better match."""

_EVIDENCE = 5
_RANK = {Relation.NEAR: 3, Relation.EXCERPT: 2, Relation.DERIVED: 1}


@dataclass(frozen=True, slots=True)
class Arriving:
    """`published` is ISO 8601 or unknown; `at` is its moment in unix seconds, or the arrival's; `host` may be ''."""

    id: str
    host: str
    title: str
    text: str
    published: str | None
    at: float


@dataclass(frozen=True, slots=True)
class Known:
    """A stored article. `root` is its own id unless it is itself a republication."""

    id: str
    root: str
    story: str
    host: str
    published: str | None
    reading: Reading


@dataclass(frozen=True, slots=True)
class _Found:
    """A relation to one candidate; `theirs` is its text without the stops."""

    relation: Relation
    containment: float
    known: Known
    theirs: Reading

    @property
    def rank(self) -> tuple[int, float]:
        return _RANK[self.relation], self.containment


@dataclass(frozen=True, slots=True)
class _Share:
    """What two texts share, in words. `telling` are the shared words that are not of the own host's template; `common`
    and `common_there` count the shared words of either text, `size` and `other` all of its words but the template's."""

    telling: passages.Mask
    common: int
    common_there: int
    size: int
    other: int

    @property
    def containment(self) -> float:
        return self.common / max(1, self.size)

    @property
    def coverage(self) -> float:
        return self.common_there / max(1, self.other)

    @property
    def reused(self) -> int:
        """Words in runs long enough to be passages."""
        lengths = (end - start for start, end in passages.runs(self.telling))
        return sum(length for length in lengths if length >= passages.PASSAGE)


class Corpus(Protocol):
    """What is already stored. Its answers must not change while one decision is made."""

    def same(self, exact: str, besides: str) -> Known | None:
        """The most recently stored article of this exact hash, other than the article `besides`."""

    def seen(self, fingerprints: Array, host: str) -> Sightings:
        """Where sorted fingerprints were seen; of each at least its latest 12 postings."""

    def ordinals(self, article: str) -> Collection[int]:
        """Those under which an article was stored before."""

    def load(self, ordinal: int) -> Known | None:
        """None where the article can no longer be found."""


def content(title: str, text: str) -> str:
    """What is compared: the text, or the title of a flash that has nothing else."""
    return text if words.locate(text, 1).words else title


def read(arriving: Arriving) -> Reading:
    return passages.read(content(arriving.title, arriving.text))


def prints(arriving: Arriving) -> Array:
    """What to store of an article so that later ones find it: distinct fingerprints, sorted."""
    return fingerprint.distinct(read(arriving).placed.numbers)


def addition(arriving: Arriving, cluster: int, corpus: Corpus) -> tuple[int | None, Array]:
    """What to store of a near copy, and in which cluster: the fingerprints that no other of its cluster has.

    A short page that its host has had before, but for some words, may be little more than the host's template: it is
    stored whole and as a cluster of its own, so that what the two share is known for a template the third time.
    """
    own = prints(arriving)
    seen = corpus.seen(own, arriving.host)
    within = seen.cluster == cluster
    if len(read(arriving).words) < _LONG and (within & seen.of_host).any():
        return None, own
    fresh = np.ones(len(own), np.bool_)
    fresh[seen.asked[within]] = False
    return cluster, own[fresh]


def day_of(at: float) -> int:
    return int(at // 86_400)


def decide(arriving: Arriving, corpus: Corpus) -> Match:
    """The relation to the best match's root. The story is that root's; of a new article, its own id."""
    reading = read(arriving)
    alone = Match(Relation.NEW, None, 0.0, 0.0, story=arriving.id)
    if not len(reading.words):
        return alone
    return _exact(arriving, reading, corpus) or _best(arriving, reading, corpus) or alone


def _exact(arriving: Arriving, reading: Reading, corpus: Corpus) -> Match | None:
    known = corpus.same(reading.exact, arriving.id)
    if known is None or known.root == arriving.id:
        return None
    if flashes.is_flash(reading) and not flashes.may_repeat(arriving.published, known.published):
        return None
    return Match(Relation.EXACT, known.root, 1.0, 1.0, known.story, (reading.text.strip(),))


def _best(arriving: Arriving, reading: Reading, corpus: Corpus) -> Match | None:
    placed = repetition.asked(reading)
    numbers = fingerprint.distinct(placed.numbers)
    seen = corpus.seen(numbers, arriving.host)
    if not len(seen.asked):
        return None
    mine = repetition.find(reading, placed, numbers, seen, corpus.ordinals(arriving.id), day_of(arriving.at))
    best: _Found | None = None
    for ordinal, cluster in repetition.candidates(mine):
        known = corpus.load(ordinal)
        if known is None or arriving.id in {known.id, known.root}:
            continue
        found = _compare(arriving, mine, known, cluster, corpus)
        if found is not None and (best is None or found.rank > best.rank):
            best = found
        if best is not None and best.relation is Relation.NEAR and best.containment >= _SETTLED:
            break
    return None if best is None else _told(mine.reading, best)


def _told(mine: Reading, found: _Found) -> Match:
    """The match with its evidence."""
    likeness = verification.similarity(mine, found.theirs)
    if flashes.is_flash(mine):
        shared: tuple[str, ...] = (mine.text.strip(),)
    else:
        shared = passages.quote(mine, passages.passages(mine, found.theirs), _EVIDENCE)
    return Match(found.relation, found.known.root, likeness, found.containment, found.known.story, shared)


def _compare(arriving: Arriving, mine: Repetition, known: Known, cluster: int, corpus: Corpus) -> _Found | None:
    own = mine.reading
    theirs = passages.without(known.reading, known.reading.placed, mine.stops)
    if flashes.is_flash(own):
        return _compare_flash(arriving, own, known, theirs)
    aligned = verification.align(own, theirs)
    if np.count_nonzero(aligned.own) < _DERIVED_WORDS or not aligned.same_numbers:
        return None
    template = repetition.template(own, mine.placed, mine.numbers, mine.seen, cluster)
    there = _their_template(known, cluster, corpus)
    of_host = bool(known.host) and known.host == arriving.host
    share = _Share(
        aligned.own & ~template,
        _count(aligned.own),
        _count(aligned.other),
        _count(own.kept & (aligned.own | ~template)),
        _count(theirs.kept & (aligned.other | ~there)),
    )
    relation = _republication(share, _NEAR_OF_HOST if of_host else _NEAR)
    if relation is not None:
        return _Found(relation, share.containment, known, theirs)
    reused = share.reused
    if reused < _DERIVED_WORDS or reused < (_DERIVED_OF_HOST if of_host else _DERIVED) * min(share.size, share.other):
        return None
    return _Found(Relation.DERIVED, reused / own.size, known, theirs)


def _their_template(known: Known, cluster: int, corpus: Corpus) -> passages.Mask:
    placed = known.reading.placed
    numbers = fingerprint.distinct(placed.numbers)
    return repetition.template(known.reading, placed, numbers, corpus.seen(numbers, known.host), cluster)


def _compare_flash(arriving: Arriving, mine: Reading, known: Known, theirs: Reading) -> _Found | None:
    if mine.size < len(mine.words) or not flashes.may_repeat(arriving.published, known.published):
        return None
    return _Found(Relation.EXCERPT, 1.0, known, theirs) if flashes.contains(theirs, mine) else None


def _republication(share: _Share, near: tuple[float, float]) -> Relation | None:
    """`near`: the least coverage of the smaller and of the larger text."""
    if min(share.size, share.other, _count(share.telling)) < flashes.FLASH:
        return None
    if share.containment >= _EXCERPT and share.size <= _EXCERPT_SIZE * share.other:
        return Relation.EXCERPT
    smaller, larger = share.containment, share.coverage
    if share.size > share.other:
        smaller, larger = larger, smaller
    return Relation.NEAR if smaller >= near[0] and larger >= near[1] else None


def _count(mask: passages.Mask) -> int:
    return int(np.count_nonzero(mask))
