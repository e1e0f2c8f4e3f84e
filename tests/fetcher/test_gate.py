"""Rows 13 and 33 of the conduct table, on a real Valkey."""

import asyncio
import time
from itertools import pairwise

import pytest

from services.contracts import GATE_KEY, VISITS_KEY
from services.fetcher.gate import BUSY_S, MAX_HOLD_S, Gate

HOST = "outlet.example"
KEY = GATE_KEY.format(host=HOST)


def with_gate(redis_clients, work, spacing_s=0.2):
    async def run():
        async with redis_clients() as client:
            return await work(Gate(client, spacing_s), client)

    return asyncio.run(run())


def test_the_first_turn_is_now_and_the_next_ones_stand_apart(redis_clients):
    async def turns(gate, _):
        return [await gate.turn(HOST) for _ in range(4)]

    waits = with_gate(redis_clients, turns, spacing_s=1.0)
    assert waits[0] == 0.0
    assert waits[1:] == pytest.approx([1.0, 2.0, 3.0], abs=0.2)


def test_hosts_do_not_wait_for_each_other(redis_clients):
    async def turns(gate, _):
        return [await gate.turn(f"outlet{n}.example") for n in range(5)]

    assert with_gate(redis_clients, turns) == [0.0] * 5


def test_a_turn_beyond_patience_is_not_reserved(redis_clients):
    async def turns(gate, _):
        await gate.turn(HOST, spacing_s=10.0)
        first, second = await gate.turn(HOST, patience_s=5.0), await gate.turn(HOST, patience_s=5.0)
        return first, second, await gate.turn(HOST, patience_s=20.0)

    first, second, patient = with_gate(redis_clients, turns)
    assert first == pytest.approx(-10.0, abs=0.2)
    assert second == pytest.approx(-10.0, abs=0.2)
    assert patient == pytest.approx(10.0, abs=0.2)


def test_a_host_has_two_visitors_at_once_and_a_third_when_one_has_left(redis_clients):
    async def visits(gate, _):
        turns = [await gate.turn(HOST, visitor=name) for name in ("a", "b", "c", "a")]
        other = await gate.turn("other.example", visitor="c")
        await gate.leave(HOST, "a")
        return [*turns, other, await gate.turn(HOST, visitor="c")]

    first, second, third, again, elsewhere, after = with_gate(redis_clients, visits, spacing_s=0.0)
    assert (first, second, again, elsewhere, after) == (0.0, 0.0, 0.0, 0.0, 0.0)
    assert third == -BUSY_S


def test_a_visitor_that_never_leaves_is_forgotten_and_nothing_of_it_stays(redis_clients):
    async def visits(gate, client):
        for name in ("a", "b"):
            await gate.turn(HOST, patience_s=0.1, visitor=name, visit_s=0.3)
        busy = await gate.turn(HOST, patience_s=0.1, visitor="c", visit_s=0.3)
        await asyncio.sleep(0.6)
        return busy, await gate.turn(HOST, visitor="c"), await client.pttl(VISITS_KEY.format(host=HOST))

    busy, after, expires = with_gate(redis_clients, visits, spacing_s=0.0)
    assert (busy, after) == (-BUSY_S, 0.0)
    assert 0 < expires <= 2 * 65_000 + 5_000


def test_a_turn_that_is_too_far_away_makes_nobody_a_visitor(redis_clients):
    async def visits(gate, client):
        await gate.hold(HOST, 60.0)
        return await gate.turn(HOST, visitor="a"), await client.zcard(VISITS_KEY.format(host=HOST))

    wait, visitors = with_gate(redis_clients, visits)
    assert wait < -50
    assert visitors == 0


def test_no_patience_at_all_still_gets_a_free_turn(redis_clients):
    async def turns(gate, _):
        return await gate.turn(HOST, patience_s=0.0), await gate.turn(HOST, patience_s=0.0)

    free, taken = with_gate(redis_clients, turns)
    assert free == 0.0
    assert taken < 0


def test_a_crawl_delay_widens_the_spacing_and_never_narrows_it(redis_clients):
    async def turns(gate, _):
        await gate.turn(HOST, spacing_s=3.0)
        after_wide = await gate.turn(HOST)
        await gate.turn("other.example", spacing_s=0.0)
        return after_wide, await gate.turn("other.example")

    after_wide, after_narrow = with_gate(redis_clients, turns, spacing_s=1.0)
    assert after_wide == pytest.approx(3.0, abs=0.2)
    assert after_narrow == pytest.approx(1.0, abs=0.2)


