"""One download of one page: robots, the host's turn, the page itself, saved with its item's new state."""

import asyncio
import logging
import random
from collections.abc import Callable, Mapping, Sequence

from redis import RedisError

from services.contracts import Reason, Stage, State
from services.fetcher import schedule, sniff
from services.fetcher.gate import Gate
from services.fetcher.robots import MAX_BYTES, Robots
from services.fetcher.threads import Threads
from services.fetcher.web import ACCEPT_PAGE, ACCEPT_ROBOTS, FetchError, Response, Web, verdict
from services.store import Store, ledger, pages
from services.store.ledger import Item
from services.store.pages import Page

log = logging.getLogger("vigie.fetcher")

PATIENCE_S = 5.0
"""A page whose host's turn is further away than this goes back to the store, so that others get its place."""
HOLD_S = 60.0
"""A host that answered 429 without a time is left alone for this long."""

_ENDS = {
    Reason.NOT_FOUND: State.GONE,
    Reason.GONE: State.GONE,
}


class Downloads:
    """`enqueue` hands keys on to the next stage; `owner` is who holds the leases; `keep_s` how long pages stay."""

    def __init__(
        self,
        store: Store,
        web: Web,
        gate: Gate,
        threads: Threads,
        enqueue: Callable[[Stage, Sequence[str]], int],
        *,
        owner: str,
        user_agent: str,
        limit_bytes: int,
        deadline_s: float,
        keep_s: float,
        clock: Callable[[], float],
        monotonic: Callable[[], float],
        rng: random.Random,
    ) -> None:
        self._store = store
        self._web = web
        self._gate = gate
        self._threads = threads
        self._enqueue = enqueue
        self._owner = owner
        self._limit_bytes = limit_bytes
        self._deadline_s = deadline_s
        self._keep_s = keep_s
        self._clock = clock
        self._rng = rng
        self._robots = Robots(self._ask_for_robots, user_agent, monotonic)

    async def download(self, item: Item) -> None:
        """Fetch a leased item's page and save what came of it; the lease ends with that."""
        rules = await self._robots.rules(item.url)
        if not rules.allow(item.url):
            if rules.file is None:  # the server failed, not the file: it may be there in half an hour
                await self._put_off(item, Reason.SERVER_ERROR, "robots.txt cannot be had", {})
            else:
                await self._end(item, Reason.ROBOTS, "robots.txt does not allow it")
            return
        wait = await self._gate.turn(item.host, rules.crawl_delay, PATIENCE_S)
        if wait < 0:
            await self._threads.run(self._release, item, self._clock() - wait)
            return
        await asyncio.sleep(wait)
        try:
            response = await self._web.get(
                item.url, accept=ACCEPT_PAGE, limit_bytes=self._limit_bytes, deadline_s=self._deadline_s
            )
        except FetchError as error:
            await self._put_off(item, error.reason, error.detail, {})
            return
        await self._take(item, response)

    async def _take(self, item: Item, response: Response) -> None:
        wrong = verdict(response.status)
        if wrong is Reason.RATE_LIMITED:
            held = schedule.retry_after(response.headers, self._clock()) or HOLD_S
            await self._gate.hold(item.host, held)
        if wrong is not None:
            await self._put_off(item, wrong, f"status {response.status}", response.headers)
            return
        content_type = response.headers.get("content-type")
        other = sniff.not_a_page(content_type, response.body)
        if other:
            await self._end(item, Reason.NOT_A_PAGE, other)
        elif await self._threads.run(self._save, item, Page(response.url, content_type, response.body)):
            await self._threads.run(self._hand_on, item.key)

    def _save(self, item: Item, page: Page) -> bool:
        now = self._clock()
        with self._store.write() as tx:
            detail = f"{len(page.body)} bytes from {page.url}"
            if not ledger.advance(tx, item.key, State.SEEN, State.FETCHED, now, detail):
                return False
            pages.save(tx, item.key, page, now, now + self._keep_s)
        return True

    def _hand_on(self, key: str) -> None:
        try:
            self._enqueue(Stage.CLEAN, [key])
        except RedisError as error:
            log.warning("%s is saved but not enqueued (%s); the reconciler will", key, error)

    async def _put_off(self, item: Item, reason: Reason, detail: str, headers: Mapping[str, str]) -> None:
        """Try again later where the failure may pass; else, or after the last try, end the item."""
        attempts, now = item.attempts + 1, self._clock()
        again = schedule.page_again(reason, attempts, headers, now=now, chance=self._rng.random)
        if again.at is None:
            await self._end(item, reason, f"{detail} ({again.because})" if attempts > 1 else detail)
        else:
            await self._threads.run(self._retry, item, reason, detail, again.at)

    async def _end(self, item: Item, reason: Reason, detail: str) -> None:
        await self._threads.run(self._save_end, item, _ENDS.get(reason, State.REFUSED), reason, detail)

    def _save_end(self, item: Item, state: State, reason: Reason, detail: str) -> None:
        with self._store.write() as tx:
            ledger.end(tx, item.key, State.SEEN, state, reason, detail, self._clock())

    def _retry(self, item: Item, reason: Reason, detail: str, due: float) -> None:
        with self._store.write() as tx:
            ledger.retry(tx, item.key, State.SEEN, reason, detail, self._clock(), due)

    def _release(self, item: Item, due: float) -> None:
        with self._store.write() as tx:
            ledger.release(tx, self._owner, item.key, due)

    async def _ask_for_robots(self, url: str) -> tuple[int, bytes] | None:
        try:
            response = await self._web.get(
                url, accept=ACCEPT_ROBOTS, limit_bytes=MAX_BYTES, deadline_s=self._deadline_s, cut=True
            )
        except FetchError as error:
            log.info("%s", error)
            return None
        return response.status, response.body
