"""When an outlet is asked again: pure decisions, each with its because.

What the outlet says comes first (freshness, ttl, sy:*, skipHours, Retry-After), then its own rhythm. Everything is
unix seconds; `now` and chance are arguments. No time that an outlet announced is ever undercut: jitter shortens only
intervals of our own making.
"""

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from services.contracts import Reason
from services.fetcher.entries import Feed, iso_seconds

DAY = 86_400.0
HOUR = 3_600.0
LONGEST = DAY
"""The cap of every hint and every back-off: no feed is silent for longer."""
JITTER = 0.1
UNKNOWN_RHYTHM = 1_800.0
"""Seconds between polls of a feed whose entries carry no dates."""
RECENT = 10
"""Entries from whose dates the rhythm is read."""
POLLS_PER_ENTRY = 2.0
"""An entry is then found a quarter of the usual gap after its publication, on average."""
SLOW = 6 * HOUR
"""First interval after a 401, 403 or 451: they seldom pass, and asking again is what they forbid."""
FIRST_RETRY = 60.0
CALMING = 1.25
"""By how much the cap on our own interval widens with every changed poll after a gap."""
PUSHED = 4.0
"""Times that a feed is polled more slowly while a hub delivers it."""
PAGE_ATTEMPTS = 6
PAGE_FACTOR = 4.0
"""A page is tried again after 1, 4, 16, 64 and 256 minutes; news that is out for longer has been seen elsewhere."""

_REFUSALS = frozenset({Reason.FORBIDDEN, Reason.LEGAL})
PASSING = frozenset({Reason.UNREACHABLE, Reason.TIMEOUT, Reason.RATE_LIMITED, Reason.SERVER_ERROR, Reason.BAD_ENCODING})
"""Failures after which a page is tried again; any other ends it."""

Chance = Callable[[], float]
"""0.0 up to 1.0, evenly (`random.random`)."""


@dataclass(frozen=True, slots=True)
class Decision:
    """`at` is unix seconds, or None: never again by itself. `because` is for the operator."""

    at: float | None
    because: str


@dataclass(frozen=True, slots=True)
class Pace:
    """What a feed last said and showed of its own rhythm; kept for the polls that bring no body.

    `recent` are the dates of the newest entries, newest first; `entries` how many there were; `brisk_s` caps our own
    interval, in seconds, after a gap; the rest as in `entries.Feed`.
    """

    ttl_s: float | None = None
    skip_hours: tuple[int, ...] = ()
    skip_days: tuple[int, ...] = ()
    update_period_s: float | None = None
    update_base: float | None = None
    recent: tuple[float, ...] = ()
    entries: int = 0
    brisk_s: float | None = None

    def to_json(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str | None) -> "Pace":
        """The pace that `to_json` wrote; that of an unknown feed for None."""
        if text is None:
            return cls()
        stored: dict[str, Any] = json.loads(text)
        # A field that is unknown was written by a newer vigie beside this one.
        known: dict[str, Any] = {name: value for name, value in stored.items() if name in cls.__dataclass_fields__}
        for name in ("skip_hours", "skip_days", "recent"):
            known[name] = tuple(known.get(name, ()))
        return cls(**known)


def pace(feed: Feed) -> Pace:
    dates = [iso_seconds(entry.published) for entry in feed.entries]
    return Pace(
        ttl_s=feed.ttl_s,
        skip_hours=feed.skip_hours,
        skip_days=feed.skip_days,
        update_period_s=feed.update_period_s,
        update_base=feed.update_base,
        recent=tuple(sorted((date for date in dates if date is not None), reverse=True)[:RECENT]),
        entries=len(feed.entries),
    )


def merged(known: Pace, part: Pace) -> Pace:
    """The pace after a response that held only what is new (226): the dates add up, what is not said stays."""
    return Pace(
        ttl_s=part.ttl_s if part.ttl_s is not None else known.ttl_s,
        skip_hours=part.skip_hours or known.skip_hours,
        skip_days=part.skip_days or known.skip_days,
        update_period_s=part.update_period_s if part.update_period_s is not None else known.update_period_s,
        update_base=part.update_base if part.update_base is not None else known.update_base,
        recent=tuple(sorted({*known.recent, *part.recent}, reverse=True)[:RECENT]),
        entries=max(known.entries, part.entries),
        brisk_s=known.brisk_s,
    )


def brisker(known: Pace, since: float | None) -> float | None:
    """The cap of our own interval after a poll that came too late, `since` seconds after the one before."""
    caps = [cap for cap in (since, known.brisk_s) if cap]
    return min(caps) / 2 if caps else None


def calmer(known: Pace) -> float | None:
    """The cap after a changed feed without a gap: it widens again, slowly, and goes."""
    wider = (known.brisk_s or math.inf) * CALMING
    return wider if wider < LONGEST else None


def after_success(
    known: Pace,
    headers: Mapping[str, str],
    *,
    now: float,
    interval_min: float,
    interval_max: float,
    chance: Chance,
    pushed: bool = False,
) -> Decision:
    """The next poll after a 200, 226 or 304 with these headers (lower-case names); `pushed`: a hub delivers it."""
    hints = {
        "freshness": fresh_for(headers, now),
        "ttl": min(known.ttl_s or 0.0, LONGEST),
        "sy:update": _until_update(known, now),
    }
    name, longest = max(hints.items(), key=lambda hint: hint[1])
    if longest > 0:
        # Announced times are never undercut: chance only adds, so that feeds of one outlet drift apart.
        seconds = max(longest, interval_min)
        seconds = max(longest, min(seconds * (1 + JITTER * chance()), LONGEST))
        because = f"{name} of {longest:.0f} s"
    else:
        usual = min(rhythm(known, now), known.brisk_s or math.inf) * (PUSHED if pushed else 1.0)
        own = min(max(usual, interval_min), interval_max)
        seconds, because = own * (1 + JITTER * (2 * chance() - 1)), f"own rhythm of {own:.0f} s"
    return _past_skips(known, now + seconds, because, chance)


