"""Rows 3 to 6 of the table of faults: workers, and the child that takes pages apart, are killed in the middle."""

import os
import signal
import subprocess
import time

import pytest

from services.contracts import Reason, Stage, State
from services.search.follower import catch_up
from services.search.index import SearchIndex
from services.store import articles, events, judgements, ledger
from tests.faults.line import Line, ends_by_kill, tell
from tests.pipeline.vigie import wait_until


def stop_in_the_middle(line: Line, cleaner: subprocess.Popen[str], number: int) -> tuple[list[str], int]:
    """Let a cleaner take a page, and hold its child while it reads it; the item's key and the child's pid."""
    child = line.child_of(cleaner)
    wait_until(lambda: line.redis.scard("rq:workers:clean"))  # the child has been warmed up
    os.kill(child, signal.SIGSTOP)
    keys = line.fetched(number)
    line.runtime.enqueue(Stage.CLEAN, keys)
    wait_until(lambda: line.redis.hget(f"rq:job:clean-{keys[0]}", "status") == b"started")
    return keys, child


def test_row_3_a_page_whose_extraction_was_killed_is_tried_again(line: Line) -> None:
    line.start("fetcher")
    cleaner = line.start("cleaner")
    keys, child = stop_in_the_middle(line, cleaner, 1)
    os.kill(child, signal.SIGKILL)
    line.recovers(3, keys, time.monotonic(), until=State.CLEANED)
    assert cleaner.poll() is None, "the worker lives"
    with line.store.read() as tx:
        history = [detail for _, what, detail in ledger.history(tx, keys[0]) if what == "failed"]
    assert history == ["crashes 1, poison: the parser was ended by SIGKILL"]


def test_row_3_a_page_that_three_extractions_died_of_is_poison(line: Line) -> None:
    line.runtime.clock = lambda: time.time() + 10.0  # as reconciler: what waits has waited long enough
    keys = line.fetched(1)
    cleaner = line.start("cleaner", VIGIE_CRASH_AT="extracting")
    began = time.monotonic()

    def ended() -> bool:
        line.runtime.reconcile()
        return line.states(keys) == {State.QUARANTINED: 1}

    wait_until(ended, every=0.3)
    (item,) = line.items(keys)
    assert (item.reason, item.crashes, item.detail) == (Reason.POISON, 3, "the parser was ended by SIGKILL")
    assert cleaner.poll() is None, "the worker lives"
    tell(3, time.monotonic() - began, "the third crash quarantines")


def test_row_4_another_worker_redoes_the_job_of_one_that_was_killed(line: Line) -> None:
    """Without a supervisor that would tell Redis: the heartbeat has to lapse."""
    line.start("fetcher")
    cleaner = line.start("cleaner")
    keys, _ = stop_in_the_middle(line, cleaner, 1)
    cleaner.kill()
    died = ends_by_kill(cleaner)
    line.start("cleaner")
    wait_until(lambda: line.redis.scard("rq:workers:clean") >= 1)
    skipped = line.lapse_heartbeat(cleaner.pid)
    line.recovers(4, keys, died, skipped, until=State.CLEANED)


def test_row_5_a_job_that_was_taken_and_not_begun_is_done_by_another(line: Line) -> None:
    line.start("fetcher")
    keys = line.fetched(1)
    line.runtime.enqueue(Stage.CLEAN, keys)
    died = ends_by_kill(line.start("cleaner", VIGIE_CRASH_AT="job_taken"))
    assert line.redis.lrange("rq:queue:clean:intermediate", 0, -1) == [f"clean-{keys[0]}".encode()]
    line.start("cleaner")
    line.recovers(5, keys, died, until=State.CLEANED)
    assert line.redis.llen("rq:queue:clean:intermediate") == 0


@pytest.mark.parametrize("point", ["indexing", "indexed"])
def test_row_6_an_indexer_killed_around_its_commit_leaves_all_or_nothing(line: Line, point: str) -> None:
    line.start_all("fetcher", "cleaner")
    keys, is_done = line.sights(1), point == "indexed"
    indexer = line.start("indexer", VIGIE_CRASH_AT=point)
    died = ends_by_kill(indexer)
    with line.store.read() as tx:
        assert events.head(tx) == int(is_done)
        assert bool(judgements.of(tx, keys[0])) is is_done
        assert (articles.get(tx, keys[0]) is not None) is is_done
    assert line.states(keys) == {State.INDEXED if is_done else State.CLEANED: 1}
    line.start("indexer")
    skipped = line.lapse_heartbeat(indexer.pid)
    if is_done:  # nobody asks for it again; should the job come back all the same, it finds nothing to do
        line.redis.delete(f"rq:job:index-{keys[0]}")
        assert line.runtime.enqueue(Stage.INDEX, keys) == 1
        wait_until(lambda: line.redis.hget(f"rq:job:index-{keys[0]}", "status") in (b"finished", None))
        skipped = 0.0
    line.recovers(6, keys, died, skipped)
    index = SearchIndex(line.data / "search")
    catch_up(line.store, index)
    found = index.find("Ukraine").hits
    assert [hit.article.id for hit in found] == keys, "table and full-text index agree"
    index.close()
