"""The fetcher's door: takes due feeds and due pages from the store and has them asked for, politely.

One asyncio process; run as many as wanted. A lease in the store keeps two of them from taking the same
feed or page; a gate in Redis keeps all of them together from asking one host too often. What a poll
brought is saved in one transaction together with the validators that stand for it.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Protocol

from redis import RedisError

from services.contracts import Outlet, Stage, State
from services.fetcher import urls
from services.fetcher.downloads import Downloads
from services.fetcher.gate import Gate
from services.fetcher.polls import Polls
from services.fetcher.threads import Threads
from services.fetcher.underway import UnderWay
from services.store import Store, StoreError, feeds, ledger, pages, retention
from services.store.feeds import FeedState
from services.store.ledger import Item
from services.store.retention import Keep

log = logging.getLogger("vigie.fetcher")

LEASE_SECONDS = 15.0
"""A fetcher that is silent this long has died; another takes what it held."""
LOOK_SECONDS = 0.5
RECONCILE_SECONDS = 5.0
PER_HOST = 2
"""Pages of one host under way at once, and feeds too: one being asked for, one waiting for its turn."""
PAGE_SHARE = 0.75
"""Of the connections, what pages may take: those of slow outlets must not keep the feeds of others waiting."""
FEEDS, PAGES = "feeds of ", "pages of "
"""What is counted apart: pages that wait must not keep a host's feeds from being polled."""
CRASH_PAUSE_S = 30.0
"""Before a page whose download failed through a bug of ours is tried again."""
FEED_PATIENCE_S = 30.0
"""How long a due feed waits for its host's turn before it goes back to the store."""


class Queues(Protocol):
    """The part of the runtime that the fetcher needs."""

    def queue_lengths(self) -> dict[str, int]: ...

    def reconcile(self) -> int: ...


