"""One download of one page: robots, the host's turn, the page itself, saved with its item's new state.

A page that was had before is asked for again where a feed says that it has changed: conditionally, under the same
rules; whatever goes wrong then leaves the article as it is.
"""

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace

from redis import RedisError

from services import crashing
from services.contracts import Reason, Stage, State
from services.fetcher import rights, schedule, sniff, urls, validators, variants
from services.fetcher.gate import Gate
from services.fetcher.outlets import headers_for
from services.fetcher.rights import Origins, Policy
from services.fetcher.robots import MAX_BYTES, Robots, Rules, product
from services.fetcher.threads import Threads
from services.fetcher.validators import Validators
from services.fetcher.web import ACCEPT_JSON, ACCEPT_PAGE, ACCEPT_ROBOTS, FetchError, Response, Web, verdict
from services.store import Store, feeds, ledger, pages, traffic
from services.store.ledger import WITH_ARTICLE, Item
from services.store.pages import Page

log = logging.getLogger("vigie.fetcher")

PATIENCE_S = 5.0
"""A page whose host's turn is further away than this goes back to the store, so that others get its place."""
HOLD_S = 60.0
"""A host that answered 429 without a time is left alone for this long."""
DEAD_S = 60.0
"""A host that cannot be reached is left alone for this long."""
DAY_BYTES = 500_000_000
"""Bytes that an outlet may be asked for in a day, unless told otherwise; beyond them its pages wait for the next."""
SPREAD_S = 3_600.0
"""Over so many seconds the outlets whose bytes were spent begin again."""

_ENDS = {
    Reason.NOT_FOUND: State.GONE,
    Reason.GONE: State.GONE,
}