def after_failure(
    reason: Reason,
    failures: int,
    headers: Mapping[str, str],
    *,
    now: float,
    interval_min: float,
    chance: Chance,
) -> Decision:
    """The next poll after `failures` failed ones in a row, this one counted; a 410 ends the polling."""
    if reason is Reason.GONE:
        return Decision(None, "the outlet says that the feed is gone for good (410)")
    first = SLOW if reason in _REFUSALS else max(interval_min, FIRST_RETRY)
    wait = _back_off(first, 2.0, failures, chance)
    asked = retry_after(headers, now)
    if asked is not None and asked > wait:
        return Decision(now + asked, f"{reason}, Retry-After of {asked:.0f} s")
    return Decision(now + wait, f"{reason}, {failures} in a row")


def page_again(reason: Reason, attempts: int, headers: Mapping[str, str], *, now: float, chance: Chance) -> Decision:
    """When a page is tried again after `attempts` failed ones; `at` is None where that was the last."""
    if reason not in PASSING:
        return Decision(None, f"{reason} does not pass")
    if attempts >= PAGE_ATTEMPTS:
        return Decision(None, f"{reason}, {attempts} attempts")
    wait = max(_back_off(FIRST_RETRY, PAGE_FACTOR, attempts, chance), retry_after(headers, now) or 0.0)
    return Decision(now + wait, f"{reason}, attempt {attempts}")


def rhythm(known: Pace, now: float) -> float:
    """Seconds between polls that suit a feed: half of what passes per entry, the silence since the last one
    included, so that an outlet that falls asleep is asked less and less."""
    past = [date for date in known.recent if date <= now]
    if not past:
        return UNKNOWN_RHYTHM
    return (now - min(past)) / len(past) / POLLS_PER_ENTRY


def fresh_for(headers: Mapping[str, str], now: float) -> float:
    """Seconds for which a response stays fresh (RFC 9111 section 4.2), 0.0 up to a day.

    `no-cache`, `no-store`, broken and past values count as 0: no hint. Heuristic freshness is not guessed.
    """
    directives = _cache_control(headers.get("cache-control", ""))
    if "no-cache" in directives or "no-store" in directives:
        return 0.0
    if "max-age" in directives:
        lifetime = _whole(directives["max-age"]) or 0.0
    else:
        expires = http_date(headers.get("expires"))
        date = http_date(headers.get("date"))
        # Both by the outlet's clock: how wrong it is does not matter.
        lifetime = 0.0 if expires is None else expires - (now if date is None else date)
    return min(max(0.0, lifetime - (_whole(headers.get("age", "")) or 0.0)), LONGEST)


def retry_after(headers: Mapping[str, str], now: float) -> float | None:
    """Seconds that Retry-After asks for (RFC 9110 section 10.2.3), up to a day; None where it says nothing."""
    value = headers.get("retry-after", "").strip()
    seconds = _whole(value)
    if seconds is None:
        until = http_date(value)
        if until is None:
            return None
        date = http_date(headers.get("date"))
        seconds = until - (now if date is None else date)
    return min(max(0.0, seconds), LONGEST)


def http_date(value: str | None) -> float | None:
    """Unix seconds of an HTTP date in any of its three forms; None for anything else, `0` too."""
    if not value or len(value) > 60:
        return None
    try:
        when = parsedate_to_datetime(value)
        return when.replace(tzinfo=when.tzinfo or UTC).timestamp()
    except (ValueError, TypeError, OverflowError, IndexError):
        return None


def _back_off(first: float, factor: float, failures: int, chance: Chance) -> float:
    wait = first * factor ** min(max(failures, 1) - 1, 40)
    return min(wait * (1 + JITTER * (2 * chance() - 1)), LONGEST)


def _until_update(known: Pace, now: float) -> float:
    """Seconds up to the next update by sy:*, counted from its base where there is one; 0.0 without."""
    period = known.update_period_s
    if period is None or period <= 0:
        return 0.0
    if known.update_base is None or period > LONGEST:
        return min(period, LONGEST)
    return period - math.fmod(now - known.update_base, period) if known.update_base <= now else period


def _past_skips(known: Pace, at: float, because: str, chance: Chance) -> Decision:
    """`at`, or the start of the first hour after it that the feed does not exclude (GMT)."""
    hour = at
    for _ in range(8 * 24):
        when = datetime.fromtimestamp(hour, UTC)
        if when.hour not in known.skip_hours and when.weekday() not in known.skip_days:
            break
        hour = (hour // HOUR + 1) * HOUR
    else:
        return Decision(at, because)  # every hour of the week is excluded: that cannot be meant
    if hour == at:
        return Decision(at, because)
    return Decision(hour + 60.0 * chance(), f"{because}, then skipHours or skipDays")


def _cache_control(value: str) -> dict[str, str]:
    pairs = (directive.strip().partition("=") for directive in value[:1_000].split(","))
    return {name.strip().lower(): argument.strip().strip('"') for name, _, argument in pairs}


def _whole(value: str) -> float | None:
    """A number of seconds; None for anything but digits. Twelve digits are more than any cap."""
    digits = value.strip()
    return float(digits[:12]) if digits.isascii() and digits.isdigit() else None
