"""A fetcher's page downloads over a real store and a real Valkey; the clock is the test's, the gate's is Valkey's."""

import asyncio
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from redis.asyncio import Redis

from services.contracts import Outlet
from services.fetcher import urls
from services.fetcher.downloads import Downloads
from services.fetcher.gate import Gate
from services.fetcher.threads import Threads
from services.fetcher.web import Web
from services.store import Store, feeds, ledger, sightings
from services.store.ledger import Item
from services.store.sightings import Sighted
from tests.fetcher.polling import NOW, PLAIN
from tests.fetcher.serving import LOOPBACK, USER_AGENT


@dataclass
class Downloader:
    """Downloads what is due; `extra` is what `Downloads` is made with beyond the usual."""

    store: Store
    redis_clients: Callable[[], Redis]
    now: float = NOW
    spacing_s: float = 0.0
    extra: dict[str, object] = field(default_factory=dict)
    handed_on: list[str] = field(default_factory=list)

    def sees(self, *pages: str) -> None:
        with self.store.write() as tx:
            feeds.sync(tx, [Outlet("news", "News", "https://news.example/", ("https://news.example/feed",))], self.now)
            sightings.sight(tx, "news", "https://news.example/feed", [_sighted(page) for page in pages], self.now)

    def download_due(self) -> None:
        """What one fetcher does with the pages that are due, one after the other."""

        async def run() -> None:
            threads = Threads()
            async with Web(USER_AGENT, LOOPBACK, tls=PLAIN) as web, self.redis_clients() as client:
                downloads = Downloads(
                    self.store,
                    web,
                    Gate(client, self.spacing_s),
                    threads,
                    self._enqueue,
                    owner="downloader",
                    user_agent=USER_AGENT,
                    limit_bytes=1_000_000,
                    deadline_s=5.0,
                    keep_s=1_000.0,
                    clock=lambda: self.now,
                    monotonic=time.monotonic,
                    rng=random.Random(1),
                    **self.extra,
                )
                for item in self._lease():
                    await downloads.download(item)
            threads.close()

        asyncio.run(run())

    def _lease(self) -> list[Item]:
        with self.store.write() as tx:
            return ledger.lease_pages(tx, "downloader", self.now, 15.0, 100, [])

    def _enqueue(self, _: object, keys: list[str]) -> int:
        self.handed_on += keys
        return len(keys)

    def item(self, page: str) -> Item:
        with self.store.read() as tx:
            found = ledger.get(tx, urls.item_key(page))
        assert found is not None
        return found

    def due(self, page: str) -> float:
        with self.store.read() as tx:
            return float(tx.one("SELECT due FROM items WHERE key = ?", urls.item_key(page))["due"])

    def history(self, page: str) -> dict[str, str]:
        """What happened, by its kind."""
        with self.store.read() as tx:
            return {what: detail for _, what, detail in ledger.history(tx, urls.item_key(page))}


def _sighted(page: str) -> Sighted:
    return Sighted(urls.item_key(page), urls.canonical(page), page, urls.host(page), None, "title", None)
