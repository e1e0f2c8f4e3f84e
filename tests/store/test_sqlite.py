import sqlite3
import threading
from pathlib import Path

import pytest

from services.store import StoreCorrupt, StoreError, StoreTooNew, StoreUnavailable, open_store, sqlite


def test_a_store_is_created_with_its_folder_and_opened_again(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'deep' / 'vigie.db'}"
    for _ in range(2):
        store = open_store(url)
        store.check()
        store.close()


def test_another_engine_is_refused_by_name() -> None:
    with pytest.raises(StoreError, match="mysql"):
        open_store("mysql://user:secret@host/db")


def test_the_password_of_an_unknown_engine_is_not_repeated() -> None:
    with pytest.raises(StoreError) as caught:
        open_store("mysql://user:secret@host/db")
    assert "secret" not in str(caught.value)


def test_a_store_of_a_newer_vigie_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "vigie.db"
    open_store(f"sqlite:///{path}").close()
    with sqlite3.connect(path) as connection:
        connection.execute("INSERT INTO schema (version) VALUES (9999)")
    connection.close()
    before = path.read_bytes()
    with pytest.raises(StoreTooNew, match="9999"):
        open_store(f"sqlite:///{path}")
    assert path.read_bytes() == before


def test_a_damaged_store_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "vigie.db"
    path.write_bytes(b"this was a database once" * 1000)
    before = path.read_bytes()
    with pytest.raises(StoreCorrupt, match="damaged"):
        open_store(f"sqlite:///{path}")
    assert path.read_bytes() == before


def test_a_folder_that_cannot_be_made_is_explained(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StoreUnavailable, match="cannot be made"):
        open_store(f"sqlite:///{tmp_path / 'file' / 'vigie.db'}")


def test_a_store_held_by_another_is_unavailable_and_works_again_afterwards(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "BUSY_SECONDS", 0.1)
    path = tmp_path / "vigie.db"
    store = open_store(f"sqlite:///{path}")
    holder = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    holder.execute("BEGIN IMMEDIATE")

    def write() -> None:
        with store.write() as tx:
            tx.run("UPDATE counters SET value = value")

    # the main thread's connection was opened with the long patience
    failures: list[Exception] = []

    def attempt() -> None:
        try:
            write()
        except StoreUnavailable as error:
            failures.append(error)

    thread = threading.Thread(target=attempt)
    thread.start()
    thread.join()
    assert len(failures) == 1
    holder.execute("ROLLBACK")
    holder.close()
    write()
    store.close()


def test_a_transaction_that_raises_leaves_nothing(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path / 'vigie.db'}")
    with pytest.raises(ZeroDivisionError), store.write() as tx:
        tx.run("UPDATE counters SET value = 7 WHERE name = 'polls'")
        _ = 1 / 0
    with store.read() as tx:
        row = tx.one("SELECT value FROM counters WHERE name = 'polls'")
    assert row is not None
    assert row["value"] == 0
    store.close()


def test_a_full_disk_is_said_and_survived(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path / 'vigie.db'}")
    with store.read() as tx:
        pages = tx.one("PRAGMA page_count")
    assert pages is not None
    with store.read() as tx:
        tx.one(f"PRAGMA max_page_count = {pages['page_count'] + 2}")  # what a full disk looks like to SQLite
    with pytest.raises(StoreUnavailable, match="disk is full"), store.write() as tx:
        tx.run("INSERT INTO history (item, at, what, detail) VALUES ('a', 0, 'seen', ?)", "x" * 100_000)
    with store.read() as tx:
        tx.one("PRAGMA max_page_count = 1000000")
    with store.write() as tx:
        tx.run("INSERT INTO history (item, at, what, detail) VALUES ('a', 0, 'seen', ?)", "x" * 100_000)
    store.check()
    store.close()


def test_the_database_of_another_program_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "vigie.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE bookmarks (url TEXT)")
    connection.close()
    with pytest.raises(StoreError, match="not vigie's"):
        open_store(f"sqlite:///{path}")
    with sqlite3.connect(path) as connection:
        assert connection.execute("SELECT name FROM sqlite_master").fetchall() == [("bookmarks",)]
    connection.close()


def test_a_store_is_opened_while_another_process_writes(tmp_path: Path) -> None:
    path = tmp_path / "vigie.db"
    open_store(f"sqlite:///{path}").close()
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    store = open_store(f"sqlite:///{path}")
    with store.read() as tx:
        assert tx.one("SELECT count(*) AS n FROM items")
    store.close()
    holder.close()


def test_a_threads_connection_goes_with_the_thread(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path / 'vigie.db'}")

    def look() -> None:
        with store.read() as tx:
            tx.one("SELECT 1 AS one")

    for _ in range(20):
        thread = threading.Thread(target=look)
        thread.start()
        thread.join()
    files = [link.name for link in Path("/proc/self/fd").iterdir() if str(tmp_path) in _target(link)]
    assert len(files) <= 6, "the main thread's connection and nobody else's"
    store.close()


def _target(link: Path) -> str:
    try:
        return str(link.readlink())
    except OSError:
        return ""
