"""Backups: what a store held at one moment, as one SQLite file that is a store itself, whichever engine it came from.

A backup is written beside its place under another name, checked, made to outlast a power cut, and renamed: what stands
under its name is whole. It is taken while everything runs. SQLite copies its pages out of one read transaction, so that
what others commit meanwhile neither shows in the copy nor makes it begin again. From PostgreSQL the rows are read out
of one snapshot: a dump of its own would need the client programs of the server's very version, and could be put back
into PostgreSQL only.
"""

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from services.contracts import Account
from services.store import ledger, moving
from services.store.engine import Store, StoreCorrupt, StoreError, StoreTooNew, StoreUnavailable, Transaction
from services.store.schema import CURRENT, migrate
from services.store.sqlite import SqliteStore, SqliteTransaction, explain

_BATCH = 500
_VISITOR_SECONDS = 2.0
"""How long it is waited for others to leave a store that is to be moved aside."""

Told = Callable[[str], None]
"""Is told how far it has come, from time to time."""


@dataclass(frozen=True, slots=True)
class Backup:
    """A backup that was written or put back. `aside` is where the store went that was there before."""

    path: Path
    size: int
    account: Account
    aside: str | None = None


def name(now: float) -> str:
    """A name that sorts by time: `vigie-20260301T101500Z.db`."""
    return f"vigie-{_stamp(now)}.db"


def write(source: Store, target: Path, told: Told) -> Backup:
    """Write all that `source` holds into the new file `target`. Raises StoreError."""
    if target.exists():
        raise StoreError(f"{target} is there already; a backup never overwrites anything")
    with _growing(target) as growing:
        with source.read() as tx:
            account = ledger.account(tx)  # the first look fixes what the transaction sees
            if isinstance(tx, SqliteTransaction):
                _copy_pages(tx, growing, told)
            else:
                _copy_rows(tx, growing, told)
        told("checking the copy")
        _check(growing, account)
        _sync(growing)
        growing.rename(target)
    _sync(target.parent)
    return Backup(target, target.stat().st_size, account)


def restore(source: Path, target: Path, now: float, told: Told, *, force: bool = False) -> Backup:
    """Make the file `target` the store that `source` is, its schema brought up to date.

    A store that is there is moved aside with `force`, else left alone. Raises StoreError, and then nothing has changed.
    """
    _refuse_filled(target, force=force)
    with _growing(target) as growing:
        account = _prepare(source, growing, told)
        aside = _move_aside(target, now)
        growing.rename(target)
    _sync(target.parent)
    return Backup(target, target.stat().st_size, account, aside)


def restore_rows(source: Path, target: Store, folder: Path, now: float, told: Told, *, force: bool = False) -> Backup:
    """The same for PostgreSQL, in one transaction; `folder` has room for a copy of `source`.

    With `force` the tables that are there go into a schema of their own, beside the new ones.
    """
    folder.mkdir(parents=True, exist_ok=True)
    beside = f"vigie_before_{_stamp(now).lower()}"
    with _growing(folder / "restored.db") as growing:
        account = _prepare(source, growing, told)
        copy = SqliteStore(growing)
        try:
            tables = _tables(copy)

            def prepare(tx: Transaction) -> None:
                _refuse_visitors(tx)
                tx.run(f"CREATE SCHEMA {beside}")
                for table in (*tables, "schema"):
                    tx.run(f'ALTER TABLE "{table}" SET SCHEMA {beside}')
                migrate(tx, set())

            moving.move(
                copy, target, lambda table, rows: told(f"{table}: {rows:,} rows"), prepare=prepare if force else None
            )
        finally:
            copy.close()
        size = growing.stat().st_size
    return Backup(source, size, account, beside if force else None)


# --- copying


def _copy_pages(tx: SqliteTransaction, target: Path, told: Told) -> None:
    with _database(target) as connection:
        tx.copy(connection, lambda done, of: told(f"{done:,} of {of:,} pages ({done / max(of, 1):.0%})"))
        connection.execute("PRAGMA journal_mode = DELETE")  # one file, readable from a medium that cannot be written


def _copy_rows(tx: Transaction, target: Path, told: Told) -> None:
    made = SqliteStore(target)
    try:
        for table in _tables(made):
            with made.write() as new:
                _copy_table(tx, new, table, told)
    finally:
        made.close()
    with _database(target) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")


def _copy_table(old: Transaction, new: Transaction, table: str, told: Told) -> None:
    columns = [row["name"] for row in new.all(f"PRAGMA table_info({table})")]
    names, marks = ",".join(f'"{each}"' for each in columns), ",".join("?" * len(columns))
    order = " ORDER BY rowid" if table == "history" else ""  # the only one whose rows have no other order
    new.run(f'DELETE FROM "{table}"')  # noqa: S608 - a table of the schema; what a new store begins with
    old.run(f'DECLARE copy_{table} NO SCROLL CURSOR FOR SELECT {names} FROM "{table}"{order}')  # noqa: S608
    insert, done = f'INSERT INTO "{table}" ({names}) VALUES ({marks})', 0  # noqa: S608
    while rows := old.all(f"FETCH {_BATCH} FROM copy_{table}"):
        new.many(insert, [tuple(row[each] for each in columns) for row in rows])
        done += len(rows)
        told(f"{table}: {done:,} rows")
    old.run(f"CLOSE copy_{table}")


