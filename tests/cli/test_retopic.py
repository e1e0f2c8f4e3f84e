"""`vigie retopic` as a person runs it: over a store that was judged by another topic file."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from services.contracts import Outlet
from services.store import events, open_store
from tests.cli.commands import vigie
from tests.indexer.crises import FIRES, FLOODS, Desk, in_force, text


@pytest.fixture
def data(tmp_path: Path) -> Path:
    fill(tmp_path, 4)
    return tmp_path


def fill(folder: Path, count: int) -> None:
    """Floods and wildfires by turns, judged when only floods counted; from now on only wildfires do."""
    store = open_store(f"sqlite:///{folder / 'vigie.db'}")
    desk = Desk(store, in_force(FLOODS))
    desk.know(Outlet("post", "Post", "https://post.example", ()))
    for number in range(count):
        subject = ("flood", "wildfire")[number % 2]
        desk.index(f"a{number}", f"The {subject} {number}", text(subject, number))
    store.close()
    (folder / "fires.toml").write_text(FIRES)


def run(data: Path, *arguments: str) -> dict[str, Any]:
    done = vigie("retopic", "--data", str(data), "--topic", str(data / "fires.toml"), "--json", *arguments)
    assert done.returncode == 0, done.stderr.decode()
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def stream(data: Path) -> list[tuple[str, str]]:
    lines = vigie("tail", "--data", str(data), "--once", "--json").stdout.splitlines()
    return [(event["type"], event["article"]["id"]) for event in map(json.loads, lines)]


def test_the_archive_follows_the_topic_and_a_second_run_finds_nothing_to_do(data: Path) -> None:
    assert len(vigie("search", "--data", str(data), "--json", "flood").stdout.splitlines()) == 2
    told = run(data)
    assert (told["looked_at"], told["kept"], told["retracted"], told["events"]) == (4, 2, 2, 4)
    assert stream(data)[2:] == [("retracted", "a0"), ("new", "a1"), ("retracted", "a2"), ("new", "a3")]
    told = run(data)
    assert (told["same"], told["events"], told["changed"]) == (4, 0, [])
    found = [
        json.loads(line) for line in vigie("search", "--data", str(data), "--json", "topic:fires").stdout.splitlines()
    ]
    assert [article["id"] for article in found] == ["a3", "a1"]
    assert vigie("search", "--data", str(data), "--json", "flood").stdout == b""


def test_why_tells_that_it_was_judged_again(data: Path) -> None:
    run(data)
    why = json.loads(vigie("why", "--data", str(data), "--json", "https://post.example/a0").stdout)
    assert [line["what"] for line in why["history"]][-2:] == ["judged again", "off_topic"]
    assert why["history"][-2]["detail"] == "no topic keeps it; it was indexed"
    assert why["article"] is None
    assert [each["topic"] for each in why["topics"]] == ["fires"]


def test_a_dry_run_changes_nothing(data: Path) -> None:
    told = run(data, "--dry-run")
    assert (told["dry_run"], told["kept"], told["retracted"], told["events"]) == (True, 2, 2, 0)
    assert len(stream(data)) == 2


def test_only_the_articles_of_a_day_and_later_are_judged(data: Path) -> None:
    assert run(data, "--since", "2026-03-01T12:02:30")["looked_at"] == 2
    assert run(data, "--since", "2026-03-02", "--outlet", "post")["looked_at"] == 0


def test_a_person_is_told_what_came_of_it(data: Path) -> None:
    done = vigie("retopic", "--data", str(data), "--topic", str(data / "fires.toml"))
    assert done.returncode == 0
    shown = done.stdout.decode()
    assert ["kept", "now", "2"] in [line.split() for line in shown.splitlines()]
    assert "The flood 0  https://post.example/a0" in shown


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("--outlet", "nowhere"), 1, b"no outlet 'nowhere'"),
        (("--since", "yesterday"), 2, b"is not a date"),
        (("--topic", "absent.toml"), 78, b"is not there"),
    ],
)
def test_what_cannot_be_done_is_said(data: Path, arguments: tuple[str, ...], code: int, said: bytes) -> None:
    done = vigie("retopic", "--data", str(data), *arguments)
    assert done.returncode == code
    assert said in done.stderr


def test_a_run_that_is_interrupted_tells_what_is_done_and_the_next_does_the_rest(tmp_path: Path) -> None:
    fill(tmp_path, 300)
    command = [sys.executable, "-m", "services", "retopic", "--data", str(tmp_path), "--json"]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("VIGIE_")}
    environment["VIGIE_TOPIC"] = str(tmp_path / "fires.toml")
    store = open_store(f"sqlite:///{tmp_path / 'vigie.db'}")
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment) as running:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            with store.read() as tx:
                if events.head(tx) > 155:
                    break
            time.sleep(0.005)
        running.send_signal(signal.SIGINT)
        out, err = running.communicate(timeout=60)
    store.close()
    assert running.returncode == 130, err.decode()
    told = json.loads(out)
    assert told["stopped"]
    assert 0 < told["events"] < 300
    run(tmp_path)
    told_of = stream(tmp_path)[150:]
    assert sorted(told_of) == sorted((("retracted", "new")[number % 2], f"a{number}") for number in range(300))


def test_two_runs_at_once_tell_of_every_article_once(tmp_path: Path) -> None:
    fill(tmp_path, 60)
    command = [sys.executable, "-m", "services", "retopic", "--data", str(tmp_path), "--json"]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("VIGIE_")}
    environment["VIGIE_TOPIC"] = str(tmp_path / "fires.toml")
    both = [subprocess.Popen(command, stdout=subprocess.PIPE, env=environment) for _ in range(2)]
    told = [json.loads(each.communicate(timeout=90)[0]) for each in both]
    assert [each.returncode for each in both] == [0, 0]
    assert sum(each["events"] for each in told) == 60
    assert sorted(stream(tmp_path)[30:]) == sorted(
        (("retracted", "new")[number % 2], f"a{number}") for number in range(60)
    )
