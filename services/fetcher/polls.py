"""One poll of one feed: ask, read in a child, decide when to ask again, save everything together."""

import logging
import random
from collections.abc import Callable
from hashlib import blake2b

from services import crashing
from services.contracts import Outlet, Reason
from services.fetcher import feeds, moves, schedule, urls, validators, websub
from services.fetcher.backfill import Backfill, Turn
from services.fetcher.entries import Entry, Feed, NotAFeed
from services.fetcher.lanes import Lanes
from services.fetcher.outcomes import Failure, Poll
from services.fetcher.outlets import headers_for
from services.fetcher.schedule import Pace
from services.fetcher.subscriptions import Subscriptions
from services.fetcher.threads import Threads
from services.fetcher.validators import Validators
from services.fetcher.web import ACCEPT_FEED, FetchError, Response, Web, verdict
from services.sandbox import Sandbox, SandboxCrash, SandboxTimeout
from services.store import Store, Transaction, sightings, subscriptions, traffic
from services.store import feeds as ledger_feeds
from services.store.feeds import FeedState
from services.store.sightings import Sighted

log = logging.getLogger("vigie.fetcher")

HOLD_S = 60.0
"""Seconds for which a host is left alone that answers 429 to several feeds without naming a time."""
DAY_BYTES = 500_000_000
"""Bytes that an outlet may be asked for in a day, unless told otherwise."""
OVERLOADED = (Reason.RATE_LIMITED, Reason.SERVER_ERROR)


async def _at_once(_: str) -> bool:
    return True