class Downloads:
    """`enqueue` hands keys on to the next stage; `owner` is who holds the leases; `keep_s` how long pages stay.

    `day_bytes` is the budget of an outlet for a day (UTC), its feeds included; `policy` what reservations lead to.
    """

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
        day_bytes: int = DAY_BYTES,
        policy: Policy = Policy.RECORD,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
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
        self._agent = product(user_agent)
        self._robots = Robots(self._ask_for_robots, user_agent, monotonic)
        self._reservations = Origins(self._ask_for_reservations, monotonic)
        self._day_bytes = day_bytes
        self._policy = policy
        self._sleep = sleep

    async def download(self, item: Item) -> None:
        """Fetch a leased item's page and save what came of it; the lease ends with that."""
        tomorrow = await self._threads.run(self._when_affordable, item.outlet)
        if tomorrow:
            await self._threads.run(self._release, item, tomorrow)
            return
        had = await self._threads.run(self._had, item) if item.state in WITH_ARTICLE else None
        at: str | None = item.url
        hops: tuple[tuple[int, str], ...] = ()
        while at:
            rules = await self._admitted(item, at)
            if rules is None:
                return
            try:
                response = await self._ask(item, at, hops, rules, had)
            except FetchError as error:
                await self._threads.run(self._spend, item.outlet, error.transferred)
                await self._put_off(item, error.reason, error.detail, {})
                if error.reason is Reason.UNREACHABLE:  # its other pages would find nobody either
                    await self._gate.hold(urls.host(at), DEAD_S)
                return
            finally:
                await self._gate.leave(urls.host(at), item.key)
            at, hops = response.leads_to, response.redirects
        await self._threads.run(self._spend, item.outlet, response.transferred)
        await self._take(item, await self._original(item, response, had), had)

    async def _original(self, item: Item, response: Response, had: Page | None) -> Response:
        """The page that this one, an AMP or mobile variant, names as its original; itself where that is not to be had.

        So the variants of an article all end as its one text, and are told to be the same.
        """
        place = variants.original(response.url, response.body) if response.status == 200 else None
        if place is None:
            return response
        named = await self._ask_for_original(item, place, had)
        if named is None and had and had.url == place:
            return replace(response, body=had.body)  # the article was made of it, and is not to become the variant's
        return named or response

    async def _ask_for_original(self, item: Item, place: str, had: Page | None) -> Response | None:
        rules = await self._robots.rules(place)
        wait = await self._turn(item, place, rules) if rules.allow(place) else -1.0
        if wait < 0:
            return None
        await self._sleep(wait)
        try:
            named = await self._ask(item, place, (), rules, had)
        except FetchError as error:
            await self._threads.run(self._spend, item.outlet, error.transferred)
            return None
        finally:
            await self._gate.leave(urls.host(place), item.key)
        await self._threads.run(self._spend, item.outlet, named.transferred)
        return named if named.leads_to is None and named.status in {200, 304} else None

    async def _admitted(self, item: Item, url: str) -> Rules | None:
        """The rules under which `url` may be asked for, once its host's turn has come; None: the item is dealt with.

        Asked anew for every host that a page is redirected to: it has its own robots.txt and its own gate.
        """
        rules = await self._robots.rules(url)
        if not rules.allow(url):
            if rules.file is None:  # the server failed, not the file: it may be there in half an hour
                await self._put_off(item, Reason.SERVER_ERROR, f"robots.txt cannot be had for {url}", {})
            else:
                await self._end(item, Reason.ROBOTS, f"robots.txt does not allow {url}")
            return None
        wait = await self._turn(item, url, rules)
        if wait < 0:
            await self._threads.run(self._release, item, self._clock() - wait)
            return None
        await self._sleep(wait)
        return rules

    async def _turn(self, item: Item, url: str, rules: Rules) -> float:
        return await self._gate.turn(
            urls.host(url), rules.crawl_delay, PATIENCE_S, visitor=item.key, visit_s=self._deadline_s
        )

    async def _ask(
        self, item: Item, url: str, hops: tuple[tuple[int, str], ...], rules: Rules, had: Page | None
    ) -> Response:
        host = urls.host(url)
        return await self._web.get(
            url,
            accept=ACCEPT_PAGE,
            limit_bytes=self._limit_bytes,
            deadline_s=self._deadline_s,
            follows=lambda there: urls.host(there) == host and rules.allow(there),
            hops=hops,
            headers=await self._threads.run(self._headers, item.outlet, url),
            etag=had.etag if had else None,
            last_modified=had.last_modified if had else None,
            validators_url=had.url if had else None,
        )

    async def _take(self, item: Item, response: Response, had: Page | None) -> None:
        if had and (response.status == 304 or response.body == had.body):
            await self._threads.run(self._save_unchanged, item)
            return
        wrong = verdict(response.status)
        if wrong is Reason.RATE_LIMITED:
            held = schedule.retry_after(response.headers, self._clock()) or HOLD_S
            await self._gate.hold(urls.host(response.url), held)
        if wrong is not None:
            await self._put_off(item, wrong, f"status {response.status}", response.headers)
            return
        content_type = response.headers.get("content-type")
        other = sniff.not_a_page(content_type, response.body)
        if other:
            await self._end(item, Reason.NOT_A_PAGE, other)
            return
        said = await self._reserved(response)
        if self._policy is Policy.REFUSE and (against := rights.against(said)):
            await self._end(item, Reason.ROBOTS, f"the outlet reserves it: {', '.join(against)}")
        elif await self._threads.run(self._save, item, _page(response), said):
            crashing.at("page_saved")
            await self._threads.run(self._hand_on, item.key)

    async def _reserved(self, response: Response) -> tuple[str, ...]:
        """What the outlet says against machines, in the page itself first."""
        if self._policy is Policy.IGNORE:
            return ()
        said = rights.said_by(response.headers, response.body, self._agent)
        if any(each.startswith("tdm-reservation") for each in said):  # the nearest counts
            return said
        return (*said, *await self._reservations.of(response.url))

    def _when_affordable(self, outlet: str) -> float | None:
        """When pages of this outlet may be asked for again, where its bytes of the day are spent; None for now."""
        now = self._clock()
        with self._store.read() as tx:
            if traffic.spent(tx, outlet, now) < self._day_bytes:
                return None
        return (now // traffic.DAY + 1) * traffic.DAY + SPREAD_S * self._rng.random()

    def _spend(self, outlet: str, size: int) -> None:
        with self._store.write() as tx:
            traffic.spend(tx, outlet, self._clock(), size)

    def _save(self, item: Item, page: Page, said: tuple[str, ...]) -> bool:
        now = self._clock()
        with self._store.write() as tx:
            detail = f"{len(page.body)} bytes from {page.url}"
            if item.state in WITH_ARTICLE:
                moved = ledger.reopen(tx, item.key, item.state, now, f"again, {detail}")
            else:
                moved = ledger.advance(tx, item.key, State.SEEN, State.FETCHED, now, detail)
            if not moved:
                return False
            pages.save(tx, item.key, page, now, now + self._keep_s)
            if said:
                ledger.note(tx, item.key, "reserved", "; ".join(said), now)
        return True

    def _headers(self, outlet_id: str, url: str) -> dict[str, str]:
        with self._store.read() as tx:
            outlet = feeds.outlet(tx, outlet_id)
        return headers_for(outlet, url) if outlet else {}

    def _had(self, item: Item) -> Page | None:
        with self._store.read() as tx:
            return pages.get(tx, item.key)

    def _save_unchanged(self, item: Item) -> None:
        now = self._clock()
        with self._store.write() as tx:
            ledger.revisited(tx, item.key, "the page is as it was", now)
            pages.touch(tx, item.key, now)

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
        now = self._clock()
        with self._store.write() as tx:
            if item.state in WITH_ARTICLE:
                ledger.revisited(tx, item.key, f"{reason}: {detail}; the article stays as it was", now)
            else:
                ledger.end(tx, item.key, State.SEEN, state, reason, detail, now)

    def _retry(self, item: Item, reason: Reason, detail: str, due: float) -> None:
        now = self._clock()
        with self._store.write() as tx:
            if item.state in WITH_ARTICLE:
                ledger.revisited(tx, item.key, f"{reason}: {detail}", now, due)
            else:
                ledger.retry(tx, item.key, State.SEEN, reason, detail, now, due)

    def _release(self, item: Item, due: float) -> None:
        with self._store.write() as tx:
            ledger.release(tx, self._owner, item.key, due)

    async def _ask_for_robots(self, url: str) -> tuple[int, bytes] | None:
        return await self._ask_for(url, ACCEPT_ROBOTS, MAX_BYTES)

    async def _ask_for_reservations(self, url: str) -> tuple[int, bytes] | None:
        return await self._ask_for(url, ACCEPT_JSON, rights.MAX_BYTES)

    async def _ask_for(self, url: str, accept: str, limit_bytes: int) -> tuple[int, bytes] | None:
        try:
            response = await self._web.get(
                url, accept=accept, limit_bytes=limit_bytes, deadline_s=self._deadline_s, cut=True
            )
        except FetchError as error:
            log.info("%s", error)
            return None
        return response.status, response.body


def _page(response: Response) -> Page:
    said = validators.after(Validators(), response.status, response.headers, response.url)
    content_type = response.headers.get("content-type")
    return Page(response.url, content_type, response.body, said.etag, said.last_modified)
