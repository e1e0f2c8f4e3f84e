"""Fetchers as an operator starts them: processes of their own over one store and one Valkey."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from services.contracts import Outlet
from services.store import Store, feeds, open_store

SECONDS = 90
"""Longer than anything here takes on a busy machine."""


@contextmanager
def fetchers(
    count: int, folder: Path, redis_url: str, outlets: Sequence[Outlet], **settings: str
) -> Iterator[list[int]]:
    """The pids of so many `vigie fetcher`, all of them up; `settings` in lower case, without their prefix."""
    (folder / "outlets.toml").write_text("".join(map(_entry, outlets)), encoding="utf-8")
    given = {
        "VIGIE_DATA": str(folder),
        "VIGIE_OUTLETS": str(folder / "outlets.toml"),
        "VIGIE_REDIS_URL": redis_url,
        "VIGIE_ALLOW_PRIVATE": '["127.0.0.0/8"]',
        "VIGIE_LOG_FILE": str(folder / "fetcher.log"),
        **{f"VIGIE_{name.upper()}": value for name, value in settings.items()},
    }
    with ExitStack() as stack:
        started = [stack.enter_context(_running({**os.environ, **given})) for _ in range(count)]
        wait_until(lambda: all(is_up(process.pid) for process in started))
        yield [process.pid for process in started]


@contextmanager
def _running(environment: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen([sys.executable, "-m", "services", "fetcher"], env=environment)
    try:
        yield process
    finally:
        process.terminate()
        process.wait(timeout=SECONDS)


def _entry(outlet: Outlet) -> str:
    lines = [f'id = "{outlet.id}"', f'name = "{outlet.name}"', f'url = "{outlet.url}"', f"feeds = {list(outlet.feeds)}"]
    return "\n".join(["[[outlet]]", *lines, f"interval_min = {outlet.interval_min}", ""])


def opened(folder: Path) -> Store:
    return open_store(f"sqlite:///{folder / 'vigie.db'}")


def wait_until(condition: Callable[[], Any], seconds: float = SECONDS) -> Any:
    """The condition's first true value."""
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)
    return value


def put_off(store: Store, outlets: Sequence[Outlet]) -> None:
    """Take an outlets file of which nothing is due."""
    with store.write() as tx:
        feeds.sync(tx, outlets, time.time() + 3_600)


def make_due(store: Store, *urls: str) -> float:
    """Have these feeds polled now; when that was."""
    now = time.time()
    with store.write() as tx:
        tx.many("UPDATE feeds SET next_poll = ? WHERE url = ?", [(now, url) for url in urls])
    return now


def is_up(pid: int) -> bool:
    """Whether a fetcher has begun to look: the store's threads are there."""
    return len(list(Path(f"/proc/{pid}/task").iterdir())) > 1


def readers(pid: int) -> list[int]:
    """The children that read feeds. One that has only been forked shows its parent's memory, and does not count yet."""
    born = [each for path in Path(f"/proc/{pid}/task").glob("*/children") for each in path.read_text().split()]
    return [int(child) for child in born if b"services.sandbox" in _command(child)]


def _command(pid: str) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:  # it has ended meanwhile
        return b""


def resident(pid: int) -> int:
    """Bytes of resident memory of a process and its readers."""
    return sum(map(_resident, [pid, *readers(pid)]))


def _resident(pid: int) -> int:
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:  # it has ended meanwhile
        return 0
    return int(status.split("VmRSS:")[1].split()[0]) * 1024 if "VmRSS:" in status else 0
