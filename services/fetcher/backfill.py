"""Older entries of a feed, asked for only where some may have been missed (RFC 5005, JSON Feed next_url)."""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from services.fetcher.entries import Entry, Feed, NotAFeed
from services.fetcher.web import ACCEPT_FEED, FetchError, Response, Web, verdict

log = logging.getLogger("vigie.fetcher")

MAX_PAGES = 5
"""Pages of an archive that are asked for to fill one gap."""

Turn = Callable[[str], Awaitable[bool]]
"""Waits until a URL's host may be asked; False where that is too far away."""
Read = Callable[[Response], Awaitable[Feed]]
"""The feed in a response; raises NotAFeed."""
Knows = Callable[[Feed], Awaitable[bool]]
"""Whether an entry of these was seen before."""


@dataclass(frozen=True, slots=True)
class Filled:
    """`closed` says that an entry known from before was reached; `transferred` are bytes, of `pages` pages."""

    entries: tuple[Entry, ...] = ()
    closed: bool = False
    pages: int = 0
    transferred: int = 0


async def fill(
    web: Web, feed: Feed, url: str, *, turn: Turn, read: Read, knows: Knows, limit_bytes: int, deadline_s: float
) -> Filled:
    """Follow `feed`, which came from `url`, to its older entries, until one is known; never raises FetchError."""
    found: list[Entry] = []
    asked = {url}
    size = 0
    at = feed.next_url
    while at and at not in asked and len(asked) <= MAX_PAGES and await turn(at):
        asked.add(at)
        try:
            response = await web.get(at, accept=ACCEPT_FEED, limit_bytes=limit_bytes, deadline_s=deadline_s)
            size += response.transferred
            if verdict(response.status) is not None:
                break
            older = await read(response)
        except (FetchError, NotAFeed) as error:
            log.info("%s: the archive ends here (%s)", at, error)
            break
        found += older.entries
        if await knows(older):
            return Filled(tuple(found), True, len(asked) - 1, size)
        at = older.next_url
    return Filled(tuple(found), False, len(asked) - 1, size)