@dataclass(slots=True)
class Poller:
    """Polls until told to stop. `owner` names this process in leases; `clock` gives unix seconds.

    At most `connections` polls and downloads are under way at once; downloads pause while the clean queue
    holds `queue_limit` jobs or more, polls never do. `sleep` waits for a host's turn.
    """

    store: Store
    gate: Gate
    queues: Queues
    threads: Threads
    polls: Polls
    downloads: Downloads
    owner: str
    clock: Callable[[], float]
    connections: int
    queue_limit: int
    grace_s: float
    keep: Keep = field(default_factory=Keep)
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep

    async def run(self, outlets: Sequence[Outlet], stop: asyncio.Event) -> None:
        """Poll these outlets until `stop`; then finish what is under way, within `grace_s` seconds.

        Raises StoreCorrupt when the store turns out to be damaged.
        """
        under_way = UnderWay({outlet.id: outlet for outlet in outlets})
        await self.threads.run(self._sync, outlets)
        loops = [
            asyncio.create_task(under_way.repeat("taking feeds", LOOK_SECONDS, lambda: self.take_feeds(under_way))),
            asyncio.create_task(under_way.repeat("taking pages", LOOK_SECONDS, lambda: self.take_pages(under_way))),
            asyncio.create_task(under_way.repeat("renewing leases", LEASE_SECONDS / 3, lambda: self._renew(under_way))),
            asyncio.create_task(under_way.repeat("reconciling", RECONCILE_SECONDS, self._reconcile)),
        ]
        ends = [asyncio.create_task(stop.wait()), asyncio.create_task(under_way.damaged.wait())]
        await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        for loop in (*loops, *ends):
            loop.cancel()
        await asyncio.gather(*loops, *ends, return_exceptions=True)
        await under_way.finish(self.grace_s)
        if under_way.damage:
            raise under_way.damage

    def _sync(self, outlets: Sequence[Outlet]) -> None:
        with self.store.write() as tx:
            feeds.sync(tx, outlets, self.clock())

    async def take_feeds(self, under_way: UnderWay) -> bool:
        """Begin polls of what is due; whether there may be more than found a place."""
        room = self.connections - len(under_way.tasks)
        if under_way.is_held():
            return False
        if room <= 0:
            return True
        leased = await self.threads.run(self._lease_feeds, room, under_way.busy_hosts(FEEDS, PER_HOST))
        too_many = [
            feed.url
            for feed in leased
            if not under_way.start_within(
                PER_HOST, feed.url, partial(self._poll, feed, under_way), f"{FEEDS}{feed.host}"
            )
        ]
        if too_many:
            await self.threads.run(self._give_back, too_many, self.clock())
        return len(leased) == room

    async def _poll(self, feed: FeedState, under_way: UnderWay) -> None:
        # another fetcher may have read a newer outlets file than we have
        outlet = under_way.outlets.get(feed.outlet)
        if outlet is None:
            outlet = await self.threads.run(self._outlet, feed.outlet)
        wait = await self.gate.turn(urls.host(feed.location), patience_s=FEED_PATIENCE_S)
        if wait < 0:
            await self.threads.run(self._give_back, [feed.url], self.clock() - wait)
            return
        await self.sleep(wait)
        try:
            held = await self.polls.poll(feed, outlet, self._turn)
            if held:
                await self.gate.hold(urls.host(feed.location), held)
        except (StoreError, RedisError):
            raise
        except Exception as error:  # a bug of ours must not make us ask the outlet again at once
            log.exception("%s: the poll failed", feed.url)
            await self.threads.run(self.polls.give_up, feed, outlet, f"{type(error).__name__}: {error}")

    async def _turn(self, url: str) -> bool:
        """Wait for the turn of a URL's host; False where it is too far away."""
        wait = await self.gate.turn(urls.host(url), patience_s=FEED_PATIENCE_S)
        if wait >= 0:
            await self.sleep(wait)
        return wait >= 0

    async def take_pages(self, under_way: UnderWay) -> bool:
        """Begin downloads of what is due; whether there may be more than found a place."""
        most = max(1, int(self.connections * PAGE_SHARE)) - under_way.count(PAGES)
        room = min(self.connections - len(under_way.tasks), most)
        if under_way.is_held() or await self.threads.run(self._clean_queue_is_full):
            return False
        if room <= 0:
            return True
        leased = await self.threads.run(self._lease_pages, room, under_way.busy_hosts(PAGES, PER_HOST))
        too_many = [
            item.key
            for item in leased
            if not under_way.start_within(PER_HOST, item.key, partial(self._download, item), f"{PAGES}{item.host}")
        ]
        if too_many:
            await self.threads.run(self._release, too_many)
        return len(leased) == room

    async def _download(self, item: Item) -> None:
        try:
            await self.downloads.download(item)
        except (StoreError, RedisError):
            raise
        except Exception as error:
            log.exception("%s: the download failed", item.url)
            await self.threads.run(self._count_crash, item, f"{type(error).__name__}: {error}")

    def _count_crash(self, item: Item, detail: str) -> None:
        now = self.clock()
        with self.store.write() as tx:
            if item.state is State.SEEN:
                ledger.crash(tx, item.key, State.SEEN, detail, now, now + CRASH_PAUSE_S)
            else:
                ledger.revisited(tx, item.key, f"{detail}; the article stays as it was", now)

    def _lease_feeds(self, room: int, busy_hosts: Sequence[str]) -> list[FeedState]:
        with self.store.write() as tx:
            return feeds.lease(tx, self.owner, self.clock(), LEASE_SECONDS, room, busy_hosts)

    def _lease_pages(self, room: int, busy_hosts: Sequence[str]) -> list[Item]:
        with self.store.write() as tx:
            return ledger.lease_pages(tx, self.owner, self.clock(), LEASE_SECONDS, room, busy_hosts)

    def _clean_queue_is_full(self) -> bool:
        return self.queues.queue_lengths()[Stage.CLEAN.value] >= self.queue_limit

    def _outlet(self, outlet_id: str) -> Outlet:
        with self.store.read() as tx:
            found = feeds.outlet(tx, outlet_id)
        assert found is not None, f"feeds of {outlet_id} are in the store and it is not"
        return found

    def _give_back(self, urls: Sequence[str], due: float) -> None:
        with self.store.write() as tx:
            for url in urls:
                feeds.release(tx, self.owner, url, due)

    def _release(self, keys: Sequence[str]) -> None:
        now = self.clock()
        with self.store.write() as tx:
            for key in keys:
                ledger.release(tx, self.owner, key, now)

    async def _renew(self, under_way: UnderWay) -> None:
        held = list(under_way.tasks)

        def renew() -> None:
            until = self.clock() + LEASE_SECONDS
            with self.store.write() as tx:
                ledger.renew(tx, self.owner, held, until)
                feeds.renew(tx, self.owner, held, until)

        if held:
            await self.threads.run(renew)

    async def _reconcile(self) -> None:
        def reconcile() -> None:
            self.queues.reconcile()
            with self.store.write() as tx:
                pages.expire(tx, self.clock())
            retention.sweep(self.store, self.keep, self.clock())

        await self.threads.run(reconcile)
