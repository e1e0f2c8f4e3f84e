"""A real store and a real index with a handful of articles, and the API over both."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from fastapi import FastAPI

from services.api.app import create_app
from services.contracts import (
    Article,
    Block,
    BlockKind,
    Cleaned,
    EventType,
    Judgement,
    Match,
    Meta,
    Reason,
    Relation,
    Removed,
    State,
    TopicHit,
)
from services.search.follower import catch_up
from services.search.index import IndexProblem, SearchIndex
from services.store import Store, articles, events, judgements, ledger, sightings
from services.store.sightings import Sighted

NOON = 1_772_366_400.0
"""2026-03-01T12:00:00Z"""

FEED = "https://harbour.example/feed.xml"


@dataclass
class Newsroom:
    """Puts articles where fetcher, cleaner and indexer would put them."""

    store: Store
    index: SearchIndex
    now: float = NOON

    def publish(
        self,
        key: str,
        title: str = "Ferry resumes",
        text: str = "The ferry runs again.",
        *,
        of: str | None = None,
        url: str | None = None,
        blocks: tuple[Block, ...] = (),
        event: EventType = EventType.NEW,
        outlet: str = "harbour-post",
        story: str | None = None,
        removed: tuple[Removed, ...] = (),
        topics: tuple[str, ...] = ("ferries",),
        **meta: Any,
    ) -> Article:
        self.now += 60
        url = url or f"https://harbour.example/{key}"
        relation = Relation.NEAR if of else Relation.NEW
        with self.store.write() as tx:
            sighted = Sighted(key, url, url, "harbour.example", None, title, None)
            sightings.sight(tx, outlet, FEED, [sighted], self.now)
            ledger.advance(tx, key, State.SEEN, State.FETCHED, self.now)
            ledger.advance(tx, key, State.FETCHED, State.CLEANED, self.now)
            kept = blocks or (Block(BlockKind.PARAGRAPH, text),)
            cleaned = Cleaned(title, kept, removed, Meta(outlet=outlet, url=url, **meta))
            articles.save(tx, key, outlet, "harbour.example", cleaned, self.now)
            judged = [
                Judgement(
                    topic=name,
                    version=1,
                    relevant=True,
                    score=2.5,
                    threshold=1.0,
                    language=meta.get("language"),
                    reasons=(TopicHit("ferry", "places", "title", 1.5),),
                    band="accept",
                    clause="places & boats",
                )
                for name in topics
            ]
            match = Match(relation, of, 0.9 if of else 0.0, 0.9 if of else 0.0, story or of or key)
            judgements.save(tx, key, judged)
            articles.relate(tx, key, match, f"hash of {key}", self.now)
            ledger.advance(tx, key, State.CLEANED, State.INDEXED, self.now)
            article = articles.get(tx, key)
            assert article is not None
            events.append(tx, EventType.DUPLICATE if of else event, article, self.now)
        return article

    def publish_many(self, count: int, **options: Any) -> None:
        for number in range(count):
            self.publish(f"many{number:04}", **options)

    def refuse(self, key: str, url: str, reason: Reason, detail: str = "") -> None:
        """An item that never became an article."""
        self.now += 60
        with self.store.write() as tx:
            sighted = Sighted(key, url, url, "harbour.example", None, "Listed only", None)
            sightings.sight(tx, "harbour-post", FEED, [sighted], self.now)
            ledger.end(tx, key, State.SEEN, State.REFUSED, reason, detail, self.now)

    def follow(self) -> None:
        catch_up(self.store, self.index)


@pytest.fixture
def newsroom(store: Store, tmp_path: Path) -> Iterator[Newsroom]:
    index = SearchIndex(tmp_path / "search")
    yield Newsroom(store, index)
    index.close()


@pytest.fixture
def app(newsroom: Newsroom, tmp_path: Path) -> FastAPI:
    return create_app(
        newsroom.store,
        SearchIndex(tmp_path / "search", check=False),
        redis_lengths=lambda: {"clean": 3, "index": 0},
        unavailable=(IndexProblem,),
        clock=lambda: NOON,
        poll_seconds=0.05,
        heartbeat_seconds=0.2,
    )


@contextmanager
def serve(app: FastAPI) -> Iterator[httpx.Client]:
    """The application behind a real server on a free loopback port."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(
        uvicorn.Config(app, log_config=None, access_log=False, timeout_graceful_shutdown=1, lifespan="on")
    )
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        while not server.started and thread.is_alive():
            time.sleep(0.01)
        with httpx.Client(base_url=f"http://127.0.0.1:{listener.getsockname()[1]}", timeout=20) as client:
            yield client
    finally:
        server.should_exit = True
        thread.join()
        listener.close()


@pytest.fixture
def serving() -> Callable[[FastAPI], AbstractContextManager[httpx.Client]]:
    return serve


@pytest.fixture
def client(app: FastAPI) -> Iterator[httpx.Client]:
    with serve(app) as opened:
        yield opened
