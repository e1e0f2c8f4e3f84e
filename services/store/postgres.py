"""PostgreSQL as the store: many hosts, many writers at a time.

Writing transactions run at READ COMMITTED: each statement sees all that was committed before it, and a row that two
want is changed by one after the other. What has to be decided by one at a time says so (`Store.write(exclusive=…)`).
Two that wait for each other are the only conflict left (services/store/replay.py).
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.pq import TransactionStatus
from psycopg.rows import dict_row
from psycopg.types.numeric import Int8Dumper
from psycopg.types.string import StrDumper

from services.store.engine import StoreCorrupt, StoreError, StoreUnavailable
from services.store.replay import Begin, Connection, PostgresTransaction
from services.store.schema import is_current, migrate

BUSY_SECONDS = 10.0
"""How long a lock is waited for: less than a lease lasts, so that it can be renewed."""
SILENT_SECONDS = 60.0
"""After which the server ends a writing transaction that says nothing: a frozen process must not hold up the others."""
CONNECTIONS = 16
"""Of one process at once; PostgreSQL admits 100 in all unless told otherwise."""
OLDEST = 130_000
"""The oldest server that its makers still care for, as it tells its version."""

_DEFAULTS = {
    "connect_timeout": "5",
    "keepalives_idle": "10",
    "keepalives_interval": "5",
    "keepalives_count": "3",
    "tcp_user_timeout": "20000",
    "application_name": "vigie",
    "client_encoding": "utf8",
}
_LOCK = b"SELECT pg_advisory_xact_lock(hashtextextended(current_schema() || ' ' || $1, 0))"

_PASSING = ("08", "40", "53", "57", "58", "25P03")
"""SQLSTATEs, or their classes, of what may be better at the next try: connection, conflict, resources, operator."""


class PostgresStore:
    """A `services.store.engine.Store` over the tables of one schema of one database."""

    def __init__(self, url: str) -> None:
        """Connects to `url` and brings its schema up to date. Raises StoreError; no message has the password."""
        self._conninfo, self.place = _parse(url)
        self._idle: list[Connection] = []
        self._room = threading.BoundedSemaphore(CONNECTIONS)
        self._closed = False
        try:
            self._prepare()
        except BaseException:
            self.close()
            raise

    def __del__(self) -> None:
        if hasattr(self, "_idle"):
            self.close()

    @contextmanager
    def read(self) -> Iterator[PostgresTransaction]:
        with self._transaction(_begin_reading, replays=False) as tx:
            yield tx

    @contextmanager
    def write(self, exclusive: str | tuple[str, ...] = ()) -> Iterator[PostgresTransaction]:
        def begin(connection: Connection) -> None:
            _send(
                connection,
                b"BEGIN ISOLATION LEVEL READ COMMITTED; SET LOCAL lock_timeout = %d;"
                b" SET LOCAL idle_in_transaction_session_timeout = %d" % (BUSY_SECONDS * 1000, SILENT_SECONDS * 1000),
            )
            for name in sorted({exclusive} if isinstance(exclusive, str) else exclusive):
                connection.execute(_LOCK, (name,))

        with self._transaction(begin, replays=True) as tx:
            yield tx

    def check(self) -> None:
        """Every byte of every table is read; where the server keeps checksums, it compares them."""
        with self.read() as tx:
            names = sorted(_tables(tx))
        with self._explained(), self._begun(_begin_reading) as connection, connection.cursor() as cursor:
            for name in names:
                with cursor.copy(f'COPY "{name}" TO STDOUT (FORMAT binary)'.encode()) as copied:
                    for _ in copied:
                        pass

    def close(self) -> None:
        self._closed = True
        while self._idle:
            self._idle.pop().close()

    def _prepare(self) -> None:
        with self.read() as tx:
            _check_server(tx)
            current = is_current(tx, _tables(tx))
        if not current:
            with self.write(exclusive="schema") as tx:
                migrate(tx, _tables(tx))

    @contextmanager
    def _transaction(self, begin: Begin, *, replays: bool) -> Iterator[PostgresTransaction]:
        with self._explained(), self._begun(begin) as connection:
            tx = PostgresTransaction(connection, begin, replays=replays)
            try:
                yield tx
                tx.commit()
            except BaseException:
                with suppress(psycopg.Error):  # what went wrong before is the thing to tell
                    connection.execute(b"ROLLBACK", prepare=False)
                raise

    @contextmanager
    def _begun(self, begin: Begin) -> Iterator[Connection]:
        """A connection of one's own, its transaction open."""
        if not self._room.acquire(timeout=BUSY_SECONDS):
            raise StoreUnavailable(f"{self.place}: all {CONNECTIONS} connections of this process are in use")
        try:
            connection = self._take(begin)
            try:
                yield connection
            finally:
                if connection.info.transaction_status is TransactionStatus.IDLE and not self._closed:
                    self._idle.append(connection)
                else:
                    connection.close()
        finally:
            self._room.release()

    def _take(self, begin: Begin) -> Connection:
        while True:
            connection, is_new = self._any()
            try:
                begin(connection)
            except BaseException as error:
                # One that was used before may have been cut since; nothing was asked of it yet.
                was_cut = isinstance(error, psycopg.OperationalError) and connection.closed and not is_new
                connection.close()
                if not was_cut:
                    raise
            else:
                return connection

    def _any(self) -> tuple[Connection, bool]:
        """The connection used last, or a new one; whether it is new."""
        try:
            return self._idle.pop(), False
        except IndexError:
            return self._open(), True

    def _open(self) -> Connection:
        connection: Connection = psycopg.Connection.connect(
            self._conninfo, autocommit=True, row_factory=dict_row, cursor_factory=psycopg.RawCursor
        )
        # Types that do not depend on the value: a number is always of 8 bytes, a text always a text.
        connection.adapters.register_dumper(int, Int8Dumper)
        connection.adapters.register_dumper(str, StrDumper)
        # A commit that a power cut takes back would hand its event number out twice.
        connection.execute(
            b"SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'"
        )
        return connection

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except psycopg.Error as error:
            raise self._explain(error) from error

    def _explain(self, error: psycopg.Error) -> StoreError:
        code = error.sqlstate or ""
        said = error.diag.message_primary or " ".join(str(error).split())
        if code in ("XX001", "XX002"):
            return StoreCorrupt(
                f"{self.place}: the store is damaged ({said}). vigie will not write to it. "
                "`vigie restore BACKUP --force` moves its tables aside and puts a backup in their place."
            )
        if code == "55P03":
            return StoreUnavailable(f"{self.place}: another process has held what is needed for {BUSY_SECONDS:.0f} s")
        if code == "53100":
            return StoreUnavailable(f"{self.place}: the server's disk is full; make room, work goes on by itself")
        if code == "25006":
            return StoreUnavailable(f"{self.place}: {said}; if this server is a standby, name the one that writes")
        if code == "42501":
            return StoreError(f"{self.place}: {said}; make vigie's user the owner of its database or schema")
        if code.startswith(_PASSING) or (not code and isinstance(error, psycopg.OperationalError)):
            return StoreUnavailable(f"{self.place}: {said}")
        return StoreError(f"{self.place}: {said}")


