"""The seam between the store's SQL and the engine that runs it.

The modules beside this one hold the SQL, once, in the subset that SQLite and PostgreSQL share
(`?` for a parameter, `ON CONFLICT`, `RETURNING`). An engine gives them transactions and nothing else.

    StoreError
    ├── StoreUnavailable   worth another try: locked, disk full, connection lost
    ├── StoreCorrupt       never touched again until somebody restores it
    └── StoreTooNew        written by a newer vigie
"""

from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from typing import Any, Protocol

Row = Mapping[str, Any]


class StoreError(Exception):
    """The store cannot do what was asked; the message says what to do about it."""


class StoreUnavailable(StoreError):
    """The store cannot answer now; try again. Nothing was written, unless its server was lost in the very commit: then
    nobody can know, and only work that asks the ledger first may simply be done again."""


class StoreCorrupt(StoreError):
    """The store's file is damaged; vigie refuses to touch it."""


class StoreTooNew(StoreError):
    """The store's schema is of a newer vigie than this one."""


class Transaction(Protocol):
    """Statements that take effect together or not at all."""

    skip_locked: str
    """What a SELECT that takes leases ends with, so that two takers never wait for each other."""

    def all(self, sql: str, *values: Any) -> list[Row]: ...

    def one(self, sql: str, *values: Any) -> Row | None: ...

    def run(self, sql: str, *values: Any) -> int:
        """Execute; the number of rows that changed."""

    def many(self, sql: str, rows: Iterable[tuple[Any, ...]]) -> None: ...


class Store(Protocol):
    """An open store. Safe to use from several threads of one process; to be opened anew after a fork."""

    def read(self) -> AbstractContextManager[Transaction]:
        """A consistent view; sees nothing that commits meanwhile."""

    def write(self, exclusive: str | tuple[str, ...] = ()) -> AbstractContextManager[Transaction]:
        """A transaction that writes: committed when the block ends, rolled back when it raises.

        Others may write at the same time, and what was read may have changed when it is written. Where that matters,
        `exclusive` names what is decided (`locks`), one thing or several: of all transactions that give the same name,
        one is open at a time.
        """

    def check(self) -> None:
        """Raise StoreCorrupt if the engine finds damage. Reads everything: minutes on a large store."""

    def close(self) -> None: ...
