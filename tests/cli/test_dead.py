"""`vigie dead`: what was given up can be seen, tried again after a fix, or ended for good; the account stays true."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from services import valkey
from services.cli import main
from services.contracts import Block, BlockKind, Cleaned, Meta, Outlet, Reason, Stage, State
from services.runtime import Runtime, open_runtime
from services.settings import from_environment
from services.store import Store, articles, dead, feeds, ledger, open_store, pages, sightings
from services.store.ledger import MAX_CRASHES, Item
from services.store.pages import Page
from services.store.sightings import Sighted

NOW = 1_790_000_000.0
HARBOUR = Outlet("harbour", "Harbour", "https://harbour.example/", ("https://harbour.example/rss",))
GAZETTE = Outlet("gazette", "Gazette", "https://gazette.example/", ("https://gazette.example/rss",))


def url(number: int) -> str:
    return f"https://harbour.example/{number}"


def key(number: int) -> str:
    return f"{number:032x}"


def see(store: Store, *numbers: int, outlet: Outlet = HARBOUR, refused: Reason | None = None) -> None:
    with store.write() as tx:
        feeds.sync(tx, [HARBOUR, GAZETTE], NOW)
        entries = [Sighted(key(n), url(n), url(n), "harbour.example", None, "Ferry", None, refused) for n in numbers]
        sightings.sight(tx, outlet.id, outlet.feeds[0], entries, NOW)


def fetch(store: Store, number: int, body: bytes = b"<p>Ferry</p>") -> None:
    with store.write() as tx:
        ledger.advance(tx, key(number), State.SEEN, State.FETCHED, NOW)
        pages.save(tx, key(number), Page(url(number), "text/html", body), NOW, NOW + 9e9)


def poison(store: Store, number: int, was: State, at: float = NOW) -> None:
    with store.write() as tx:
        for _ in range(MAX_CRASHES):
            ledger.crash(tx, key(number), was, "killed", at, at)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """One item of each way to die: while fetched, while cleaned, before there was a page; and some refusals."""
    opened = open_store(f"sqlite:///{tmp_path / 'vigie.db'}")
    see(opened, 1, 2, 3, 4)
    see(opened, 5, outlet=GAZETTE)
    see(opened, 6, refused=Reason.NO_LINK)
    fetch(opened, 1)
    poison(opened, 1, State.FETCHED)
    fetch(opened, 2)
    with opened.write() as tx:
        ledger.advance(tx, key(2), State.FETCHED, State.CLEANED, NOW)
        cleaned = Cleaned("Ferry", (Block(BlockKind.PARAGRAPH, "It sails."),), (), Meta())
        articles.save(tx, key(2), "harbour", "harbour.example", cleaned, NOW)
        ledger.end(tx, key(4), State.SEEN, State.REFUSED, Reason.ROBOTS, "no", NOW)
    poison(opened, 2, State.CLEANED)
    poison(opened, 3, State.SEEN)
    poison(opened, 5, State.SEEN, NOW + 86_400)
    yield opened
    opened.close()


def get(store: Store, number: int) -> Item:
    with store.read() as tx:
        item = ledger.get(tx, key(number))
    assert item is not None
    return item


def told(capsys: pytest.CaptureFixture[str]) -> Any:
    return json.loads(capsys.readouterr().out)


def run(tmp_path: Path, *arguments: str) -> int:
    action, *rest = arguments
    return main(["dead", action, "--data", str(tmp_path), *rest])


def test_a_replay_begins_at_the_furthest_place_for_which_the_store_has_what_is_needed(store: Store) -> None:
    with store.write() as tx:
        found = dead.select(tx, dead.Selection())
        assert [item.key for item in found] == [key(1), key(2), key(3), key(5)]
        before = ledger.account(tx)
        assert [dead.replay(tx, item, NOW) for item in found[:3]] == [State.FETCHED, State.CLEANED, State.SEEN]
        assert dead.replay(tx, found[0], NOW) is None  # it is dead no longer
        after = ledger.account(tx)
    assert after.seen == before.seen
    assert after.states[State.QUARANTINED] == 1
    replayed = get(store, 1)
    assert (replayed.state, replayed.crashes, replayed.attempts, replayed.reason) == (State.FETCHED, 0, 0, None)
    with store.read() as tx:
        assert ledger.history(tx, key(1))[-1][1:] == ("replayed", "from fetched; it was quarantined: poison: killed")
        assert [item.key for item in ledger.waiting(tx, Stage.CLEAN, NOW + 5, (0.0, ""), 9)] == [key(1)]


def test_what_never_had_an_address_cannot_be_tried_again(store: Store) -> None:
    nowhere = get(store, 6)
    with store.write() as tx:
        assert dead.replay(tx, nowhere, NOW) is None
    assert get(store, 6).reason is Reason.NO_LINK


def test_the_list_is_narrowed_by_reason_state_outlet_and_day(
    store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def listed(*arguments: str) -> list[str]:
        assert run(tmp_path, "list", "--json", *arguments) == 0
        return [each["key"][-1] for each in told(capsys)["items"]]

    assert listed() == ["1", "2", "3", "5"]
    assert listed("--limit", "2") == ["1", "2"]
    assert listed("--outlet", "gazette") == ["5"]
    assert listed("--since", "2026-09-22") == ["5"]
    assert listed("--state", "refused") == ["4", "6"]
    assert listed("--state", "refused", "--state", "quarantined", "--reason", "robots") == ["4"]
    assert listed(url(4), key(1)) == ["1", "4"]
    assert run(tmp_path, "list") == 0
    assert "poison" in capsys.readouterr().out


def test_one_item_is_shown_with_its_history_and_where_a_replay_would_begin(
    store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(tmp_path, "show", url(1), "--json") == 0
    shown = told(capsys)
    assert (shown["begins"], shown["page"]["size"], shown["item"]["reason"]) == ("fetched", 12, "poison")
    assert [line["what"] for line in shown["history"]][-1] == "quarantined"
    assert run(tmp_path, "show", key(6)) == 0
    assert "nothing to try again" in capsys.readouterr().out


@pytest.mark.parametrize("action", ["replay", "drop"])
def test_nothing_is_changed_without_saying_which(
    store: Store, tmp_path: Path, action: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(tmp_path, action) == 2
    assert f"vigie dead {action} --all" in capsys.readouterr().err
    assert run(tmp_path, action, "--reason", "bad luck") == 2
    assert run(tmp_path, action, "--all", "--dry-run", "--json") == 0
    done = told(capsys)
    assert done["dry_run"]
    assert done["replayed"] + done["dropped"] == 4
    assert get(store, 1).state is State.QUARANTINED


def test_dropped_items_stay_in_the_account_and_can_still_be_replayed(
    store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(tmp_path, "drop", "--all", "--json") == 0
    assert told(capsys)["dropped"] == 4
    with store.read() as tx:
        account = ledger.account(tx)
    assert (account.seen, account.states[State.QUARANTINED], account.states[State.REFUSED]) == (6, 0, 6)
    assert account.reasons[State.REFUSED] == {"dropped": 4, "robots": 1, "no_link": 1}
    assert get(store, 1).detail == "dropped; it was quarantined: poison: killed"
    assert run(tmp_path, "drop", url(1), "--json") == 0
    assert told(capsys)["dropped"] == 0  # it was dropped before
    assert run(tmp_path, "replay", url(1), "--json") == 0
    done = told(capsys)
    assert (done["to"], done["enqueued"]) == ({"fetched": 1}, 0)  # no Redis: the reconciler enqueues it
    assert get(store, 1).state is State.FETCHED


def test_an_item_that_was_never_seen_is_named(store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(tmp_path, "show", "https://elsewhere.example/") == 1
    assert "https://elsewhere.example/ is neither" in capsys.readouterr().err


# --- with real workers

HEAVY = (
    "<html><head><title>Drones strike the port of Odesa</title></head><body><article>"
    + "".join(
        f"<p>Drones struck the port of Odesa in Ukraine on Monday night, the Ukrainian governor said, report {n}.</p>"
        for n in range(8)
    )
    + "</article><div hidden>"
    + "".join(f"<div><span>a{n}</span><i>b</i></div>" for n in range(10_000))
    + "</div></body></html>"
)
"""An article beside so much hidden markup that its extraction needs more memory than a miserly operator gives it."""


@contextmanager
def worker(role: str, data: Path, **environment: str) -> Iterator[None]:
    process = subprocess.Popen(
        [sys.executable, "-m", "services", role, "--data", str(data)], env={**os.environ, **environment}
    )
    try:
        yield
        assert process.poll() is None
    finally:
        process.terminate()
        process.wait(timeout=60)


def wait_for(state: State, runtime: Runtime) -> Item:
    deadline, crashes = time.monotonic() + 90, 0
    while (item := get(runtime.store, 1)).state is not state:
        assert time.monotonic() < deadline, item
        if item.state is State.FETCHED and item.crashes > crashes:  # sooner than the reconciler would
            crashes = item.crashes
            runtime.redis.delete(f"rq:job:clean-{key(1)}")
            runtime.enqueue(Stage.CLEAN, [key(1)])
        runtime.reconcile()  # as every fetcher does
        time.sleep(0.1)
    return item


def test_a_page_that_crashed_its_extraction_three_times_is_indexed_when_it_is_replayed_after_the_fix(
    tmp_path: Path, redis_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    runtime = open_runtime(from_environment(data=tmp_path), redis_url=valkey.url(redis_folder))
    see(runtime.store, 1)
    fetch(runtime.store, 1, HEAVY.encode())
    runtime.enqueue(Stage.CLEAN, [key(1)])
    with worker("cleaner", tmp_path, VIGIE_CLEAN_MEMORY="300000000"):
        item = wait_for(State.QUARANTINED, runtime)
    assert (item.reason, item.crashes) == (Reason.POISON, MAX_CRASHES)
    with worker("cleaner", tmp_path), worker("indexer", tmp_path):
        assert run(tmp_path, "replay", "--reason", "poison", "--json") == 0
        assert told(capsys)["replayed"] == 1
        wait_for(State.INDEXED, runtime)
    with runtime.store.read() as tx:
        account = ledger.account(tx)
    assert (account.seen, account.states[State.INDEXED], account.events) == (1, 1, 1)
    runtime.close()
