import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from rq import Callback, Queue
from rq.webhook import Webhook

from services import valkey
from services.contracts import Reason, Stage, State
from services.jobs import NAME
from services.runtime import Runtime, open_runtime
from services.settings import from_environment
from services.store import StoreUnavailable, ledger
from services.valkey import Valkey
from services.worker import work
from tests.queue.items import fetched, item, key


def run_worker(runtime: Runtime, handler: Callable[[str], None], seconds: float = 1.5) -> int:
    """A worker in this process, told to end after `seconds`."""
    timer = threading.Timer(seconds, os.kill, (os.getpid(), signal.SIGTERM))
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    timer.start()
    try:
        return work(runtime, Stage.CLEAN, handler)
    finally:
        timer.join()
        for number, old in before.items():
            signal.signal(number, old)


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


def forge_function(queue: Queue, trap: Path) -> None:
    queue.enqueue("os.system", f"touch {trap}", job_id=f"clean-{key(1)}")


def forge_callback(queue: Queue, trap: Path) -> None:
    queue.enqueue(NAME, args=("clean", key(1), 1), job_id=f"clean-{key(1)}", on_success=Callback("os.system"), ttl=100)


def forge_webhook(queue: Queue, trap: Path) -> None:
    hook = Webhook("http://127.0.0.1:1/", "finished")
    queue.enqueue(NAME, args=("clean", key(1), 1), job_id=f"clean-{key(1)}", webhooks=[hook])


def forge_instance(queue: Queue, trap: Path) -> None:
    queue.enqueue("builtins.exec", f"open({str(trap)!r}, 'w')", job_id=f"clean-{key(1)}")


def forge_other_item(queue: Queue, trap: Path) -> None:
    queue.enqueue(NAME, args=("clean", key(2), 1), job_id=f"clean-{key(1)}")


def forge_version(queue: Queue, trap: Path) -> None:
    queue.enqueue(NAME, args=("clean", key(1), 99), job_id=f"clean-{key(1)}")


def forge_types(queue: Queue, trap: Path) -> None:
    queue.enqueue(NAME, args=({"clean": 1}, [key(1)], None), job_id=f"clean-{key(1)}")


def forge_pickle(queue: Queue, trap: Path) -> None:
    import pickle

    class Bomb:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return os.system, (f"touch {trap}",)

    _push_raw(queue, {"data": pickle.dumps(("os.system", None, (Bomb(),), {})), "status": "queued", "origin": "clean"})


def forge_garbage(queue: Queue, trap: Path) -> None:
    _push_raw(queue, {"data": b"\x00\xff{", "timeout": "soon", "webhooks": "{", "created_at": "yesterday"})


def _push_raw(queue: Queue, fields: dict[str, object]) -> None:
    queue.connection.hset(f"rq:job:clean-{key(1)}", mapping=fields)  # type: ignore[arg-type]
    queue.connection.rpush(queue.key, f"clean-{key(1)}")


@pytest.mark.parametrize(
    "forge",
    [
        forge_function, forge_callback, forge_webhook, forge_instance, forge_other_item, forge_version, forge_types,
        forge_pickle, forge_garbage,
    ],
)  # fmt: skip
def test_a_job_that_is_not_a_message_never_runs_and_is_listed(
    runtime: Runtime, trap: Path, forge: Callable[[Queue, Path], None]
) -> None:
    fetched(runtime, 1, 2, 3)
    forge(runtime.queue(Stage.CLEAN), trap)
    runtime.enqueue(Stage.CLEAN, [key(3)])
    ran: list[str] = []

    def note(done: str) -> None:
        ran.append(done)
        finish(runtime)(done)

    assert run_worker(runtime, note) == 0
    assert ran == [key(3)], "the worker goes on with the job behind"
    assert not trap.exists()
    refused = item(runtime, 1)
    assert (refused.state, refused.reason) == (State.QUARANTINED, Reason.BAD_MESSAGE)
    with runtime.store.read() as tx:
        assert ledger.account(tx).refused_jobs == 1
    assert not runtime.redis.exists(f"rq:job:clean-{key(1)}")
    assert runtime.redis.llen("rq:queue:clean:intermediate") == 0


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
