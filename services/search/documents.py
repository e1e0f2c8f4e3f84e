"""What the index keeps of an article, and where it stands in time."""

from dataclasses import dataclass

from services.contracts import Article
from services.search import query, stemming

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
    """The searchable side of an article: terms joined by spaces, filing keys, and its moment in unix seconds.

    Stems are those of words that are not their own.
    """

    title: str
    text: str
    title_stems: str
    text_stems: str
    outlet: str
    language: str
    story: str
    topics: tuple[str, ...]
    moment: int


def describe(article: Article, arrived: float) -> Document:
    """Also of an event: one that takes an article out of a topic is still news to who follows that topic."""
    language = query.file_under(query.Key.LANG, article.language or "")
    title, title_stems = stemming.analyse(article.title, language)
    text, text_stems = stemming.analyse(article.text, language)
    return Document(
        title=title,
        text=text,
        title_stems=title_stems,
        text_stems=text_stems,
        outlet=query.file_under(query.Key.OUTLET, article.outlet),
        language=language,
        story=query.file_under(query.Key.STORY, article.story),
        topics=tuple(query.file_under(query.Key.TOPIC, name) for name in article.topics + article.left_topics),
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
