"""A transaction of PostgreSQL that survives a deadlock.

Of two transactions that wait for each other the server rolls one back. It is made up for here: its statements are sent
again, and it goes on as if nothing had happened if each is answered as it was the first time. The block that sent them
is not run again, so that what it did besides is not done twice.
"""

import random
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import psycopg
from psycopg import errors

from services.store.dialect import translate
from services.store.engine import Row, StoreError, StoreUnavailable

REPLAYS = 5
PAUSE_SECONDS = 0.05
"""Longest before the first replay."""
REPLAYABLE = 5_000
"""Statements and rows of one transaction that are remembered, to be sent and compared again; 2 KB count as a row."""

Connection = psycopg.Connection[dict[str, Any]]
Cursor = psycopg.Cursor[dict[str, Any]]
Begin = Callable[[Connection], None]
Act = Callable[[Cursor, bytes, Any], Any]


class PostgresTransaction:
    """Statements of one transaction that `begin` has opened, and opens again where it has to be replayed."""

    skip_locked = "FOR UPDATE SKIP LOCKED"

    def __init__(self, connection: Connection, begin: Begin, *, replays: bool) -> None:
        self._connection = connection
        self._begin = begin
        self._cursor = connection.cursor(binary=True)
        self._done: list[tuple[Act, bytes, Any, Any]] | None = [] if replays else None
        self._weight = 0

    def all(self, sql: str, *values: Any) -> list[Row]:
        found: list[Row] = self._do(_all, sql, _plain(values))
        return found

    def one(self, sql: str, *values: Any) -> Row | None:
        found = self.all(sql, *values)
        return found[0] if found else None

    def run(self, sql: str, *values: Any) -> int:
        changed: int = self._do(_run, sql, _plain(values))
        return changed

    def many(self, sql: str, rows: Iterable[tuple[Any, ...]]) -> None:
        if given := [_plain(row) for row in rows]:
            self._do(_many, sql, given)

    def commit(self) -> None:
        done = self._connection.execute(b"COMMIT", prepare=False)
        if done.statusmessage != "COMMIT":
            raise StoreError(f"not committed ({done.statusmessage}): an error inside the transaction was passed over")

    def _do(self, act: Act, sql: str, values: Any) -> Any:
        statement = translate(sql)
        for again in range(REPLAYS + 1):
            try:
                if again:
                    time.sleep(random.uniform(0, PAUSE_SECONDS * again))  # noqa: S311 - out of step with the other
                    self._replay()
                answer = act(self._cursor, statement, values)
            except (errors.DeadlockDetected, errors.SerializationFailure):
                if self._done is None or again == REPLAYS:
                    raise
            else:
                self._remember(act, statement, values, answer)
                return answer
        raise AssertionError("the last try returns or raises")

    def _remember(self, act: Act, statement: bytes, values: Any, answer: Any) -> None:
        if self._done is None:
            return
        self._weight += _weight(values) + _weight(answer)
        if self._weight > REPLAYABLE:
            self._done = None
        else:
            self._done.append((act, statement, values, answer))

    def _replay(self) -> None:
        """Begin anew with all that was done before; what has been told to the caller must still be true."""
        assert self._done is not None
        self._connection.execute(b"ROLLBACK", prepare=False)
        self._begin(self._connection)
        for act, statement, values, answer in self._done:
            if act(self._cursor, statement, values) != answer:
                raise StoreUnavailable("another process has changed what this one had read; nothing was written")


def _weight(what: Any) -> int:
    """How much it is to remember, in rows."""
    if isinstance(what, bytes | str):
        return len(what) // 2_000
    if isinstance(what, list | tuple):
        return 1 + sum(map(_weight, what))
    return sum(map(_weight, what.values())) if isinstance(what, dict) else 0


def _all(cursor: Cursor, statement: bytes, values: Sequence[Any]) -> list[dict[str, Any]]:
    return cursor.execute(statement, values).fetchall()


def _run(cursor: Cursor, statement: bytes, values: Sequence[Any]) -> int:
    return cursor.execute(statement, values).rowcount


def _many(cursor: Cursor, statement: bytes, rows: Sequence[Sequence[Any]]) -> None:
    cursor.executemany(statement, rows)


def _plain(values: Iterable[Any]) -> tuple[Any, ...]:
    """As PostgreSQL takes it: names are their text, and text has no NUL (feeds do)."""
    return tuple(value.replace("\0", "\ufffd") if isinstance(value, str) else value for value in values)
