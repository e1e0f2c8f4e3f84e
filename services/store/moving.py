"""A whole store, copied from SQLite into PostgreSQL, and counted there before it counts."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from services.contracts import Account
from services.store import ledger
from services.store.engine import Store, StoreError, Transaction

_BATCH = 200

Told = Callable[[str, int], None]
"""Is told a table and how many of its rows have been copied, from time to time."""


@dataclass(frozen=True, slots=True)
class Moved:
    """`rows` by table; `items` and `events` are what the ledger and the stream say of themselves."""

    rows: dict[str, int]
    items: int
    events: int


def move(source: Store, target: Store, told: Told, *, prepare: Callable[[Transaction], None] | None = None) -> Moved:
    """Copy all that `source` (SQLite) holds into `target` (PostgreSQL), which must hold nothing once it is prepared.

    In one transaction: the target has everything or nothing. It is committed when every table has as many rows as in
    the source, both ledgers give the same account, and nobody has written to the source meanwhile. Raises StoreError.
    """
    before = _counts(source)
    with target.write(exclusive="move") as new:
        if prepare:
            prepare(new)
        _refuse_filled(new, before)
        with source.read() as old:
            for table in before:
                _copy(old, new, table, told)
            account = ledger.account(old)
        moved = {table: _count(new, table) for table in before}
        if _counts(source) != before or _account(source) != account:
            raise StoreError("the store was written to while it was copied; stop vigie and begin again")
        if moved != before or ledger.account(new) != account:
            wrong = [table for table in before if moved[table] != before[table]]
            what = ", ".join(wrong) or "the account"
            raise StoreError(f"the copy is not like the original ({what}); nothing of it was kept")
        new.run("ANALYZE")
    return Moved(moved, account.seen, account.events)


def _counts(source: Store) -> dict[str, int]:
    with source.read() as tx:
        names = tx.all("SELECT name FROM sqlite_master WHERE type = 'table' AND name <> 'schema' ORDER BY name")
        return {row["name"]: _count(tx, row["name"]) for row in names if not row["name"].startswith("sqlite_")}


def _account(source: Store) -> Account:
    with source.read() as tx:
        return ledger.account(tx)


def _count(tx: Transaction, table: str) -> int:
    row = tx.one(f'SELECT count(*) AS n FROM "{table}"')  # noqa: S608 - a table of the schema
    assert row is not None
    return int(row["n"])


def _refuse_filled(new: Transaction, tables: dict[str, int]) -> None:
    filled = [table for table in tables if table != "counters" and _count(new, table)]
    if filled:
        raise StoreError(f"the store to copy into is not empty ({', '.join(filled)}); name a database of its own")


def _copy(old: Transaction, new: Transaction, table: str, told: Told) -> None:
    new.run(f'DELETE FROM "{table}"')  # noqa: S608 - what a new store begins with
    done = 0
    for names, rows in _batches(old, table):
        marks = ",".join("?" * len(names))
        columns = ",".join(f'"{name}"' for name in names)
        new.many(f'INSERT INTO "{table}" ({columns}) VALUES ({marks})', rows)  # noqa: S608
        done += len(rows)
        told(table, done)


def _batches(old: Transaction, table: str) -> Iterator[tuple[list[str], list[tuple[object, ...]]]]:
    """Column names and rows, in the order in which they came."""
    place = -(2**63)
    while True:
        sql = f'SELECT rowid AS "its rowid", * FROM "{table}" WHERE rowid > ? ORDER BY rowid LIMIT {_BATCH}'  # noqa: S608
        found = old.all(sql, place)
        if not found:
            return
        place = int(found[-1]["its rowid"])
        names = list(found[0].keys())[1:]
        yield names, [tuple(row[name] for name in names) for row in found]
