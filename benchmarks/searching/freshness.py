"""How long an article takes from its commit in the store until another process finds it.

Three parties, as in a service: this process commits articles one by one at a steady pace, and looks for some of them; a
process of its own follows the events and writes the index.
"""

import multiprocessing
import threading
import time
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks.searching.corpus import Corpus
from benchmarks.searching.vigie import Vigie
from services.contracts import Event, EventType
from services.search import follower
from services.search.index import SearchIndex
from services.store import Store, events

PACE = 100.0
"""Articles per second."""
EVERY = 5
"""Every so manieth article is looked for."""
GLANCE = 0.005
"""Seconds between two looks; what is measured is late by up to that."""
GIVES_UP = 30.0


@dataclass(frozen=True, slots=True)
class Fresh:
    """Seconds from commit to found of each article that was looked for; `lost` were not found in time.

    `pace` is how many articles were committed per second.
    """

    delays: list[float]
    lost: int
    pace: float


def measure(folder: Path, size: int, seed: int, seconds: float) -> Fresh:
    """On the store and the index that `Vigie.build` made of a corpus of `size`."""
    engine = Vigie(folder)
    made = Corpus(size, seed)
    context = multiprocessing.get_context("spawn")
    stop = context.Event()
    writer = context.Process(target=_follow, args=(folder, stop))
    writer.start()
    store = engine.store()
    index = SearchIndex(engine.index)
    try:
        arrivals = list(made.events(size, int(PACE * seconds) + 1))
        _await(store, index, arrivals[0])
        return _watch(store, index, arrivals[1:])
    finally:
        stop.set()
        writer.join()
        index.close()
        store.close()


def _watch(store: Store, index: SearchIndex, arrivals: list[Event]) -> Fresh:
    """Commits in a thread, looks in this one."""
    committed: dict[str, float] = {}
    writer = threading.Thread(target=_commit, args=(store, arrivals, committed))
    begun = time.perf_counter()
    writer.start()
    delays: list[float] = []
    waiting = [_word(event.seq) for event in arrivals[::EVERY]]
    while waiting and time.perf_counter() < begun + len(arrivals) / PACE + GIVES_UP:
        while waiting and waiting[0] in committed and index.find(waiting[0]).hits:
            delays.append(time.perf_counter() - committed[waiting.pop(0)])
        time.sleep(GLANCE)
    writer.join()
    return Fresh(delays, len(waiting), len(arrivals) / (max(committed.values()) - begun))


def _commit(store: Store, arrivals: list[Event], committed: dict[str, float]) -> None:
    begun = time.perf_counter()
    for number, event in enumerate(arrivals):
        time.sleep(max(0.0, begun + number / PACE - time.perf_counter()))
        _append(store, event)
        committed[_word(event.seq)] = time.perf_counter()


def _append(store: Store, event: Event) -> None:
    now = time.time()
    article = replace(event.article, title=f"{event.article.title} {_word(event.seq)}")
    with store.write() as tx:
        events.append(tx, EventType.NEW, article, now)


def _word(seq: int) -> str:
    """Stands in one article only, whose number no stemming touches."""
    return f"q{seq}x{seq * 7919 % 1000003}"


def _await(store: Store, index: SearchIndex, first: Event) -> None:
    """Until the follower is at work."""
    _append(store, first)
    until = time.monotonic() + GIVES_UP
    while not index.find(_word(first.seq)).hits:
        if time.monotonic() > until:
            raise TimeoutError("the follower does not follow")
        time.sleep(GLANCE)


def _follow(folder: Path, stop: threading.Event) -> None:
    engine = Vigie(folder)
    store = engine.store()
    try:
        follower.follow(store, engine.index, stop)
    finally:
        store.close()
