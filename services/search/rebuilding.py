"""The index built anew beside the one that is searched, and the two compared with the events.

    next generation ← events, analysed by as many processes as there are cores
    next → current, when it has caught up

The follower need not be told: it looks which generation is current before every batch. Whoever is killed meanwhile
leaves a next generation that the next run goes on with.
"""

import os
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from multiprocessing import get_context
from pathlib import Path

from services.contracts import Article, Event, EventType
from services.search import follower, generations
from services.search.documents import Document, describe
from services.search.index import SearchIndex
from services.search.postings import IndexBusy
from services.store import Store, Transaction, events

BATCH = 500
"""Events that are read and analysed at once."""

COMMIT = 5_000
"""Events between two commits: each writes a segment, and their texts wait in memory."""

NEAR = 200
"""Events behind the head at which the new index takes the old one's place; the follower does the rest."""

_AHEAD = 2
"""Batches that wait for each process."""

Progress = Callable[[int, int], None]
"""Is told (seq done, last seq)."""


def rebuild(
    store: Store, folder: Path, *, anew: bool = False, processes: int | None = None, progress: Progress | None = None
) -> int:
    """Build an index of every event and put it in place; how many events were applied now.

    Goes on with what an interrupted run has left, unless `anew`. Raises IndexBusy where another run is at work.
    """
    with follower.writing(folder, "rebuild.lock") as held:
        if not held:
            raise IndexBusy(f"{folder} is being rebuilt by another process")
        if anew:
            generations.drop(folder, generations.NEXT)
        index = follower.open_index(folder, generations.NEXT)
        try:
            applied = fill(store, index, processes or os.cpu_count() or 1, progress)
            index.close(merge=True)
            if generations.named(folder, generations.NEXT) is not None:
                generations.swap(folder)
        finally:
            index.close()
        with follower.writing(folder) as idle:
            if idle:  # nobody follows: what came meanwhile, and what is left over, is ours
                applied += _finish(store, folder)
    return applied


def fill(store: Store, index: SearchIndex, processes: int, progress: Progress | None = None) -> int:
    """Apply the events that the index has not seen, until it is near the last one; how many.

    Unlike `follower.catch_up` it analyses in `processes` of its own and commits seldom.
    """
    applied = waiting = 0
    with store.read() as tx:
        last = events.head(tx)
    if last - index.cursor() <= NEAR:
        return follower.catch_up(store, index)
    with _analysts(processes) as describe_all:
        for batch, described in _ahead(_batches(store, index.cursor()), describe_all, processes * _AHEAD):
            index.apply(batch, described)
            applied, waiting = applied + len(batch), waiting + len(batch)
            if waiting >= COMMIT:
                index.commit(batch[-1].seq)
                waiting = 0
            if progress:
                with store.read() as tx:
                    progress(batch[-1].seq, events.head(tx))
        if waiting:
            index.commit(batch[-1].seq)
    return applied + follower.catch_up(store, index)


@dataclass(frozen=True, slots=True)
class Difference:
    """An index compared with the events up to the one that it has applied. Ids of articles."""

    position: int
    head: int
    indexed: int
    missing: tuple[str, ...]
    surplus: tuple[str, ...]
    outdated: tuple[str, ...]
    doubled: tuple[str, ...]

    @property
    def none(self) -> bool:
        return not (self.missing or self.surplus or self.outdated or self.doubled)


def compare(store: Store, index: SearchIndex) -> Difference:
    """What the index holds beside what the events say. Raises IndexProblem."""
    position = index.cursor()
    with store.read() as tx:
        wanted = _expected(tx, position)
        head = events.head(tx)
    found: dict[str, int] = {}
    doubled: list[str] = []
    for record in index.records():
        if record.article.id in found:
            doubled.append(record.article.id)
        found[record.article.id] = record.seq
    position = max(position, index.cursor())  # the follower may have gone on meanwhile
    return Difference(
        position=position,
        head=head,
        indexed=len(found),
        missing=tuple(key for key in wanted if key not in found),
        surplus=tuple(key for key, seq in found.items() if key not in wanted and seq <= head),
        outdated=tuple(key for key, seq in found.items() if seq < wanted.get(key, 0)),
        doubled=tuple(doubled),
    )


def _expected(tx: Transaction, position: int) -> dict[str, int]:
    """The articles that the events up to `position` leave in the index, each with the last event that changed it."""
    expected: dict[str, int] = {}
    for seq, type_, item in events.outline(tx, position):
        if type_ in (EventType.NEW, EventType.UPDATED):
            expected[item] = seq
        else:
            expected.pop(item, None)
    return expected


def _finish(store: Store, folder: Path) -> int:
    index = follower.open_index(folder)
    try:
        applied = follower.catch_up(store, index)
        generations.sweep(folder)
    finally:
        index.close()
    return applied


def _batches(store: Store, place: int) -> Iterator[list[Event]]:
    while True:
        with store.read() as tx:
            batch = events.after(tx, place, BATCH)
        if not batch:
            return
        yield batch
        place = batch[-1].seq


Analyse = Callable[[list[Event]], "Future[list[Document]] | None"]


@contextmanager
def _analysts(processes: int) -> Iterator[Analyse]:
    """Analyses in other processes; not at all where one is all there is, so that the writer does."""
    if processes < 2:
        yield lambda _: None
        return
    with ProcessPoolExecutor(processes, get_context("spawn")) as pool:
        try:
            yield lambda batch: pool.submit(_describe_all, [event.article for event in batch])
        finally:
            pool.shutdown(cancel_futures=True)


def _ahead(
    batches: Iterator[list[Event]], analyse: Analyse, depth: int
) -> Iterator[tuple[list[Event], Sequence[Document] | None]]:
    """Each batch with its analysis, in order, `depth` of them under way."""
    waiting: deque[tuple[list[Event], Future[list[Document]] | None]] = deque()
    for batch in batches:
        waiting.append((batch, analyse(batch)))
        if len(waiting) > depth:
            yield _done(*waiting.popleft())
    while waiting:
        yield _done(*waiting.popleft())


def _done(batch: list[Event], future: "Future[list[Document]] | None") -> tuple[list[Event], Sequence[Document] | None]:
    return batch, future.result() if future else None


def _describe_all(articles: list[Article]) -> list[Document]:
    """As `projection` stores them: without the topics that an event took them out of. Moments come with the events."""
    return [describe(replace(article, left_topics=()), 0.0) for article in articles]
