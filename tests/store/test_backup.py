"""Backups: whole, of one moment, never over anything; and back, whichever engine, without losing what was there."""

import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from services.cli import main
from services.contracts import Block, BlockKind, Cleaned, EventType, Meta, NoiseKind, Outlet, Reason, Removed, State
from services.store import (
    Store,
    StoreCorrupt,
    StoreError,
    StoreTooNew,
    StoreUnavailable,
    articles,
    backup,
    events,
    feeds,
    ledger,
    open_store,
    pages,
    sightings,
)
from services.store.pages import Page
from services.store.sightings import Sighted
from tests.store.processes import ARTICLE

NOW = 1_772_360_100.0
HARBOUR = Outlet("harbour", "Порт", "https://harbour.example/", ("https://harbour.example/rss",))
ITEMS = 30


def key(number: int) -> str:
    return f"{number:032x}"


def fill(store: Store) -> None:
    """Something of everything that the ledger and the stream know."""
    with store.write() as tx:
        feeds.sync(tx, [HARBOUR], NOW)
        urls = [f"https://harbour.example/{number}" for number in range(ITEMS)]
        entries = [Sighted(key(n), url, url, "harbour.example", None, "Паром", None) for n, url in enumerate(urls)]
        sightings.sight(tx, "harbour", HARBOUR.feeds[0], entries, NOW)
        for number in range(0, ITEMS, 2):
            ledger.advance(tx, key(number), State.SEEN, State.FETCHED, NOW)
            pages.save(tx, key(number), Page(urls[number], None, bytes([number]) * 5000), NOW, NOW + 9)
            ledger.advance(tx, key(number), State.FETCHED, State.CLEANED, NOW)
            removed = (Removed(NoiseKind.TICKER, "rule", "Buy"),)
            cleaned = Cleaned("Паром", (Block(BlockKind.PARAGRAPH, f"Рейс {number}"),), removed, Meta())
            articles.save(tx, key(number), "harbour", "harbour.example", cleaned, NOW)
            events.append(tx, EventType.NEW, ARTICLE, NOW)
        ledger.end(tx, key(1), State.SEEN, State.REFUSED, Reason.ROBOTS, "", NOW)
        events.acknowledge(tx, "archive", 7, NOW)


def quiet(said: str) -> None:
    pass


def contents(store: Store) -> list[object]:
    with store.read() as tx:
        each = [
            (ledger.get(tx, key(n)), ledger.history(tx, key(n)), pages.get(tx, key(n)), articles.document(tx, key(n)))
            for n in range(ITEMS)
        ]
        return [ledger.account(tx), events.after(tx, 0, 1000), events.consumers(tx), feeds.outlets(tx), each]


def opened(path: Path) -> list[object]:
    store = open_store(f"sqlite:///{path}")
    try:
        return contents(store)
    finally:
        store.close()


@pytest.fixture
def put_back(engine: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Callable[..., Store]]:
    """Restores a backup where there is no store yet, or, called again, where there is one."""
    target = tmp_path / "elsewhere" / "vigie.db"
    target.parent.mkdir()
    url = f"sqlite:///{target}" if engine == "sqlite" else request.getfixturevalue("schemas")()
    made: list[Store] = []

    def put(source: Path, *, force: bool = False) -> Store:
        while made:
            made.pop().close()
        if engine == "sqlite":
            backup.restore(source, target, NOW, quiet, force=force)
        else:
            store = open_store(url)
            try:
                backup.restore_rows(source, store, target.parent, NOW, quiet, force=force)
            finally:
                store.close()
        made.append(open_store(url))
        return made[0]

    yield put
    while made:
        made.pop().close()


def test_a_backup_is_a_store_that_holds_the_same(store: Store, tmp_path: Path) -> None:
    fill(store)
    written = backup.write(store, tmp_path / "b.db", quiet)
    assert (written.account.seen, written.account.events) == (ITEMS, ITEMS / 2)
    assert [path.name for path in tmp_path.glob("b.db*")] == ["b.db"]
    assert (tmp_path / "b.db").stat().st_mode & 0o777 == 0o600
    assert opened(tmp_path / "b.db") == contents(store)


def test_what_was_backed_up_can_be_put_back_and_worked_on(
    store: Store, tmp_path: Path, put_back: Callable[..., Store]
) -> None:
    fill(store)
    backup.write(store, tmp_path / "b.db", quiet)
    restored = put_back(tmp_path / "b.db")
    assert contents(restored) == contents(store)
    with restored.write() as tx:
        assert events.append(tx, EventType.NEW, ARTICLE, NOW) == ITEMS / 2 + 1
        ledger.note(tx, key(0), "seen", "again", NOW)
        assert ledger.history(tx, key(0))[-1][1] == "seen"


def test_a_store_that_is_there_is_replaced_only_when_told_and_kept_beside(
    store: Store, tmp_path: Path, put_back: Callable[..., Store], engine: str
) -> None:
    fill(store)
    backup.write(store, tmp_path / "b.db", quiet)
    was = put_back(tmp_path / "b.db")
    with was.write() as tx:
        events.append(tx, EventType.NEW, ARTICLE, NOW)
        before = ledger.account(tx)
    with pytest.raises(StoreError, match=r"already|not empty"):
        put_back(tmp_path / "b.db")
    now_there = put_back(tmp_path / "b.db", force=True)
    assert contents(now_there) == contents(store)
    if engine == "sqlite":
        (aside,) = (tmp_path / "elsewhere").glob("*before-restore*")
        old = opened(aside)
        assert old[0] == before
    else:
        with now_there.read() as tx:
            row = tx.one("SELECT value FROM vigie_before_20260301t101500z.counters WHERE name = 'seq'")
        assert row is not None
        assert row["value"] == before.events


