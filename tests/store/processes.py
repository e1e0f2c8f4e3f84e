"""What other processes do with a store in the tests; each opens it for itself, as on another host."""

import random
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import TypeVar

from services.contracts import Article, EventType, Relation
from services.store import events, feeds, ledger, open_store, sightings
from services.store.sightings import Sighted

T = TypeVar("T")

ARTICLE = Article(
    id="a", url="https://estuaire.example/1", title="Titre", text="Texte", outlet="estuaire", author=None,
    published="2022-01-27", language="fr", paywalled=False, story="a", relation=Relation.NEW, of=None, score=20.0,
)  # fmt: skip


def at_once(work: Callable[..., T], *each: Sequence[object]) -> list[T]:
    """The answers of one process per set of arguments."""
    with ProcessPoolExecutor(len(each), mp_context=get_context("spawn")) as pool:
        return [answer.result(timeout=100) for answer in [pool.submit(work, *arguments) for arguments in each]]


def take_pages(url: str, owner: str, now: float) -> list[str]:
    """Take pages, a few at a time, until there are none; their keys."""
    store, taken = open_store(url), []
    while True:
        with store.write() as tx:
            items = ledger.lease_pages(tx, owner, now, 15, 7, [])
        if not items:
            store.close()
            return taken
        taken += [item.key for item in items]


def take_feeds(url: str, owner: str, now: float) -> list[str]:
    store, taken = open_store(url), []
    while True:
        with store.write() as tx:
            found = feeds.lease(tx, owner, now, 15, 7)
        if not found:
            store.close()
            return taken
        taken += [feed.url for feed in found]


def write_events(url: str, seed: int, count: int) -> list[int]:
    """Commit `count` events, roll back about as many; the numbers of those committed."""
    store, chance, written = open_store(url), random.Random(seed), []
    while len(written) < count:
        try:
            with store.write() as tx:
                seq = events.append(tx, EventType.NEW, ARTICLE, 0.0)
                if chance.random() < 0.5:
                    raise ZeroDivisionError
        except ZeroDivisionError:
            continue
        written.append(seq)
    store.close()
    return written


def read_events(url: str, until: int) -> list[int]:
    """Follow the events as a consumer does; the numbers in the order in which they were seen."""
    store, seen = open_store(url), []
    while len(seen) < until:
        with store.read() as tx:
            seen += [event.seq for event in events.after(tx, seen[-1] if seen else 0, 13)]
    store.close()
    return seen


def write_or_read(url: str, seed: int, count: int, readers: int) -> list[int]:
    return read_events(url, count) if seed < readers else write_events(url, seed, count)


def add_slowly(url: str, exclusive: str | None, times: int) -> None:
    """Raise a counter by reading it and writing one more, as something that is decided by what was read."""
    store = open_store(url)
    for _ in range(times):
        with store.write(exclusive) as tx:
            row = tx.one("SELECT value FROM counters WHERE name = 'polls'")
            assert row is not None
            tx.run("UPDATE counters SET value = ? WHERE name = 'polls'", row["value"] + 1)
    store.close()


def sight(url: str, order: Sequence[int]) -> list[str]:
    """Save polls that found the same entries in another order; the keys that were new to this process."""
    store, fresh = open_store(url), []
    for first in range(0, len(order), 40):
        entries = [
            Sighted(f"{n:032x}", f"https://e.example/{n}", f"https://e.example/{n}", "e.example", None, "Titre", None)
            for n in order[first : first + 40]
        ]
        with store.write() as tx:
            fresh += sightings.sight(tx, "estuaire", "https://e.example/rss", entries, 0.0)
    store.close()
    return fresh


def open_and_close(url: str) -> int:
    store = open_store(url)
    with store.read() as tx:
        versions = len(tx.all("SELECT version FROM schema"))
    store.close()
    return versions
