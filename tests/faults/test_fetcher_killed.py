"""Rows 1 and 2 of the table of faults: the fetcher is killed between two steps of its work."""

import time

from services.contracts import State
from services.store import feeds
from tests.faults import press
from tests.faults.line import Line, ends_by_kill, tell
from tests.fetcher.polling import polls_of
from tests.pipeline.vigie import wait_until


def count(line: Line) -> int:
    with line.store.read() as tx:
        return int(tx.one("SELECT count(*) AS n FROM items")["n"])  # type: ignore[index]


def test_row_1_a_fetcher_killed_between_response_and_save_has_saved_no_validator(line: Line) -> None:
    feed = press.lists(line.outlet, 1, 2, 3, ETag='"first"', Last_Modified="Mon, 03 Nov 2025 10:00:00 GMT")
    line.reads(feed)
    died = ends_by_kill(line.start("fetcher", VIGIE_CRASH_AT="poll_answered"))
    with line.store.read() as tx:
        state = feeds.get(tx, feed)
    assert state is not None
    assert (state.etag, state.last_modified, state.polled) == (None, None, None)
    assert count(line) == 0
    skipped = line.lapse_leases()
    line.start("fetcher")
    wait_until(lambda: count(line) == 3)
    took = time.monotonic() - died + skipped
    for asked in polls_of(line.outlet, "/feed"):
        assert not {"if-none-match", "if-modified-since"} & set(asked), "the whole feed is asked for again"
    assert took < 90
    tell(1, took, f"3 entries, lost 0, doubled 0 ({skipped:.0f} s of a lease skipped)")


def test_row_2_a_page_saved_by_a_fetcher_that_died_is_enqueued_by_another(line: Line) -> None:
    line.start_all("cleaner", "indexer")
    keys = line.sights(1)
    died = ends_by_kill(line.start("fetcher", VIGIE_CRASH_AT="page_saved"))
    assert line.states(keys) == {State.FETCHED: 1}
    assert line.runtime.queue_lengths()["clean"] == 0
    line.start("fetcher")
    wait_until(lambda: line.states(keys) != {State.FETCHED: 1})
    assert time.monotonic() - died < 60
    line.recovers(2, keys, died)
    assert [seen.path for seen in line.outlet.seen].count("/1") == 1, "the page is not asked for again"
