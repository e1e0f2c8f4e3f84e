from collections.abc import Iterator
from pathlib import Path

import pytest

from services import valkey
from services.runtime import Runtime, open_runtime
from services.settings import from_environment


@pytest.fixture
def runtime(tmp_path: Path, redis_folder: Path) -> Iterator[Runtime]:
    opened = open_runtime(from_environment(data=tmp_path), redis_url=valkey.url(redis_folder))
    yield opened
    opened.close()
