"""What a feed says, whatever format it says it in."""

import html
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urljoin

from services.contracts import Reason
from services.fetcher import urls

MAX_ENTRIES = 2_000
MAX_TITLE = 1_000
MAX_AUTHOR = 300
MAX_SUMMARY = 10_000
MAX_GUID = 2_000
MAX_DATE = 100

EARLIEST = datetime(1990, 1, 1, tzinfo=UTC).timestamp()
"""Unix seconds. No news on the web is older; a date before it is a default value that leaked (1970, 1900)."""
LATEST_AHEAD = 2 * 86_400.0
"""Seconds that a date may lie in the future: time zones and sloppy clocks explain two days, not more."""

_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufeff\ufffe\uffff]+")
_TAG = re.compile(r"<[a-zA-Z/!?][^<>]*>")


class NotAFeed(ValueError):
    """The body is something else than a feed; `reason` is for the ledger, `detail` for the operator."""

    def __init__(self, detail: str, reason: Reason = Reason.NOT_A_FEED) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Entry:
    """One item of a feed. `url` is absolute and http(s), or None; `guid` is what the outlet calls the item.

    `published` is ISO 8601 in UTC. Where there was a date that could not be used it is None and `date_problem` is
    `unreadable`, `too_old` or `in_the_future`. `updated` is when it was changed last, in the feed's own words.
    """

    url: str | None
    guid: str | None
    title: str
    published: str | None = None
    date_problem: str | None = None
    author: str | None = None
    summary: str = ""
    updated: str = ""


@dataclass(frozen=True, slots=True)
class Feed:
    """A feed as it was read. `problem` says what was wrong with it; the entries are those that could be read.

    `ttl_s` and `update_period_s` are seconds; `update_base` unix seconds; `skip_hours` 0 to 23 and `skip_days`
    0 (Monday) to 6, both GMT. `next_url` leads to older entries (RFC 5005, JSON Feed), `hub` to a WebSub hub.
    """

    title: str
    entries: tuple[Entry, ...]
    format: str
    problem: str | None = None
    home: str | None = None
    language: str | None = None
    charset: str = "utf-8"
    ttl_s: float | None = None
    skip_hours: tuple[int, ...] = ()
    skip_days: tuple[int, ...] = ()
    update_period_s: float | None = None
    update_base: float | None = None
    next_url: str | None = None
    self_url: str | None = None
    hub: str | None = None


def to_json(feed: Feed) -> dict[str, Any]:
    """A form that survives `json.dumps`."""
    return asdict(feed)


def from_json(form: Mapping[str, Any]) -> Feed:
    """The feed that `to_json` was given. Raises TypeError or KeyError on any other form."""
    fields = dict(form)
    fields["entries"] = tuple(Entry(**entry) for entry in fields["entries"])
    fields["skip_hours"] = tuple(fields["skip_hours"])
    fields["skip_days"] = tuple(fields["skip_days"])
    return Feed(**fields)


def tidy(value: object, limit: int) -> str:
    """One line of valid Unicode, at most `limit` characters; anything but text becomes an empty line."""
    if not isinstance(value, str):
        return ""
    # Cut first, generously: a megabyte of white space must not cost a megabyte of work.
    return " ".join(_UNPRINTABLE.sub(" ", value[: 20 * limit]).split())[:limit].rstrip()


def plain(markup: object, limit: int) -> str:
    """Like `tidy`, with the tags cut and the entities read."""
    if not isinstance(markup, str):
        return ""
    return tidy(html.unescape(_TAG.sub(" ", markup[: 20 * limit])), limit)


def resolve(base: str, link: object) -> str | None:
    """The absolute web address of a link found in a document at `base`, or None where it has none."""
    if not isinstance(link, str) or len(link) > urls.MAX_LENGTH:
        return None
    # `&#0;` or half a character: browsers pass over them, and no store takes them
    link = _UNPRINTABLE.sub("", link).strip()
    if not link:
        return None
    try:
        absolute = urljoin(base, link)
    except ValueError:  # urljoin says so of a broken bracketed host: a link to nowhere
        return None
    return absolute if urls.is_web(absolute) else None


def iso_seconds(value: object) -> float | None:
    """Unix seconds of an ISO 8601 date, UTC where it names no zone; None where it is none."""
    if not isinstance(value, str):
        return None
    try:
        when = datetime.fromisoformat(value.strip())
        return when.replace(tzinfo=when.tzinfo or UTC).timestamp()
    except (ValueError, OverflowError):
        return None


def moment(seconds: float, now: float) -> tuple[str | None, str | None]:
    """A date of an entry as ISO 8601 and None, or None and what makes it absurd."""
    if seconds < EARLIEST:
        return None, "too_old"
    if seconds > now + LATEST_AHEAD:
        return None, "in_the_future"
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"), None
