"""Row 33 of the conduct table with three real processes: what one outlet sees of them."""

import threading
import time
from collections import Counter
from itertools import pairwise

from services.contracts import Outlet, State
from services.fetcher.gate import MAX_VISITS
from tests.fetcher.fetching import fetchers, make_due, opened, put_off, wait_until
from tests.fetcher.polling import rss
from tests.fetcher.serving import respond

SPACING_S = 0.3
SLOW_S = 0.8
"""An outlet whose answers take longer than the time between two questions."""


class Books:
    """When each page was asked for, and how many requests were under way at once."""

    def __init__(self):
        self.pages, self.most, self._now, self._lock = [], 0, 0, threading.Lock()

    def answer(self, handler):
        with self._lock:
            self._now += 1
            self.most = max(self.most, self._now)
            self.pages.append((time.monotonic(), handler.path))
        time.sleep(SLOW_S)
        respond(handler, f"<html><p>News {handler.path}.</p></html>".encode(), Content_Type="text/html")
        with self._lock:
            self._now -= 1


def test_row_33_three_processes_ask_for_every_page_once_and_no_faster_than_one(outlet, tmp_path, redis_url):
    names, books = [f"p{number}" for number in range(8)], Books()
    for name in names:
        outlet.answers[f"/{name}"] = books.answer
    halves = [
        outlet.says(f"/feed{half}", rss(*names[half::2], at=time.time(), link=outlet.url("/")), ETag='"1"')
        for half in (0, 1)
    ]
    outlets = [Outlet("news", "News", outlet.url(), tuple(halves))]
    store = opened(tmp_path)
    put_off(store, outlets)
    with fetchers(3, tmp_path, redis_url, outlets, page_spacing=str(SPACING_S)):
        make_due(store, *halves)
        wait_until(lambda: _fetched(store) == len(names))
    store.close()
    assert sorted(path for _, path in books.pages) == sorted(f"/{name}" for name in names)
    asked = Counter(seen.path for seen in outlet.seen)
    assert (asked["/feed0"], asked["/feed1"]) == (1, 1)
    assert 1 <= asked["/robots.txt"] <= 3  # each that took a page asked once
    moments = [moment for moment, _ in books.pages]
    gaps = sorted(later - earlier for earlier, later in pairwise(moments))
    # the gate spaces the asking; a thread or a process that is late may bring two arrivals closer
    assert gaps[len(gaps) // 2] >= SPACING_S * 0.9
    assert moments[-1] - moments[0] >= SPACING_S * (len(names) - 1) * 0.9
    assert books.most <= MAX_VISITS


def _fetched(store):
    with store.read() as tx:
        return tx.one("SELECT COUNT(*) AS n FROM items WHERE state = ?", State.FETCHED)["n"]
