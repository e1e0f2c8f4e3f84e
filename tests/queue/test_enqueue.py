import os
import socket
import subprocess
import time
from functools import partial
from pathlib import Path

import pytest
import redis

from services import valkey
from services.contracts import Stage, State
from services.runtime import RedisUnfit, Runtime, bury, bury_lost, open_runtime, worker_name
from services.settings import from_environment
from services.store import ledger
from tests.queue.items import fetched, item, key


def test_an_item_is_enqueued_once_however_often_it_is_asked_for(runtime: Runtime) -> None:
    keys = fetched(runtime, *range(20))
    assert runtime.enqueue(Stage.CLEAN, keys[:1]) == 1
    assert runtime.enqueue(Stage.CLEAN, keys[:1]) == 0
    assert runtime.enqueue(Stage.CLEAN, keys) == 19
    assert runtime.enqueue(Stage.CLEAN, keys + keys) == 0
    assert runtime.queue_lengths() == {"clean": 20, "index": 0}


def test_a_message_is_a_key_a_stage_and_a_version_and_nothing_else(runtime: Runtime) -> None:
    runtime.enqueue(Stage.CLEAN, fetched(runtime, 1))
    (job,) = runtime.queue(Stage.CLEAN).jobs
    assert job.args == ["clean", key(1), 1]
    assert job.kwargs == {}
    assert len(job.data) < 150


def test_what_was_saved_but_not_enqueued_is_enqueued_by_the_reconciler(runtime: Runtime) -> None:
    fetched(runtime, *range(600))
    assert runtime.reconcile() == 600
    assert runtime.reconcile() == 0


def test_nothing_is_lost_when_redis_forgets_everything(runtime: Runtime) -> None:
    runtime.enqueue(Stage.CLEAN, fetched(runtime, *range(30)))
    runtime.redis.flushall()
    assert runtime.queue_lengths()["clean"] == 0
    assert runtime.reconcile() == 30


def test_what_has_only_just_moved_is_left_to_the_one_who_moved_it(runtime: Runtime) -> None:
    fetched(runtime, 1, ago=1.0)
    assert runtime.reconcile() == 0


def test_a_supervisor_that_starts_again_buries_the_workers_that_died_with_the_last_one(runtime: Runtime) -> None:
    gone = subprocess.Popen(["true"])
    gone.wait()
    runtime.enqueue(Stage.CLEAN, fetched(runtime, 1, 2))
    for stranger in ("clean.elsewhere.4242", f"clean.{socket.gethostname()}.forged", f"clean.{socket.gethostname()}."):
        runtime.redis.hset(f"rq:worker:{stranger}", "birth", "then")
    _start(runtime, pid=gone.pid, alive=True)
    assert runtime.reconcile() == 0
    assert bury_lost(runtime.redis) == 1
    assert runtime.reconcile() == 1
    runtime.redis.hset(f"rq:worker:{worker_name(Stage.CLEAN, os.getpid())}", "birth", "then")
    assert bury_lost(runtime.redis) == 0
    assert runtime.redis.exists("rq:worker:clean.elsewhere.4242")


def test_the_job_of_a_dead_worker_goes_to_another_and_counts_as_a_crash(runtime: Runtime) -> None:
    runtime.enqueue(Stage.CLEAN, fetched(runtime, 1))
    _start(runtime, pid=4242, alive=True)
    assert runtime.reconcile() == 0
    bury(runtime.redis, Stage.CLEAN, 4242)
    assert runtime.reconcile() == 1
    assert runtime.queue_lengths()["clean"] == 1
    assert item(runtime, 1).crashes == 1


def test_an_item_that_three_workers_died_of_is_quarantined(runtime: Runtime) -> None:
    runtime.enqueue(Stage.CLEAN, fetched(runtime, 1))
    begun = time.time()
    for turn in range(3):
        _start(runtime, pid=4242, alive=False)
        runtime.clock = partial(begun.__add__, 10.0 * turn)
        runtime.reconcile()
    assert item(runtime, 1).state is State.QUARANTINED
    assert runtime.queue_lengths()["clean"] == 0


def test_a_job_that_failed_for_good_in_rq_comes_back_from_the_ledger(runtime: Runtime) -> None:
    runtime.enqueue(Stage.CLEAN, fetched(runtime, 1))
    runtime.redis.delete("rq:queue:clean")
    runtime.redis.hset(f"rq:job:clean-{key(1)}", "status", "failed")
    assert runtime.reconcile() == 1
    assert runtime.queue_lengths()["clean"] == 1


