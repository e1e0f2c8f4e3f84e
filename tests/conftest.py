"""What several folders of tests share: a real Redis-protocol server, a real store, the folder of shared material."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from services import valkey
from services.store import Store, open_store
from services.valkey import Valkey

# A loaded machine may take seconds for what takes a millisecond elsewhere.
settings.register_profile("vigie", deadline=None)
settings.load_profile("vigie")

SHARED = Path(__file__).parents[2] / "shared"

LONG = frozenset(
    {"torture", "pipeline", "faults", "test_two_hosts.py", "test_pipeline_on_postgres.py", "test_worker.py"}
)
"""Folders and files that take longest: begun last, one of them would keep everybody waiting."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: LONG.isdisjoint(item.path.parts))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(f"sqlite:///{tmp_path / 'vigie.db'}")
    yield opened
    opened.close()


@pytest.fixture
def redis_folder(tmp_path: Path) -> Iterator[Path]:
    """The folder of a running embedded server."""
    folder = tmp_path / "redis"
    server = Valkey(folder)
    server.start()
    yield folder
    server.stop()


@pytest.fixture
def redis_url(redis_folder: Path) -> str:
    return valkey.url(redis_folder)
