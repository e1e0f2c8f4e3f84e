"""`vigie` as an operator starts it: real processes, to be watched, killed and ended."""

import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

SECONDS = 110
"""Longer than any run here takes on a busy two-core machine; a run that hangs must not hang the suite."""


def start(*arguments: str, data: Path, **environment: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "services", *arguments, "--data", str(data)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **environment},
        start_new_session=True,
    )


def free_port() -> int:
    """A port below those that the kernel hands out by itself: still free when a process comes back to it."""
    for port in random.sample(range(20_000, 30_000), 100):
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port
    raise AssertionError("no free port")


@contextmanager
def running(*arguments: str, data: Path, **environment: str) -> Iterator[subprocess.Popen[str]]:
    """A `vigie` that is ended, with all its children, when the block is left."""
    process = start(*arguments, data=data, **environment)
    try:
        yield process
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
        try:
            process.communicate(timeout=60)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()


def ask(*arguments: str, data: Path) -> str:
    """What a command that ends by itself prints; it must succeed."""
    done = subprocess.run(
        [sys.executable, "-m", "services", *arguments, "--data", str(data)], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def account(data: Path) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(ask("status", "--json", data=data))
    return told


def family(pid: int) -> dict[int, str]:
    """The descendants of a process, by pid, with their command lines."""
    listed = subprocess.run(["ps", "-eww", "-o", "pid=,ppid=,args="], capture_output=True, text=True, check=True).stdout
    rows = [line.split(None, 2) for line in listed.splitlines()]
    found: dict[int, str] = {}
    parents = {pid}
    while parents:
        children = {int(row[0]): row[2] for row in rows if int(row[1]) in parents and len(row) == 3}
        found |= children
        parents = set(children)
    return found


def pid_of(pid: int, role: str) -> int | None:
    """The first descendant whose command names `role` (a vigie command, or the server's binary)."""
    return next(
        (
            child
            for child, line in sorted(family(pid).items())
            if line.endswith(f"services {role}") or f"/{role} " in line
        ),
        None,
    )


def wait_until(condition: Callable[[], Any], seconds: float = SECONDS, every: float = 0.1) -> Any:
    """The condition's first true value."""
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(every)
    return value


def gone(pids: dict[int, str]) -> bool:
    """Whether none of these processes is left, zombies aside."""
    states = subprocess.run(["ps", "-eo", "pid=,stat="], capture_output=True, text=True, check=True).stdout
    alive = {int(pid) for pid, stat in (line.split() for line in states.splitlines()) if not stat.startswith("Z")}
    return not alive & set(pids)
