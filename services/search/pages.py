"""One page of what matches: which articles, in which order, and where the next page begins.

Newest first never sorts all that matches: it looks through stretches of time that grow until enough is found, so that
it costs as much in a large index as in a small one.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import tantivy
from tantivy import DocAddress

from services.search import postings
from services.search.cursors import BadCursor, Place
from services.search.postings import Translator
from services.search.views import View

COUNT_LIMIT = 10_000
"""Matches that are counted, newest first; beyond, a total says that there are more: counting is linear in them."""

DEPTH_LIMIT = 10_000
"""Results by relevance that can be paged through: every page ranks all those before it. Newest has no limit."""

TIES = 100
"""Articles of one score that are put in order, newest first; more of them stand as the index has them."""

_DIGITS = 3
"""Decimals of a score that count: the rest depends on how an index came about, and two replicas should agree."""

_FIRST_DAYS, _GROWTH = 1, 16
"""The first stretch of time, and how much longer the next one is."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A search in Tantivy's terms. `everything` where nothing narrows it; `place` where a page continues another."""

    query: tantivy.Query
    everything: bool
    limit: int
    name: str
    place: Place | None


@dataclass(frozen=True, slots=True)
class Chosen:
    address: DocAddress
    score: float | None = None
    others: int = 0


@dataclass(frozen=True, slots=True)
class Page:
    chosen: tuple[Chosen, ...]
    total: int
    exact: bool
    following: Place | None


@dataclass(frozen=True, slots=True)
class _Walked:
    """Hits as (order key, address), newest first, and how many match; `exact` where none is missing in that."""

    hits: Sequence[tuple[int, DocAddress]]
    count: int
    exact: bool


def newest(view: View, translate: Translator, asked: Asked) -> Page:
    """Ordered by (moment, seq), strictly below the place: what arrives meanwhile is not met, nothing is met twice."""
    place = asked.place
    walked = _walk(view, translate, asked.query, asked.limit + 1, place.at if place else None, _counts(asked))
    total, exact = _total(view, asked, walked)
    shown = walked.hits[: asked.limit]
    more = len(walked.hits) > asked.limit
    following = Place(asked.name, total, shown[-1][0], exact=exact) if more else None
    return Page(tuple(Chosen(address) for _, address in shown), total, exact, following)


def newest_stories(view: View, translate: Translator, asked: Asked) -> Page:
    """Only the newest match of each story, as of the event after which the first page was asked for."""
    position = asked.place.position if asked.place else view.marker.position
    walked = None if asked.place else _walk(view, translate, asked.query, 1, None, _counts(asked))
    total, exact = _total(view, asked, walked)
    then = translate.until(asked.query, position)
    heads = _heads(view, translate, then, asked)
    shown = heads[: asked.limit]
    more = len(heads) > asked.limit
    following = Place(asked.name, total, shown[-1][0], position, exact) if more else None
    told = _stories(view, [address for _, address in shown])
    counts = _by_story(view, translate.told_in(then, told), len(told)) if told else {}
    chosen = (Chosen(at, others=counts.get(story, 1) - 1) for (_, at), story in zip(shown, told, strict=True))
    return Page(tuple(chosen), total, exact, following)


def ranked(view: View, translate: Translator, asked: Asked) -> Page:
    """By score from the place's rank on; equal scores newest first."""
    skipped, limit = _span(asked)
    hits, total = _rank(view, asked.query, skipped + limit + 1, count=asked.place is None)
    total = asked.place.total if asked.place else total
    shown = hits[skipped : skipped + limit]
    end = skipped + len(shown)
    more = len(hits) > end and end < DEPTH_LIMIT
    following = Place(asked.name, total, end, _position(view, asked)) if more else None
    return Page(tuple(Chosen(address, score) for score, address in shown), total, True, following)


def ranked_stories(view: View, translate: Translator, asked: Asked) -> Page:
    """Only the best match of each story."""
    skipped, limit = _span(asked)
    depth = skipped + 2 * limit + TIES
    while True:
        hits, total = _rank(view, asked.query, depth, count=asked.place is None)
        best = _first_of_stories(_stories(view, [address for _, address in hits]))
        here = [(rank, story) for rank, story in best if rank >= skipped]
        if len(here) > limit or len(hits) < depth or depth >= DEPTH_LIMIT:
            break
        depth = min(DEPTH_LIMIT, 4 * depth)
    total = asked.place.total if asked.place else total
    shown = here[:limit]
    more = len(here) > limit
    following = Place(asked.name, total, here[limit][0], _position(view, asked)) if more else None
    told = [story for _, story in shown]
    counts = _by_story(view, translate.told_in(asked.query, told), len(told)) if told else {}
    chosen = (Chosen(hits[rank][1], hits[rank][0], counts.get(story, 1) - 1) for rank, story in shown)
    return Page(tuple(chosen), total, True, following)


