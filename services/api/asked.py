"""What a request asks for, read once for all routes that search: the parameters as OpenAPI shows them."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Annotated
from urllib.parse import urlencode

from fastapi import Depends, Query

from services.api.search import Results, Search
from services.contracts import Article

PAGE_LIMIT = 100
"""Hits on one page of a search."""

VALUES_LIMIT = 50
"""Outlets, languages or stories in one request."""

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

    def matcher(self, search: Search) -> Callable[[Article, float], bool] | None:
        """The filter of a live stream; None where everything passes."""
        if self == Filters():
            return None
        return search.matcher(self.q, outlet=self.outlet, lang=self.lang, story=self.story)


@dataclass(frozen=True, slots=True)
class Asked:
    """A search."""

    filters: Filters = Filters()
    after: str = ""
    before: str = ""
    sort: str = "newest"

    def answer(self, search: Search, limit: int, cursor: str | None = None) -> Results:
        """One page. Raises BadRequest."""
        filters = self.filters
        try:
            return search.find(
                filters.q, outlet=filters.outlet, lang=filters.lang, story=filters.story,
                after=self.after, before=self.before, sort=self.sort, limit=limit, cursor=cursor or None,
            )  # fmt: skip
        except ValueError as error:
            raise BadRequest(str(error)) from error

    def newest(self) -> "Asked":
        """The same search in the order of time, which is what feeds and exports are in."""
        return replace(self, sort="newest")

    def url_query(self, **more: str) -> str:
        """The same search as the query part of a URL, without what was not asked for."""
        filters = self.filters
        pairs = [("q", filters.q)]
        for name, values in (("outlet", filters.outlet), ("lang", filters.lang), ("story", filters.story)):
            pairs += [(name, value) for value in values]
        pairs += [("after", self.after), ("before", self.before)]
        pairs += [("sort", "" if self.sort == "newest" else self.sort), *more.items()]
        return urlencode([(name, value) for name, value in pairs if value])


def read_filters(
    q: Annotated[str, Query(description='words, "phrase", -word, OR, prefix*, title:, outlet:, lang:, story:')] = "",
    outlet: _Values = [],  # noqa: B006 - FastAPI copies defaults
    lang: _Values = [],  # noqa: B006
    story: _Values = [],  # noqa: B006
) -> Filters:
    return Filters(q, _given(outlet), _given(lang), _given(story))


def read(
    filters: Annotated[Filters, Depends(read_filters)],
    after: Annotated[str, Query(description="published on this day or later; ISO 8601 date or time")] = "",
    before: Annotated[str, Query(description="published before this day or time")] = "",
    sort: Annotated[str, Query(description="newest or relevance")] = "newest",
) -> Asked:
    return Asked(filters, after.strip(), before.strip(), sort or "newest")


def _given(values: list[str]) -> tuple[str, ...]:
    # An empty field of a form arrives as an empty value and means no restriction.
    return tuple(value.strip() for value in values if value.strip())
