"""SQLite as the store: one file, write-ahead log, one writer at a time, any number of readers."""

import sqlite3
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from services.store.engine import Row, StoreCorrupt, StoreError, StoreUnavailable
from services.store.schema import migrate

BUSY_SECONDS = 30.0
"""How long a writer waits for another one before it gives up."""


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


class SqliteStore:
    """A `services.store.engine.Store` over one file. Each thread has a connection of its own."""

    def __init__(self, path: Path) -> None:
        """Opens or creates `path` and brings its schema up to date. Raises StoreError."""
        self.path = path
        self._local = threading.local()
        self._opened: list[sqlite3.Connection] = []
        self._lock = threading.Lock()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreUnavailable(f"{path.parent}: cannot be made ({error.strerror})") from error
        with self.write() as tx:
            tables = {str(row["name"]) for row in tx.all("SELECT name FROM sqlite_master WHERE type = 'table'")}
            migrate(tx, tables)

    @contextmanager
    def read(self) -> Iterator[SqliteTransaction]:
        with self._transaction("BEGIN") as tx:
            yield tx

    @contextmanager
    def write(self) -> Iterator[SqliteTransaction]:
        with self._transaction("BEGIN IMMEDIATE") as tx:
            yield tx

    def check(self) -> None:
        with self.read() as tx:
            found = [str(row[0]) for row in tx.all("PRAGMA integrity_check(5)")]  # type: ignore[index]
        if found != ["ok"]:
            raise self._corrupt("; ".join(found))

    def close(self) -> None:
        with self._lock:
            for connection in self._opened:
                connection.close()
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
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = self._local.connection = self._open()
        return connection

    def _open(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self.path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
        connection.row_factory = sqlite3.Row
        connection.execute("PRAGMA journal_mode = WAL")
        # FULL, not NORMAL: a commit that a power cut takes back would hand its event number out twice.
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA cache_size = -16000")
        with self._lock:
            self._opened.append(connection)
        return connection

    def _explain(self, error: sqlite3.Error) -> StoreError:
        name = getattr(error, "sqlite_errorname", "")
        if name.startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB")):
            return self._corrupt(str(error))
        if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
            return StoreUnavailable(f"{self.path}: another process has held the store for {BUSY_SECONDS:.0f} s")
        if name.startswith("SQLITE_FULL"):
            return StoreUnavailable(f"{self.path}: the disk is full; make room, work goes on by itself")
        if name.startswith(("SQLITE_IOERR", "SQLITE_CANTOPEN", "SQLITE_READONLY")):
            return StoreUnavailable(f"{self.path}: {error}; check the folder, its owner and its rights")
        return StoreError(f"{self.path}: {error}")

    def _corrupt(self, detail: str) -> StoreCorrupt:
        return StoreCorrupt(
            f"{self.path}: the store is damaged ({detail}). vigie will not write to it. "
            "Keep the file, put a copy that you trust in its place, and start again."
        )
