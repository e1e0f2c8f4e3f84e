"""The fetcher's door: takes due feeds and due pages from the store and has them asked for, politely.

One asyncio process; run as many as wanted. A lease in the store keeps two of them from taking the same
feed or page; a gate in Redis keeps all of them together from asking one host too often. What a poll
brought is saved in one transaction together with the validators that stand for it.
"""

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from redis import RedisError

from services.contracts import Outlet, Stage, State
from services.fetcher import urls
from services.fetcher.downloads import Downloads
from services.fetcher.gate import Gate
from services.fetcher.polls import Polls
from services.fetcher.threads import Threads
from services.store import Store, StoreError, feeds, ledger, pages
from services.store.feeds import FeedState
from services.store.ledger import Item

log = logging.getLogger("vigie.fetcher")

LEASE_SECONDS = 15.0
"""A fetcher that is silent this long has died; another takes what it held."""
LOOK_SECONDS = 0.5
RECONCILE_SECONDS = 5.0
PER_HOST = 2
"""Pages of one host under way at once, and feeds too: one being asked for, one waiting for its turn."""
FEEDS, PAGES = "feeds of ", "pages of "
"""What is counted apart: pages that wait must not keep a host's feeds from being polled."""
HOLD_SECONDS = 60.0
"""How long nothing new is asked for after the store could not save."""
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
    holds `queue_limit` jobs or more, polls never do.
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

    async def run(self, outlets: Sequence[Outlet], stop: asyncio.Event) -> None:
        """Poll these outlets until `stop`; then finish what is under way, within `grace_s` seconds."""
        under_way = _UnderWay({outlet.id: outlet for outlet in outlets})
        await self.threads.run(self._sync, outlets)
        loops = [
            asyncio.create_task(under_way.repeat("taking feeds", LOOK_SECONDS, lambda: self._take_feeds(under_way))),
            asyncio.create_task(under_way.repeat("taking pages", LOOK_SECONDS, lambda: self._take_pages(under_way))),
            asyncio.create_task(under_way.repeat("renewing leases", LEASE_SECONDS / 3, lambda: self._renew(under_way))),
            asyncio.create_task(under_way.repeat("reconciling", RECONCILE_SECONDS, self._reconcile)),
        ]
        await stop.wait()
        for loop in loops:
            loop.cancel()
        await asyncio.gather(*loops, return_exceptions=True)
        await under_way.finish(self.grace_s)

    def _sync(self, outlets: Sequence[Outlet]) -> None:
        with self.store.write() as tx:
            feeds.sync(tx, outlets, self.clock())

    async def _take_feeds(self, under_way: "_UnderWay") -> None:
        room = self.connections - len(under_way.tasks)
        if room <= 0 or under_way.is_held():
            return
        for feed in await self.threads.run(self._lease_feeds, room, under_way.busy_hosts(FEEDS)):
            place = f"{FEEDS}{feed.host}"
            if under_way.hosts[place] >= PER_HOST:
                await self.threads.run(self._give_back, feed, self.clock())
            else:
                under_way.start(feed.url, partial(self._poll, feed, under_way), place)

    async def _poll(self, feed: FeedState, under_way: "_UnderWay") -> None:
        # another fetcher may have read a newer outlets file than we have
        outlet = under_way.outlets.get(feed.outlet)
        if outlet is None:
            outlet = await self.threads.run(self._outlet, feed.outlet)
        wait = await self.gate.turn(urls.host(feed.location), patience_s=FEED_PATIENCE_S)
        if wait < 0:
            await self.threads.run(self._give_back, feed, self.clock() - wait)
            return
        await asyncio.sleep(wait)
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
            await asyncio.sleep(wait)
        return wait >= 0

    async def _take_pages(self, under_way: "_UnderWay") -> None:
        room = self.connections - len(under_way.tasks)
        if room <= 0 or under_way.is_held() or await self.threads.run(self._clean_queue_is_full):
            return
        for item in await self.threads.run(self._lease_pages, room, under_way.busy_hosts(PAGES)):
            place = f"{PAGES}{item.host}"
            if under_way.hosts[place] >= PER_HOST:
                await self.threads.run(self._release, item)
            else:
                under_way.start(item.key, partial(self._download, item), place)

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
            ledger.crash(tx, item.key, State.SEEN, detail, now, now + CRASH_PAUSE_S)

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

    def _give_back(self, feed: FeedState, due: float) -> None:
        with self.store.write() as tx:
            feeds.release(tx, self.owner, feed.url, due)

    def _release(self, item: Item) -> None:
        with self.store.write() as tx:
            ledger.release(tx, self.owner, item.key, self.clock())

    async def _renew(self, under_way: "_UnderWay") -> None:
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

        await self.threads.run(reconcile)


class _UnderWay:
    """The tasks that run now, by what they work on, and how many feeds and pages of each host are among them."""

    def __init__(self, outlets: dict[str, Outlet]) -> None:
        self.outlets = outlets
        self.tasks: dict[str, asyncio.Task[None]] = {}
        self.hosts: Counter[str] = Counter()
        self._held_until = 0.0

    def start(self, what: str, work: Callable[[], Awaitable[None]], host: str | None = None) -> None:
        """Begin `work`, unless it is under way: a clock that jumps makes our own leases look lapsed."""
        if what in self.tasks:
            return
        if host:
            self.hosts[host] += 1
        task = asyncio.create_task(self._guarded(what, work))
        self.tasks[what] = task
        task.add_done_callback(lambda _: self._ended(what, host))

    def busy_hosts(self, what: str) -> list[str]:
        """Hosts of which as many feeds, or as many pages, are under way as may be."""
        return [
            place.removeprefix(what)
            for place, count in self.hosts.items()
            if place.startswith(what) and count >= PER_HOST
        ]

    def is_held(self) -> bool:
        """Whether nothing new is begun: a store that cannot save makes every request to an outlet a wasted one."""
        return time.monotonic() < self._held_until

    async def finish(self, seconds: float) -> None:
        if self.tasks:
            await asyncio.wait(self.tasks.values(), timeout=seconds)
        for task in self.tasks.values():
            task.cancel()  # its lease lapses, and another fetcher does it again

    async def repeat(self, what: str, pause: float, work: Callable[[], Awaitable[None]]) -> None:
        """For ever. A store or Redis that is away is waited for, not died of."""
        while True:
            await self._guarded(what, work)
            await asyncio.sleep(pause)

    async def _guarded(self, what: str, work: Callable[[], Awaitable[None]]) -> None:
        """One failure must not end the others; what was left undone is taken up again when its lease lapses."""
        try:
            await work()
        except StoreError as error:
            self._held_until = time.monotonic() + HOLD_SECONDS
            log.error("%s: %s; nothing new is begun for %.0f s", what, error, HOLD_SECONDS)
        except RedisError as error:
            log.error("%s: %s; it is taken up again", what, error)
        except Exception:
            log.exception("%s: failed; it is taken up again", what)

    def _ended(self, what: str, host: str | None) -> None:
        del self.tasks[what]
        if host:
            self.hosts[host] -= 1
            if not self.hosts[host]:
                del self.hosts[host]
