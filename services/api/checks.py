"""Whether the parts that the service needs are there: each is asked, none is trusted."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from services.api.search import Search
from services.store import Store, events

LAG_LIMIT = 1_000
"""Events that the search may be behind and still be called ready: two batches of the follower."""

ROOM_BYTES = 50_000_000
"""Least room on the disk of the data folder: a few minutes of pages, and of what is written to make room."""

Lengths = Callable[[], dict[str, int]]


@dataclass(frozen=True, slots=True)
class Check:
    """`ok` is None for a part that this service was started without."""

    ok: bool | None
    detail: str = ""


def run(
    store: Store,
    search: Search,
    redis_lengths: Lengths | None,
    redis_writes: Callable[[], None] | None = None,
    folder: Path | None = None,
) -> dict[str, Check]:
    """`redis_writes` raises where Redis answers but takes nothing; `folder` is where the store and the index lie."""
    head = 0

    def ask_store() -> str:
        nonlocal head
        with store.read() as tx:
            head = events.head(tx)
        return f"last event {head}"

    def ask_search() -> str:
        lag = max(0, head - search.cursor())
        if lag > LAG_LIMIT:
            raise RuntimeError(f"{lag} events behind")
        return f"{lag} events behind"

    def ask_redis() -> str:
        assert redis_lengths is not None
        if redis_writes:
            redis_writes()
        return ", ".join(f"{name} {length}" for name, length in redis_lengths().items())

    def ask_room() -> str:
        assert folder is not None
        free = shutil.disk_usage(folder).free
        if free < ROOM_BYTES:
            raise RuntimeError(f"{free / 1e6:.0f} MB left on the disk of the data folder; make room")
        return f"{free / 1e6:.0f} MB free"

    asked = {
        "store": _ask(ask_store),
        "search": _ask(ask_search),
        "redis": _ask(ask_redis) if redis_lengths else Check(None, "not asked"),
    }
    return {**asked, "room": _ask(ask_room)} if folder else asked


def body(checks: dict[str, Check]) -> dict[str, Any]:
    return {
        "ready": all(check.ok is not False for check in checks.values()),
        "checks": {name: {"ok": check.ok, "detail": check.detail} for name, check in checks.items()},
    }


def _ask(question: Callable[[], str]) -> Check:
    try:
        return Check(True, question())
    except Exception as error:  # whatever is wrong with a part is the answer to whether it is there
        return Check(False, f"{type(error).__name__}: {error}"[:500])