def _tables(store: SqliteStore) -> list[str]:
    with store.read() as tx:
        rows = tx.all("SELECT name FROM sqlite_master WHERE type = 'table' AND name <> 'schema' ORDER BY name")
    return [row["name"] for row in rows if not row["name"].startswith("sqlite_")]


# --- checking


def _prepare(source: Path, growing: Path, told: Told) -> Account:
    """Copy a backup, check it, bring its schema up to date; its account."""
    try:
        _inspect(source)
        with _database(source, readable=True) as connection:
            _copy_pages(SqliteTransaction(connection), growing, told)
        told("checking the copy")
        copy = SqliteStore(growing)  # migrates
        try:
            copy.check()
            with copy.read() as tx:
                account = ledger.account(tx)
        finally:
            copy.close()
    except StoreCorrupt as error:
        raise StoreError(f"{source} is damaged, or no backup of vigie's; take another one") from error
    _sync(growing)
    return account


def _inspect(source: Path) -> None:
    """Raise StoreError unless this is a store of a schema that is known here."""
    if not source.is_file() or not source.stat().st_size:
        raise StoreError(f"{source}: there is no such file, or nothing in it")
    with _database(source, readable=True) as connection:
        found = connection.execute("SELECT name FROM sqlite_master WHERE name IN ('schema', 'items')").fetchall()
        if len(found) != 2:
            raise StoreError(f"{source} is no backup of vigie's")
        version = connection.execute("SELECT max(version) FROM schema").fetchone()[0] or 0
    if version > CURRENT:
        raise StoreTooNew(f"{source} has schema {version}, this vigie knows {CURRENT}: update vigie, then restore")


def _check(path: Path, account: Account) -> None:
    with _database(path, readable=True) as connection:
        found = [row[0] for row in connection.execute("PRAGMA integrity_check(5)")]
        if found != ["ok"]:
            raise StoreError(f"the copy is damaged ({'; '.join(found)}), as the store may be: try `vigie check`")
        if ledger.account(SqliteTransaction(connection)) != account:
            raise StoreError("the copy does not give the account of the store; nothing of it was kept")


# --- moving aside


def _refuse_filled(target: Path, *, force: bool) -> None:
    if target.exists() and target.stat().st_size and not force:
        raise StoreError(f"{target} is a store already; --force moves it aside and puts the backup in its place")


def _move_aside(target: Path, now: float) -> str | None:
    """Rename the store that is there, log and all. Raises StoreUnavailable where another process has it open."""
    if not target.exists():
        return None
    _refuse_open(target)
    aside = target.with_name(f"{target.name}.before-restore-{_stamp(now)}")
    if aside.exists():
        raise StoreError(f"{aside} is there already")
    for suffix in ("-wal", "-shm", ""):
        part = Path(f"{target}{suffix}")
        if part.exists():
            part.rename(f"{aside}{suffix}")
    return str(aside)


def _refuse_open(target: Path) -> None:
    """To give up its log a database must be open nowhere else. A damaged one cannot be asked, and is moved as it is."""
    connection = sqlite3.connect(target, timeout=_VISITOR_SECONDS, isolation_level=None)
    try:
        connection.execute("PRAGMA journal_mode = DELETE")
    except sqlite3.OperationalError as error:
        if error.sqlite_errorname.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
            raise StoreUnavailable(f"{target} is in use; end every vigie on it before it is replaced") from error
    except sqlite3.DatabaseError:
        return
    finally:
        connection.close()


def _refuse_visitors(tx: Transaction) -> None:
    row = tx.one(
        "SELECT count(*) AS n FROM pg_stat_activity WHERE datname = current_database()"
        " AND application_name = 'vigie' AND pid <> pg_backend_pid()"
    )
    if row and row["n"]:
        raise StoreUnavailable(
            f"{row['n']} connections of vigie are open to this database; end every vigie on it first"
        )


# --- files


@contextmanager
def _growing(target: Path) -> Iterator[Path]:
    """A file beside `target` to be filled and renamed; gone, with its log, when the block ends without that."""
    growing = target.with_name(f"{target.name}.{os.getpid()}.part")
    try:
        os.close(os.open(growing, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    except OSError as error:
        raise StoreUnavailable(f"{growing}: cannot be made ({error.strerror})") from error
    try:
        yield growing
    finally:
        for suffix in ("", "-wal", "-shm", "-journal"):
            Path(f"{growing}{suffix}").unlink(missing_ok=True)


@contextmanager
def _database(path: Path, *, readable: bool = False) -> Iterator[sqlite3.Connection]:
    """A connection of one's own, `readable` and no more where that is said. Raises StoreError."""
    try:
        connection = sqlite3.connect(
            f"{path.resolve().as_uri()}?mode={'ro' if readable else 'rw'}", uri=True, isolation_level=None
        )
        try:
            connection.row_factory = sqlite3.Row
            yield connection
        finally:
            connection.close()
    except sqlite3.Error as error:
        raise explain(path, error) from error


def _sync(path: Path) -> None:
    """Make a file, or the names in a folder, outlast a power cut."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _stamp(now: float) -> str:
    return datetime.fromtimestamp(now, UTC).strftime("%Y%m%dT%H%M%SZ")
