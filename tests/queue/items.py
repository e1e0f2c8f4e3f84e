"""Items in the ledger, some way down the line."""

import time

from services.contracts import State
from services.runtime import Runtime
from services.store import ledger, sightings
from services.store.ledger import Item
from services.store.sightings import Sighted


def key(number: int) -> str:
    return f"{number:032x}"


def fetched(runtime: Runtime, *numbers: int, ago: float = 60.0) -> list[str]:
    """Items that have waited for the cleaner for `ago` seconds."""
    then = time.time() - ago
    keys = [key(number) for number in numbers]
    with runtime.store.write() as tx:
        entries = [Sighted(each, f"https://e.example/{each}", "u", "e.example", None, "t", None) for each in keys]
        sightings.sight(tx, "e", "f", entries, then)
        for each in keys:
            ledger.advance(tx, each, State.SEEN, State.FETCHED, then)
    return keys


def item(runtime: Runtime, number: int) -> Item:
    with runtime.store.read() as tx:
        found = ledger.get(tx, key(number))
    assert found is not None
    return found
