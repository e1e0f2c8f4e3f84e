"""Dates as pages write them, in any of the languages that have a file in `rules/`, as ISO 8601."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from email.utils import parsedate_to_datetime

from services.cleaner import characters

_ISO = re.compile(
    r"(?<!\d)(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ](\d{1,2}):(\d{2})(?::(\d{2}))?(?:[.,]\d{1,9})?\s?(Z|[+-]\d{2}:?\d{2})?)?"
)
_RFC_2822 = re.compile(r"(?:[A-Za-z]{3,9},? )?\d{1,2} [A-Za-z]{3} \d{4} \d")
_NUMERIC = re.compile(r"(?<!\d)(\d{1,2})\s?([./-])\s?(\d{1,2})\s?\2\s?(\d{4})(?!\d)")
_SHORT_YEAR = re.compile(r"(?<![\d./-])(\d{1,2})([./])(\d{1,2})\2(\d{2})(?![\d./])")
_IDEOGRAPHIC = re.compile(r"(?<!\d)(\d{4})\s?[年년]\s?(\d{1,2})\s?[月월]\s?(\d{1,2})\s?[日일]")
_YEAR_FIRST = re.compile(r"(?<!\d)(\d{4})\s?([./])\s?(\d{1,2})\s?\2\s?(\d{1,2})(?!\d)")
_DAY_MONTH = re.compile(
    r"(?<!\d)(\d{1,2})(?:\.|er|st|nd|rd|th|º|ª)?[\s-]{1,3}(?:de\s|of\s|di\s)?\s?([^\W\d_]{3,12})\.?,?[\s-]{1,3}(?:de\s|del\s)?\s?(\d{4})(?!\d)"
)
_MONTH_DAY = re.compile(r"([^\W\d_]{3,12})\.?\s{1,3}(\d{1,2})(?:st|nd|rd|th)?(?:,|\s)\s{0,3}(\d{4})(?!\d)")
_TIME = re.compile(
    r"^[\s,;|–—-]{0,4}(?:(?:à|at|um|kl|om|o|о|в|às|as|a las|alle|ore|saat|الساعة|godz)\.?\s+)?"
    r"(\d{1,2})[:.h](\d{2})(?::(\d{2}))?(?!\d)",
    re.IGNORECASE,
)
_MERIDIEM = re.compile(r"^\s?([ap])\.?m\.?\b", re.IGNORECASE)
_URL_SLASHED = re.compile(r"/((?:19|20)\d{2})[/-](\d{1,2})[/-](\d{1,2})(?=[/_.-]|$)")
_URL_RUN = re.compile(r"(?<!\d)((?:19|20)\d{2})(\d{2})(\d{2})(?!\d)")
_URL_DASHED = re.compile(r"(?<!\d)((?:19|20)\d{2})-(\d{2})-(\d{2})(?!\d)")

_URL_DAY_FIRST = re.compile(r"(?<!\d)(\d{2})-(\d{2})-(20\d{2})(?!\d)")

EARLIEST_YEAR = 1990
LATEST_YEAR = 2100
"""Years outside are numbers, not dates of news on the web."""


@dataclass(frozen=True, slots=True)
class Found:
    """A date in a text: ISO 8601, and where it stood."""

    iso: str
    start: int
    end: int


def parse(text: str, months: Mapping[str, int], *, month_first: bool = False) -> str | None:
    """ISO 8601 of a date that metadata gives: ISO, RFC 2822 or words. None for anything else; never raises."""
    text = text.strip()[:120]
    if not text:
        return None
    exact = exactly(text)
    if exact is not None:
        return exact
    found = find(text, months, month_first=month_first) or _short_year(text)
    return None if found is None else found.iso


def exactly(text: str) -> str | None:
    """ISO 8601 of a date that is written for machines: ISO 8601, RFC 2822 or unix seconds; None for any other."""
    text = text.strip()[:120]
    if text.isdigit() and len(text) in {10, 13}:
        return _from_epoch(int(text[:10]))
    match = _ISO.match(text)
    if match and match.end() >= len(text) - 1:
        return _from_iso(match)
    if _RFC_2822.match(text):
        try:
            return _checked(parsedate_to_datetime(text))
        except (ValueError, TypeError, IndexError):
            return None  # not RFC 2822 after all: the caller reads it as words
    return None


def find(text: str, months: Mapping[str, int], *, month_first: bool = False) -> Found | None:
    """The first date written in a text, with its time where one follows.

    Day first where both orders are possible, unless `month_first`.
    """
    choices = (
        _iso(text),
        _numeric(text, month_first=month_first),
        _year_first(text),
        _day_month(text, months),
        _month_day(text, months),
    )
    return min((choice for choice in choices if choice is not None), key=lambda choice: choice.start, default=None)


def find_all(text: str, months: Mapping[str, int], *, month_first: bool = False) -> list[Found]:
    """The dates written in a short text, in its order, at most four."""
    found: list[Found] = []
    start = 0
    while len(found) < 4 and (hit := find(text[start:], months, month_first=month_first)) is not None:
        found.append(Found(hit.iso, start + hit.start, start + hit.end))
        start += hit.end
    return found


def from_url(url: str) -> str | None:
    """The day that an address names: /2022/01/26/, /20220126/, 2022-01-26, 26-01-2022."""
    path = url.split("//", 1)[-1].split("?", 1)[0][:2_000]
    for pattern in (_URL_SLASHED, _URL_RUN, _URL_DASHED):
        for match in pattern.finditer(path):
            iso = _day(match[1], match[2], match[3])
            if iso is not None:
                return iso
    day_first = _URL_DAY_FIRST.search(path)
    return _day(day_first[3], day_first[2], day_first[1]) if day_first else None


def _from_epoch(seconds: int) -> str | None:
    return _checked(datetime.fromtimestamp(seconds, UTC))


def _checked(moment: datetime) -> str | None:
    if not EARLIEST_YEAR <= moment.year <= LATEST_YEAR:
        return None
    return moment.isoformat(timespec="seconds")


def _from_iso(match: re.Match[str]) -> str | None:
    day = _day(match[1], match[2], match[3])
    if day is None or match[4] is None:
        return day
    zone = (match[7] or "").replace("Z", "+00:00")
    if len(zone) == 5:
        zone = f"{zone[:3]}:{zone[3:]}"
    try:
        return _checked(datetime.fromisoformat(f"{day}T{int(match[4]):02}:{match[5]}:{match[6] or '00'}{zone}"))
    except ValueError:
        return day


def _iso(text: str) -> Found | None:
    match = _ISO.search(text)
    iso = _from_iso(match) if match else None
    return Found(iso, match.start(), match.end()) if match and iso else None


def _numeric(text: str, *, month_first: bool) -> Found | None:
    match = _NUMERIC.search(text)
    if match is None:
        return None
    day, month = int(match[1]), int(match[3])
    if month > 12 >= day or (month_first and match[2] == "/" and day <= 12):
        day, month = month, day
    return _found(text, match, _day(match[4], month, day))


def _short_year(text: str) -> Found | None:
    match = _SHORT_YEAR.search(text)
    return None if match is None else _found(text, match, _day(2000 + int(match[4]), match[3], match[1]))


def _year_first(text: str) -> Found | None:
    match = _YEAR_FIRST.search(text) or _IDEOGRAPHIC.search(text)
    if match is None:
        return None
    month, day = (match[3], match[4]) if match.re is _YEAR_FIRST else (match[2], match[3])
    return _found(text, match, _day(match[1], month, day))


def _day_month(text: str, months: Mapping[str, int]) -> Found | None:
    for match in _DAY_MONTH.finditer(text):
        month = months.get(characters.key(match[2]))
        if month is not None:
            return _found(text, match, _day(match[3], month, match[1]))
    return None


def _month_day(text: str, months: Mapping[str, int]) -> Found | None:
    for match in _MONTH_DAY.finditer(text):
        month = months.get(characters.key(match[1]))
        if month is not None:
            return _found(text, match, _day(match[3], month, match[2]))
    return None


def _found(text: str, match: re.Match[str], day: str | None) -> Found | None:
    if day is None:
        return None
    time = _TIME.match(text[match.end() : match.end() + 40])
    if time is None or int(time[1]) > 23 or int(time[2]) > 59:
        return Found(day, match.start(), match.end())
    end = match.end() + time.end()
    hour = int(time[1])
    meridiem = _MERIDIEM.match(text[end : end + 6])
    if meridiem and hour <= 12:
        hour = hour % 12 + (12 if meridiem[1].lower() == "p" else 0)
        end += meridiem.end()
    return Found(f"{day}T{hour:02}:{int(time[2]):02}:00", match.start(), end)


def _day(year: str | int, month: str | int, day: str | int) -> str | None:
    try:
        found = date(int(year), int(month), int(day))
    except ValueError:
        return None  # 31 February: a number that only looked like a date
    return found.isoformat() if EARLIEST_YEAR <= found.year <= LATEST_YEAR else None