def test_a_hold_after_a_429_shuts_the_gate_for_everyone(redis_clients):
    async def hold(gate, client):
        await gate.hold(HOST, 60.0)
        return await Gate(client, 0.1).turn(HOST)

    assert with_gate(redis_clients, hold) == pytest.approx(-60.0, abs=0.5)


def test_a_short_hold_does_not_shorten_a_long_one(redis_clients):
    async def hold(gate, _):
        await gate.hold(HOST, 60.0)
        await gate.hold(HOST, 1.0)
        return await gate.turn(HOST)

    assert with_gate(redis_clients, hold) < -50


def test_a_hold_is_a_day_at_most(redis_clients):
    async def hold(gate, _):
        await gate.hold(HOST, 1e12)
        return await gate.turn(HOST)

    assert with_gate(redis_clients, hold) == pytest.approx(-MAX_HOLD_S, abs=1.0)


def test_a_gate_goes_away_by_itself(redis_clients):
    async def expiry(gate, client):
        await gate.turn(HOST)
        after_turn = await client.pttl(KEY)
        await gate.hold(HOST, 30.0)
        return after_turn, await client.pttl(KEY)

    after_turn, after_hold = with_gate(redis_clients, expiry, spacing_s=2.0)
    assert 2_000 < after_turn <= 3_000
    assert 30_000 < after_hold <= 31_000


@pytest.mark.parametrize(
    "value", ["nonsense", "99999999999999999999", "-5", "nan", "inf", "", "9 9 9", "9" * 40 + " " + "9" * 40]
)
def test_a_spoilt_key_never_shuts_a_host_for_ever(redis_clients, value):
    async def spoilt(gate, client):
        await client.set(KEY, value)
        return await gate.turn(HOST, patience_s=MAX_HOLD_S + 1), await client.pttl(KEY)

    wait, expires = with_gate(redis_clients, spoilt)
    assert 0.0 <= wait <= MAX_HOLD_S
    assert expires > 0


def test_a_clock_that_is_set_back_shuts_no_gate_for_longer_than_it_was_shut(redis_clients):
    """What Redis holds then: a moment an hour ahead, said an hour ahead."""

    async def set_back(gate, client):
        seconds, _ = await client.time()
        said = (seconds + 3600) * 1000
        await client.set(KEY, f"{said + 2000} {said}", px=3_603_000)
        turn = await gate.turn(HOST)
        await client.set(KEY, f"{said + 60_000} {said}", px=3_661_000)
        return turn, await gate.turn(HOST)

    turn, held = with_gate(redis_clients, set_back)
    assert turn == pytest.approx(2.0, abs=0.2)
    assert held == pytest.approx(-60.0, abs=0.5)


def test_what_an_older_process_wrote_is_read(redis_clients):
    async def older(gate, client):
        seconds, _ = await client.time()
        await client.set(KEY, str((seconds + 30) * 1000))
        return await gate.turn(HOST)

    assert with_gate(redis_clients, older) == pytest.approx(-30.0, abs=1.5)


def test_the_gate_still_works_after_redis_was_emptied(redis_clients):
    async def flushed(gate, client):
        await gate.turn(HOST)
        await client.flushall()
        await client.script_flush()
        return await gate.turn(HOST), await gate.turn(HOST)

    free, waits = with_gate(redis_clients, flushed)
    assert free == 0.0
    assert waits > 0


def test_three_fetchers_together_ask_no_faster_than_one(redis_clients):
    asked = []

    async def fetcher():
        async with redis_clients() as client:
            gate = Gate(client, 0.2)
            for _ in range(4):
                await asyncio.sleep(await gate.turn(HOST))
                asked.append(time.monotonic())

    async def three():
        await asyncio.gather(fetcher(), fetcher(), fetcher())

    asyncio.run(three())
    asked.sort()
    assert len(asked) == 12
    assert asked[-1] - asked[0] > 11 * 0.2 - 0.1  # a timer may be some milliseconds late, at either end
    assert min(later - earlier for earlier, later in pairwise(asked)) > 0.05
