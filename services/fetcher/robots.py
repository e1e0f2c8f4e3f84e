"""What an outlet's robots.txt lets us ask for (RFC 9309), parsed by Protego.

2xx: its rules; 4xx: everything is allowed; 5xx or no answer: nothing is, unless rules from before are known.
"""

import asyncio
import re
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from protego import Protego

from services.fetcher import urls

MAX_BYTES = 500 * 1024
"""RFC 9309 section 2.5: at least 500 KiB are parsed; what follows is ignored."""
FRESH_S = 86_400.0
"""RFC 9309 section 2.4: a copy is used for a day."""
RETRY_S = 1_800.0
"""Seconds after which an origin without a usable robots.txt is asked again."""
MAX_CRAWL_DELAY_S = 60.0
"""A longer `Crawl-delay` counts as this: some say 86400 and mean "go away", which is what Disallow is for."""
MAX_ORIGINS = 10_000

Fetch = Callable[[str], Awaitable[tuple[int, bytes] | None]]
"""Asks for the URL of a robots.txt: status and body (its first MAX_BYTES), or None where no answer came."""

_AGENT_LINE = re.compile(r"[ \t]*user[- ]?agent[ \t]*[: \t][ \t]*([^#\r\n]*)", re.IGNORECASE)
_OTHER_AGENT = "User-agent: another"


@dataclass(frozen=True, slots=True)
class Rules:
    """What one robots.txt says to one agent. `everything` is set where a status decided, not a file."""

    agent: str
    file: Protego | None = None
    everything: bool = True

    def allow(self, url: str) -> bool:
        return self.everything if self.file is None else bool(self.file.can_fetch(url, self.agent))

    @property
    def crawl_delay(self) -> float | None:
        """Seconds between two requests, at most MAX_CRAWL_DELAY_S; None where nothing is said."""
        delay = self.file.crawl_delay(self.agent) if self.file is not None else None
        return None if delay is None else min(float(delay), MAX_CRAWL_DELAY_S)


def parse(status: int, body: bytes, agent: str) -> Rules:
    """The rules in a response. `agent` is the product token of our User-Agent (`vigie`)."""
    if status >= 500 or status < 200:
        return Rules(agent, everything=False)
    if status >= 300:
        return Rules(agent)
    text = body[:MAX_BYTES].decode("utf-8-sig", "replace")
    return Rules(agent, Protego.parse(_for_us(text, agent)))


def product(user_agent: str) -> str:
    """The product token of a User-Agent header, in lower case: `vigie` of `vigie/0.1 (+https://…)`."""
    return user_agent.strip().split("/", 1)[0].split(" ", 1)[0].lower()


def _for_us(text: str, agent: str) -> str:
    """The file with every foreign agent under one name.

    Protego compares every group with every other; half a megabyte of agents would keep it busy for seconds.
    """
    return "\n".join(_agent_line(line, agent) for line in text.splitlines())


def _agent_line(line: str, agent: str) -> str:
    named = _AGENT_LINE.match(line)
    if named is None:
        return line
    name = named[1].strip().lower()
    return f"User-agent: {name}" if name == "*" or name.replace("*", "") == agent else _OTHER_AGENT


@dataclass(slots=True)
class _Known:
    rules: Rules
    until: float


class Robots:
    """Remembers the rules of MAX_ORIGINS origins; asks once where many pages want to know at the same time.

    `clock` counts seconds and never runs backwards (`time.monotonic`).
    """

    def __init__(self, fetch: Fetch, user_agent: str, clock: Callable[[], float]) -> None:
        self._fetch = fetch
        self._agent = product(user_agent)
        self._clock = clock
        self._known: OrderedDict[str, _Known] = OrderedDict()
        self._asking: dict[str, asyncio.Lock] = {}

    async def allowed(self, url: str) -> bool:
        """Whether `url` may be asked for. Raises urls.BadUrl."""
        return (await self.rules(url)).allow(url)

    async def crawl_delay(self, url: str) -> float | None:
        """Seconds that the outlet wants between two requests. Raises urls.BadUrl."""
        return (await self.rules(url)).crawl_delay

    async def rules(self, url: str) -> Rules:
        """The rules that stand for `url`, fetched where they are unknown or too old. Raises urls.BadUrl."""
        origin = urls.origin(url)
        known = self._fresh(origin)
        if known is not None:
            return known
        lock = self._asking.setdefault(origin, asyncio.Lock())
        try:
            async with lock:
                return self._fresh(origin) or await self._ask(origin)
        finally:
            if not lock.locked():
                self._asking.pop(origin, None)

    def _fresh(self, origin: str) -> Rules | None:
        known = self._known.get(origin)
        if known is None or known.until <= self._clock():
            return None
        self._known.move_to_end(origin)
        return known.rules

    async def _ask(self, origin: str) -> Rules:
        answer = await self._fetch(f"{origin}/robots.txt")
        failed = answer is None or answer[0] >= 500
        before = self._known.get(origin)
        # Section 2.4: an old copy serves while the file cannot be had.
        rules = before.rules if failed and before else parse(*(answer or (503, b"")), self._agent)
        self._known[origin] = _Known(rules, self._clock() + (RETRY_S if failed else FRESH_S))
        self._known.move_to_end(origin)
        if len(self._known) > MAX_ORIGINS:
            self._known.popitem(last=False)
        return rules
