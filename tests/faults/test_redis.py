"""Rows 8 to 13 of the table of faults: what Redis may do to a line that runs, seen through a proxy before it.

All roles run throughout; each fault hits what stands behind the ones before it, as in a bad week.
"""

import contextlib
import os
import shutil
import signal
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import count

import httpx
import pytest
import redis

from services import valkey
from services.contracts import Stage, State
from services.runtime import open_runtime
from services.settings import from_environment
from services.valkey import Valkey
from tests.faults.line import Line, free_port, open_line, running
from tests.faults.proxy import Proxy
from tests.fetcher.serving import FakeOutlet, server_for, serving
from tests.pipeline.vigie import wait_until

NUMBERS = count(1)
ROLES = ("fetcher", "cleaner", "indexer")


class Plant:
    """A line, the Redis and the proxy in front of it."""

    def __init__(self, line: Line, server: Valkey, proxy: Proxy, port: int) -> None:
        self.line, self.server, self.proxy, self.port = line, server, proxy, port

    def check(self, name: str = "redis") -> dict[str, object]:
        """What readiness says of a part."""
        answer = httpx.get(f"http://127.0.0.1:{self.port}/readyz", timeout=90)
        found: dict[str, object] = answer.json()["checks"][name]
        assert (answer.status_code == 200) is answer.json()["ready"]
        return found

    def sights(self, how_many: int) -> list[str]:
        return self.line.sights(*(next(NUMBERS) for _ in range(how_many)))

    def check_that_all_live(self) -> None:
        assert [process.poll() for process in self.line.processes] == [None] * len(self.line.processes)


@pytest.fixture(scope="module")
def plant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Plant]:
    data = tmp_path_factory.mktemp("line")
    made, port = FakeOutlet(), free_port()
    with (
        running(data / "redis") as server,
        contextlib.closing(Proxy(valkey.socket_path(data / "redis"))) as proxy,
        serving(made, server_for(made)) as outlet,
        open_line(data, outlet, f"{proxy.url}?socket_timeout=5", valkey.url(data / "redis")) as line,
    ):
        line.start_all(*ROLES)
        line.start("api", VIGIE_API_PORT=str(port))
        plant = Plant(line, server, proxy, port)
        line.wait(lambda: answers(port))
        yield plant


def answers(port: int) -> bool:
    try:
        return bool(httpx.get(f"http://127.0.0.1:{port}/readyz", timeout=30).json()["ready"])
    except httpx.HTTPError:
        return False


def test_row_8_a_redis_that_is_killed_and_started_again_costs_nothing(plant: Plant) -> None:
    keys = plant.sights(6)
    wait_until(lambda: plant.line.states(keys)[State.SEEN] < 5)
    assert plant.server.pid is not None
    os.kill(plant.server.pid, signal.SIGKILL)
    wait_until(lambda: not plant.server.running())
    keys += plant.sights(2)
    time.sleep(1.0)
    plant.server.start()
    began = time.monotonic()
    assert plant.line.recovers(8, keys, began) < 90
    plant.check_that_all_live()
    wait_until(lambda: answers(plant.port))


def test_row_9_what_a_redis_forgot_is_enqueued_again(plant: Plant) -> None:
    keys = plant.line.fetched(*(next(NUMBERS) for _ in range(6)))
    plant.line.runtime.enqueue(Stage.CLEAN, keys)
    plant.line.redis.flushall()
    assert plant.line.recovers(9, keys, time.monotonic()) < 60
    plant.check_that_all_live()


def test_row_9_a_redis_that_comes_back_with_an_empty_disk_is_filled_again(plant: Plant) -> None:
    keys = plant.line.fetched(*(next(NUMBERS) for _ in range(6)))
    plant.line.runtime.enqueue(Stage.CLEAN, keys)
    plant.server.stop()
    shutil.rmtree(plant.line.data / "redis")
    plant.server.start()
    assert plant.line.recovers(9, keys, time.monotonic()) < 60
    plant.check_that_all_live()


