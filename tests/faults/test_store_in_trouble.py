"""Rows 14 to 16 of the table of faults: the store's disk is full, another process holds it, its file is damaged."""

import os
import signal
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from services import valkey
from services.contracts import Stage, State
from services.store import StoreCorrupt, open_store
from services.store.sqlite import BUSY_SECONDS
from tests.faults import disk
from tests.faults.disk import Disk
from tests.faults.line import Line, free_port, open_line, running, tell
from tests.fetcher.serving import FakeOutlet
from tests.pipeline import vigie

PAGE = 4096
"""Bytes of a page of SQLite."""


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Disk]:
    with disk.small(tmp_path / "disk") as made:
        yield made


@pytest.fixture
def cramped(small_disk: Disk, outlet: FakeOutlet, tmp_path: Path) -> Iterator[Line]:
    """A line with all that it has, its Redis too, on the small disk."""
    folder = small_disk.folder / "redis"
    with running(folder), open_line(small_disk.folder, outlet, valkey.url(folder), logs=tmp_path / "logs") as made:
        yield made


def hold(process: subprocess.Popen[str]) -> None:
    os.kill(process.pid, signal.SIGSTOP)


def let_go(process: subprocess.Popen[str]) -> None:
    os.kill(process.pid, signal.SIGCONT)


def test_row_14_work_that_met_a_full_disk_goes_on_when_there_is_room(cramped: Line, small_disk: Disk) -> None:
    port = free_port()
    cleaner = cramped.start("cleaner")
    cramped.start_all("indexer", "fetcher")
    cramped.start("api", VIGIE_API_PORT=str(port))
    cramped.wait(lambda: cramped.redis.scard("rq:workers") == 2)
    cramped.wait(lambda: bool(readiness(port)))
    hold(cleaner)
    keys = cramped.fetched(*range(1, 7))
    cramped.runtime.enqueue(Stage.CLEAN, keys)
    everybody = [process.pid for process in cramped.processes]
    small_disk.fill(everybody)
    let_go(cleaner)
    if small_disk.is_real:
        cramped.wait(lambda: "room" in readiness(port)["refused"])
    cramped.wait(lambda: complaints(cramped))
    assert cramped.states(keys) == {State.FETCHED: 6}
    small_disk.make_room(everybody)
    began = time.monotonic()
    assert cramped.recovers(14, keys, began) < 90
    assert [item.crashes for item in cramped.items(keys)] == [0] * 6, "the disk was at fault, no page"
    cramped.store.check()
    cramped.wait(lambda: readiness(port)["refused"] == [])
    assert [process.poll() for process in cramped.processes] == [None] * 4


def complaints(line: Line) -> bool:
    told = line.log
    return "the disk is full" in told or "disk I/O error" in told


def readiness(port: int) -> dict[str, list[str]]:
    """The parts that are refused; empty while nobody answers."""
    try:
        checks = httpx.get(f"http://127.0.0.1:{port}/readyz", timeout=60).json()["checks"]
    except httpx.HTTPError:
        return {}
    return {"refused": [name for name, check in checks.items() if check["ok"] is False]}


def test_row_15_a_store_that_is_held_is_waited_for_and_nothing_is_lost(line: Line) -> None:
    line.start_all("fetcher", "indexer")
    cleaner = line.start("cleaner")
    line.wait(lambda: line.redis.scard("rq:workers") == 2)
    hold(cleaner)
    keys = line.fetched(1, 2, 3)
    line.runtime.enqueue(Stage.CLEAN, keys)
    holder = sqlite3.connect(line.data / "vigie.db", isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    let_go(cleaner)
    line.wait(lambda: f"another process has held the store for {BUSY_SECONDS:.0f} s" in line.log)
    assert line.states(keys) == {State.FETCHED: 3}
    holder.execute("ROLLBACK")
    holder.close()
    assert line.recovers(15, keys, time.monotonic()) < 90
    assert [item.crashes for item in line.items(keys)] == [0] * 3
    assert [process.poll() for process in line.processes] == [None] * 3


@pytest.mark.parametrize("where", ["at its head", "in its middle"])
def test_row_16_a_damaged_store_is_refused_and_never_written_to(line: Line, where: str) -> None:
    line.fetched(1)
    line.store.close()
    file = line.data / "vigie.db"
    with sqlite3.connect(file) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        pages = {"at its head": [1], "in its middle": _pages_of_items(connection)}[where]
    connection.close()
    _damage(file, pages)
    before = file.read_bytes()
    began = time.monotonic()
    started = [line.start(command, VIGIE_API_PORT="0") for command in ("run", "fetcher", "status")]
    for process in started:
        _, told = process.communicate(timeout=vigie.SECONDS)
        assert process.returncode == 1, told
        assert "damaged" in told
        assert "vigie restore" in told
        assert "Traceback" not in told
    after = file.read_bytes()
    assert all(after[(page - 1) * PAGE : page * PAGE] == before[(page - 1) * PAGE : page * PAGE] for page in pages)
    if where == "at its head":
        assert after == before
    tell(16, time.monotonic() - began, f"damaged {where}: {len(started)} commands refused, the damage as it was")
    with pytest.raises(StoreCorrupt):
        open_store(f"sqlite:///{file}").check()


def _pages_of_items(connection: sqlite3.Connection) -> list[int]:
    """Root pages of the ledger and its indexes."""
    rows = connection.execute("SELECT rootpage FROM sqlite_master WHERE tbl_name = 'items' AND rootpage > 0")
    return [row[0] for row in rows]


def _damage(file: Path, pages: list[int]) -> None:
    with file.open("r+b") as opened:
        for page in pages:
            opened.seek((page - 1) * PAGE)
            opened.write(b"\xa5" * PAGE)
