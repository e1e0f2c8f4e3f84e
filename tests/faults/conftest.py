"""A line of processes per test. Tests that can live with what those before them left share one (see test_redis.py)."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.line import Line, open_line
from tests.fetcher.serving import FakeOutlet, server_for, serving


@pytest.fixture
def outlet() -> Iterator[FakeOutlet]:
    made = FakeOutlet()
    with serving(made, server_for(made)) as running:
        yield running


@pytest.fixture
def line(tmp_path: Path, redis_url: str, outlet: FakeOutlet) -> Iterator[Line]:
    with open_line(tmp_path, outlet, redis_url) as made:
        yield made
