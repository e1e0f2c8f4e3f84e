"""The follower: the search index as one more consumer of the events.

It applies events in batches and commits them together with its cursor, so that a kill at any moment
leaves an index that is merely behind. One follower writes an index folder at a time; whoever holds the
folder's lock. The index is a projection: a damaged one is deleted and rebuilt from the first event.
"""

import fcntl
import logging
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from services.search import generations
from services.search.index import SearchIndex
from services.search.postings import IndexBroken
from services.store import Store, events

log = logging.getLogger("vigie.search")

BATCH = 500
PAUSE_SECONDS = 0.25
"""Between two looks at the store for new events."""


@contextmanager
def writing(folder: Path, what: str = "lock") -> Iterator[bool]:
    """Hold the folder's writer lock; yields False if another process has it. `what` is for locks beside that one."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    lock = os.open(folder.parent / f"{folder.name}.{what}", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
    finally:
        os.close(lock)


def open_index(folder: Path, pointer: str = generations.CURRENT) -> SearchIndex:
    """The index of this folder; emptied first if it is damaged. To be called with the writer lock held."""
    try:
        return SearchIndex(folder, pointer=pointer)
    except IndexBroken as error:
        log.warning("%s; rebuilding it from the events", error)
        generations.drop(folder, pointer)
        return SearchIndex(folder, pointer=pointer)


def catch_up(
    store: Store,
    index: SearchIndex,
    *,
    progress: Callable[[int, int], None] | None = None,
    stop: threading.Event | None = None,
) -> int:
    """Apply every event that the index has not seen; how many. `progress` gets (seq done, last seq).

    Raises IndexBroken where the index knows more events than the store: it belongs to another store, or this one was
    put back from a copy.
    """
    applied = 0
    while stop is None or not stop.is_set():
        index.renew()
        with store.read() as tx:
            place = index.cursor()
            batch = events.after(tx, place, BATCH)
            last = events.head(tx)
        if place > last:
            raise IndexBroken(f"the search index has event {place}, the store ends with {last}")
        if not batch:
            break
        index.apply(batch)
        index.commit(batch[-1].seq)
        applied += len(batch)
        if progress:
            progress(batch[-1].seq, last)
    return applied


def follow(store: Store, folder: Path, stop: threading.Event) -> None:
    """Keep the index of `folder` at the head of the events until `stop`; waits while another process does.

    Outlives everything: a locked store, a full disk, no file handles, a panic inside the engine. What it had not
    committed it does again. Goes on in the new generation when `vigie reindex` puts one in place.
    """
    while not stop.is_set():
        try:
            with writing(folder) as held:
                if held:
                    _follow_locked(store, folder, stop)
        except IndexBroken as error:
            log.warning("%s; rebuilding it from the events", error)
            with writing(folder) as held:
                if held:
                    generations.drop(folder, generations.CURRENT)
        except BaseException:
            log.exception("the search index fell behind; trying again")
        stop.wait(PAUSE_SECONDS * 4)


def _follow_locked(store: Store, folder: Path, stop: threading.Event) -> None:
    index = open_index(folder)
    try:
        while not stop.is_set():
            catch_up(store, index, stop=stop)
            generations.sweep(folder)
            stop.wait(PAUSE_SECONDS)
    finally:
        index.close()
