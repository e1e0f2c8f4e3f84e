"""What a search gives back, and what may be asked beside the query."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from services.contracts import Article
from services.search import query, snippets
from services.search.documents import Copy, Record
from services.search.query import Filters, Query, Words
from services.search.snippets import Part

SORTS = ("newest", "relevance")


class BadSearch(ValueError):
    """A parameter beside the query cannot be understood; the message is for whoever asked."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A result. `title` and `snippet` are original text in parts, matches marked; nothing is escaped.

    `seq` is the event that it shows, `score` the relevance where results are sorted by it.
    """

    article: Article
    seq: int
    title: tuple[Part, ...]
    snippet: tuple[Part, ...]
    copies: tuple[Copy, ...]
    score: float | None = None


@dataclass(frozen=True, slots=True)
class Results:
    """One page. `total` counts all matches when the first page was asked for; `cursor` leads to the next page."""

    total: int
    hits: tuple[Hit, ...]
    cursor: str | None
    notices: tuple[str, ...] = ()


def hit(record: Record, wanted: Sequence[Words], score: float | None) -> Hit:
    article = record.article
    return Hit(
        article=article,
        seq=record.seq,
        title=snippets.mark(article.title, wanted),
        snippet=snippets.best(article.text, wanted),
        copies=record.copies,
        score=score,
    )


def filters(
    outlet: Sequence[str], lang: Sequence[str], story: Sequence[str], after: str | None, before: str | None
) -> Filters:
    """Filters from what somebody asked for; empty values count as not given. Raises BadSearch."""
    return Filters(
        outlets=tuple(value for value in outlet if value.strip()),
        languages=tuple(value for value in lang if value.strip()),
        stories=tuple(value for value in story if value.strip()),
        after=_moment("after", after),
        before=_moment("before", before),
    )


def fingerprint(wanted: Query, restricted: Filters, ranked: bool) -> str:
    """Tells one search from another, so that a cursor continues only the search that it was made for."""
    said = repr((wanted.clauses, restricted, ranked))
    return hashlib.blake2b(said.encode("utf-8", "surrogatepass"), digest_size=6).hexdigest()


def _moment(name: str, value: str | None) -> float | None:
    if value is None or not value.strip():
        return None
    try:
        return query.moment(value)
    except ValueError as error:
        raise BadSearch(f"{name} is not a date: write {name}=2026-03-31, or a time as ISO 8601") from error
