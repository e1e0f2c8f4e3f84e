"""The outlets file: whom to read. TOML, one `[[outlet]]` table each, its keys the fields of contracts.Outlet."""

import json
import re
import tomllib
from collections.abc import Iterator
from dataclasses import MISSING, fields
from difflib import get_close_matches
from typing import Any

from services.contracts import Outlet
from services.fetcher import urls

KINDS = ("news", "agency", "broadcaster", "magazine", "public-body", "think-tank", "aggregator", "blog")
SHORTEST, LONGEST = 5.0, 7 * 86_400.0
"""Bounds of an interval, seconds."""

OURS = frozenset(
    [
        "a-im",
        "accept",
        "accept-charset",
        "accept-encoding",
        "connection",
        "content-encoding",
        "content-length",
        "content-type",
        "cookie",
        "date",
        "expect",
        "forwarded",
        "host",
        "if-match",
        "if-modified-since",
        "if-none-match",
        "if-range",
        "if-unmodified-since",
        "keep-alive",
        "origin",
        "proxy-authorization",
        "proxy-connection",
        "range",
        "referer",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "user-agent",
        "via",
    ]
)
"""Headers that an outlet cannot set: they belong to the protocol, or to how vigie promises to behave."""

_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_HEADER = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,60}")
_HEADER_VALUE = re.compile(r"[!-~](?:[ -~]{0,1998}[!-~])?")
_FIELDS = {field.name: field for field in fields(Outlet)}
_REQUIRED = tuple(name for name, field in _FIELDS.items() if field.default is MISSING)


class OutletsError(ValueError):
    """The outlets file cannot be used; one line per problem, each with the entry, the field and what to do."""


def load(text: str) -> tuple[Outlet, ...]:
    """The outlets in a TOML document, in its order. Raises OutletsError with all problems at once."""
    try:
        document = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise OutletsError(f"not TOML: {error}") from error
    tables = document.get("outlet")
    if not isinstance(tables, list) or not tables or set(document) != {"outlet"}:
        raise OutletsError("the file must consist of [[outlet]] tables, at least one, and nothing else")
    problems = [problem for number, table in enumerate(tables, 1) for problem in _problems(number, table)]
    problems += _repeats(tables)
    if problems:
        raise OutletsError("\n".join(problems))
    return tuple(_outlet(table) for table in tables)


def write(outlet: Outlet) -> str:
    """An outlet as its `[[outlet]]` table, without the keys that have their usual value; `load` reads it again."""
    lines = ["[[outlet]]"]
    for name, described in _FIELDS.items():
        value = getattr(outlet, name)
        if value != described.default and name != "headers":
            lines.append(f"{name} = {_toml(value)}")
    if outlet.headers:
        lines.append(
            f"headers = {{ {', '.join(f'{_toml(name)} = {_toml(value)}' for name, value in outlet.headers)} }}"
        )
    return "\n".join(lines) + "\n"


