"""RSS 0.9x to 2.0, RDF and Atom, read by feedparser.

feedparser opens files and sockets when it is handed the wrong type; it is given nothing but a `BytesIO`. What
precedes the root element (declaration, comments, DOCTYPE with its entities) is cut before, so that no DTD ever
reaches a parser.
"""

import calendar
import io
import re
from collections.abc import Iterable
from typing import Any, NamedTuple

import feedparser

from services.fetcher import prolog
from services.fetcher.entries import (
    MAX_AUTHOR,
    MAX_DATE,
    MAX_ENTRIES,
    MAX_GUID,
    MAX_SUMMARY,
    MAX_TITLE,
    Entry,
    Feed,
    NotAFeed,
    iso_seconds,
    moment,
    plain,
    resolve,
    tidy,
)

PROLOG = 200_000
"""Characters before the root element that are looked through."""
HEAD = 100_000
"""Characters in which a channel's skipHours and skipDays are looked for, at either end of the document."""

PERIODS = {"hourly": 3_600.0, "daily": 86_400.0, "weekly": 604_800.0, "monthly": 2_592_000.0, "yearly": 31_536_000.0}
"""sy:updatePeriod in seconds (mod_syndication)."""
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

_ROOT = re.compile(r"<(?:[\w.-]{1,20}:)?(rss|rdf|feed|channel)(?=[\s>/])", re.IGNORECASE)
_OTHER = re.compile(r"<(html|head|body|opml|svg)(?=[\s>/])|<!doctype\s{1,9}html", re.IGNORECASE)
_OTHERS = {"opml": "an OPML list", "svg": "a picture"}
_HOUR = re.compile(r"<hour>\s{0,9}(\d{1,2})\s{0,9}</hour>", re.IGNORECASE)
_DAY = re.compile(r"<day>\s{0,9}([a-z]{6,9})\s{0,9}</day>", re.IGNORECASE)
_MAIL = re.compile(r"[^\s@()<>]{1,100}@[^\s@()<>]{1,100}")


class _Skips(NamedTuple):
    hours: tuple[int, ...]
    days: tuple[int, ...]


def parse(text: str, *, url: str, now: float) -> Feed:
    """The feed in an XML document, as far as it can be read. Raises NotAFeed where there is none in it."""
    start = _root(text)
    document = f"<?xml version='1.0' encoding='utf-8'?>\n{text[start:]}".encode("utf-8", "replace")
    read = _read(document)
    if not read.version and not read.entries:
        raise NotAFeed("XML that is neither RSS nor Atom")
    return _feed(read, _skips(text), url, now)


def _read(document: bytes) -> Any:
    try:
        return feedparser.parse(
            io.BytesIO(document),
            # Without a Content-Location, on purpose: feedparser would make links of guids. It follows xml:base,
            # and what is relative after that is resolved by us.
            response_headers={"content-type": "application/xml; charset=utf-8"},
            resolve_relative_uris=False,
            sanitize_html=False,
        )
    except MemoryError:
        raise
    except Exception as error:  # it raises what it likes; whatever that is, the document is the cause
        raise NotAFeed(tidy(f"feedparser cannot read it: {error!r}", 300)) from error


def _feed(read: Any, skips: _Skips, url: str, now: float) -> Feed:
    channel = read.feed
    return Feed(
        title=plain(channel.get("title"), MAX_TITLE),
        entries=tuple(_entry(entry, url, now) for entry in read.entries[:MAX_ENTRIES]),
        format=read.version or "xml",
        problem=_problem(read),
        home=resolve(url, channel.get("link")),
        language=tidy(channel.get("language"), 20) or None,
        ttl_s=_ttl(channel.get("ttl")),
        skip_hours=skips.hours,
        skip_days=skips.days,
        update_period_s=_period(channel),
        update_base=iso_seconds(channel.get("sy_updatebase")),
        next_url=_linked(channel, "next", url) or _linked(channel, "prev-archive", url),
        self_url=_linked(channel, "self", url),
        hub=_linked(channel, "hub", url),
    )


def _root(text: str) -> int:
    """Where the feed's root element starts. Raises NotAFeed."""
    begin = prolog.end(text)
    window = text[begin : begin + PROLOG]
    root, other = _ROOT.search(window), _OTHER.search(window)
    if other and (not root or other.start() < root.start()):
        raise NotAFeed(f"{_OTHERS.get((other[1] or 'html').lower(), 'an HTML page')} instead of a feed")
    if not root:
        raise NotAFeed("neither RSS, Atom nor JSON Feed" if text.strip() else "empty")
    return begin + root.start()


