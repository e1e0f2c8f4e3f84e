"""One role per process: what containers run, and what `vigie run` starts as children."""

import argparse
import asyncio
import logging
import os
import random
import secrets
import signal
import socket
import threading
import time
from collections.abc import Sequence
from functools import partial
from typing import Any

from services import crashing, logs
from services.cli.wiring import load_outlets, load_synonyms, redis_location, settings_from, watch_topics
from services.contracts import Outlet, Stage
from services.runtime import BACKOFF, RETRIES, Runtime, open_runtime
from services.sandbox import Sandbox, SandboxError
from services.settings import Settings
from services.store.retention import Keep
from services.supervisor import tether_to_supervisor

log = logging.getLogger("vigie.roles")

FEED_GROWTH = 32_000_000
"""Bytes that a feed may add to its reader's memory: with a second reader for slow ones (30 MB) and the copies that the
fetcher holds meanwhile, one hostile feed stays below 100 MB. The largest that VIGIE_FEED_BYTES admits needs most of it.
"""
FEED_SECONDS = 5.0
"""A feed that takes longer to parse is hostile."""
_LOOPBACK_NAMES = ("localhost", "127.0.0.1", "[::1]", "::1")
GRACE_SECONDS = 8.0
"""What the fetcher may still finish when it is told to end; what it does not, its lease gives to the next."""


def fetcher(arguments: argparse.Namespace) -> int:
    settings = _begin(arguments)
    known = load_outlets(settings)
    runtime = open_runtime(settings, redis_url=redis_location(settings))
    sandbox = Sandbox(
        "services.fetcher.feeds:answer", timeout=FEED_SECONDS, memory=settings.clean_memory, growth=FEED_GROWTH
    )
    try:
        asyncio.run(_poll(settings, runtime, sandbox, known))
    finally:
        sandbox.close()
        runtime.close()
    return 0


async def _poll(settings: Settings, runtime: Runtime, sandbox: Sandbox, outlets: Sequence[Outlet]) -> None:
    from redis.asyncio import Redis
    from redis.asyncio.retry import Retry

    from services.cli.receiving import receiving
    from services.fetcher.downloads import Downloads
    from services.fetcher.gate import Gate
    from services.fetcher.poller import Poller
    from services.fetcher.polls import Polls
    from services.fetcher.rights import Policy
    from services.fetcher.subscriptions import Subscriptions
    from services.fetcher.threads import Threads
    from services.fetcher.web import Web

    stop = asyncio.Event()
    for ending in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(ending, stop.set)
    threads = Threads()
    owner = f"{socket.gethostname()}.{os.getpid()}"
    rng = random.Random()  # noqa: S311 - jitter, no secret
    web = Web(settings.user_agent, settings.allow_private, settings.connections)
    retry = Retry(BACKOFF, RETRIES)
    async with web, Redis.from_url(redis_location(settings), socket_timeout=15, retry=retry) as client:
        gate = Gate(client, settings.page_spacing)
        subscriptions = Subscriptions(
            runtime.store,
            web,
            threads,
            callback=settings.websub_url or "",
            deadline_s=settings.page_timeout,
            clock=runtime.clock,
            secret=partial(secrets.token_hex, 16),
        )
        polls = Polls(
            runtime.store,
            web,
            sandbox,
            threads,
            limit_bytes=settings.feed_bytes,
            day_bytes=settings.outlet_bytes,
            deadline_s=settings.page_timeout,
            clock=runtime.clock,
            rng=rng,
            subscriptions=subscriptions if settings.websub_url else None,
        )
        poller = Poller(
            store=runtime.store,
            gate=gate,
            queues=runtime,
            threads=threads,
            polls=polls,
            downloads=Downloads(
                runtime.store,
                web,
                gate,
                threads,
                runtime.enqueue,
                owner=owner,
                user_agent=settings.user_agent,
                limit_bytes=settings.page_bytes,
                day_bytes=settings.outlet_bytes,
                policy=Policy(settings.reservations),
                deadline_s=settings.page_timeout,
                keep_s=settings.keep_pages_days * 86_400,
                clock=runtime.clock,
                monotonic=time.monotonic,
                rng=rng,
            ),
            owner=owner,
            clock=runtime.clock,
            connections=settings.connections,
            queue_limit=settings.queue_limit,
            grace_s=GRACE_SECONDS,
            keep=_keep(settings),
        )
        async with receiving(settings, subscriptions, polls.take):
            await poller.run(outlets, stop)
        polls.close()
    threads.close()


