import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import pytest
import redis

from services.store import open_store
from services.supervisor import Child, Supervisor
from tests.processes.test_sandbox import alive, wait_until_gone


@pytest.fixture
def died() -> list[tuple[str, int]]:
    return []


@pytest.fixture
def supervisor(tmp_path: Path, died: list[tuple[str, int]]) -> Iterator[Supervisor]:
    """Supervises two commands that do no harm and do not end: `vigie tail` on an empty store."""
    open_store(f"sqlite:///{tmp_path / 'vigie.db'}").close()
    made = Supervisor(
        [Child("first", ["tail"]), Child("second", ["tail"])],
        {**os.environ, "VIGIE_DATA": str(tmp_path)},
        tmp_path / "logs",
        lambda child, pid: died.append((child.name, pid)),
    )
    yield made
    made.stop()


def pids(supervisor: Supervisor) -> list[int]:
    return [child.process.pid for child in supervisor.children if child.process is not None]


def wait_until(condition: Callable[[], bool], meanwhile: Callable[[], None] = lambda: None) -> None:
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline
        meanwhile()
        time.sleep(0.02)


def test_what_is_killed_is_started_again_and_told(supervisor: Supervisor, died: list[tuple[str, int]]) -> None:
    supervisor.tick()
    first, second = pids(supervisor)
    os.kill(first, signal.SIGKILL)
    wait_until(lambda: len(pids(supervisor)) == 2 and pids(supervisor)[0] != first, supervisor.tick)
    assert pids(supervisor)[1] == second
    assert died == [("first", first)]


def test_a_child_that_keeps_dying_is_started_ever_more_slowly(tmp_path: Path) -> None:
    now = 0.0
    child = Child("hopeless", ["no-such-command"])
    supervisor = Supervisor([child], dict(os.environ), tmp_path, lambda *_: None, clock=lambda: now)
    starts = []
    for _ in range(4):
        supervisor.tick()
        assert child.process is not None
        starts.append(now)
        child.process.wait()
        supervisor.tick()
        now = child.start_at
    pauses = [later - earlier for earlier, later in pairwise(starts)]
    assert pauses == sorted(pauses)
    assert pauses[-1] > pauses[0]
    assert "no-such-command" in supervisor.last_words(child)


def test_stopping_ends_all_of_them(supervisor: Supervisor) -> None:
    supervisor.tick()
    started = pids(supervisor)
    supervisor.stop()
    for child in supervisor.children:
        assert not child.alive
    assert len(started) == 2


def test_a_child_ends_when_its_supervisor_is_killed(tmp_path: Path, redis_url: str) -> None:
    program = (
        "import os, time\n"
        "from pathlib import Path\n"
        "from services.supervisor import Child, Supervisor\n"
        "child = Child('cleaner', ['cleaner'])\n"
        f"Supervisor([child], dict(os.environ), Path({str(tmp_path)!r}), lambda *_: None).tick()\n"
        "print(child.process.pid, flush=True)\n"
        "time.sleep(60)\n"
    )
    environment = {**os.environ, "VIGIE_DATA": str(tmp_path), "VIGIE_REDIS_URL": redis_url}
    parent = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True, env=environment)
    assert parent.stdout is not None
    pid = int(parent.stdout.readline())
    with redis.Redis.from_url(redis_url) as client:
        wait_until(lambda: client.scard("rq:workers") == 1)
    assert alive(pid)
    parent.kill()
    parent.wait()
    parent.stdout.close()
    wait_until_gone(pid)
