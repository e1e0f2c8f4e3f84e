"""Rows 18 to 20 of the table of faults: work that comes twice, and messages that are none."""

import time
from pathlib import Path

from services.contracts import Stage, State
from services.store import ledger, refusals, sightings
from tests.faults import press
from tests.faults.line import Line, tell
from tests.fetcher.polling import rss
from tests.queue.forging import FORGERIES, OTHER


def test_row_18_one_article_in_five_feeds_under_five_urls_is_one_with_five_sightings(line: Line) -> None:
    press.prints(line.outlet, 1, 2)
    variants = ["1", "1?utm_source=feed", "1?fbclid=abc", "1#top", "1?utm_medium=rss&utm_campaign=x"]
    guid = "<guid isPermaLink='false'>the same for everything</guid>"
    feeds = []
    for number, variant in enumerate(variants):
        entries = rss(
            variant.replace("&", "&amp;"), *(["2"] if number == 0 else []), at=time.time(), link=line.outlet.url("/")
        )
        feeds.append(line.outlet.says(f"/feed{number}", entries.replace(b"</link>", b"</link>" + guid.encode())))
    line.reads(*feeds)
    line.start_all("fetcher", "cleaner", "cleaner", "indexer", "indexer")
    line.wait(lambda: _sightings(line) == 6 and len(_keys(line)) == 2)
    keys = _keys(line)
    for key in keys:
        for stage in Stage:
            line.runtime.enqueue(stage, [key])
            line.redis.rpush(line.runtime.queue(stage).key, *[f"{stage}-{key}"] * 3)
    line.recovers(18, keys, time.monotonic())
    line.wait(lambda: sum(line.runtime.queue_lengths().values()) == 0)
    line.check_the_stream(keys)
    with line.store.read() as tx:
        by_feed = sorted(len(sightings.of(tx, key)) for key in keys)
    assert by_feed == [1, 5], "a guid that everything shares joins nothing, five URLs of one page do"


def _sightings(line: Line) -> int:
    with line.store.read() as tx:
        return int(tx.one("SELECT count(*) AS n FROM sightings")["n"])  # type: ignore[index]


def _keys(line: Line) -> list[str]:
    with line.store.read() as tx:
        return [row["key"] for row in tx.all("SELECT key FROM items ORDER BY key")]


def test_rows_19_and_20_nothing_that_is_no_message_runs_and_no_item_ends_by_it(line: Line, tmp_path: Path) -> None:
    """Every forgery at once, in the name of healthy items, of an ended one's other stage, and of nobody."""
    trap, queue = tmp_path / "owned", line.runtime.queue(Stage.CLEAN)
    keys = line.fetched(*range(1, len(FORGERIES) + 1))
    for key, forge in zip(keys, FORGERIES.values(), strict=True):
        forge(queue, key, trap)
    FORGERIES["a function"](queue, OTHER, trap)
    for name in (b"../../etc", b"clean-\x1b[31m", b"\xff\xfe"):
        line.redis.hset(b"rq:job:" + name, "data", b"x")
        line.redis.rpush(queue.key, name)
    line.redis.zadd("rq:wip:clean", {"../../etc:1": 1})
    began = time.monotonic()
    cleaner = line.start("cleaner")
    line.start("indexer")
    expected = len(FORGERIES) + 4
    line.wait(lambda: _refused(line) == expected)
    assert line.states(keys) == {State.FETCHED: len(keys)}, "what is quarantined is the message"
    tell(19, time.monotonic() - began, f"{expected} messages refused, listed and counted, none run")
    with line.store.read() as tx:
        listed = refusals.latest(tx)
    assert len(listed) == expected
    assert line.log.count(" refused: ") == expected
    assert "\x1b" not in line.log
    line.runtime.clock = lambda: time.time() + 60.0  # as reconciler, a minute later
    assert line.runtime.reconcile() == len(keys)
    line.recovers(20, keys, began, skipped=60.0)
    assert not trap.exists()
    assert cleaner.poll() is None
    assert not line.redis.llen(f"{queue.key}:intermediate")
    assert _refused(line) == expected


def _refused(line: Line) -> int:
    with line.store.read() as tx:
        return ledger.account(tx).refused_jobs
