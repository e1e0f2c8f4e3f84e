"""Older entries of a feed, asked for only where some may have been missed.

They come from its paged archive (RFC 5005, JSON Feed next_url); where it has none, from the outlet's news sitemap.
"""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from services.fetcher.entries import Entry, Feed, NotAFeed, iso_seconds
from services.fetcher.newsmaps import NewsSitemaps, Turn
from services.fetcher.web import ACCEPT_FEED, FetchError, Response, Web, verdict

__all__ = ["Backfill", "Filled", "Read", "Turn"]

log = logging.getLogger("vigie.fetcher")

MAX_PAGES = 5
"""Pages of an archive that are asked for to fill one gap."""

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


class Backfill:
    """`limit_bytes` and `deadline_s` bound one exchange; `clock` counts seconds."""

    def __init__(self, web: Web, clock: Callable[[], float], *, limit_bytes: int, deadline_s: float) -> None:
        self._web = web
        self._sitemaps = NewsSitemaps(web, clock, deadline_s)
        self._limit_bytes = limit_bytes
        self._deadline_s = deadline_s

    async def fill(self, feed: Feed, url: str, since: float | None, *, turn: Turn, read: Read, knows: Knows) -> Filled:
        """What `feed`, which came from `url`, no longer holds; `since` is when its newest known entry was published.

        An archive is followed until an entry is known. Never raises FetchError.
        """
        if feed.next_url is not None:
            return await self._from_archive(feed.next_url, url, turn, read, knows)
        oldest = min(filter(None, (iso_seconds(entry.published) for entry in feed.entries)), default=None)
        if since is None or oldest is None or oldest <= since:
            return Filled()
        return await self._from_sitemaps(url, since, oldest, turn, read, knows)

    async def _from_archive(self, first: str, url: str, turn: Turn, read: Read, knows: Knows) -> Filled:
        found: list[Entry] = []
        asked = {url}
        size = 0
        at: str | None = first
        while at and at not in asked and len(asked) <= MAX_PAGES and await turn(at):
            asked.add(at)
            older, transferred = await self._ask(at, read)
            size += transferred
            if older is None:
                break
            found += older.entries
            if await knows(older):
                return Filled(tuple(found), True, len(asked) - 1, size)
            at = older.next_url
        return Filled(tuple(found), False, len(asked) - 1, size)

    async def _from_sitemaps(
        self, url: str, since: float, until: float, turn: Turn, read: Read, knows: Knows
    ) -> Filled:
        # A sitemap is the whole outlet's: what is older or newer than the gap is left to the feed.
        found: list[Entry] = []
        closed, pages, size = False, 0, 0
        for at in await self._sitemaps.of(url, turn):
            if not await turn(at):
                break
            pages += 1
            older, transferred = await self._ask(at, read)
            size += transferred
            if older is not None:
                found += [entry for entry in older.entries if since < (iso_seconds(entry.published) or 0.0) <= until]
                closed = closed or await knows(older)
        return Filled(tuple(found), closed, pages, size)

    async def _ask(self, url: str, read: Read) -> tuple[Feed | None, int]:
        """The feed at `url`, None where there is none to be had, and the bytes that it took."""
        try:
            response = await self._web.get(
                url, accept=ACCEPT_FEED, limit_bytes=self._limit_bytes, deadline_s=self._deadline_s
            )
        except FetchError as error:
            log.info("%s: the archive ends here (%s)", url, error)
            return None, error.transferred
        if verdict(response.status) is not None:
            return None, response.transferred
        try:
            return await read(response), response.transferred
        except NotAFeed as error:
            log.info("%s: the archive ends here (%s)", url, error)
            return None, response.transferred
