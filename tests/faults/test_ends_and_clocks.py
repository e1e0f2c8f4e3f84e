"""Rows 7 and 17 of the table of faults: roles are told to end under load, and clocks jump."""

import time
from itertools import count

import httpx

from services.contracts import State
from services.store import feeds
from tests.faults import press
from tests.faults.line import Line, free_port, tell
from tests.fetcher.polling import rss
from tests.pipeline import vigie

ROLES = ("fetcher", "cleaner", "indexer", "api")
GRACE_SECONDS = 12.0
"""What a supervisor grants before it kills."""
DAY = 86_400.0


def test_row_7_every_role_ends_with_zero_under_load_and_the_counts_balance(line: Line) -> None:
    port = free_port()
    for role in ROLES:
        line.start(role, VIGIE_API_PORT=str(port))
    line.wait(lambda: line.redis.scard("rq:workers") == 2 and answers(port))
    keys = line.sights(*range(1, 13))
    line.wait(lambda: line.states(keys)[State.SEEN] < 10)
    asked = time.monotonic()
    for process in line.processes:
        process.terminate()
    for process in line.processes:
        _, told = process.communicate(timeout=vigie.SECONDS)
        assert process.returncode == 0, told
        assert "Traceback" not in told
    took = time.monotonic() - asked
    assert sum(line.states(keys).values()) == len(keys)
    assert not line.redis.zcard("rq:wip:clean") + line.redis.zcard("rq:wip:index"), "no job was left in the middle"
    tell(7, took, f"four roles ended with 0, of {GRACE_SECONDS:.0f} s that they have")
    line.start_all("fetcher", "cleaner", "indexer")
    line.recovers(7, keys, time.monotonic(), line.lapse_leases())


def answers(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/healthz", timeout=30).is_success
    except httpx.HTTPError:
        return False


def test_row_17_clocks_that_jump_three_days_ahead_and_back_lose_nothing(line: Line) -> None:
    numbers, clock = count(1), line.data / "clock"
    line.reads(line.outlet.says("/feed", rss(at=time.time()), Content_Type="application/rss+xml"))
    clock.write_text("0")
    for role in ("fetcher", "cleaner", "indexer"):
        line.start(role, program=("-m", "tests.faults.jumping", str(clock)))
    keys: list[str] = []
    for offset in (0.0, 3 * DAY, 0.0, -3 * DAY, 0.0):
        clock.write_text(str(offset))
        keys += line.sights(next(numbers), next(numbers))
        line.recovers(17, keys, time.monotonic())

    def polls() -> int:
        return len([seen for seen in line.outlet.seen if seen.path == "/feed"])

    for offset in (2.5 * 3600.0, 0.0):
        before = polls()
        clock.write_text(str(offset))
        line.wait(lambda before=before: polls() > before)


def test_row_17_entries_of_1970_and_2099_are_undated_and_the_feed_says_so(line: Line) -> None:
    press.prints(line.outlet, 1, 2)
    old, new = (rss(name, at=at, link=line.outlet.url("/")) for name, at in (("1", 86_400.0), ("2", 4_076_000_000.0)))
    line.reads(*(line.outlet.says(f"/{name}-feed", body) for name, body in (("old", old), ("new", new))))
    line.start("fetcher")
    began = time.monotonic()
    line.wait(lambda: len(_dates(line)) == 2)  # both feeds are saved
    assert _dates(line) == [None, None]
    with line.store.read() as tx:
        problems = {row["detail"] for row in feeds.problems(tx)}
    assert problems == {f"dates that were not believed: 1 {kind}" for kind in ("too old", "in the future")}
    tell(17, time.monotonic() - began, f"both kept without their date: {'; '.join(sorted(map(str, problems)))}")


def _dates(line: Line) -> list[str | None]:
    with line.store.read() as tx:
        return [row["published"] for row in tx.all("SELECT published FROM items")]
