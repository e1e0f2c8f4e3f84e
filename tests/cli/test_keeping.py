"""`vigie backup` and `vigie restore` as an operator meets them; and a damaged store, which only the latter touches."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from services.cli import main
from services.contracts import EventType
from services.search import follower, rebuilding
from services.store import events, open_store
from tests.store.processes import ARTICLE

NOW = 1_772_360_100.0


def write(data: Path, count: int) -> None:
    """A store with so many more events."""
    store = open_store(f"sqlite:///{data / 'vigie.db'}")
    with store.write() as tx:
        for _ in range(count):
            events.append(tx, EventType.NEW, ARTICLE, NOW)
    store.close()


def head(data: Path) -> int:
    store = open_store(f"sqlite:///{data / 'vigie.db'}")
    with store.read() as tx:
        found = events.head(tx)
    store.close()
    return found


def run(data: Path, *arguments: str) -> int:
    command, *rest = arguments
    return main([command, "--data", str(data), *rest])


def test_a_backup_into_a_folder_is_named_by_its_time(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(tmp_path, 3)
    (tmp_path / "backups").mkdir()
    assert run(tmp_path, "backup", str(tmp_path / "backups"), "--json") == 0
    told = json.loads(capsys.readouterr().out)
    (file,) = (tmp_path / "backups").iterdir()
    assert (told["path"], told["account"]["events"]) == (str(file), 3)
    assert file.name.startswith("vigie-20")


def test_the_index_of_a_store_that_was_put_back_follows_its_events_and_no_others(tmp_path: Path) -> None:
    write(tmp_path, 2)
    assert run(tmp_path, "backup", str(tmp_path / "b.db")) == 0
    write(tmp_path, 5)
    store = open_store(f"sqlite:///{tmp_path / 'vigie.db'}")
    index = follower.open_index(tmp_path / "search")
    follower.catch_up(store, index)
    index.close()
    store.close()
    assert run(tmp_path, "restore", str(tmp_path / "b.db")) == 1
    assert run(tmp_path, "restore", str(tmp_path / "b.db"), "--force") == 0
    write(tmp_path, 9)  # under numbers that the old index has seen
    store = open_store(f"sqlite:///{tmp_path / 'vigie.db'}")
    index = follower.open_index(tmp_path / "search")
    assert index.cursor() == 0
    follower.catch_up(store, index)
    assert (index.cursor(), rebuilding.compare(store, index).none) == (11, True)
    index.close()
    store.close()


def test_a_store_that_runs_is_not_replaced(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(tmp_path, 2)
    assert run(tmp_path, "backup", str(tmp_path / "b.db")) == 0
    with follower.writing(tmp_path / "search"):
        assert run(tmp_path, "restore", str(tmp_path / "b.db"), "--force") == 1
    assert "follows the store" in capsys.readouterr().err
    assert head(tmp_path) == 2


# the roles, with Redis: tests/faults
COMMANDS = [
    ["api"],
    ["search", "ferry"],
    ["tail", "--once"],
    ["why", "https://e.example/"],
    ["status"],
    ["reclean"],
    ["reindex"],
    ["reindex", "--check"],
    ["dead", "list"],
    ["dead", "replay", "--all"],
    ["backup", "b.db"],
    ["export", "--warc", "b.warc.gz"],
    ["migrate", "--to", "postgresql://127.0.0.1:1/vigie"],
]


@pytest.mark.parametrize("arguments", COMMANDS, ids=" ".join)
def test_a_damaged_store_is_refused_by_every_command_and_left_as_it_is(
    arguments: Sequence[str], tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    damaged = b"SQLite format 3\0" + b"\xa5" * 20_000
    (tmp_path / "vigie.db").write_bytes(damaged)
    assert run(tmp_path, *arguments) == 1
    told = capsys.readouterr().err
    assert "the store is damaged" in told
    assert "vigie restore" in told
    assert (tmp_path / "vigie.db").read_bytes() == damaged
    assert not list(tmp_path.glob("b.*"))


def test_a_damaged_store_is_kept_beside_when_a_backup_takes_its_place(tmp_path: Path) -> None:
    write(tmp_path, 4)
    assert run(tmp_path, "backup", str(tmp_path / "b.db")) == 0
    damaged = b"SQLite format 3\0" + b"\xa5" * 20_000
    (tmp_path / "vigie.db").write_bytes(damaged)
    assert run(tmp_path, "restore", str(tmp_path / "b.db")) == 1
    assert (tmp_path / "vigie.db").read_bytes() == damaged
    assert run(tmp_path, "restore", str(tmp_path / "b.db"), "--force") == 0
    (aside,) = tmp_path.glob("vigie.db.before-restore-*")
    assert aside.read_bytes() == damaged
    assert head(tmp_path) == 4
