"""When the store cannot save, nothing new is begun: a moment at first, longer when it still cannot."""

import asyncio

from services.fetcher.underway import HOLD_FIRST, HOLD_SECONDS, UnderWay
from services.store import StoreUnavailable


async def fails() -> None:
    raise StoreUnavailable("away")


def test_a_store_that_stays_away_is_asked_less_and_less_often_and_one_that_was_back_soon_again() -> None:
    now = 1000.0
    under_way = UnderWay({}, lambda: now)
    holds = []
    for _ in range(7):
        asyncio.run(under_way.guard("saving", fails))
        began = now
        while under_way.is_held():
            now += 0.5
        holds.append(now - began)
    assert holds == [2, 4, 8, 16, 32, 60, 60]
    now += HOLD_SECONDS
    asyncio.run(under_way.guard("saving", fails))
    now += HOLD_FIRST
    assert not under_way.is_held()


def test_what_fails_together_counts_once() -> None:
    now = 1000.0
    under_way = UnderWay({}, lambda: now)
    for _ in range(20):
        asyncio.run(under_way.guard("saving", fails))
    now += HOLD_FIRST
    assert not under_way.is_held()