def _parse(url: str) -> tuple[str, str]:
    """(what libpq is given, the place as messages name it: without a password)."""
    try:
        given = conninfo_to_dict(url)
    except psycopg.Error:
        # the cause would repeat what was given
        raise StoreError(
            "the store's URL cannot be read: postgresql://user:password@host:port/database?sslmode=verify-full,"
            " with % codes for special characters"
        ) from None
    user = f"{given['user']}@" if given.get("user") else ""
    port = f":{given['port']}" if given.get("port") else ""
    place = f"postgresql://{user}{given.get('host') or ''}{port}/{given.get('dbname') or ''}"
    return make_conninfo("", **{**_DEFAULTS, **given}), place


def _begin_reading(connection: Connection) -> None:
    _send(connection, b"BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")


def _send(connection: Connection, statements: bytes) -> None:
    connection.execute(statements, prepare=False)


def _tables(tx: PostgresTransaction) -> set[str]:
    rows = tx.all("SELECT tablename AS name FROM pg_tables WHERE schemaname = current_schema()")
    return {str(row["name"]) for row in rows}


def _check_server(tx: PostgresTransaction) -> None:
    row = tx.one(
        "SELECT current_setting('server_version_num')::int AS version, current_setting('server_encoding') AS encoding,"
        " current_schema() AS schema"
    )
    assert row is not None
    if row["version"] < OLDEST:
        raise StoreError(f"PostgreSQL {row['version'] // 10_000} is too old; vigie needs {OLDEST // 10_000} or newer")
    if row["encoding"] != "UTF8":
        raise StoreError(f"the database holds {row['encoding']}; make one with ENCODING 'UTF8' TEMPLATE template0")
    if row["schema"] is None:
        raise StoreError("the schema that search_path names is not in this database; CREATE SCHEMA makes it")
