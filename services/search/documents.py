"""What the index keeps of an article, and where it stands in time."""

from dataclasses import dataclass

from services.contracts import Article
from services.search import analysis, query

DAY = 86_400.0


@dataclass(frozen=True, slots=True)
class Copy:
    """Another place that published an article: a republication is not a search hit of its own."""

    id: str
    url: str
    outlet: str
    outlet_name: str = ""


@dataclass(frozen=True, slots=True)
class Record:
    """A search result as it is stored. `seq` is the event that it shows; `first` the one that brought the article.

    Order follows `first` and `arrived`: an update shows new text in the old place, so that nobody who is turning
    pages meets an article twice.
    """

    article: Article
    seq: int
    first: int
    arrived: float
    copies: tuple[Copy, ...] = ()


@dataclass(frozen=True, slots=True)
class Document:
    """The searchable side of an article: terms joined by spaces, filing keys, and its moment in unix seconds."""

    title: str
    text: str
    outlet: str
    language: str
    story: str
    moment: int


def describe(article: Article, arrived: float) -> Document:
    return Document(
        title=" ".join(analysis.terms(article.title)),
        text=" ".join(analysis.terms(article.text)),
        outlet=query.file_under(query.Key.OUTLET, article.outlet),
        language=query.file_under(query.Key.LANG, article.language or ""),
        story=query.file_under(query.Key.STORY, article.story),
        moment=int(place(article.published, arrived)),
    )


def place(published: str | None, arrived: float) -> float:
    """Where an article stands in time: when it was published, but never after it arrived.

    A clock that runs ahead, or a date of 2099, would otherwise stay on top of the newest for good. A date
    without a time is the moment of arrival on that day, and the day's beginning later.
    """
    if not published:
        return arrived
    try:
        at = query.moment(published)
    except ValueError:
        return arrived
    dated_only = len(published.strip()) <= len("2026-03-31")
    if dated_only and arrived - at < DAY:
        return arrived
    return min(at, arrived)