def test_row_10_a_full_redis_makes_the_producer_pause(plant: Plant) -> None:
    line = plant.line
    line.redis.config_set("maxmemory", "1")
    keys = plant.sights(6)
    refused = plant.check()
    assert not refused["ok"]
    assert "OutOfMemory" in str(refused["detail"])
    wait_until(lambda: line.log.count("used memory > 'maxmemory'") >= 2)
    time.sleep(2.0)
    assert line.states(keys) == {State.SEEN: 6}, "no page is asked for whose job could not be carried"
    assert line.runtime.queue_lengths() == {"clean": 0, "index": 0}
    assert not [key for key in line.redis.scan_iter("rq:job:*") if not line.redis.hexists(key, "data")], "no half a job"
    line.redis.config_set("maxmemory", "0")
    began = time.monotonic()
    assert line.recovers(10, keys, began, line.lapse_leases()) < 90
    plant.check_that_all_live()
    assert plant.check()["ok"]


def test_row_11_a_redis_that_may_evict_is_refused_by_every_role(plant: Plant) -> None:
    line, own = plant.line, redis.Redis.from_url(plant.line.own_url)
    own.config_set("maxmemory-policy", "allkeys-lru")
    started = [line.start(role) for role in ROLES]
    told = [process.communicate(timeout=60)[1] for process in started]
    own.config_set("maxmemory-policy", "noeviction")
    own.close()
    line.processes = line.processes[: -len(started)]
    assert [process.returncode for process in started] == [78] * len(ROLES)
    for said in told:
        assert "maxmemory-policy allkeys-lru" in said
        assert "noeviction" in said
        assert "Traceback" not in said


def test_row_12_a_redis_that_turns_read_only_is_waited_for(plant: Plant) -> None:
    """As after a failover: the server that we know is a replica now, of a master that we cannot reach."""
    line = plant.line
    line.redis.replicaof("127.0.0.1", "1")
    keys = plant.sights(4)
    refused = plant.check()
    assert not refused["ok"]
    assert "read only replica" in str(refused["detail"])
    wait_until(lambda: "read only replica" in line.log)
    line.redis.replicaof("NO", "ONE")
    began = time.monotonic()
    assert line.recovers(12, keys, began, line.lapse_leases()) < 90
    plant.check_that_all_live()


def test_row_13_a_slow_redis_makes_the_line_slow_and_nothing_else(plant: Plant) -> None:
    plant.proxy.delay = 0.1
    keys = plant.sights(2)
    began = time.monotonic()
    try:
        assert plant.line.recovers(13, keys, began) < 90
    finally:
        plant.proxy.delay = 0.0
    plant.check_that_all_live()


def test_row_13_half_open_connections_time_out_and_are_replaced(plant: Plant) -> None:
    assert plant.proxy.go_silent() >= 4
    began = time.monotonic()
    keys = plant.sights(4)
    assert plant.line.recovers(13, keys, began, plant.line.lapse_leases()) < 90
    plant.check_that_all_live()
    assert "Timeout" in plant.line.log or "timeout" in plant.line.log.lower()


def test_row_13_an_enqueue_whose_answer_was_lost_is_repeated_under_the_same_id(plant: Plant) -> None:
    """Redis has the job, and the producer cannot know: it asks again, and there is one job, not two."""
    line, (key,) = plant.line, plant.line.fetched(next(NUMBERS))
    through = open_runtime(from_environment(data=line.data), redis_url=plant.proxy.url)
    line.redis.lpush("rq:queue:elsewhere", "x")
    plant.proxy.lose = f"clean-{key}".encode()
    with ThreadPoolExecutor(1) as pool:
        asked: Future[int] = pool.submit(through.enqueue, Stage.CLEAN, [key])
        assert asked.result(timeout=90) in (0, 1)
    assert plant.proxy.lost == 1
    through.close()
    line.recovers(13, [key], time.monotonic())