def test_a_job_hash_that_is_damaged_does_not_block_its_item(runtime: Runtime) -> None:
    fetched(runtime, 1)
    runtime.redis.hset(f"rq:job:clean-{key(1)}", "status", "no such status")
    runtime.redis.hset(f"rq:job:clean-{key(1)}", "data", "x")
    assert runtime.reconcile() == 1


def test_a_redis_that_may_evict_jobs_is_refused(tmp_path: Path, redis_url: str) -> None:
    client = redis.Redis.from_url(redis_url)
    client.config_set("maxmemory-policy", "allkeys-lru")
    client.close()
    with pytest.raises(RedisUnfit, match="noeviction"):
        open_runtime(from_environment(data=tmp_path), redis_url=redis_url)


def test_a_full_redis_tells_the_producer_and_loses_nothing(runtime: Runtime) -> None:
    keys = fetched(runtime, *range(50))
    runtime.redis.config_set("maxmemory", "1")
    with pytest.raises(redis.exceptions.OutOfMemoryError):
        runtime.enqueue(Stage.CLEAN, keys)
    runtime.redis.config_set("maxmemory", "0")
    assert runtime.reconcile() == 50


def test_the_embedded_server_keeps_its_queue_over_a_restart(tmp_path: Path) -> None:
    server = valkey.Valkey(tmp_path / "redis")
    server.start()
    runtime = open_runtime(from_environment(data=tmp_path), redis_url=valkey.url(tmp_path / "redis"))
    runtime.enqueue(Stage.CLEAN, fetched(runtime, *range(10)))
    runtime.redis.execute_command("WAITAOF", 1, 0, 5000)
    server.stop()
    server.start()
    assert runtime.queue_lengths()["clean"] == 10
    runtime.close()
    server.stop()


def _start(runtime: Runtime, *, pid: int, alive: bool) -> None:
    """What Redis looks like while a worker has the job."""
    name = worker_name(Stage.CLEAN, pid)
    runtime.redis.lpop("rq:queue:clean")
    runtime.redis.hset(f"rq:job:clean-{key(1)}", mapping={"status": "started", "worker_name": name})
    if alive:
        runtime.redis.hset(f"rq:worker:{name}", "state", "busy")
    with runtime.store.read() as tx:
        assert ledger.get(tx, key(1)) is not None


def test_a_dead_worker_is_found_dead_although_the_clock_of_redis_was_set_back(runtime: Runtime) -> None:
    """What Redis holds then: keys that lapse in an hour, and a lock of somebody who died meanwhile."""
    runtime.enqueue(Stage.CLEAN, fetched(runtime, 1))
    _start(runtime, pid=4242, alive=True)
    heart = f"rq:worker:{worker_name(Stage.CLEAN, 4242)}"
    runtime.redis.expire(heart, 3600)
    runtime.redis.set("vigie:reconcile", "somebody else", ex=3600)
    assert runtime.reconcile() == 0
    assert 0 < runtime.redis.ttl("vigie:reconcile") <= 30
    runtime.redis.delete("vigie:reconcile")
    assert runtime.reconcile() == 0
    assert 0 < runtime.redis.ttl(heart) <= 65


def test_who_has_lost_the_lock_stops_reconciling_and_leaves_it_to_the_other(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    fetched(runtime, *range(600))
    enqueue = Runtime.enqueue

    def loses_the_lock(self: Runtime, stage: Stage, keys: list[str]) -> int:
        self.redis.set("vigie:reconcile", "somebody else", ex=20)
        return enqueue(self, stage, keys)

    monkeypatch.setattr(Runtime, "enqueue", loses_the_lock)
    runtime.reconcile()
    assert runtime.queue_lengths()["clean"] == 500
    assert runtime.redis.get("vigie:reconcile") == b"somebody else"


def test_only_one_process_reconciles_at_a_time(runtime: Runtime) -> None:
    """Two that saw the same dead worker would count its crash twice."""
    runtime.enqueue(Stage.CLEAN, fetched(runtime, 1))
    _start(runtime, pid=4242, alive=False)
    held = runtime.redis.lock("vigie:reconcile", timeout=60)
    assert held.acquire()
    assert runtime.reconcile() == 0
    held.release()
    assert runtime.reconcile() == 1
    assert item(runtime, 1).crashes == 1


def test_a_job_popped_by_a_worker_that_died_before_it_began_is_done_by_another(runtime: Runtime) -> None:
    runtime.enqueue(Stage.CLEAN, fetched(runtime, 1))
    runtime.redis.lmove("rq:queue:clean", "rq:queue:clean:intermediate")
    assert runtime.reconcile() == 0  # perhaps somebody is just about to begin
    assert runtime.reconcile() == 1
    assert runtime.queue_lengths()["clean"] == 1
    assert item(runtime, 1).crashes == 0
