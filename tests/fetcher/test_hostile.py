"""Rows 21 to 25 of the fault table with a real fetcher: what a hostile feed costs, and whom it keeps waiting."""

import contextlib
import gzip
import threading
import time
from itertools import pairwise

import pytest

from services.contracts import Outlet, Reason
from tests.fetcher.fetching import fetchers, make_due, opened, put_off, readers, resident, wait_until
from tests.fetcher.polling import rss
from tests.fetcher.serving import FakeOutlet, respond, server_for, serving

GOOD = 10
EVERY_S = 5.0
"""The shortest interval that an outlets file may name."""
LATE_S = 12.0
"""Beyond what the schedule may wait: a machine that is busy is no hostile outlet."""
MOST = 100_000_000


def item(inside):
    return b"<rss version='2.0'><channel><title>x</title><item>" + inside + b"</item></channel></rss>"


def says(body, **headers):
    return lambda handler: respond(handler, body, **headers)


def drips(handler):
    handler.wfile.write(b"HTTP/1.0 200 OK\r\n\r\n<rss>")
    with contextlib.suppress(OSError):
        while True:
            handler.wfile.write(b" ")
            time.sleep(0.1)


def never_ends(handler):
    handler.wfile.write(b"HTTP/1.0 200 OK\r\n\r\n<rss>")
    while True:
        handler.wfile.write(b" " * 65_536)


HOSTILE = {
    "a bomb": (
        says(gzip.compress(b" " * 200_000_000, 1), Content_Encoding="gzip"),
        {Reason.TOO_LARGE},
    ),
    "an endless body": (never_ends, {Reason.TOO_LARGE}),
    "a body that drips": (drips, {Reason.TIMEOUT}),
    "an author that hangs the parser": (says(item(b"<author>" + b"a" * 32_000 + b"</author>")), {Reason.TIMEOUT}),
    "attributes without end": (
        says(item(b"<a " + b" ".join(b'a%d="1"' % number for number in range(400_000)) + b"/>")),
        {Reason.TOO_LARGE, Reason.TIMEOUT},
    ),
    "as large as may be": (says(item(b"<title>" + "ї".encode() * 2_400_000 + b"</title>")), {None, Reason.TOO_LARGE}),
}


@pytest.fixture
def good_outlets():
    with contextlib.ExitStack() as stack:
        made = [FakeOutlet() for _ in range(GOOD)]
        yield [stack.enter_context(serving(each, server_for(each))) for each in made]


def test_hostile_feeds_cost_little_and_keep_no_other_waiting(outlet, good_outlets, tmp_path, redis_url):
    asked = {}

    def good(number):
        def answer(handler):
            moments = asked.setdefault(number, [])
            moments.append(time.monotonic())
            respond(handler, rss(*(f"n{len(moments) + at}" for at in range(5)), at=time.time(), every=1.0))

        return answer

    outlets = [Outlet("hostile", "Hostile", outlet.url(), (outlet.says("/feed", rss("a")),), interval_min=EVERY_S)]
    for number, each in enumerate(good_outlets):
        each.answers["/feed"] = good(number)
        outlets.append(Outlet(f"good{number}", "Good", each.url(), (each.url("/feed"),), interval_min=EVERY_S))
    hostile = outlets[0].feeds[0]
    store = opened(tmp_path)
    put_off(store, outlets)
    with fetchers(1, tmp_path, redis_url, outlets, page_timeout="2", queue_limit="1") as (pid,):
        make_due(store, *(each.feeds[0] for each in outlets))
        wait_until(lambda: len(asked) == GOOD and _state(store, hostile)["status"] == 200)
        costs = {}
        for name, (answer, reasons) in HOSTILE.items():
            outlet.answers["/feed"] = answer
            wait_until(lambda: len(readers(pid)) == 1)  # the one before may have cost it its reader
            with _watching(pid) as most:
                began = make_due(store, hostile)
                wait_until(lambda began=began: _state(store, hostile)["polled"] > began)
            costs[name] = max(most) - most[0]
            assert _state(store, hostile)["reason"] in reasons, name
    store.close()
    assert max(costs.values()) < MOST, costs
    for moments in asked.values():
        assert len(moments) > 1
        assert max(later - earlier for earlier, later in pairwise(moments)) < EVERY_S * 1.1 + LATE_S


def _state(store, url):
    with store.read() as tx:
        return tx.one("SELECT polled, status, reason FROM feeds WHERE url = ?", url)


@contextlib.contextmanager
def _watching(pid):
    """Bytes of resident memory, looked up all the time while the block runs."""
    most, stop = [resident(pid)], threading.Event()

    def watch():
        while not stop.wait(0.01):
            most.append(resident(pid))

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield most
    finally:
        stop.set()
        thread.join()
