"""What a search gives back, and what may be asked beside the query."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from services.contracts import Article
from services.search import query
from services.search.documents import Copy, Record
from services.search.query import Filters, Query, Words
from services.search.snippets import Marker, Part

SORTS = ("newest", "relevance")


class BadSearch(ValueError):
    """A parameter beside the query cannot be understood; the message is for whoever asked."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A result. `title` and `snippet` are original text in parts, matches marked; nothing is escaped.

    `seq` is the event that it shows, `score` the relevance where results are sorted by it. `others` counts the
    further matches of its story, where one hit a story was asked for.
    """

    article: Article
    seq: int
    title: tuple[Part, ...]
    snippet: tuple[Part, ...]
    copies: tuple[Copy, ...]
    score: float | None = None
    others: int = 0


@dataclass(frozen=True, slots=True)
class Value:
    """How many of all matches have this value of a facet; `name` is for people, `value` for a filter."""

    value: str
    name: str
    count: int


@dataclass(frozen=True, slots=True)
class Facet:
    """Outlet, language, topic: the commonest values first. Day: the latest first."""

    name: str
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Results:
    """One page. `total` counts all matches when the first page was asked for; `cursor` leads to the next page.

    There are more than `total` where it is not `exact`. With one hit a story, `total` still counts articles.
    """

    total: int
    hits: tuple[Hit, ...]
    cursor: str | None
    notices: tuple[str, ...] = ()
    exact: bool = True
    facets: tuple[Facet, ...] = ()


class Shown:
    """Records as hits of one search."""

    def __init__(self, wanted: Sequence[Words]) -> None:
        self._wanted = wanted
        self._markers: dict[str, Marker] = {}

    def hit(self, record: Record, score: float | None, others: int) -> Hit:
        article = record.article
        language = query.file_under(query.Key.LANG, article.language or "")
        marker = self._markers.get(language) or self._markers.setdefault(language, Marker(self._wanted, language))
        return Hit(
            article=article,
            seq=record.seq,
            title=marker.mark(article.title),
            snippet=marker.best(article.text),
            copies=record.copies,
            score=score,
            others=others,
        )


def filters(
    outlet: Sequence[str],
    lang: Sequence[str],
    story: Sequence[str],
    topic: Sequence[str],
    after: str | None,
    before: str | None,
) -> Filters:
    """Filters from what somebody asked for; empty values count as not given. Raises BadSearch."""
    return Filters(
        outlets=tuple(value for value in outlet if value.strip()),
        languages=tuple(value for value in lang if value.strip()),
        stories=tuple(value for value in story if value.strip()),
        topics=tuple(value for value in topic if value.strip()),
        after=_moment("after", after),
        before=_moment("before", before),
    )


def fingerprint(wanted: Query, restricted: Filters, ranked: bool, collapsed: bool) -> str:
    """Tells one search from another, so that a cursor continues only the search that it was made for."""
    said = repr((wanted.clauses, restricted, ranked, collapsed))
    return hashlib.blake2b(said.encode("utf-8", "surrogatepass"), digest_size=6).hexdigest()


def _moment(name: str, value: str | None) -> float | None:
    if value is None or not value.strip():
        return None
    try:
        return query.moment(value)
    except ValueError as error:
        raise BadSearch(f"{name} is not a date: write {name}=2026-03-31, or a time as ISO 8601") from error