def _keep(settings: Settings) -> Keep:
    days = (settings.keep_articles_days, settings.keep_history_days)
    return Keep(*(None if each is None else each * 86_400 for each in days))


def cleaner(arguments: argparse.Namespace) -> int:
    settings = _begin(arguments)
    from services.cleaner.job import TARGET, WARM_UP, Cleaner
    from services.worker import work

    runtime = open_runtime(settings, redis_url=redis_location(settings))
    sandbox = Sandbox(TARGET, timeout=settings.clean_timeout, memory=settings.clean_memory)
    try:
        _warm_up(sandbox, WARM_UP)
        return work(runtime, Stage.CLEAN, Cleaner(runtime.store, sandbox, runtime.enqueue, runtime.clock))
    finally:
        sandbox.close()
        runtime.close()


def _warm_up(sandbox: Sandbox, question: dict[str, Any]) -> None:
    """On a machine that has too much to do, the first page pays for what is not loaded yet."""
    try:
        sandbox.ask(question)
    except SandboxError as error:
        log.warning("the extraction is not warm: %s", error)


def indexer(arguments: argparse.Namespace) -> int:
    settings = _begin(arguments)
    from services.indexer.job import Indexer
    from services.worker import work

    in_force = watch_topics(settings)
    runtime = open_runtime(settings, redis_url=redis_location(settings))
    try:
        return work(runtime, Stage.INDEX, Indexer(runtime.store, in_force, runtime.clock))
    finally:
        runtime.close()


def api(arguments: argparse.Namespace) -> int:
    settings = _begin(arguments)
    import uvicorn

    from services.api.app import create_app
    from services.fetcher import urls
    from services.search.follower import follow
    from services.search.index import IndexProblem, SearchIndex

    # Without Redis there is nothing to enqueue, but everything to read: the search page stays up.
    runtime = open_runtime(settings, redis_url=redis_location(settings), check=False)
    stop = threading.Event()
    follower = threading.Thread(target=follow, args=(runtime.store, settings.index_folder, stop), name="follower")
    follower.start()
    app = create_app(
        runtime.store,
        SearchIndex(settings.index_folder, check=False, synonyms=load_synonyms(settings)),
        redis_lengths=runtime.queue_lengths,
        redis_writes=runtime.try_writing,
        folder=settings.data,
        canonical=urls.canonical,
        unavailable=(IndexProblem,),
        hosts=_hosts(settings),
        clock=runtime.clock,
    )
    try:
        server = uvicorn.Server(
            uvicorn.Config(
                app,
                host=settings.api_host,
                port=settings.api_port,
                log_config=None,
                access_log=False,
                server_header=False,
                timeout_graceful_shutdown=5,
            )
        )
        # uvicorn raises the signal again once it has shut down: that must not end us before the follower has ended
        for ending in (signal.SIGTERM, signal.SIGINT):
            signal.signal(ending, lambda *_: setattr(server, "should_exit", True))
        server.run()
    finally:
        stop.set()
        follower.join()
        runtime.close()
    return 0 if server.started else 1


def _hosts(settings: Settings) -> tuple[str, ...]:
    """Under which names the API may be called: a page elsewhere must not reach a loopback service by DNS rebinding."""
    if settings.api_names:
        return (*_LOOPBACK_NAMES, *settings.api_names)
    return _LOOPBACK_NAMES if settings.api_host in _LOOPBACK_NAMES else ("*",)


def _begin(arguments: argparse.Namespace) -> Settings:
    os.umask(0o077)
    tether_to_supervisor()
    settings = settings_from(arguments)
    logs.configure(settings.log_level, settings.log_file)
    crashing.announce()
    return settings
