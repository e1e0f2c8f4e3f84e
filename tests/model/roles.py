"""One short life of a role, in a process of its own that can be stopped or killed at a chosen moment.

The order says what to do and where to stop. There the process says so and waits: it is told to go on, or it is
killed with SIGKILL and never hears.
"""

import asyncio
import json
import random
import ssl
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from redis.asyncio import Redis
from rq.job import Job

from services.cleaner import requests
from services.cleaner.job import Cleaner
from services.contracts import Outlet, Stage
from services.fetcher import feeds as feed_reader
from services.fetcher.downloads import Downloads
from services.fetcher.gate import Gate
from services.fetcher.polls import Polls
from services.fetcher.threads import Threads
from services.fetcher.web import Web
from services.indexer import topic
from services.indexer.job import Indexer
from services.indexer.topics import Topics
from services.runtime import open_runtime
from services.sandbox import Sandbox
from services.settings import from_environment
from services.store import Store, Transaction, feeds, ledger
from services.worker import LedgerWorker
from tests.fetcher.serving import LOOPBACK, USER_AGENT
from tests.indexer import crises

POLL, DOWNLOAD, CLEAN, INDEX = "poll", "download", "clean", "index"
ROLES = (POLL, DOWNLOAD, CLEAN, INDEX)
LEASE_SECONDS = 15.0
POPPED, BEGUN, BEFORE, WITHIN, AFTER, HANDLED = MOMENTS = ("popped", "begun", "before", "within", "after", "handled")
"""In the order of a job: taken from the queue; begun; before, within and after a writing transaction of the store
(the commit stands between the last two); done, but not yet acknowledged. Fetchers know the three in the middle."""

TOPICS = Topics((topic.load(crises.FLOODS),))
PLAIN = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


@dataclass(frozen=True)
class Order:
    """`stop` is a moment and how many times it comes before the process stops there; `jobs` how many a worker does."""

    role: str
    store_url: str
    redis_url: str
    data: Path
    outlet: Outlet
    now: float
    stop: tuple[str, int] | None = None
    jobs: int = 1


def live(pipe: Connection, order: Order) -> None:
    """What the process runs. It tells `("at", key of its job)` where it stops, `("done", "")`, `("failed", trace)`."""
    try:
        Life(pipe, order).run()
        pipe.send(("done", ""))
    except Exception:
        pipe.send(("failed", traceback.format_exc()))


class Inside(Sandbox):
    """Answers in this process: a child of its own for every life would cost more than all the rest."""

    def __init__(self, answer: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
        super().__init__("", timeout=30.0, memory=0)
        self._answer = answer

    def pass_on(self, *question: bytes, timeout: float | None = None) -> dict[str, Any]:
        told: dict[str, Any] = json.loads(json.dumps(self._answer(json.loads(b"".join(question)))))
        return told

    def another(self) -> "Inside":
        return self

    def start(self) -> None:
        """There is nothing to start."""


class Mortal:
    """A store at whose transactions a process can be stopped."""

    def __init__(self, store: Store, reach: Callable[[str], None]) -> None:
        self._store = store
        self._reach = reach
        self.read = store.read

    @contextmanager
    def write(self, exclusive: str | tuple[str, ...] = ()) -> Iterator[Transaction]:
        self._reach(BEFORE)
        with self._store.write(exclusive) as tx:
            yield tx
            self._reach(WITHIN)
        self._reach(AFTER)


class Life:
    def __init__(self, pipe: Connection, order: Order) -> None:
        self._pipe = pipe
        self._order = order
        self._came: dict[str, int] = {}
        self._key = ""
        settings = from_environment(data=order.data, store_url=order.store_url)
        self._runtime = open_runtime(settings, redis_url=order.redis_url)
        self._runtime.clock = lambda: order.now
        self._store = Mortal(self._runtime.store, self.reach)

    def run(self) -> None:
        try:
            if self._order.role in (CLEAN, INDEX):
                self._work()
            else:
                asyncio.run(self._fetch())
        finally:
            self._runtime.close()

    def reach(self, moment: str) -> None:
        self._came[moment] = self._came.get(moment, 0) + 1
        if (moment, self._came[moment]) == self._order.stop:
            self._pipe.send(("at", self._key))
            self._pipe.recv()

    def _work(self) -> None:
        stage = Stage(self._order.role)
        handler = self._cleaner() if stage is Stage.CLEAN else self._indexer()

        def handle(key: str) -> None:
            self._key = key
            self.reach(BEGUN)
            handler(key)
            self.reach(HANDLED)

        worker = StoppableWorker(self._runtime, stage, handle)
        worker.reach = self.reach
        worker.work(burst=True, max_jobs=self._order.jobs, logging_level="ERROR")

    def _cleaner(self) -> Cleaner:
        return Cleaner(self._store, Inside(requests.answer), self._runtime.enqueue, self._runtime.clock)

    def _indexer(self) -> Indexer:
        return Indexer(self._store, lambda: TOPICS, self._runtime.clock)

    async def _fetch(self) -> None:
        threads = Threads()
        async with Web(USER_AGENT, LOOPBACK, tls=PLAIN) as web, Redis.from_url(self._order.redis_url) as client:
            await (self._poll(web, threads) if self._order.role == POLL else self._download(web, client, threads))
        threads.close()

    async def _poll(self, web: Web, threads: Threads) -> None:
        order = self._order
        with self._runtime.store.write() as tx:
            feeds.sync(tx, [order.outlet], order.now)
            due = feeds.lease(tx, self._owner, order.now, LEASE_SECONDS, 10)
        polls = Polls(
            self._store,
            web,
            Inside(feed_reader.answer),
            threads,
            limit_bytes=1_000_000,
            deadline_s=30.0,
            clock=self._runtime.clock,
            rng=random.Random(1),
        )
        for feed in due:
            await polls.poll(feed, order.outlet)
        polls.close()

    async def _download(self, web: Web, client: Redis, threads: Threads) -> None:
        order = self._order
        with self._runtime.store.write() as tx:
            due = ledger.lease_pages(tx, self._owner, order.now, LEASE_SECONDS, 2 if order.jobs == 1 else 1000, [])
        downloads = Downloads(
            self._store,
            web,
            Gate(client, 0.0),
            threads,
            self._runtime.enqueue,
            owner=self._owner,
            user_agent=USER_AGENT,
            limit_bytes=1_000_000,
            deadline_s=30.0,
            keep_s=86_400.0 * 365,
            clock=self._runtime.clock,
            monotonic=time.monotonic,
            rng=random.Random(1),
        )
        for item in due:
            await downloads.download(item)

    @property
    def _owner(self) -> str:
        return f"fetcher {id(self)} {time.monotonic_ns()}"


class StoppableWorker(LedgerWorker):
    """Looks once where the real one waits for work, and can be stopped between taking a job and beginning it."""

    reach: Callable[[str], None]

    def _dequeue(self) -> Any:
        self.dequeue_timeout = None
        return super()._dequeue()

    def execute_job(self, job: Job, queue: Any) -> None:
        self.reach(POPPED)
        super().execute_job(job, queue)
