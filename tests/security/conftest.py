from collections.abc import Iterator

import pytest

from tests.fetcher.serving import FakeOutlet, server_for, serving


@pytest.fixture
def outlet() -> Iterator[FakeOutlet]:
    made = FakeOutlet()
    with serving(made, server_for(made)) as running:
        yield running
