import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from services import valkey, worker
from services.contracts import Reason, Stage, State
from services.runtime import WORKER_KEY, Runtime, open_runtime, worker_name
from services.settings import from_environment
from services.store import StoreUnavailable, ledger, refusals
from services.valkey import Valkey
from services.worker import REFUSED_SECONDS, work
from tests.queue.forging import FORGERIES
from tests.queue.items import fetched, item, key


@pytest.fixture(autouse=True)
def short_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker that waits sees within a second that it is to end."""
    monkeypatch.setattr(worker.LedgerWorker, "dequeue_timeout", 1)


def run_worker(runtime: Runtime, handler: Callable[[str], None], seconds: float | None = None) -> int:
    """A worker in this process, told to end after `seconds`, or when nothing waits or is under way any more."""
    timer = threading.Thread(target=_end, args=(runtime, seconds))
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    timer.start()
    try:
        return work(runtime, Stage.CLEAN, handler)
    finally:
        timer.join()
        for number, old in before.items():
            signal.signal(number, old)


def _end(runtime: Runtime, seconds: float | None) -> None:
    began, calm = time.monotonic(), 0
    while seconds is None and calm < 4 and time.monotonic() - began < 20:
        time.sleep(0.1)
        queue = runtime.queue(Stage.CLEAN)
        busy = (
            queue.count
            or runtime.redis.llen(queue.intermediate_queue_key)
            or runtime.redis.zcard(queue.started_job_registry.key)
        )
        calm = 0 if busy else calm + 1
    time.sleep(seconds or 0.0)
    os.kill(os.getpid(), signal.SIGTERM)


def finish(runtime: Runtime) -> Callable[[str], None]:
    def clean(done: str) -> None:
        with runtime.store.write() as tx:
            ledger.advance(tx, done, State.FETCHED, State.CLEANED, time.time())

    return clean


def test_a_worker_does_what_is_queued_and_ends_with_zero_on_sigterm(runtime: Runtime) -> None:
    runtime.enqueue(Stage.CLEAN, fetched(runtime, *range(25)))
    assert run_worker(runtime, finish(runtime)) == 0
    with runtime.store.read() as tx:
        assert ledger.account(tx).states[State.CLEANED] == 25
    assert runtime.queue_lengths()["clean"] == 0


def test_a_signal_in_the_middle_of_a_job_lets_it_finish(runtime: Runtime) -> None:
    runtime.enqueue(Stage.CLEAN, fetched(runtime, 1, 2))

    def slow(done: str) -> None:
        time.sleep(1.5)
        finish(runtime)(done)

    assert run_worker(runtime, slow, seconds=0.7) == 0
    assert sorted([item(runtime, 1).state, item(runtime, 2).state]) == [State.CLEANED, State.FETCHED]
    assert runtime.queue_lengths()["clean"] == 1


def test_a_worker_is_heard_during_a_long_job_and_not_believed_alive_for_longer_than_it_is(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "HEARTBEAT_SECONDS", 3)
    monkeypatch.setattr(worker, "BEAT_SECONDS", 0.2)
    runtime.enqueue(Stage.CLEAN, fetched(runtime, 1))
    left: list[int] = []

    def long(done: str) -> None:
        name = WORKER_KEY + worker_name(Stage.CLEAN, os.getpid())
        for _ in range(40):
            time.sleep(0.1)
            left.append(runtime.redis.pttl(name))
        finish(runtime)(done)

    assert run_worker(runtime, long, seconds=5.0) == 0
    assert len(left) == 40
    assert all(0 < each <= 3_000 for each in left)
    assert item(runtime, 1).state is State.CLEANED


def test_a_crash_of_the_work_is_counted_and_the_worker_lives(runtime: Runtime) -> None:
    runtime.enqueue(Stage.CLEAN, fetched(runtime, 1, 2))

    def fails_on_one(done: str) -> None:
        if done == key(1):
            raise ValueError("a page like no other")
        finish(runtime)(done)

    assert run_worker(runtime, fails_on_one) == 0
    assert item(runtime, 2).state is State.CLEANED
    failed = item(runtime, 1)
    assert (failed.state, failed.crashes, failed.reason) == (State.FETCHED, 1, Reason.POISON)
    assert failed.detail == "ValueError: a page like no other"


def test_a_store_that_is_away_costs_the_item_no_attempt(runtime: Runtime) -> None:
    runtime.enqueue(Stage.CLEAN, fetched(runtime, 1))

    def locked(done: str) -> None:
        raise StoreUnavailable("locked")

    assert run_worker(runtime, locked) == 0
    assert (item(runtime, 1).state, item(runtime, 1).crashes) == (State.FETCHED, 0)
    assert runtime.reconcile() == 1  # the finished job that had no effect makes room for another


@pytest.fixture
def trap(tmp_path: Path) -> Path:
    """A file that exists once a forged job has run."""
    return tmp_path / "owned"


@pytest.mark.parametrize("what", FORGERIES)
def test_a_job_that_is_not_a_message_never_runs_and_is_listed(runtime: Runtime, trap: Path, what: str) -> None:
    fetched(runtime, 1, 2, 3)
    FORGERIES[what](runtime.queue(Stage.CLEAN), key(1), trap)
    runtime.enqueue(Stage.CLEAN, [key(3)])
    ran: list[str] = []

    def note(done: str) -> None:
        ran.append(done)
        finish(runtime)(done)

    assert run_worker(runtime, note) == 0
    assert ran == [key(3)], "the worker goes on with the job behind"
    assert not trap.exists()
    with runtime.store.read() as tx:
        assert ledger.account(tx).refused_jobs == 1
        (listed,) = refusals.latest(tx)
    assert listed.queue == "clean"
    assert key(1) in listed.detail
    assert item(runtime, 1).state is State.FETCHED, "the item has done nothing"
    assert not runtime.redis.exists(f"rq:job:clean-{key(1)}")
    assert runtime.redis.llen("rq:queue:clean:intermediate") == 0


def test_an_item_in_whose_name_a_message_was_refused_gets_its_proper_job(runtime: Runtime, trap: Path) -> None:
    fetched(runtime, 1)
    FORGERIES["a function"](runtime.queue(Stage.CLEAN), key(1), trap)
    assert run_worker(runtime, finish(runtime)) == 0
    assert runtime.reconcile() == 0, "not at once: a producer newer than its workers would be answered in a circle"
    runtime.clock = lambda: time.time() + REFUSED_SECONDS + 10
    assert runtime.reconcile() == 1
    assert run_worker(runtime, finish(runtime)) == 0
    assert item(runtime, 1).state is State.CLEANED


def test_only_the_latest_refusals_are_listed_and_all_are_counted(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(refusals, "KEPT", 3)
    for number in range(10):
        with runtime.store.write() as tx:
            refusals.record(tx, Stage.CLEAN, f"clean-{number}", "no message", float(number))
    with runtime.store.read() as tx:
        assert [each.detail[:9] for each in refusals.latest(tx)] == ["'clean-9'", "'clean-8'", "'clean-7'"]
        assert ledger.account(tx).refused_jobs == 10


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Valkey]:
    made = Valkey(tmp_path / "redis")
    made.start()
    yield made
    made.stop()


@pytest.fixture
def over(server: Valkey, tmp_path: Path) -> Iterator[Runtime]:
    """A runtime over a server that the test may stop and start."""
    opened = open_runtime(from_environment(data=tmp_path), redis_url=valkey.url(tmp_path / "redis"))
    yield opened
    opened.close()


def test_a_signal_ends_a_worker_that_waits_for_a_redis_that_is_away(server: Valkey, over: Runtime) -> None:
    threading.Timer(0.5, server.stop).start()
    begun = time.monotonic()
    assert run_worker(over, lambda _: None, seconds=3.0) == 0
    assert time.monotonic() - begun < 30


def test_a_worker_goes_on_when_redis_comes_back(server: Valkey, over: Runtime) -> None:
    """The worker runs in this thread, as rq's signals want it; another stops Redis, starts it and asks for work."""
    done = threading.Event()

    def restart() -> None:
        server.stop()
        server.start()
        over.enqueue(Stage.CLEAN, fetched(over, 1))
        done.wait(40)
        os.kill(os.getpid(), signal.SIGTERM)

    def clean(key_: str) -> None:
        finish(over)(key_)
        done.set()

    thread = threading.Timer(0.5, restart)
    thread.start()
    assert work(over, Stage.CLEAN, clean) == 0
    thread.join()
    assert item(over, 1).state is State.CLEANED