def _toml(value: object) -> str:
    """JSON's strings, numbers, truth values and lists are TOML's, but for DEL."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def headers_for(outlet: Outlet, url: str) -> dict[str, str]:
    """What to send with a request for `url`: the outlet's headers go to its own origins only, for they may be secrets.

    Its own are those of its home page and its feeds, and their https twins.
    """
    if not outlet.headers or not urls.is_web(url):
        return {}
    own = {urls.origin(each) for each in (outlet.url, *outlet.feeds) if urls.is_web(each)}
    own |= {origin.replace("http://", "https://", 1) for origin in own}
    return dict(outlet.headers) if urls.origin(url) in own else {}


def _outlet(table: dict[str, Any]) -> Outlet:
    given: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in table.items()}
    if "headers" in given:
        given["headers"] = tuple((name.lower(), value) for name, value in given["headers"].items())
    for name in ("interval_min", "interval_max"):
        if name in given:
            given[name] = float(given[name])
    return Outlet(**given)


def _problems(number: int, table: object) -> Iterator[str]:
    if not isinstance(table, dict):
        yield f"outlet {number}: write it as a [[outlet]] table"
        return
    entry = _entry(number, table)
    for name in table:
        if name not in _FIELDS:
            near = get_close_matches(name, _FIELDS, 1)
            yield f"{entry}, {name}: unknown; " + (f"did you mean {near[0]}?" if near else "remove it")
    for name in _REQUIRED:
        if name not in table:
            yield f"{entry}, {name}: missing; add it"
    for name, wrong, remedy in _checks(table):
        if wrong:
            yield f"{entry}, {name}: {table[name]!r:.100}; {remedy}"


def _checks(table: dict[str, Any]) -> Iterator[tuple[str, bool, str]]:
    """Name of a field that is there, whether it is wrong, and what to do then."""
    checks = {
        "id": (_is_slug, "use lower-case letters, digits and single hyphens, at most 60"),
        "name": (_is_text, "write a name"),
        "url": (_is_url, "write the http(s) URL of the home page, without user name"),
        "feeds": (_are_urls, "list the http(s) URLs of the feeds, at least one"),
        "language": (_is_language, "write an ISO 639-1 code such as uk"),
        "country": (_is_country, "write an ISO 3166-1 code such as UA"),
        "kind": (lambda value: value in KINDS, f"choose one of {', '.join(KINDS)}"),
        "aggregator": (lambda value: isinstance(value, bool), "write true or false"),
        "interval_min": (_is_interval, f"write seconds, {SHORTEST:.0f} to {LONGEST:.0f}"),
        "interval_max": (_is_interval, f"write seconds, {SHORTEST:.0f} to {LONGEST:.0f}"),
        "noise": (_are_texts, "list the phrases as strings"),
        "headers": (_are_headers, "write names and printable ASCII values, none that vigie sets itself, none twice"),
    }
    for name, (is_right, remedy) in checks.items():
        if name in table:
            yield name, not is_right(table[name]), remedy
    least = table.get("interval_min", _FIELDS["interval_min"].default)
    most = table.get("interval_max", _FIELDS["interval_max"].default)
    if _is_interval(least) and _is_interval(most) and least > most:
        yield (
            "interval_min" if "interval_min" in table else "interval_max",
            True,
            (f"the least interval ({least:g} s) is above the greatest ({most:g} s); swap or widen them"),
        )


def _repeats(tables: list[Any]) -> Iterator[str]:
    ids: dict[str, str] = {}
    feeds: dict[str, str] = {}
    for number, table in enumerate(tables, 1):
        if not isinstance(table, dict):
            continue
        entry = _entry(number, table)
        first = ids.setdefault(str(table.get("id", entry)), entry)
        if first != entry:
            yield f"{entry}, id: {first} has it already; give each outlet its own"
        for feed in filter(_is_url, table["feeds"]) if _is_list(table.get("feeds")) else ():
            name = urls.canonical(feed)
            if name in feeds:
                yield f"{entry}, feeds: {feed} is read for {feeds[name]} already; remove one"
            feeds.setdefault(name, entry)


def _entry(number: int, table: dict[str, Any]) -> str:
    return f"outlet {number} ({table.get('id', 'no id')!s:.60})"


def _is_list(value: object) -> bool:
    return isinstance(value, list)


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip()) and len(value) <= 500


def _are_texts(value: object) -> bool:
    return isinstance(value, list) and all(map(_is_text, value))


def _is_slug(value: object) -> bool:
    return isinstance(value, str) and len(value) <= 60 and _SLUG.fullmatch(value) is not None


def _is_url(value: object) -> bool:
    return isinstance(value, str) and urls.is_web(value)


def _are_urls(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(map(_is_url, value))


def _are_headers(value: object) -> bool:
    if not isinstance(value, dict):
        return False
    names = {name.lower() for name in value}
    return len(names) == len(value) and not names & OURS and all(map(_is_header, value.items()))


def _is_header(pair: tuple[str, object]) -> bool:
    name, value = pair
    return _HEADER.fullmatch(name) is not None and isinstance(value, str) and _HEADER_VALUE.fullmatch(value) is not None


def _is_language(value: object) -> bool:
    return isinstance(value, str) and re.fullmatch(r"[a-z]{2}", value) is not None


def _is_country(value: object) -> bool:
    return isinstance(value, str) and re.fullmatch(r"[A-Z]{2}", value) is not None


def _is_interval(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and SHORTEST <= value <= LONGEST
