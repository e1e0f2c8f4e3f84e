"""One poll of one feed: ask, read in a child, decide when to ask again, save everything together."""

import random
from collections.abc import Callable, Mapping
from hashlib import blake2b

from services.contracts import Outlet, Reason
from services.fetcher import feeds, schedule, urls, validators
from services.fetcher.entries import Entry, Feed, NotAFeed
from services.fetcher.schedule import Pace
from services.fetcher.threads import Threads
from services.fetcher.validators import Validators
from services.fetcher.web import ACCEPT_FEED, FetchError, Response, Web, verdict
from services.sandbox import Sandbox, SandboxCrash, SandboxTimeout
from services.store import Store, ledger
from services.store import feeds as ledger_feeds
from services.store.feeds import FeedState
from services.store.ledger import Sighted


class Polls:
    """`clock` gives unix seconds; `limit_bytes` and `deadline_s` bound one exchange."""

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
    ) -> None:
        self._store = store
        self._web = web
        self._sandbox = sandbox
        self._threads = threads
        self._reader = Threads(1)
        self._limit_bytes = limit_bytes
        self._deadline_s = deadline_s
        self._clock = clock
        self._rng = rng

    async def poll(self, feed: FeedState, outlet: Outlet) -> None:
        """Ask for a leased feed and save what came of it; the lease ends with that."""
        try:
            response = await self._web.get(
                feed.location,
                accept=ACCEPT_FEED,
                limit_bytes=self._limit_bytes,
                deadline_s=self._deadline_s,
                headers={"a-im": "feed"} if feed.etag else {},
                etag=feed.etag,
                last_modified=feed.last_modified,
                validators_url=feed.validators_url,
            )
        except FetchError as error:
            headers = {} if error.retry_after is None else {"retry-after": str(round(error.retry_after))}
            await self._threads.run(self._save_failure, feed, outlet, None, headers, error.reason, error.detail)
            return
        wrong = verdict(response.status)
        if wrong is not None:
            detail = f"status {response.status}"
            await self._threads.run(self._save_failure, feed, outlet, response.status, response.headers, wrong, detail)
        elif response.status == 304:
            await self._threads.run(self._save, feed, outlet, response, None)
        else:
            await self._read_and_save(feed, outlet, response)

    def close(self) -> None:
        self._reader.close()

    def give_up(self, feed: FeedState, outlet: Outlet, detail: str) -> None:
        """Save that a poll failed for a reason of our own, so that the outlet is not asked again at once."""
        self._save_failure(feed, outlet, None, {}, Reason.POISON, detail)

    async def _read_and_save(self, feed: FeedState, outlet: Outlet, response: Response) -> None:
        try:
            # one child, one thread: feeds that hang it must not keep the store's threads from renewing leases
            parsed = await self._reader.run(self._read, response)
        except NotAFeed as error:
            reason, detail = error.reason, error.detail
        except SandboxTimeout as error:
            reason, detail = Reason.TIMEOUT, str(error)
        except SandboxCrash as error:
            reason, detail = Reason.POISON, str(error)
        else:
            await self._threads.run(self._save, feed, outlet, response, parsed)
            return
        await self._threads.run(self._save_failure, feed, outlet, response.status, response.headers, reason, detail)

    def _read(self, response: Response) -> Feed:
        content_type = response.headers.get("content-type")
        asked = feeds.request(response.body, content_type=content_type, url=response.url, now=self._clock())
        return feeds.from_answer(self._sandbox.ask(asked))

    def _save(self, feed: FeedState, outlet: Outlet, response: Response, parsed: Feed | None) -> None:
        now = self._clock()
        pace = schedule.pace(parsed) if parsed else Pace.from_json(feed.pace)
        known = Validators(feed.etag, feed.last_modified, feed.validators_url)
        keep = validators.after(known, response.status, response.headers, response.url)
        next_poll = schedule.after_success(
            pace,
            response.headers,
            now=now,
            interval_min=outlet.interval_min,
            interval_max=outlet.interval_max,
            chance=self._rng.random,
        )
        with self._store.write() as tx:
            if parsed:
                ledger.sight(tx, outlet.id, feed.url, [sighted(entry, feed.url) for entry in parsed.entries], now)
            ledger_feeds.polled(
                tx,
                feed.url,
                now=now,
                next_poll=next_poll.at,
                status=response.status,
                etag=keep.etag,
                last_modified=keep.last_modified,
                validators_url=keep.url,
                pace=pace.to_json(),
                changed=parsed is not None,
                problem=parsed.problem if parsed else None,
            )

    def _save_failure(
        self,
        feed: FeedState,
        outlet: Outlet,
        status: int | None,
        headers: Mapping[str, str],
        reason: Reason,
        detail: str,
    ) -> None:
        now = self._clock()
        again = schedule.after_failure(
            reason,
            feed.failures + 1,
            headers,
            now=now,
            interval_min=outlet.interval_min,
            chance=self._rng.random,
        )
        with self._store.write() as tx:
            ledger_feeds.failed(tx, feed.url, now=now, next_poll=again.at, status=status, reason=reason, detail=detail)


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
        )
    except urls.BadUrl:
        return _refused(entry, feed_url, Reason.BAD_URL)


def _refused(entry: Entry, feed_url: str, reason: Reason) -> Sighted:
    name = entry.guid or entry.title
    key = blake2b(f"{feed_url}\n{name}".encode("utf-8", "replace"), digest_size=16).hexdigest()
    place = f"{feed_url}#{name}"
    return Sighted(key, place, place, "", entry.guid, entry.title, entry.published, reason)
