"""Every test that asks for `store` or `store_url` runs over both engines."""

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from services.store import Store, open_store
from tests import postgres
from tests.postgres import Server


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Server]:
    with postgres.running("deadlock_timeout=100ms", "autovacuum=off") as server:
        yield server


@pytest.fixture(scope="session")
def template(postgresql: Server) -> str:
    """A database with the current schema, to be copied."""
    url = postgresql.database()
    open_store(url).close()
    return f"TEMPLATE {url.partition('@/')[2].partition('?')[0]}"


@pytest.fixture(scope="session")
def shared(postgresql: Server, template: str) -> tuple[str, str]:
    """A database for all tests that leave the schema as it is, and what empties it: a new one is hundreds of files."""
    url = postgresql.database(template)
    tables = postgresql.tell("SELECT tablename FROM pg_tables WHERE schemaname = 'public'", url)
    counters = postgresql.tell("SELECT name, value FROM counters", url)
    empty = [f"DELETE FROM {name}" for (name,) in tables if name != "schema"]
    values = ", ".join(f"('{name}', {value})" for name, value in counters)
    return url, "; ".join([*empty, f"INSERT INTO counters (name, value) VALUES {values}"])


@pytest.fixture(scope="session")
def schemas(postgresql: Server) -> Callable[[], str]:
    """Makes stores that are still to be made, each an empty schema of one database: a tenth of a database's files."""
    url, numbers = postgresql.database(), itertools.count(1)

    def schema() -> str:
        name = f"apart{next(numbers)}"
        postgresql.tell(f"CREATE SCHEMA {name}", url)
        return f"{url}{'&' if '?' in url else '?'}options=-csearch_path%3D{name}"

    return schema


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def empty_url(engine: str, tmp_path: Path, request: pytest.FixtureRequest) -> str:
    """Where a store can be made."""
    if engine == "sqlite":
        return f"sqlite:///{tmp_path / 'vigie.db'}"
    return str(request.getfixturevalue("postgresql").database())


@pytest.fixture
def store_url(engine: str, tmp_path: Path, request: pytest.FixtureRequest) -> str:
    """Where a store is or will be made when it is opened."""
    if engine == "sqlite":
        return f"sqlite:///{tmp_path / 'vigie.db'}"
    return str(request.getfixturevalue("postgres_url"))


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    opened = open_store(store_url)
    yield opened
    opened.close()


@pytest.fixture
def plan(engine: str, request: pytest.FixtureRequest) -> Iterator[Callable[[str], str]]:
    """How the engine would answer a question; PostgreSQL is told that the tables are large, and has no statistics."""
    if engine == "sqlite":
        store = request.getfixturevalue("sqlite_store")
    else:
        store = open_store(request.getfixturevalue("postgresql").database(request.getfixturevalue("template")))

    def explain(sql: str) -> str:
        with store.read() as tx:
            if engine == "sqlite":
                return " ".join(row["detail"] for row in tx.all(f"EXPLAIN QUERY PLAN {sql}"))
            tx.run("SET LOCAL enable_seqscan = off")
            tx.run("SET LOCAL enable_bitmapscan = off")
            return " ".join(row["QUERY PLAN"] for row in tx.all(f"EXPLAIN {sql}"))

    yield explain
    store.close()


@pytest.fixture
def sqlite_store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(f"sqlite:///{tmp_path / 'vigie.db'}")
    yield opened
    opened.close()


@pytest.fixture
def postgres_url(postgresql: Server, shared: tuple[str, str]) -> str:
    """An empty store."""
    url, emptying = shared
    postgresql.tell(emptying, url)
    return url


@pytest.fixture
def postgres_store(postgres_url: str) -> Iterator[Store]:
    opened = open_store(postgres_url)
    yield opened
    opened.close()
