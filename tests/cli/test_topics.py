"""Topic files at the prompt: `vigie topic test`, several of them, and an indexer whose file changes while it runs."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from services.contracts import Stage, State
from services.runtime import Runtime, open_runtime
from services.settings import from_environment
from services.store import judgements, ledger
from tests.cli.commands import vigie
from tests.indexer.crises import FIRES, FLOODS, Desk, crisis, in_force, text

FAILING = '[[test]]\ntitle = "A concert"\nrelevant = true\n[[test]]\ntitle = "Flood"\nrelevant = false\n'
PASSING = '[[test]]\ntitle = "Flood, a great flood"\nrelevant = true\n'


def put(path: Path, content: str) -> str:
    path.write_text(content)
    return str(path)


def test_the_tests_of_a_file_are_run_and_counted(tmp_path: Path) -> None:
    done = vigie("topic", "test", put(tmp_path / "floods.toml", crisis("floods", "flood", more=PASSING)))
    assert done.returncode == 0, done.stderr
    assert b"floods, version 1: 1 of 1 tests pass" in done.stdout


def test_every_test_that_fails_is_shown_with_what_decided(tmp_path: Path) -> None:
    file = put(tmp_path / "floods.toml", crisis("floods", "flood", more=PASSING + FAILING))
    done = vigie("topic", "test", file)
    assert done.returncode == 1
    shown = done.stdout.decode()
    assert "[[test]] 2: A concert\n  expected relevant, is not relevant: the score is too low (drop)" in shown
    assert "score 0, threshold 18, clause: none holds\n  no term was found" in shown
    assert "[[test]] 3: Flood\n  expected not relevant, is relevant" in shown
    assert "1 of 3 tests pass" in shown
    (told,) = json.loads(vigie("topic", "test", "--json", file).stdout)
    assert (told["topic"], told["tests"], told["passed"], told["error"]) == ("floods", 3, 1, None)
    assert [each["test"] for each in told["failures"]] == [2, 3]
    assert told["failures"][1]["reasons"][0]["where"] == "title"


def test_a_folder_is_tried_file_by_file_and_one_that_cannot_be_read_says_why(tmp_path: Path) -> None:
    put(tmp_path / "a.toml", FLOODS)
    put(tmp_path / "b.toml", "topic = [")
    done = vigie("topic", "test", str(tmp_path))
    assert done.returncode == 78
    assert b"floods, version 1: 0 of 0 tests pass" in done.stdout
    assert b"b.toml: not TOML" in done.stderr


@pytest.mark.parametrize(("name", "said"), [("absent.toml", b"is not there"), ("", b"must hold *.toml")])
def test_a_file_that_is_not_there_is_a_wrong_configuration(tmp_path: Path, name: str, said: bytes) -> None:
    done = vigie("topic", "test", str(tmp_path / name))
    assert done.returncode == 78
    assert said in done.stderr


@pytest.mark.parametrize("arguments", [(), ("tset",), ("test", "--limit"), ("test", "--jsonl")])
def test_neither_lines_nor_tests_is_wrong_usage(arguments: tuple[str, ...]) -> None:
    assert vigie("topic", *arguments).returncode == 2


def test_of_several_topics_a_line_is_answered_by_the_one_that_keeps_it(tmp_path: Path) -> None:
    files = [put(tmp_path / "floods.toml", FLOODS), put(tmp_path / "fires.toml", FIRES)]
    lines = [
        {"id": n, "title": f"The {word}", "text": text(word, n)} for n, word in enumerate(("flood", "wildfire", "x"))
    ]
    given = "\n".join(json.dumps(line) for line in lines).encode()
    done = vigie("topic", "--jsonl", *(word for file in files for word in ("--topic", file)), given=given)
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert [answer["relevant"] for answer in answers] == [True, True, False]
    assert [answer["reasons"][0]["term"] for answer in answers[:2]] == ["floods", "fires"]
    assert {tuple(answer) for answer in answers} == {("id", "relevant", "score", "threshold", "language", "reasons")}


@pytest.mark.parametrize("joined", [os.pathsep.join, lambda files: json.dumps(list(files))])
def test_the_setting_takes_several_files_and_folders(tmp_path: Path, joined: Callable[[list[str]], str]) -> None:
    (tmp_path / "folder").mkdir()
    put(tmp_path / "folder" / "floods.toml", FLOODS)
    files = [put(tmp_path / "fires.toml", FIRES), str(tmp_path / "folder")]
    told = json.loads(vigie("check", "--json", "--data", str(tmp_path), VIGIE_TOPIC=joined(files)).stdout)
    (found,) = [each for each in told if each["what"] == "topic files"]
    assert (found["ok"], found["detail"]) == (True, "fires 1, its 0 tests pass; floods 1, its 0 tests pass")


def test_check_tells_of_a_file_that_an_indexer_would_not_take(tmp_path: Path) -> None:
    file = put(tmp_path / "floods.toml", crisis("floods", "flood", more=FAILING))
    told = json.loads(vigie("check", "--json", "--topic", file, "--data", str(tmp_path)).stdout)
    (found,) = [each for each in told if each["what"] == "topic files"]
    assert not found["ok"]
    assert "2 of its own tests fail" in found["detail"]
    assert "goes on with what it last read" in found["detail"]


def test_a_list_that_is_none_is_a_wrong_setting() -> None:
    done = vigie("config", VIGIE_TOPIC='["floods.toml"')
    assert done.returncode == 78
    assert b"VIGIE_TOPIC" in done.stderr
    assert b"Traceback" not in done.stderr


def test_status_and_why_tell_what_each_topic_keeps_and_nearly_keeps(tmp_path: Path) -> None:
    runtime = open_store_at(tmp_path)
    desk = Desk(runtime, in_force(FLOODS, crisis("fires", "wildfire", accept=1e6)))
    desk.index("a", "Flood", text("flood", 1))
    desk.index("b", "Wildfire", text("wildfire", 2))
    runtime.close()
    shown = vigie("status", "--data", str(tmp_path)).stdout.decode()
    assert ["fires", "0", "1", "1"] in [line.split() for line in shown.splitlines()]
    told = json.loads(vigie("status", "--json", "--data", str(tmp_path)).stdout)
    assert told["topics"]["floods"] == {"kept": 1, "borderline": 0, "dropped": 1}
    why = vigie("why", "--data", str(tmp_path), "https://post.example/b").stdout.decode()
    assert "topic fires 1: borderline; score" in why
    assert "clause: matter" in why
    assert "topic floods 1: dropped; score 0.0, needs 18.0; clause: none holds" in why
    plain = json.loads(vigie("why", "--json", "--data", str(tmp_path), "https://post.example/b").stdout)
    assert [each["outcome"] for each in plain["topics"]] == ["borderline", "dropped"]
    assert plain["topic"] == plain["topics"][0]


def open_store_at(folder: Path) -> Any:
    from services.store import open_store

    return open_store(f"sqlite:///{folder / 'vigie.db'}")


# A running indexer


@pytest.fixture
def runtime(tmp_path: Path, redis_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Runtime]:
    monkeypatch.setenv("VIGIE_REDIS_URL", redis_url)
    opened = open_runtime(from_environment(data=tmp_path), redis_url=redis_url)
    yield opened
    opened.close()


@contextmanager
def indexer(folder: Path, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", "services", "indexer", "--data", str(folder), *arguments]
    log = folder / "indexer.log"
    with subprocess.Popen(command, env={**os.environ, "VIGIE_LOG_FILE": str(log)}) as running:
        try:
            yield running
        finally:
            running.terminate()
            running.wait(30)


def ended(runtime: Runtime, key: str) -> State:
    runtime.enqueue(Stage.INDEX, [key])
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        with runtime.store.read() as tx:
            item = ledger.get(tx, key)
        assert item is not None
        if item.state is not State.CLEANED:
            return item.state
        time.sleep(0.05)
    raise AssertionError("not indexed within a minute")


def versions(runtime: Runtime, key: str) -> list[int]:
    with runtime.store.read() as tx:
        return [each.version for each in judgements.of(tx, key)]


def test_a_running_indexer_follows_its_file_and_loses_no_job_over_a_broken_one(
    tmp_path: Path, runtime: Runtime
) -> None:
    file = tmp_path / "crisis.toml"
    put(file, FLOODS)
    desk = Desk(runtime.store, in_force(FLOODS))
    for number in range(12):
        desk.clean(f"{number:032x}", "Wildfire", text("wildfire", number))

    def key(number: int) -> str:
        return f"{number:032x}"

    with indexer(tmp_path, "--topic", str(file)):
        assert ended(runtime, key(0)) is State.OFF_TOPIC
        put(file, "topic = [")
        time.sleep(2.5)
        assert [ended(runtime, key(number)) for number in (1, 2)] == [State.OFF_TOPIC] * 2
        put(file, crisis("floods", "wildfire", version=2))
        time.sleep(2.5)
        found = [ended(runtime, key(number)) for number in range(3, 12)]
    assert found == [State.INDEXED] * 9
    assert [versions(runtime, key(number)) for number in (0, 2, 3, 11)] == [[1], [1], [2], [2]]
    log = (tmp_path / "indexer.log").read_text()
    assert log.count("not TOML") == 1, log
    with runtime.store.read() as tx:
        account = ledger.account(tx)
    assert (account.seen, account.states[State.CLEANED], account.states[State.QUARANTINED]) == (12, 0, 0)
