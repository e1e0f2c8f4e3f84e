"""A look at a source before it is relied on: what it is, what it allows, how it wants to be asked."""

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from services.fetcher import discover, schedule, urls, websub
from services.fetcher.backfill import Read, Turn
from services.fetcher.entries import Entry, Feed, NotAFeed, iso_seconds
from services.fetcher.robots import MAX_BYTES, Robots
from services.fetcher.web import ACCEPT_FEED, ACCEPT_ROBOTS, FetchError, Response, Web, verdict

SAMPLE = 20
"""Entries whose pages are looked up in robots.txt."""
MAX_FEEDS = 5
"""Feeds of one home page that are looked at."""
STALE_S = 30 * 86_400.0
"""A feed whose newest entry is older has most likely been left behind."""

Judge = Callable[[str, Feed, Entry], Collection[str]]
"""The names of the topics that an entry of a feed, read at a URL, belongs to by its title and summary."""
Headers = Callable[[str], Mapping[str, str]]
"""What the outlets file wants sent with a request for a URL."""


@dataclass(frozen=True, slots=True)
class Inspected:
    """What was found at `url`. `error` says why it cannot be used; `remarks` what to know before it is.

    `found_on` is the page that named it; `robots` says of how many of the sampled pages may be asked for; seconds are
    in fields ending in `_s`; dates are ISO 8601; `conditional` says whether it answered 304 to its own validators;
    `on_topic` is how many of its entries a topic keeps, `topics` how many each does.
    """

    url: str
    error: str | None = None
    remarks: tuple[str, ...] = ()
    found_on: str | None = None
    status: int | None = None
    location: str | None = None
    redirects: tuple[tuple[int, str], ...] = ()
    format: str | None = None
    title: str = ""
    charset: str | None = None
    language: str | None = None
    items: int = 0
    undated: int = 0
    oldest: str | None = None
    newest: str | None = None
    etag: str | None = None
    last_modified: str | None = None
    conditional: bool | None = None
    fresh_s: float = 0.0
    ttl_s: float | None = None
    skip_hours: tuple[int, ...] = ()
    skip_days: tuple[int, ...] = ()
    update_period_s: float | None = None
    rhythm_s: float | None = None
    hub: str | None = None
    archive: str | None = None
    robots: Mapping[str, int] | None = None
    sample: str | None = None
    on_topic: int | None = None
    topics: Mapping[str, int] | None = None

    @property
    def verdict(self) -> str:
        """One line for the operator."""
        if self.error:
            return f"cannot be used: {self.error}"
        return f"can be used; {'; '.join(self.remarks)}" if self.remarks else "good"

    def to_json(self) -> dict[str, Any]:
        return {**asdict(self), "verdict": self.verdict, "ok": self.error is None}


