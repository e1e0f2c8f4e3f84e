"""Sitemaps as sources: the news of a news sitemap, and of a plain one what changed within two days."""

import re
from collections import Counter
from dataclasses import dataclass, field
from xml.parsers import expat

from services.fetcher import prolog
from services.fetcher.entries import (
    MAX_DATE,
    MAX_ENTRIES,
    MAX_TITLE,
    Entry,
    Feed,
    NotAFeed,
    iso_seconds,
    moment,
    resolve,
    tidy,
)
from services.fetcher.urls import MAX_LENGTH

MAX_BYTES = 50_000_000
MAX_URLS = 50_000
"""The protocol's own bounds (sitemaps.org): what is beyond them is not read."""
RECENT_S = 2 * 86_400.0
"""Seconds. A news sitemap holds two days; of a plain one the same is taken, or an archive would pour in."""

_CHUNK = 65_536
_ROOT = re.compile(r"<(?:[\w.-]{1,20}:)?(urlset|sitemapindex)(?=[\s>/])", re.IGNORECASE)
_WANTED = {
    ("url", "loc"): "loc",
    ("url", "lastmod"): "lastmod",
    ("url", "news", "title"): "title",
    ("url", "news", "publication_date"): "published",
    ("url", "news", "publication", "language"): "language",
    ("sitemap", "loc"): "loc",
    ("sitemap", "lastmod"): "lastmod",
}
_DEEPEST = 5


def is_one(text: str) -> bool:
    """Whether the document's root is that of a sitemap or of an index of sitemaps."""
    return _ROOT.match(text, prolog.end(text)) is not None


def parse(text: str, *, url: str, now: float) -> Feed:
    """The news in a sitemap, newest first. Raises NotAFeed for an index, with the newest of its sitemaps."""
    start = prolog.end(text)
    root = _ROOT.match(text, start)
    if root is None:
        raise NotAFeed("XML that is no sitemap")
    read = _read(text, start)
    if root[1].lower() == "sitemapindex":
        raise NotAFeed(f"a sitemap index; name one of its sitemaps instead: {_newest(read.places, url)}")
    dated = [(place, *_date(place, now)) for place in read.places]
    news = [each for each in dated if each[0].get("published") or (each[1] and _is_recent(each[1], now))]
    news.sort(key=lambda each: each[1] or "", reverse=True)
    return Feed(
        title="",
        entries=tuple(_entry(place, when, problem, url) for place, when, problem in news[:MAX_ENTRIES]),
        format="sitemap",
        problem=_problem(read, len(dated) - len(news), len(news)),
        language=_language(read.places),
    )


@dataclass(slots=True)
class _Read:
    """What was in the document: one dict per URL, of the fields that `_WANTED` names."""

    places: list[dict[str, str]] = field(default_factory=list)
    error: str | None = None


class _Full(Exception):
    """There are as many URLs as may be read."""


def _read(document: str, start: int) -> _Read:
    read = _Read()
    parser = _parser(read)
    try:
        for at in range(start, len(document), _CHUNK):
            parser.Parse(document[at : at + _CHUNK].encode("utf-8", "replace"), False)
        parser.Parse(b"", True)
    except _Full:
        read.error = f"more than {MAX_URLS} URLs, the first {MAX_URLS} were read"
    except expat.ExpatError as error:
        read.error = tidy(f"not well-formed: {error}", 300)
    return read


def _parser(read: _Read) -> expat.XMLParserType:
    # Prefixes are cut, not resolved: many sitemaps forget to declare them.
    path: list[str] = []
    place: dict[str, str] = {}

    def is_place() -> bool:
        return len(path) == 2 and path[1] in {"url", "sitemap"}

    def start(name: str, _: object) -> None:
        path.append(name.rpartition(":")[2].lower())
        if is_place():
            place.clear()

    def end(_: str) -> None:
        if is_place():
            if len(read.places) == MAX_URLS:
                raise _Full
            read.places.append(dict(place))
        path.pop()

    def text(data: str) -> None:
        name = _WANTED.get(tuple(path[1:])) if len(path) <= _DEEPEST else None
        if name is not None and len(place.get(name, "")) < MAX_LENGTH:
            place[name] = place.get(name, "") + data

    parser = expat.ParserCreate("utf-8")
    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = start, end, text
    return parser


def _date(place: dict[str, str], now: float) -> tuple[str | None, str | None]:
    """The date of publication or, where there is none, of the last change, as `entries.moment` has it."""
    written = place.get("published") or place.get("lastmod")
    if not written:
        return None, None
    seconds = iso_seconds(written)
    return (None, "unreadable") if seconds is None else moment(seconds, now)


def _is_recent(when: str, now: float) -> bool:
    seconds = iso_seconds(when)
    return seconds is not None and seconds >= now - RECENT_S


def _entry(place: dict[str, str], when: str | None, problem: str | None, url: str) -> Entry:
    return Entry(
        url=resolve(url, place.get("loc")),
        guid=None,
        title=tidy(place.get("title"), MAX_TITLE),
        published=when,
        date_problem=problem,
        updated=tidy(place.get("lastmod"), MAX_DATE),
    )


def _newest(places: list[dict[str, str]], url: str) -> str:
    newest = sorted(places, key=lambda place: place.get("lastmod", ""), reverse=True)[:3]
    return ", ".join(filter(None, (resolve(url, place.get("loc")) for place in newest))) or "it names none"


def _language(places: list[dict[str, str]]) -> str | None:
    named = Counter(tidy(place["language"], 20).lower() for place in places if place.get("language"))
    return named.most_common(1)[0][0] if named else None


def _problem(read: _Read, old: int, kept: int) -> str | None:
    problems = [read.error] if read.error else []
    if old:
        problems.append(f"{old} URLs without news or a date of the last two days")
    if kept > MAX_ENTRIES:
        problems.append(f"{kept} entries, the newest {MAX_ENTRIES} were read")
    return "; ".join(problems) or None