def every(view: View, translate: Translator, asked: tantivy.Query, at_once: int) -> Iterator[DocAddress]:
    """All that matches, newest first."""
    below: int | None = None
    while True:
        hits = _walk(view, translate, asked, at_once, below, False).hits
        yield from (address for _, address in hits)
        if len(hits) < at_once:
            return
        below = hits[-1][0]


def _counts(asked: Asked) -> bool:
    return asked.place is None and not asked.everything


def _total(view: View, asked: Asked, walked: _Walked | None) -> tuple[int, bool]:
    """How many match, and whether that is all of them."""
    if asked.place:
        return asked.place.total, asked.place.exact
    if asked.everything or walked is None:
        return max(0, view.searcher.num_docs - 1), True  # the marker is no article
    return (walked.count, True) if walked.exact else (COUNT_LIMIT, False)


def _walk(
    view: View, translate: Translator, asked: tantivy.Query, limit: int, below: int | None, counting: bool
) -> _Walked:
    """The newest matches with an order key under `below`. A count is asked for up to COUNT_LIMIT."""
    top = view.marker.newest + 1 if below is None else min(below, view.marker.newest + 1)
    if top <= view.marker.oldest:
        return _Walked((), 0, True)
    stretch = _FIRST_DAYS * postings.order_span(86_400)
    hits: Sequence[tuple[int, DocAddress]] | None = None
    while True:
        last = top - stretch <= view.marker.oldest
        lowest = view.marker.oldest if last else top - stretch
        window = translate.between(asked, lowest, top)
        found = view.searcher.search(window, limit=1 if hits is not None else limit, order_by_field="order")
        count = postings.count(found)
        if hits is None and (count >= limit or last):
            hits = found.hits
        if last or (hits is not None and (not counting or count > COUNT_LIMIT)):
            return _Walked(hits or (), count, last)
        stretch *= _GROWTH


def _heads(view: View, translate: Translator, then: tantivy.Query, asked: Asked) -> list[tuple[int, DocAddress]]:
    """One more than a page of hits, each the newest of its story."""
    heads: list[tuple[int, DocAddress]] = []
    known: set[int] = set()
    below = asked.place.at if asked.place else None
    at_once = 2 * (asked.limit + 1)
    while len(heads) <= asked.limit:
        rest = translate.told_elsewhere(then, known) if known else then
        hits = _walk(view, translate, rest, at_once, below, False).hits
        stories = _stories(view, [address for _, address in hits])
        fresh = set(stories)
        told = _told_before(view, translate, then, fresh, asked.place)
        heads += [hits[rank] for rank, story in _first_of_stories(stories) if story not in told]
        known |= fresh
        if len(hits) < at_once:
            break
        below = hits[-1][0]
    return heads


def _told_before(
    view: View, translate: Translator, then: tantivy.Query, stories: set[int], place: Place | None
) -> set[int]:
    """Those of the stories that had their turn on an earlier page."""
    if place is None or not stories:
        return set()
    above = translate.between(translate.told_in(then, stories), place.at, None)
    return set(_by_story(view, above, len(stories)))


def _rank(view: View, asked: tantivy.Query, depth: int, count: bool) -> tuple[list[tuple[float, DocAddress]], int]:
    """The first by score, equals newest first; and how many match, if that is to be counted."""
    found = view.searcher.search(asked, limit=depth + TIES, count=count)
    orders = view.searcher.fast_field_values("order", [address for _, address in found.hits])
    keyed = [(-round(hit[0], _DIGITS), -(order or 0), hit) for hit, order in zip(found.hits, orders, strict=True)]
    keyed.sort(key=lambda each: each[:2])
    return [hit for _, _, hit in keyed[:depth]], postings.count(found) if count else 0


def _span(asked: Asked) -> tuple[int, int]:
    """How many ranks come before this page, and how many may be on it."""
    skipped = asked.place.at if asked.place else 0
    limit = min(asked.limit, DEPTH_LIMIT - skipped)
    if limit < 1:
        raise BadCursor(f"results by relevance end at {DEPTH_LIMIT}; sort by newest to read on")
    return skipped, limit


def _position(view: View, asked: Asked) -> int:
    return asked.place.position if asked.place else view.marker.position


def _stories(view: View, addresses: list[DocAddress]) -> list[int]:
    return [int(number or 0) for number in view.searcher.fast_field_values("story", addresses)]


def _first_of_stories(stories: Sequence[int]) -> list[tuple[int, int]]:
    """(rank, story) of the first of each story."""
    firsts: dict[int, int] = {}
    for rank, story in enumerate(stories):
        firsts.setdefault(story, rank)
    return [(rank, story) for story, rank in firsts.items()]


def _by_story(view: View, asked: tantivy.Query, most: int) -> dict[int, int]:
    """How many match of each story; `most` stories there are."""
    found = view.searcher.aggregate(asked, {"story": {"terms": {"field": "story", "size": most}}})
    return {int(bucket["key"]): int(bucket["doc_count"]) for bucket in found["story"]["buckets"]}