def test_a_store_that_somebody_has_open_is_not_replaced(store: Store, store_url: str, tmp_path: Path) -> None:
    fill(store)
    backup.write(store, tmp_path / "b.db", quiet)
    with pytest.raises(StoreUnavailable, match="end every vigie"):
        if store_url.startswith("sqlite"):
            backup.restore(tmp_path / "b.db", tmp_path / "vigie.db", NOW, quiet, force=True)
        else:
            operator = open_store(store_url)
            try:
                backup.restore_rows(tmp_path / "b.db", operator, tmp_path, NOW, quiet, force=True)
            finally:
                operator.close()
    with store.write() as tx:
        assert events.append(tx, EventType.NEW, ARTICLE, NOW) == ITEMS / 2 + 1


def test_what_others_write_meanwhile_neither_shows_nor_stops_the_backup(
    store: Store, store_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(store)
    monkeypatch.setattr("services.store.sqlite.COPIED", 5)
    monkeypatch.setattr("services.store.backup._BATCH", 5)
    other = open_store(store_url)
    came = []

    def write(said: str) -> None:
        with other.write() as tx:
            came.append(events.append(tx, EventType.NEW, ARTICLE, NOW))

    written = backup.write(store, tmp_path / "b.db", write)
    other.close()
    assert len(came) > 5
    assert written.account.events == ITEMS / 2
    with store.read() as tx:
        assert events.head(tx) == came[-1] == ITEMS / 2 + len(came)


def test_a_backup_overwrites_nothing_and_leaves_nothing_half(sqlite_store: Store, tmp_path: Path) -> None:
    fill(sqlite_store)
    (tmp_path / "b.db").write_text("precious")
    with pytest.raises(StoreError, match="is there already"):
        backup.write(sqlite_store, tmp_path / "b.db", quiet)
    assert (tmp_path / "b.db").read_text() == "precious"

    def stop(said: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        backup.write(sqlite_store, tmp_path / "c.db", stop)
    with pytest.raises(StoreUnavailable, match="cannot be made"):
        backup.write(sqlite_store, tmp_path / "nowhere" / "c.db", quiet)
    assert not list(tmp_path.glob("c.db*"))


def test_what_is_no_backup_is_refused_and_nothing_changes(sqlite_store: Store, tmp_path: Path) -> None:
    fill(sqlite_store)
    backup.write(sqlite_store, tmp_path / "b.db", quiet)
    target = tmp_path / "there" / "vigie.db"
    target.parent.mkdir()

    def refused(path: Path, error: type[StoreError], match: str) -> None:
        with pytest.raises(error, match=match):
            backup.restore(path, target, NOW, quiet)
        assert not list(target.parent.iterdir())

    refused(tmp_path / "nothing.db", StoreError, "no such file")
    (tmp_path / "text.db").write_text("Dear diary, " * 1000)
    refused(tmp_path / "text.db", StoreError, "damaged, or no backup")
    with sqlite3.connect(tmp_path / "other.db") as connection:
        connection.execute("CREATE TABLE diary (day TEXT)")
    connection.close()
    refused(tmp_path / "other.db", StoreError, "no backup of vigie's")
    whole = (tmp_path / "b.db").read_bytes()
    (tmp_path / "torn.db").write_bytes(whole[:8192] + b"\xff" * 8192 + whole[16384:])
    refused(tmp_path / "torn.db", StoreError, "damaged, or no backup")
    with sqlite3.connect(tmp_path / "b.db") as connection:
        connection.execute("INSERT INTO schema (version) VALUES (999)")
    connection.close()
    refused(tmp_path / "b.db", StoreTooNew, "update vigie")


def test_a_damaged_store_is_not_backed_up(sqlite_store: Store, tmp_path: Path) -> None:
    fill(sqlite_store)
    sqlite_store.close()
    path = tmp_path / "vigie.db"
    whole = path.read_bytes()
    path.write_bytes(whole[: -4096 * 3] + b"\xff" * 4096 * 3)
    with pytest.raises((StoreCorrupt, StoreError), match="damaged"):
        backup.write(sqlite_store, tmp_path / "b.db", quiet)
    assert not list(tmp_path.glob("b.db*"))


def test_a_backup_of_one_engine_can_be_put_back_into_the_other(
    postgres_store: Store, postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(postgres_store)
    there = contents(postgres_store)
    postgres_store.close()
    monkeypatch.setenv("VIGIE_STORE_URL", postgres_url)
    assert main(["backup", "--data", str(tmp_path / "host"), str(tmp_path / "b.db")]) == 0
    monkeypatch.delenv("VIGIE_STORE_URL")
    assert main(["restore", "--data", str(tmp_path / "laptop"), str(tmp_path / "b.db")]) == 0
    assert opened(tmp_path / "laptop" / "vigie.db") == there
    assert main(["backup", "--data", str(tmp_path / "laptop"), str(tmp_path / "c.db")]) == 0
    monkeypatch.setenv("VIGIE_STORE_URL", postgres_url)
    assert main(["restore", "--data", str(tmp_path / "host"), str(tmp_path / "c.db")]) == 1
    assert main(["restore", "--data", str(tmp_path / "host"), str(tmp_path / "c.db"), "--force"]) == 0
    store = open_store(postgres_url)
    assert contents(store) == there
    store.close()
