"""Some hours of many outlets by a clock that jumps, over HTTP on loopback; the whole day is `make bench-fetch`."""

from pathlib import Path

import pytest

from benchmarks import fetch_day

MEMORY = Path("/dev/shm")


@pytest.fixture
def folder(tmp_path):
    """In memory where there is such a place: a day's commits wait for the disk longer than for anything else."""
    if not MEMORY.is_dir():
        yield tmp_path
        return
    made = MEMORY / f"vigie-{tmp_path.parent.name}-{tmp_path.name}"
    made.mkdir()
    yield made
    for path in made.iterdir():
        path.unlink()
    made.rmdir()


def test_outlets_of_every_kind_are_asked_as_they_wish_and_nothing_is_missed(valkey_socket, folder):
    seen = fetch_day.run(valkey_socket, folder, count=20, hours=3.0, per_day=(20.0, 300.0))
    assert seen.items > 500
    assert seen.early == 0
    assert seen.missed == 0
    assert seen.conditional_where_possible >= 0.99
    assert seen.conditional >= 0.9  # 20 first polls weigh more in hours than in a day
    assert seen.not_modified >= 0.9
    assert seen.late <= fetch_day.GRACE_S
