"""Rows 15 and 33 of the conduct table with whole fetchers: what a host sees however many of them run."""

import asyncio
import random
import time
from collections import Counter
from collections.abc import Callable, Sequence
from itertools import pairwise

from services.contracts import Outlet, Stage
from services.fetcher import urls
from services.fetcher.downloads import Downloads
from services.fetcher.gate import Gate
from services.fetcher.poller import PER_HOST, Poller
from services.fetcher.polls import Polls
from services.fetcher.threads import Threads
from services.fetcher.web import Web
from services.store import Store
from tests.fetcher.polling import PLAIN, rss
from tests.fetcher.serving import LOOPBACK, USER_AGENT, respond


class Queues:
    """Of the runtime, what a fetcher asks for."""

    def queue_lengths(self) -> dict[str, int]:
        return {Stage.CLEAN.value: 0}

    def reconcile(self) -> int:
        return 0


async def fetcher(
    name: str,
    store: Store,
    sandbox,
    redis_clients,
    outlets: Sequence[Outlet],
    until: Callable[[], bool],
    spacing_s: float,
) -> None:
    """One fetcher, until something holds, ten seconds at most."""
    threads = Threads(2)
    stop = asyncio.Event()
    async with Web(USER_AGENT, LOOPBACK, tls=PLAIN) as web, redis_clients() as client:
        gate = Gate(client, spacing_s)
        limits = {"limit_bytes": 100_000, "deadline_s": 5.0, "clock": time.time, "rng": random.Random(1)}
        polls = Polls(store, web, sandbox, threads, **limits)
        downloads = Downloads(
            store, web, gate, threads, lambda _, keys: len(keys), owner=name, user_agent=USER_AGENT, keep_s=60.0,
            monotonic=time.monotonic, **limits,
        )  # fmt: skip
        poller = Poller(store, gate, Queues(), threads, polls, downloads, name, time.time, 20, 100, 3.0)
        running = asyncio.create_task(poller.run(outlets, stop))
        for _ in range(200):
            if until() or running.done():
                break
            await asyncio.sleep(0.05)
        stop.set()
        await running
        polls.close()
    threads.close()


def run_fetchers(count, store, sandbox, redis_clients, outlets, until, spacing_s):
    sandbox.start()

    async def together():
        names = [f"fetcher{number}" for number in range(count)]
        await asyncio.gather(
            *(fetcher(name, store, sandbox, redis_clients, outlets, until, spacing_s) for name in names)
        )

    asyncio.run(together())


def test_row_33_three_fetchers_together_are_one_guest(outlet, store, sandbox, redis_clients):
    spacing, pages = 0.25, [f"p{number}" for number in range(8)]
    asked, at_once, most = [], Counter(), []

    def answer(handler):
        at_once["now"] += 1
        most.append(at_once["now"])
        if handler.path.startswith("/p"):
            asked.append(time.monotonic())
        time.sleep(0.05)
        respond(handler, b"<html><p>News.</p></html>", Content_Type="text/html")
        at_once["now"] -= 1

    for page in pages:
        outlet.answers[f"/{page}"] = answer
    feed = outlet.says("/feed", rss(*pages, at=time.time(), link=outlet.url("/")))
    outlets = [Outlet("news", "News", outlet.url(), (feed,))]
    run_fetchers(3, store, sandbox, redis_clients, outlets, lambda: len(asked) == len(pages), spacing)
    assert sorted(seen.path for seen in outlet.seen if seen.path.startswith("/p")) == sorted(
        f"/{page}" for page in pages
    )
    assert [seen.path for seen in outlet.seen].count("/feed") == 1
    gaps = [later - earlier for earlier, later in pairwise(sorted(asked))]
    # the gate spaces the asking; a thread that is late may bring two arrivals closer by its own lateness
    assert sorted(gaps)[len(gaps) // 2] >= spacing * 0.9
    assert asked[-1] - asked[0] >= spacing * (len(pages) - 1) * 0.95
    assert max(most) <= PER_HOST


def test_row_33_many_feeds_of_one_slow_host_keep_no_other_waiting(outlet, other_outlet, store, sandbox, redis_clients):
    at_once, most = Counter(), []

    def slow(handler):
        at_once["now"] += 1
        most.append(at_once["now"])
        time.sleep(1.0)
        respond(handler, rss("a"))
        at_once["now"] -= 1

    for number in range(40):
        outlet.answers[f"/{number}"] = slow
    quick = other_outlet.says("/feed", rss("b"))
    outlets = [
        Outlet("slow", "Slow", outlet.url(), tuple(outlet.url(f"/{number}") for number in range(40))),
        Outlet("quick", "Quick", other_outlet.url(), (quick,)),
    ]
    began = time.monotonic()
    run_fetchers(1, store, sandbox, redis_clients, outlets, lambda: bool(other_outlet.seen), 0.0)
    assert other_outlet.seen
    assert time.monotonic() - began < 8  # one look takes half a second, and the slow ones are finished in the end
    assert max(most) <= PER_HOST


def test_row_15_two_feeds_that_are_told_to_wait_shut_the_gate_of_their_host(outlet, store, sandbox, redis_clients):
    feeds = tuple(outlet.says(f"/{name}", status=429, Retry_After="600") for name in "ab")
    outlets = [Outlet("news", "News", outlet.url(), feeds)]
    run_fetchers(1, store, sandbox, redis_clients, outlets, lambda: len(outlet.seen) == 2, 0.0)

    async def turn():
        async with redis_clients() as client:
            return await Gate(client, 0.0).turn(urls.host(feeds[0]), patience_s=1.0)

    assert -600 <= asyncio.run(turn()) <= -590
