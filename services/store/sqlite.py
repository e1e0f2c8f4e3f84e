"""SQLite as the store: one file, write-ahead log, one writer at a time, any number of readers."""

import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from weakref import WeakSet

from services.store.engine import Row, StoreCorrupt, StoreError, StoreUnavailable
from services.store.schema import is_current, migrate

BUSY_SECONDS = 10.0
"""How long a writer waits for another one before it gives up: less than a lease lasts, so that it can be renewed."""
COPIED = 2_000
"""Pages (8 MB) of a backup between two reports of progress."""


class SqliteTransaction:
    skip_locked = ""  # BEGIN IMMEDIATE already admits one taker at a time

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def all(self, sql: str, *values: Any) -> list[Row]:
        return self._connection.execute(sql, values).fetchall()

    def one(self, sql: str, *values: Any) -> Row | None:
        row: Row | None = self._connection.execute(sql, values).fetchone()
        return row

    def run(self, sql: str, *values: Any) -> int:
        return self._connection.execute(sql, values).rowcount

    def many(self, sql: str, rows: Iterable[tuple[Any, ...]]) -> None:
        self._connection.executemany(sql, rows)

    def copy(self, target: sqlite3.Connection, told: Callable[[int, int], None]) -> None:
        """Copy the whole file into an empty database, as this transaction sees it; `told` gets pages (done, of)."""
        self._connection.backup(target, pages=COPIED, progress=lambda _, left, of: told(of - left, of))


class _Connection:
    """A thread's connection, closed when the thread is gone: servers come and go through many threads."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection

    def __del__(self) -> None:
        self.connection.close()


def _tables(tx: SqliteTransaction) -> set[str]:
    return {str(row["name"]) for row in tx.all("SELECT name FROM sqlite_master WHERE type = 'table'")}


class SqliteStore:
    """A `services.store.engine.Store` over one file. Each thread has a connection of its own."""

    def __init__(self, path: Path) -> None:
        """Opens or creates `path` and brings its schema up to date. Raises StoreError."""
        self.path = path
        self._local = threading.local()
        self._opened: WeakSet[_Connection] = WeakSet()
        self._lock = threading.Lock()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreUnavailable(f"{path.parent}: cannot be made ({error.strerror})") from error
        with self.read() as tx:  # a store that is as it should be is opened without asking for the writer's place
            current = is_current(tx, _tables(tx))
        if not current:
            with self.write() as tx:
                migrate(tx, _tables(tx))

    @contextmanager
    def read(self) -> Iterator[SqliteTransaction]:
        with self._transaction("BEGIN") as tx:
            yield tx

    @contextmanager
    def write(self, exclusive: str | tuple[str, ...] = ()) -> Iterator[SqliteTransaction]:
        # one writer at a time, whatever it decides
        with self._transaction("BEGIN IMMEDIATE") as tx:
            yield tx

    def check(self) -> None:
        with self.read() as tx:
            found = [str(row[0]) for row in tx.all("PRAGMA integrity_check(5)")]  # type: ignore[index]
        if found != ["ok"]:
            raise self._corrupt("; ".join(found))

    def close(self) -> None:
        with self._lock:
            for opened in list(self._opened):
                opened.connection.close()
            self._opened.clear()
        self._local = threading.local()

    @contextmanager
    def _transaction(self, begin: str) -> Iterator[SqliteTransaction]:
        try:
            connection = self._connection()
            connection.execute(begin)
            try:
                yield SqliteTransaction(connection)
                connection.execute("COMMIT")
            except BaseException:
                # A full disk may already have rolled back; a second ROLLBACK would hide the first error.
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise
        except sqlite3.Error as error:
            raise self._explain(error) from error

    def _connection(self) -> sqlite3.Connection:
        opened: _Connection | None = getattr(self._local, "opened", None)
        if opened is None:
            opened = self._local.opened = _Connection(self._open())
            with self._lock:
                self._opened.add(opened)
        return opened.connection

    def _open(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self.path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
        connection.row_factory = sqlite3.Row
        connection.execute("PRAGMA journal_mode = WAL")
        # FULL, not NORMAL: a commit that a power cut takes back would hand its event number out twice.
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA cache_size = -16000")
        return connection

    def _explain(self, error: sqlite3.Error) -> StoreError:
        return explain(self.path, error)

    def _corrupt(self, detail: str) -> StoreCorrupt:
        return damaged(self.path, detail)


def explain(path: Path, error: sqlite3.Error) -> StoreError:
    """What an error of SQLite means for the store at `path`."""
    name = getattr(error, "sqlite_errorname", "")
    if name.startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB")):
        return damaged(path, str(error))
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return StoreUnavailable(f"{path}: another process has held the store for {BUSY_SECONDS:.0f} s")
    if name.startswith("SQLITE_FULL"):
        return StoreUnavailable(f"{path}: the disk is full; make room, work goes on by itself")
    if name.startswith(("SQLITE_IOERR", "SQLITE_CANTOPEN", "SQLITE_READONLY")):
        return StoreUnavailable(f"{path}: {error}; check the folder, its owner and its rights")
    return StoreError(f"{path}: {error}")


def damaged(path: Path, detail: str) -> StoreCorrupt:
    return StoreCorrupt(
        f"{path}: the store is damaged ({detail}). vigie will not write to it. "
        "`vigie restore BACKUP --force` keeps this file beside and puts a backup in its place."
    )
