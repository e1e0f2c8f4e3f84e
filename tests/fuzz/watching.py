"""What holds for every answer to a hostile input: it comes in time, and everything in it can be stored and shown."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

CPU_SECONDS = 5.0
"""Of this process, so that a loaded machine changes nothing: what the services allow a feed; a page gets twice that."""


@contextmanager
def in_time(seconds: float = CPU_SECONDS) -> Iterator[None]:
    begun = time.process_time()
    yield
    spent = time.process_time() - begun
    assert spent < seconds, f"{spent:.1f} s of CPU"


def storable(value: Any) -> None:
    """No store takes half a character, and PostgreSQL no NUL."""
    if isinstance(value, str):
        value.encode("utf-8")
        assert "\0" not in value, f"NUL in {value!r:.100}"
    elif isinstance(value, dict):
        for each in (*value.keys(), *value.values()):
            storable(each)
    elif isinstance(value, list | tuple):
        for each in value:
            storable(each)


def explained(refusal: Exception, about: str = "") -> None:
    """A refusal says why, and about what."""
    assert str(refusal)
    assert about in str(refusal)
