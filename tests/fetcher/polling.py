"""A fetcher's polls and downloads over a real store; its clock stands still until a test moves it."""

import asyncio
import random
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from email.utils import formatdate

from services.contracts import Outlet
from services.fetcher.polls import Polls
from services.fetcher.subscriptions import Subscriptions
from services.fetcher.threads import Threads
from services.fetcher.web import Web
from services.sandbox import Sandbox
from services.store import Store, feeds, ledger
from services.store.feeds import FeedState
from tests.fetcher.serving import LOOPBACK, USER_AGENT, FakeOutlet

NOW = 1_763_640_000.0
"""Thursday, 20 November 2025, 12:00 GMT."""
PLAIN = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""Trusts nobody: to load the usual authorities for every poll over plain HTTP takes longer than the poll."""
HOUR, DAY = 3_600.0, 86_400.0
FLOOR, CEILING = 60.0, 6 * HOUR


def gmt(seconds: float) -> str:
    return formatdate(seconds, usegmt=True)


def rss(
    *names: str, at: float = NOW, every: float = HOUR, channel: str = "", link: str = "https://news.example/"
) -> bytes:
    """A feed of these items, the first the newest, so many seconds apart."""
    items = "".join(
        f"<item><title>{name}</title><link>{link}{name}</link><pubDate>{gmt(at - number * every)}</pubDate></item>"
        for number, name in enumerate(names)
    )
    return f"<rss version='2.0'><channel><title>News</title>{channel}{items}</channel></rss>".encode()


@dataclass
class Reader:
    """Reads the feeds of one outlet. `polls` is what `Polls` is made with beyond the usual."""

    store: Store
    sandbox: Sandbox
    urls: tuple[str, ...] = ()
    now: float = NOW
    tls: ssl.SSLContext = PLAIN
    chance: Callable[[], float] | None = None
    limit_bytes: int = 1_000_000
    extra: dict[str, object] = field(default_factory=dict)
    callback: str | None = None
    asked_turns: list[str] = field(default_factory=list)

    @property
    def outlet(self) -> Outlet:
        return Outlet("news", "News", "https://news.example/", self.urls, interval_min=FLOOR, interval_max=CEILING)

    def reads(self, *urls: str) -> "Reader":
        """Take an outlets file with these feeds, as at a start."""
        self.urls = urls
        with self.store.write() as tx:
            feeds.sync(tx, [self.outlet], self.now)
        return self

    def poll(self, url: str | None = None) -> float:
        """Ask for a feed now, due or not; how long its host is to be left alone."""
        return self.within(lambda polls: polls.poll(self.state(url), self.outlet, self._turn))

    def poll_due(self) -> list[str]:
        """Ask for what is due, as the fetcher does; which feeds those were."""
        with self.store.write() as tx:
            due = feeds.lease(tx, "reader", self.now, 15.0, 100)

        async def each(polls: Polls) -> None:
            for state in due:
                await polls.poll(state, self.outlet, self._turn)

        self.within(each)
        return [state.url for state in due]

    def take(self, url: str, content_type: str | None, body: bytes) -> None:
        self.within(lambda polls: polls.take(url, content_type, body))

    def within(self, work: Callable[[Polls], Awaitable[object]]) -> object:
        self.sandbox.start()  # by this thread: the kernel ends a child together with the thread that began it

        async def run() -> object:
            threads = Threads()
            async with Web(USER_AGENT, LOOPBACK, tls=self.tls) as web:
                polls = Polls(
                    self.store,
                    web,
                    self.sandbox,
                    threads,
                    limit_bytes=self.limit_bytes,
                    deadline_s=5.0,
                    clock=lambda: self.now,
                    rng=_Chance(self.chance) if self.chance else random.Random(1),
                    subscriptions=self.subscriptions(web, threads) if self.callback else None,
                    **self.extra,
                )
                try:
                    return await work(polls)
                finally:
                    polls.close()
                    threads.close()

        return asyncio.run(run())

    def subscriptions(self, web: Web, threads: Threads) -> Subscriptions:
        tokens = random.Random(2)
        return Subscriptions(
            self.store,
            web,
            threads,
            callback=str(self.callback),
            deadline_s=5.0,
            clock=lambda: self.now,
            secret=lambda: f"{tokens.getrandbits(128):032x}",
        )

    async def _turn(self, url: str) -> bool:
        self.asked_turns.append(url)
        return True

    def state(self, url: str | None = None) -> FeedState:
        with self.store.read() as tx:
            found = feeds.get(tx, url or self.urls[0])
        assert found is not None
        return found

    def row(self, url: str | None = None) -> dict[str, object]:
        with self.store.read() as tx:
            return dict(tx.one("SELECT * FROM feeds WHERE url = ?", url or self.urls[0]))

    @property
    def wait(self) -> float:
        """Seconds up to the next poll of the first feed."""
        return float(self.row()["next_poll"]) - self.now

    def titles(self) -> list[str]:
        with self.store.read() as tx:
            return [row["title"] for row in tx.all("SELECT title FROM items ORDER BY title")]

    def account(self) -> dict[str, int]:
        with self.store.read() as tx:
            return ledger.account(tx).feeds


class _Chance(random.Random):
    """Chance in the test's hand."""

    def __init__(self, chance: Callable[[], float]) -> None:
        super().__init__()
        self._chance = chance

    def random(self) -> float:
        return self._chance()


def polls_of(outlet: FakeOutlet, path: str) -> list[dict[str, str]]:
    """The headers of every request for this path."""
    return [seen.headers for seen in outlet.seen if seen.path.split("?")[0] == path]
