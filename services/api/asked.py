"""What a request asks for, read once for all routes that search: the parameters as OpenAPI shows them."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import Depends, Query

from services.api.search import Results, Search
from services.contracts import Article

PAGE_LIMIT = 100
"""Hits on one page of a search."""

VALUES_LIMIT = 50
"""Outlets, languages, topics or stories in one request."""

COLLAPSES = ("", "story")
FILTERS = {"outlet": "outlet", "language": "lang", "topic": "topic", "story": "story"}
"""The parameter that narrows a search to a value of a facet, or to a story."""

_Values = Annotated[list[str], Query(max_length=VALUES_LIMIT)]


class BadRequest(ValueError):
    """A parameter cannot be used; the message says which and what to write instead."""


@dataclass(frozen=True, slots=True)
class Filters:
    """A query and what it is restricted to, without a place in time or a page."""

    q: str = ""
    outlet: tuple[str, ...] = ()
    lang: tuple[str, ...] = ()
    story: tuple[str, ...] = ()
    topic: tuple[str, ...] = ()

    def matcher(self, search: Search) -> Callable[[Article, float], bool] | None:
        """The filter of a live stream; None where everything passes."""
        if self == Filters():
            return None
        return search.matcher(self.q, outlet=self.outlet, lang=self.lang, story=self.story, topic=self.topic)


@dataclass(frozen=True, slots=True)
class Asked:
    """A search."""

    filters: Filters = Filters()
    after: str = ""
    before: str = ""
    sort: str = "newest"
    collapse: str = ""
    facets: bool = False

    def answer(self, search: Search, limit: int, cursor: str | None = None) -> Results:
        """One page. Raises BadRequest."""
        filters = self.filters
        if self.collapse not in COLLAPSES:
            raise BadRequest("collapse is story, or left out")
        try:
            return search.find(
                filters.q, outlet=filters.outlet, lang=filters.lang, story=filters.story, topic=filters.topic,
                after=self.after, before=self.before, sort=self.sort, limit=limit, cursor=cursor or None,
                facets=self.facets, collapse=bool(self.collapse),
            )  # fmt: skip
        except ValueError as error:
            raise BadRequest(str(error)) from error

    def newest(self) -> "Asked":
        """The same search in the order of time, which is what feeds and exports are in."""
        return replace(self, sort="newest", facets=False)

    def narrowed(self, facet: str, value: str) -> "Asked":
        """The same search for one value of a facet only."""
        if facet == "day":
            following = date.fromisoformat(value) + timedelta(days=1)
            return replace(self, after=value, before=following.isoformat())
        narrowing: dict[str, Any] = {FILTERS[facet]: (value,)}
        return replace(self, filters=replace(self.filters, **narrowing))

    def collapsed(self, collapse: str) -> "Asked":
        """The same search with one hit a story, or with every article."""
        return replace(self, collapse=collapse)

    def url_query(self, **more: str) -> str:
        """The same search as the query part of a URL, without what was not asked for."""
        filters = self.filters
        pairs = [("q", filters.q)]
        for name in ("outlet", "lang", "topic", "story"):
            pairs += [(name, value) for value in getattr(filters, name)]
        pairs += [("after", self.after), ("before", self.before)]
        pairs += [("sort", "" if self.sort == "newest" else self.sort), ("collapse", self.collapse), *more.items()]
        return urlencode([(name, value) for name, value in pairs if value])


def read_filters(
    q: Annotated[
        str, Query(description='words, "phrase", -word, OR, prefix*, title:, outlet:, lang:, topic:, story:')
    ] = "",
    outlet: _Values = [],  # noqa: B006 - FastAPI copies defaults
    lang: _Values = [],  # noqa: B006
    story: _Values = [],  # noqa: B006
    topic: _Values = [],  # noqa: B006
) -> Filters:
    return Filters(q, _given(outlet), _given(lang), _given(story), _given(topic))


def read(
    filters: Annotated[Filters, Depends(read_filters)],
    after: Annotated[str, Query(description="published on this day or later; ISO 8601 date or time")] = "",
    before: Annotated[str, Query(description="published before this day or time")] = "",
    sort: Annotated[str, Query(description="newest or relevance")] = "newest",
    collapse: Annotated[str, Query(description="story: one hit a story, the newest or the best")] = "",
) -> Asked:
    return Asked(filters, after.strip(), before.strip(), sort or "newest", collapse.strip())


def _given(values: list[str]) -> tuple[str, ...]:
    # An empty field of a form arrives as an empty value and means no restriction.
    return tuple(value.strip() for value in values if value.strip())