def _problem(read: Any) -> str | None:
    if read.bozo:
        error = read.get("bozo_exception")
        return tidy(f"not well-formed: {error}", 300)
    if len(read.entries) > MAX_ENTRIES:
        return f"{len(read.entries)} entries, the first {MAX_ENTRIES} were read"
    return None


def _entry(entry: Any, url: str, now: float) -> Entry:
    published, date_problem = _date(entry, now)
    return Entry(
        url=_link(entry, url),
        guid=tidy(dict.get(entry, "id"), MAX_GUID) or None,
        title=plain(dict.get(entry, "title"), MAX_TITLE),
        published=published,
        date_problem=date_problem,
        author=_author(entry),
        summary=plain(dict.get(entry, "summary"), MAX_SUMMARY),
        updated=tidy(dict.get(entry, "updated"), MAX_DATE),
    )


def _link(entry: Any, url: str) -> str | None:
    guid, link = dict.get(entry, "id"), dict.get(entry, "link")
    # RSS calls a guid a permalink unless told otherwise; few outlets know that, so a relative one is only a name.
    base = "" if link == guid and dict.get(entry, "guidislink") else url
    # A feed that goes through a redirecting service says in origLink where its items really are.
    return resolve(url, dict.get(entry, "feedburner_origlink")) or resolve(base, link)


def _date(entry: Any, now: float) -> tuple[str | None, str | None]:
    names = ("published", "updated", "created")
    for name in names:
        # dict.get: feedparser's own look-up answers `updated` with `published`, and a warning
        seconds = _seconds(dict.get(entry, f"{name}_parsed"))
        if seconds is not None:
            return moment(seconds, now)
    return None, "unreadable" if any(dict.get(entry, name) for name in names) else None


def _seconds(parsed: Any) -> float | None:
    """feedparser's nine numbers, UTC, as unix seconds; None where they are no date."""
    try:
        return float(calendar.timegm(parsed)) if parsed else None
    except (ValueError, OverflowError, TypeError):
        return None


def _author(entry: Any) -> str | None:
    people = [person for person in (dict.get(entry, "authors") or [])[:20] if isinstance(person, dict)]
    # Of a single one feedparser keeps the text too, and that is better: its search for an address garbles names.
    written = [dict.get(person, "name") for person in people] if len(people) > 1 else [dict.get(entry, "author")]
    names = dict.fromkeys(_name(plain(text, MAX_AUTHOR)) for text in written)
    return tidy(", ".join(filter(None, names)), MAX_AUTHOR) or None


def _name(written: str) -> str:
    """`Ann Lee` of `desk@outlet.example (Ann Lee)` and its like; nothing of a bare address."""
    if "@" not in written:
        return written
    rest = _MAIL.sub("", written).replace("()", "").replace("<>", "").strip(" ,;")
    return rest[1:-1].strip() if rest.startswith("(") and rest.endswith(")") else rest


def _linked(channel: Any, relation: str, url: str) -> str | None:
    links: Iterable[Any] = dict.get(channel, "links") or ()
    for link in links:
        if dict.get(link, "rel") == relation:
            return resolve(url, dict.get(link, "href"))
    return None


def _ttl(value: object) -> float | None:
    """RSS counts `ttl` in minutes."""
    digits = tidy(value, 9)
    return int(digits) * 60.0 if digits.isascii() and digits.isdigit() and int(digits) > 0 else None


def _period(channel: Any) -> float | None:
    """Seconds between two updates: sy:updatePeriod (daily by default) divided by sy:updateFrequency."""
    period, frequency = channel.get("sy_updateperiod"), channel.get("sy_updatefrequency")
    if period is None and frequency is None:
        return None
    length = PERIODS.get(tidy(period, 20).lower(), PERIODS["daily"])
    times = tidy(frequency, 6)
    return length / max(1, int(times) if times.isascii() and times.isdigit() else 1)


def _skips(text: str) -> _Skips:
    """feedparser keeps only the last hour and day; they stand in the channel, before or after its items."""
    ends = text[:HEAD] + (text[max(HEAD, len(text) - HEAD) :])
    hours = _HOUR.findall(_inside(ends, "skiphours"))
    days = _DAY.findall(_inside(ends, "skipdays"))
    # RSS 0.91 counted hours 1 to 24, RSS 2.0 counts 0 to 23: 24 is midnight.
    return _Skips(
        tuple(sorted({int(hour) % 24 for hour in hours if int(hour) <= 24})),
        tuple(sorted({DAYS.index(day.lower()) for day in days if day.lower() in DAYS})),
    )


def _inside(text: str, tag: str) -> str:
    lower = text.lower()
    start = lower.find(f"<{tag}>")
    end = lower.find(f"</{tag}>", start)
    return text[start:end] if 0 <= start < end else ""
