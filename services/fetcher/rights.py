"""What an outlet says against the use of its pages by machines.

`X-Robots-Tag` and robots meta tags (`noai` and its kin beside the older ones), and the TDM Reservation Protocol
(W3C community group, 2024): the header and meta tag `tdm-reservation`, and `/.well-known/tdmrep.json`.
"""

import asyncio
import json
import re
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from fnmatch import fnmatchcase
from itertools import islice
from urllib.parse import urlsplit

from services.fetcher import tags, urls

MAX_BYTES = 200_000
"""Of a tdmrep.json: it is a list of a few paths."""
HEAD_BYTES = 200_000
"""In which a page's meta tags are looked for."""
FRESH_S = 86_400.0
MAX_ORIGINS = 10_000
MAX_RULES = 1_000
AGAINST = frozenset({"noai", "noml", "notrain", "tdm-reservation: 1"})
"""What counts as a refusal where the policy is to refuse; the rest is recorded only."""

_META = frozenset({"meta"})
_TOKEN = re.compile(r"[a-z][a-z_-]{1,40}")

Fetch = Callable[[str], Awaitable[tuple[int, bytes] | None]]
"""Asks for the URL of a tdmrep.json: status and body, or None where no answer came."""


class Policy(StrEnum):
    """What is done about reservations; `RECORD` writes them into an item's history."""

    IGNORE = "ignore"
    RECORD = "record"
    REFUSE = "refuse"


def said_by(headers: Mapping[str, str], body: bytes, agent: str) -> tuple[str, ...]:
    """Every reservation in a page's headers (lower-case names) and meta tags, without repeats.

    `agent` is the product token of our User-Agent: what is addressed to another one is passed over.
    """
    said = [*_robots(headers.get("x-robots-tag", ""), agent)]
    said += _tdm(headers.get("tdm-reservation", ""), headers.get("tdm-policy", ""))
    for name, content in _metas(body[:HEAD_BYTES]):
        if name in {"robots", agent}:
            said += _tokens(content)
        elif name == "tdm-reservation":
            said += _tdm(content, "")
    return tuple(dict.fromkeys(said))


def against(said: Iterable[str]) -> tuple[str, ...]:
    """Those that speak against the use of a page by machines."""
    return tuple(each for each in said if each in AGAINST)


def _robots(value: str, agent: str) -> list[str]:
    """The directives of an X-Robots-Tag; one name before a colon addresses them, up to the next such name."""
    kept: list[str] = []
    addressed = True
    for part in value[:5_000].split(","):
        name, colon, rest = part.partition(":")
        if colon and name.strip().lower() not in {"unavailable_after", "max-snippet", "max-image-preview"}:
            addressed = name.strip().lower() == agent
            part = rest
        if addressed:
            kept += _tokens(part)
    return kept


def _tokens(value: str) -> list[str]:
    found = (part.strip().lower() for part in value[:1_000].split(","))
    return [token for token in found if _TOKEN.fullmatch(token) and token not in {"all", "index", "follow"}]


def _tdm(reservation: str, policy: str) -> list[str]:
    if reservation.strip() not in {"0", "1"}:
        return []
    said = [f"tdm-reservation: {reservation.strip()}"]
    return [*said, f"tdm-policy: {policy.strip()[:300]}"] if policy.strip() else said


def _metas(head: bytes) -> Iterable[tuple[str, str]]:
    for _, attributes in islice(tags.find(head.decode("latin-1"), _META), 500):
        if "name" in attributes and "content" in attributes:
            yield attributes["name"].strip().lower(), attributes["content"]


@dataclass(frozen=True, slots=True)
class Reservations:
    """The rules of one tdmrep.json: a pattern of paths, and what holds for them; the first that fits counts."""

    rules: tuple[tuple[str, tuple[str, ...]], ...] = ()

    def of(self, url: str) -> tuple[str, ...]:
        path = urlsplit(url).path or "/"
        return next((said for pattern, said in self.rules if _fits(path, pattern)), ())


def parse(status: int, body: bytes) -> Reservations:
    """The rules in a response; none where it is no tdmrep.json."""
    if status != 200:
        return Reservations()
    try:
        form = json.loads(body[:MAX_BYTES])
    except (ValueError, RecursionError):
        return Reservations()
    given = form[:MAX_RULES] if isinstance(form, list) else []
    return Reservations(tuple(_rule(each) for each in given if isinstance(each, dict)))


def _rule(form: Mapping[str, object]) -> tuple[str, tuple[str, ...]]:
    said = _tdm(str(form.get("tdm-reservation", "")), str(form.get("tdm-policy", "")))
    return str(form.get("location", ""))[:1_000], tuple(said)


def _fits(path: str, pattern: str) -> bool:
    """As in robots.txt: a beginning, `*` for anything, `$` for the end."""
    if pattern.count("*") > 3 or any(sign in pattern for sign in "[]?"):
        return path.startswith(pattern.partition("*")[0])
    return fnmatchcase(path, pattern.removesuffix("$") + ("" if pattern.endswith("$") else "*"))


class Origins:
    """Remembers the reservations of MAX_ORIGINS origins for a day; `clock` counts seconds and never runs backwards."""

    def __init__(self, fetch: Fetch, clock: Callable[[], float]) -> None:
        self._fetch = fetch
        self._clock = clock
        self._known: OrderedDict[str, tuple[Reservations, float]] = OrderedDict()
        self._asking: dict[str, asyncio.Lock] = {}

    async def of(self, url: str) -> tuple[str, ...]:
        """What the origin's tdmrep.json says of this URL; nothing while it cannot be had. Raises urls.BadUrl."""
        origin = urls.origin(url)
        lock = self._asking.setdefault(origin, asyncio.Lock())
        try:
            async with lock:
                known, until = self._known.get(origin, (Reservations(), 0.0))
                if until <= self._clock():
                    known = await self._ask(origin)
        finally:
            if not lock.locked():
                self._asking.pop(origin, None)
        return known.of(url)

    async def _ask(self, origin: str) -> Reservations:
        answer = await self._fetch(f"{origin}/.well-known/tdmrep.json")
        known = parse(*answer) if answer else Reservations()
        self._known[origin] = known, self._clock() + FRESH_S
        self._known.move_to_end(origin)
        if len(self._known) > MAX_ORIGINS:
            self._known.popitem(last=False)
        return known