class Polls:
    """`clock` gives unix seconds; `limit_bytes` and `deadline_s` bound one exchange; `day_bytes` is an outlet's budget.

    With `subscriptions`, feeds that name a WebSub hub are subscribed to beside being polled.
    """

    def __init__(
        self,
        store: Store,
        web: Web,
        sandbox: Sandbox,
        threads: Threads,
        *,
        limit_bytes: int,
        deadline_s: float,
        clock: Callable[[], float],
        rng: random.Random,
        day_bytes: int = DAY_BYTES,
        subscriptions: Subscriptions | None = None,
    ) -> None:
        self._store = store
        self._web = web
        self._threads = threads
        self._reader = Lanes(sandbox)
        self._backfill = Backfill(web, clock, limit_bytes=limit_bytes, deadline_s=deadline_s)
        self._limit_bytes = limit_bytes
        self._deadline_s = deadline_s
        self._clock = clock
        self._rng = rng
        self._day_bytes = day_bytes
        self._subscriptions = subscriptions

    async def poll(self, feed: FeedState, outlet: Outlet, turn: Turn = _at_once) -> float:
        """Ask for a leased feed and save what came of it; the lease ends with that.

        The answer is for how many seconds the whole host wants to be left alone, 0.0 for not at all. `turn` is waited
        for before any request beyond the first.
        """
        try:
            response = await self._ask(feed, outlet)
        except FetchError as error:
            failure = Failure(error.reason, error.detail, transferred=error.transferred)
            await self._threads.run(self._save_failure, feed, outlet, failure)
            return 0.0
        wrong = verdict(response.status)
        if wrong is not None:
            failure = Failure.of(wrong, f"status {response.status}", response)
            await self._threads.run(self._save_failure, feed, outlet, failure)
            return await self._threads.run(self._hold, feed, failure)
        if response.status == 304:
            await self._threads.run(self._save, feed, outlet, Poll(response, pushed=await self._is_pushed(feed)))
        else:
            await self._read_and_save(feed, outlet, response, turn)
        return 0.0

    def close(self) -> None:
        self._reader.close()

    def give_up(self, feed: FeedState, outlet: Outlet, detail: str) -> None:
        """Save that a poll failed for a reason of our own, so that the outlet is not asked again at once."""
        self._save_failure(feed, outlet, Failure(Reason.POISON, detail))

    async def take(self, feed_url: str, content_type: str | None, body: bytes) -> None:
        """Save what a hub delivered: entries of a feed, most often not all. When it is polled next stays as it was."""
        response = Response(feed_url, 200, {"content-type": content_type or ""}, body, transferred=len(body))
        try:
            delivered = await self._read(response)
        except NotAFeed as error:
            log.info("%s: what its hub delivered cannot be read (%s)", feed_url, error.detail)
            return
        await self._threads.run(self._save_delivery, feed_url, delivered)

    async def _ask(self, feed: FeedState, outlet: Outlet) -> Response:
        # After a failure the whole feed is asked for: the outlet may be one that cannot do differences.
        differences = feed.etag is not None and not feed.failures
        return await self._web.get(
            feed.location,
            accept=ACCEPT_FEED,
            limit_bytes=self._limit_bytes,
            deadline_s=self._deadline_s,
            headers={**headers_for(outlet, feed.location), **({"a-im": "feed"} if differences else {})},
            etag=feed.etag,
            last_modified=feed.last_modified,
            validators_url=feed.validators_url,
        )

    async def _read_and_save(self, feed: FeedState, outlet: Outlet, response: Response, turn: Turn) -> None:
        try:
            if response.status == 226 and response.headers.get("im", "feed").strip().lower() != "feed":
                raise NotAFeed("a difference (226) of a kind that was not asked for")
            parsed = await self._read(response)
        except NotAFeed as error:
            failure = Failure.of(error.reason, error.detail, response)
            await self._threads.run(self._save_failure, feed, outlet, failure)
            return
        poll = await self._compared(feed, response, parsed, turn)
        crashing.at("poll_answered")
        await self._threads.run(self._save, feed, outlet, poll)
        offer = websub.discover(response.headers, parsed, response.url)
        if self._subscriptions is not None and offer is not None:
            await self._subscriptions.keep(feed.url, offer)
        elif self._subscriptions is not None and response.status == 200 and parsed.problem is None:
            await self._subscriptions.forget(feed.url)

    async def _compared(self, feed: FeedState, response: Response, parsed: Feed, turn: Turn) -> Poll:
        """The poll beside what was known before it; a gap between the two is filled."""
        known = Pace.from_json(feed.pace)

        async def knows(other: Feed) -> bool:
            return await self._threads.run(self._knows, feed, other)

        overlaps = not known.entries or await knows(parsed)
        pushed = await self._is_pushed(feed)
        if overlaps or response.status == 226 or not parsed.entries:
            return Poll(response, parsed, same=overlaps, pushed=pushed)
        filled = await self._backfill.fill(
            parsed, response.url, max(known.recent, default=None), turn=turn, read=self._read, knows=knows
        )
        return Poll(response, parsed, same=filled.closed, gap=True, filled=filled, pushed=pushed)

    async def _is_pushed(self, feed: FeedState) -> bool:
        return self._subscriptions is not None and await self._subscriptions.is_alive(feed.url)

    async def _read(self, response: Response) -> Feed:
        """The feed in a response, read in a child. Raises NotAFeed, also where that stops the child."""
        content_type = response.headers.get("content-type")
        asked = feeds.question(response.body, content_type=content_type, url=response.url, now=self._clock())
        try:
            return feeds.from_answer(await self._reader.ask(response.url, asked))
        except SandboxTimeout as error:
            raise NotAFeed(str(error), Reason.TIMEOUT) from error
        except SandboxCrash as error:
            raise NotAFeed(str(error), Reason.POISON) from error

    def _knows(self, feed: FeedState, parsed: Feed) -> bool:
        # Feeds put what is new first: what is known is found soonest from the other end.
        keys = (sighted(entry, feed.url).key for entry in reversed(parsed.entries))
        with self._store.read() as tx:
            return ledger_feeds.holds_any(tx, feed.url, keys)

    def _hold(self, feed: FeedState, failure: Failure) -> float:
        """Seconds for which the whole host is left alone: only where other feeds of it fail in the same way."""
        if failure.reason not in OVERLOADED:
            return 0.0
        now = self._clock()
        with self._store.read() as tx:
            failing = ledger_feeds.failing(tx, feed.host, now - schedule.HOUR, OVERLOADED)
        if not set(failing) - {feed.url}:
            return 0.0
        usual = HOLD_S if failure.reason is Reason.RATE_LIMITED else 0.0
        return schedule.retry_after(failure.headers, now) or usual

    def _save(self, feed: FeedState, outlet: Outlet, poll: Poll) -> None:
        now, response = self._clock(), poll.response
        pace = poll.pace(Pace.from_json(feed.pace), now - feed.polled if feed.polled else None)
        known = Validators(feed.etag, feed.last_modified, feed.validators_url)
        keep = validators.after(known, response.status, response.headers, response.url)
        move = poll.move(feed.location, feed.moved_to, feed.moved_polls, feed.validators_url)
        with self._store.write() as tx:
            fresh = sightings.sight(tx, outlet.id, feed.url, [sighted(entry, feed.url) for entry in poll.entries], now)
            if poll.pushed and fresh:  # its hub should have delivered them
                subscriptions.distrust(tx, feed.url)
            next_poll = schedule.after_success(
                pace,
                response.headers,
                now=now,
                interval_min=outlet.interval_min,
                interval_max=outlet.interval_max,
                chance=self._rng.random,
                pushed=poll.pushed and not fresh,
            )
            traffic.spend(tx, outlet.id, now, poll.transferred)
            ledger_feeds.polled(
                tx,
                feed.url,
                now=now,
                next_poll=self._within_budget(tx, outlet, next_poll.at, now),
                status=response.status,
                etag=keep.etag,
                last_modified=keep.last_modified,
                validators_url=keep.url,
                pace=pace.to_json(),
                changed=poll.parsed is not None,
                problem=poll.problem(move),
                moved_to=move.moved_to,
                moved_polls=move.polls,
                gap=poll.gap,
            )
            if move.location != feed.location:
                ledger_feeds.relocate(tx, feed.url, move.location)
                log.info("%s: asked for at %s from now on", feed.url, move.location)

    def _within_budget(self, tx: Transaction, outlet: Outlet, at: float | None, now: float) -> float | None:
        """The next poll, an hour away at least where the outlet's bytes of the day are spent."""
        if at is None or traffic.spent(tx, outlet.id, now) < self._day_bytes:
            return at
        return max(at, now + schedule.HOUR)

    def _save_delivery(self, feed_url: str, delivered: Feed) -> None:
        now = self._clock()
        with self._store.write() as tx:
            feed = ledger_feeds.get(tx, feed_url)
            if feed is None:
                return
            sightings.sight(tx, feed.outlet, feed.url, [sighted(entry, feed.url) for entry in delivered.entries], now)
            subscriptions.deliver(tx, feed.url, now)

    def _save_failure(self, feed: FeedState, outlet: Outlet, failure: Failure) -> None:
        now, failures = self._clock(), feed.failures + 1
        is_lost = feed.location != feed.url and moves.is_lost(failure.reason, failures)
        again = schedule.after_failure(
            # What is gone at an adopted place may be back at the one that the operator named.
            Reason.NOT_FOUND if is_lost and failure.reason is Reason.GONE else failure.reason,
            failures,
            failure.headers,
            now=now,
            interval_min=outlet.interval_min,
            chance=self._rng.random,
        )
        with self._store.write() as tx:
            traffic.spend(tx, outlet.id, now, failure.transferred)
            ledger_feeds.failed(
                tx,
                feed.url,
                now=now,
                next_poll=self._within_budget(tx, outlet, again.at, now),
                status=failure.status,
                reason=failure.reason,
                detail=failure.detail,
            )
            if is_lost:
                ledger_feeds.relocate(tx, feed.url, feed.url)


def sighted(entry: Entry, feed_url: str) -> Sighted:
    """An entry as the ledger takes it. One without a usable link is kept too, refused with that reason."""
    if entry.url is None:
        return _refused(entry, feed_url, Reason.NO_LINK)
    try:
        return Sighted(
            key=urls.item_key(entry.url),
            canonical=urls.canonical(entry.url),
            url=entry.url,
            host=urls.host(entry.url),
            guid=entry.guid,
            title=entry.title,
            published=entry.published,
            mark=_mark(entry),
        )
    except urls.BadUrl:
        return _refused(entry, feed_url, Reason.BAD_URL)


def _mark(entry: Entry) -> str:
    """Eight bytes that change when the feed says something else of an entry."""
    said = "\n".join((entry.title, entry.published or "", entry.updated, entry.summary))
    return blake2b(said.encode("utf-8", "replace"), digest_size=8).hexdigest()


def _refused(entry: Entry, feed_url: str, reason: Reason) -> Sighted:
    name = entry.guid or entry.title
    key = blake2b(f"{feed_url}\n{name}".encode("utf-8", "replace"), digest_size=16).hexdigest()
    place = f"{feed_url}#{name}"
    return Sighted(key, place, place, "", entry.guid, entry.title, entry.published, reason)
