"""A kill -9 of any one process in the middle changes nothing in the final account; Ctrl-C leaves nobody behind."""

import json
import os
import signal
import time
from collections import Counter
from pathlib import Path

import pytest

from services.contracts import State
from services.newsstand import expectation
from services.newsstand.server import open_stand
from services.store import Store, articles, events, ledger, open_store
from tests.pipeline import vigie

TOTAL = len(expectation.expectations())
UNDER_WAY = 20
"""VIGIE_CONNECTIONS: downloads at once."""


def ends(account: dict[str, dict[str, int]]) -> dict[str, int]:
    """The states, with an article and its copies in one: which of them comes first is chance."""
    states = dict(account["states"])
    states["kept"] = states.pop("indexed") + states.pop("duplicate")
    return states


def expected() -> dict[str, int]:
    states = dict.fromkeys((state.value for state in State), 0)
    for story in expectation.expectations():
        states[story.state.value] += 1
    states["kept"] = states.pop("indexed") + states.pop("duplicate")
    return states


def seen(data: Path) -> int:
    """How many items the ledger has; 0 before there is one."""
    if not (data / "vigie.db").exists():
        return 0
    with open_store(f"sqlite:///{data / 'vigie.db'}").read() as tx:
        return ledger.account(tx).cleaned


def test_killing_a_process_in_the_middle_changes_nothing_in_the_account(tmp_path: Path) -> None:
    """One after the other, each while the line is busy."""
    process = vigie.start("demo", "--once", "--json", data=tmp_path)
    try:
        for turn, role in enumerate(("fetcher", "indexer", "cleaner", "api", "valkey-server"), start=1):
            vigie.wait_until(lambda: seen(tmp_path) >= 13 * turn)  # noqa: B023 - asked at once
            victim = vigie.wait_until(lambda: vigie.pid_of(process.pid, role))  # noqa: B023
            os.kill(victim, signal.SIGKILL)
        out, talk = process.communicate(timeout=vigie.SECONDS)
    finally:
        process.kill()
        process.wait()
    assert process.returncode == 0, talk
    account = json.loads(out)
    assert ends(account) == expected()
    store = open_store(f"sqlite:///{tmp_path / 'vigie.db'}")
    check_that_the_stream_is_whole(store, account["events"])
    store.close()


def check_that_the_stream_is_whole(store: Store, count: int) -> None:
    with store.read() as tx:
        told = events.after(tx, 0, 1000)
        assert [event.seq for event in told] == list(range(1, count + 1))
        assert len({event.article.id for event in told}) == count
        assert all(articles.get(tx, event.article.id) for event in told)


@pytest.mark.parametrize("after", [0.2, 1.5, 6.0])
def test_ctrl_c_at_any_moment_leaves_no_process_behind(tmp_path: Path, after: float) -> None:
    process = vigie.start("demo", data=tmp_path, VIGIE_API_PORT="0")
    time.sleep(after)
    pids = vigie.family(process.pid)
    process.send_signal(signal.SIGINT)
    _, talk = process.communicate(timeout=60)
    assert vigie.gone(pids)
    if after < 1 and process.returncode == -signal.SIGINT:
        return  # no line of ours had run yet: the interpreter was still starting
    assert process.returncode in (0, 130), talk
    assert "Traceback" not in talk


def test_a_run_takes_up_where_a_killed_one_stopped(tmp_path: Path) -> None:
    """The same data folder, the same outlets, after kill -9 of everything: nothing twice, nothing missing."""
    with open_stand() as stand:
        stand.write_outlets_file(tmp_path / "outlets.toml")
        environment = {
            "VIGIE_ALLOW_PRIVATE": '["127.0.0.0/8"]', "VIGIE_API_PORT": "0",
            "VIGIE_OUTLETS": str(tmp_path / "outlets.toml"),
        }  # fmt: skip
        first = vigie.start("run", data=tmp_path, **environment)
        vigie.wait_until(lambda: seen(tmp_path) >= 30)
        pids = vigie.family(first.pid)
        assert len(pids) >= 8
        first.kill()  # the supervisor takes everybody along
        first.communicate()
        vigie.wait_until(lambda: vigie.gone(pids), seconds=30)
        with vigie.running("run", data=tmp_path, **environment):
            store = open_store(f"sqlite:///{tmp_path / 'vigie.db'}")

            def settled() -> bool:
                with store.read() as tx:
                    account = ledger.account(tx)
                return account.settled and account.seen == TOTAL

            vigie.wait_until(settled)
    with store.read() as tx:
        account = ledger.account(tx)
    check_that_the_stream_is_whole(store, account.events)
    store.close()
    listed = {(story.outlet, story.path) for story in expectation.expectations()}
    asked = Counter((request.outlet, request.path) for request in stand.requests)
    twice = [place for place in listed if asked[place] > 1]
    assert len(twice) <= UNDER_WAY, "only what was under way at the kill is asked for again"