class Inspector:
    """`turn` is waited for before every request; `read` reads a feed; `clock` gives unix seconds.

    With `judge`, the entries on topic are counted.
    """

    def __init__(
        self,
        web: Web,
        *,
        user_agent: str,
        turn: Turn,
        read: Read,
        clock: Callable[[], float],
        limit_bytes: int,
        deadline_s: float,
        judge: Judge | None = None,
        headers: Headers = lambda _: {},
    ) -> None:
        self._web = web
        self._topics_of = judge
        self._headers = headers
        self._turn = turn
        self._read = read
        self._clock = clock
        self._limit_bytes = limit_bytes
        self._deadline_s = deadline_s
        self._robots = Robots(self._ask_for_robots, user_agent, clock)

    async def inspect(self, url: str) -> list[Inspected]:
        """A feed, or the feeds that a page at `url` names; one or more, never raises FetchError."""
        try:
            response = await self._ask(url)
        except FetchError as error:
            return [Inspected(url, f"{error.reason}: {error.detail}")]
        seen = Inspected(url, status=response.status, location=response.url, redirects=response.redirects)
        wrong = verdict(response.status)
        if wrong is not None:
            return [replace(seen, error=f"{wrong}: status {response.status}")]
        try:
            feed = await self._read(response)
        except NotAFeed as error:
            page = discover.read(response.body, response.headers.get("content-type"), response.url)
            named = await self._inspect_named(page, url)
            return named or [replace(seen, error=f"{error.detail}, and it names no feed")]
        return [await self._judge(seen, response, feed)]

    async def _inspect_named(self, page: discover.Page, url: str) -> list[Inspected]:
        found: list[Inspected] = []
        for candidate in page.candidates[:MAX_FEEDS]:
            for each in await self._inspect_one(candidate.url):
                found.append(replace(each, found_on=url, language=each.language or page.language))
        return found

    async def _inspect_one(self, url: str) -> list[Inspected]:
        """Like `inspect`, but a page is not searched again: it is nothing that was looked for."""
        try:
            response = await self._ask(url)
            wrong = verdict(response.status)
            if wrong is None:
                seen = Inspected(url, status=200, location=response.url, redirects=response.redirects)
                return [await self._judge(seen, response, await self._read(response))]
            return [Inspected(url, f"{wrong}: status {response.status}", status=response.status)]
        except (FetchError, NotAFeed) as error:
            return [Inspected(url, f"{error.reason}: {error.detail}")]

    async def _judge(self, seen: Inspected, response: Response, feed: Feed) -> Inspected:
        now = self._clock()
        dates = sorted(entry.published for entry in feed.entries if entry.published)
        pace = schedule.pace(feed)
        offer = websub.discover(response.headers, feed, response.url)
        found = replace(
            seen,
            format=feed.format,
            title=feed.title,
            charset=feed.charset,
            language=feed.language,
            items=len(feed.entries),
            undated=len(feed.entries) - len(dates),
            oldest=dates[0] if dates else None,
            newest=dates[-1] if dates else None,
            etag=response.headers.get("etag"),
            last_modified=response.headers.get("last-modified"),
            conditional=await self._is_conditional(response),
            fresh_s=schedule.fresh_for(response.headers, now),
            ttl_s=feed.ttl_s,
            skip_hours=feed.skip_hours,
            skip_days=feed.skip_days,
            update_period_s=feed.update_period_s,
            rhythm_s=round(schedule.rhythm(pace, now)),
            hub=offer.hub if offer else None,
            archive=feed.next_url,
        )
        pages = [entry.url for entry in feed.entries if entry.url and urls.is_web(entry.url)]
        allowed = [url for url in pages[:SAMPLE] if (await self._robots.rules(url)).allow(url)]
        robots = {"sampled": len(pages[:SAMPLE]), "allowed": len(allowed)}
        found = replace(found, robots=robots, sample=allowed[0] if allowed else None)
        found = replace(found, error=_refusal(found, feed), remarks=tuple(_remarks(found, feed, response, now)))
        return self._counted(found, feed)

    def _counted(self, found: Inspected, feed: Feed) -> Inspected:
        if self._topics_of is None:
            return found
        named = [self._topics_of(found.url, feed, entry) for entry in feed.entries]
        return replace(
            found,
            on_topic=sum(map(bool, named)),
            topics=dict(Counter(topic for names in named for topic in names).most_common()),
        )

    async def _is_conditional(self, response: Response) -> bool | None:
        etag, last_modified = response.headers.get("etag"), response.headers.get("last-modified")
        if not etag and not last_modified:
            return None
        try:
            again = await self._ask(response.url, etag=etag, last_modified=last_modified)
        except FetchError:
            return False
        return again.status == 304

    async def _ask(self, url: str, *, etag: str | None = None, last_modified: str | None = None) -> Response:
        await self._turn(url)
        return await self._web.get(
            url,
            accept=ACCEPT_FEED,
            limit_bytes=self._limit_bytes,
            deadline_s=self._deadline_s,
            headers=self._headers(url),
            etag=etag,
            last_modified=last_modified,
        )

    async def _ask_for_robots(self, url: str) -> tuple[int, bytes] | None:
        await self._turn(url)
        try:
            response = await self._web.get(
                url, accept=ACCEPT_ROBOTS, limit_bytes=MAX_BYTES, deadline_s=self._deadline_s, cut=True
            )
        except FetchError:
            return None
        return response.status, response.body


def _refusal(found: Inspected, feed: Feed) -> str | None:
    robots = found.robots or {}
    if not found.items and feed.problem is not None:
        return f"no entry could be read: {feed.problem}"
    if found.items and not robots.get("sampled"):
        return "none of its entries has a link"
    if robots.get("sampled") and not robots.get("allowed"):
        return "robots.txt allows none of its pages"
    return None


def _remarks(found: Inspected, feed: Feed, response: Response, now: float) -> Sequence[str]:
    newest = iso_seconds(found.newest)
    robots = found.robots or {"sampled": 0, "allowed": 0}
    remarks = {
        "it is empty": not found.items,
        f"it has moved: write {response.moved_to} into the outlets file": response.moved_to is not None,
        "it gives no validators: every poll costs a whole feed": found.conditional is None,
        "it does not honour its own validators: every poll costs a whole feed": found.conditional is False,
        f"its newest entry is of {found.newest}": newest is not None and newest < now - STALE_S,
        f"{found.undated} of {found.items} entries have no usable date": found.undated > 0,
        f"robots.txt allows {robots['allowed']} of {robots['sampled']} sampled pages": robots["allowed"]
        < robots["sampled"],
        f"read with a problem: {feed.problem}": feed.problem is not None,
    }
    return [remark for remark, holds in remarks.items() if holds]
