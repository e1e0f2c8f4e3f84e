"""The places in which the machine of tests/model runs."""

from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest

from services.store import open_store
from services.valkey import Valkey
from tests import postgres
from tests.fetcher.serving import FakeOutlet, server_for, serving
from tests.model.machine import Place


@pytest.fixture(scope="session")
def new_postgres_store() -> Iterator[Callable[[], str]]:
    with postgres.running("autovacuum=off") as server:
        made = server.database()
        open_store(made).close()
        template = made.partition("@/")[2].partition("?")[0]
        yield lambda: server.database(f"TEMPLATE {template}")


@pytest.fixture
def new_store(engine: str, tmp_path: Path, request: pytest.FixtureRequest) -> Callable[[], str]:
    if engine == "postgresql":
        made: Callable[[], str] = request.getfixturevalue("new_postgres_store")
        return made
    numbers = count()
    return lambda: f"sqlite:///{tmp_path / f'{next(numbers)}.db'}"


@pytest.fixture
def place(new_store: Callable[[], str], tmp_path: Path) -> Iterator[Place]:
    folder = tmp_path / "redis"
    server, outlet = Valkey(folder), FakeOutlet()
    server.start()
    with serving(outlet, server_for(outlet)):
        yield Place(new_store, server, folder, tmp_path, outlet)
    server.stop()
