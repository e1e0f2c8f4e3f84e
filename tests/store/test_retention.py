"""What is let go because of its age: texts leave, numbers and the account stay."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from services.contracts import (
    Block,
    BlockKind,
    Cleaned,
    EventType,
    Judgement,
    Match,
    Meta,
    NoiseKind,
    Outlet,
    Reason,
    Relation,
    Removed,
    State,
)
from services.search import follower, rebuilding
from services.settings import from_environment
from services.store import Store, articles, comparisons, events, feeds, judgements, ledger, pages, retention, sightings
from services.store.comparisons import Compared
from services.store.pages import Page
from services.store.retention import Keep, Swept
from services.store.sightings import Sighted

DAY = 86_400.0
NOW = 1_790_000_000.0
OLD, YOUNG = NOW - 100 * DAY, NOW - 10 * DAY
MONTH = Keep(articles_s=30 * DAY, history_s=30 * DAY)
HARBOUR = Outlet("harbour", "Harbour", "https://harbour.example/", ("https://harbour.example/rss",))
FEED = HARBOUR.feeds[0]


def key(number: int) -> str:
    return f"{number:032x}"


def see(store: Store, numbers: list[int], at: float) -> None:
    urls = [f"https://harbour.example/{number}" for number in numbers]
    entries = [
        Sighted(key(n), u, u, "harbour.example", None, "Ferry", None) for n, u in zip(numbers, urls, strict=True)
    ]
    with store.write() as tx:
        feeds.sync(tx, [HARBOUR], at)
        sightings.sight(tx, "harbour", FEED, entries, at)


def clean(store: Store, number: int, at: float) -> None:
    with store.write() as tx:
        ledger.advance(tx, key(number), State.SEEN, State.FETCHED, at)
        pages.save(tx, key(number), Page(f"https://harbour.example/{number}", None, b"<p>"), at, at + 9e9)
        ledger.advance(tx, key(number), State.FETCHED, State.CLEANED, at)
        removed = (Removed(NoiseKind.TICKER, "rule", "Buy"),)
        cleaned = Cleaned("Ferry", (Block(BlockKind.PARAGRAPH, f"It sails at {number}."),), removed, Meta())
        articles.save(tx, key(number), "harbour", "harbour.example", cleaned, at)


def index(store: Store, number: int, at: float, of: int | None = None) -> None:
    clean(store, number, at)
    with store.write() as tx:
        relation = Relation.NEW if of is None else Relation.EXACT
        match = Match(relation, None if of is None else key(of), 1.0, 1.0, key(number if of is None else of))
        judged = Judgement(
            topic="crisis", relevant=True, score=20.0, threshold=10.0, language="en", reasons=(), band="accept"
        )
        judgements.save(tx, key(number), [judged])
        articles.relate(tx, key(number), match, f"hash of {number if of is None else of}", at)
        article = articles.get(tx, key(number))
        assert article is not None
        if of is None:
            compared = Compared(key(number), None, "harbour.example", 1, at, at, b"prints", b"terms")
            comparisons.append(tx, compared)
            ledger.advance(tx, key(number), State.CLEANED, State.INDEXED, at)
            events.append(tx, EventType.NEW, article, at)
        else:
            ledger.end(tx, key(number), State.CLEANED, State.DUPLICATE, Reason.EXACT, "", at)
            events.append(tx, EventType.DUPLICATE, article, at)


@pytest.fixture
def aged(store: Store) -> Store:
    """1 and its copy 2 are old, 3 is young, 4 is old and off topic, 5 is old and still waits, 6 was refused."""
    see(store, [1, 2, 4, 5, 6], OLD)
    see(store, [3], YOUNG)
    index(store, 1, OLD)
    index(store, 2, OLD, of=1)
    index(store, 3, YOUNG)
    clean(store, 4, OLD)
    clean(store, 5, OLD)
    with store.write() as tx:
        ledger.end(tx, key(4), State.CLEANED, State.OFF_TOPIC, Reason.OFF_TOPIC, "", OLD)
        ledger.end(tx, key(6), State.SEEN, State.REFUSED, Reason.ROBOTS, "", OLD)
    return store


def sweep_all(store: Store, keep: Keep) -> None:
    while retention.sweep(store, keep, NOW) != Swept():
        pass


def test_nothing_goes_unless_it_is_asked_for(aged: Store) -> None:
    assert retention.sweep(aged, Keep(), NOW) == Swept()
    assert from_environment().keep_articles_days is None
    assert from_environment(keep_history_days="never").keep_history_days is None


def test_an_old_article_goes_with_all_its_text_and_its_item_keeps_its_end(aged: Store) -> None:
    with aged.read() as tx:
        before = ledger.account(tx)
    assert retention.sweep(aged, Keep(articles_s=30 * DAY), NOW).articles == 3
    with aged.read() as tx:
        after = ledger.account(tx)
        assert (after.states, after.noise, after.seen) == (before.states, before.noise, before.seen)
        assert after.reasons[State.INDEXED] == {"expired": 1}
        for number in (1, 2, 4):
            assert articles.get(tx, key(number)) is None
            assert articles.document(tx, key(number)) is None
            assert pages.get(tx, key(number)) is None
            assert judgements.of(tx, key(number)) == ()
        assert articles.document(tx, key(5)) is not None  # it has not ended
        assert articles.get(tx, key(3)) is not None
        assert articles.same(tx, "hash of 1", "x") is None
        assert comparisons.findable(tx, 1) is None
        assert [row.fingerprints for _, row in comparisons.since(tx, 0)] == [b"", b"prints"]
        assert "retracted as event" in ledger.history(tx, key(1))[-1][2]
    sweep_all(aged, Keep(articles_s=30 * DAY))
    with aged.read() as tx:
        assert events.head(tx) == 5


def test_the_stream_keeps_its_numbers_and_tells_what_was_let_go(aged: Store) -> None:
    sweep_all(aged, MONTH)
    with aged.read() as tx:
        told = events.after(tx, 0)
    assert [event.seq for event in told] == [1, 2, 3, 4, 5]
    assert [event.type for event in told] == ["new", "duplicate", "new", "retracted", "retracted"]
    assert [event.article.id[-1] for event in told] == ["1", "2", "3", "1", "2"]
    assert [(event.article.text, event.article.expired) for event in told] == [
        ("", True), ("", True), ("It sails at 3.", False), ("", True), ("", True),
    ]  # fmt: skip
    assert (told[3].article.topics, told[3].article.left_topics) == ((), ("crisis",))
    assert told[0].article.title == "Ferry"


def test_the_search_index_loses_it_and_stays_what_the_events_say(aged: Store, tmp_path: Path) -> None:
    search = follower.open_index(tmp_path / "search")
    follower.catch_up(aged, search)
    assert search.find("sails").total == 2
    sweep_all(aged, MONTH)
    follower.catch_up(aged, search)
    assert [hit.article.id for hit in search.find("sails").hits] == [key(3)]
    assert rebuilding.compare(aged, search).none
    search.close()
    anew = follower.open_index(tmp_path / "anew")
    follower.catch_up(aged, anew)
    assert rebuilding.compare(aged, anew).none
    anew.close()


def test_what_was_let_go_is_neither_fetched_nor_told_again(aged: Store) -> None:
    sweep_all(aged, MONTH)
    see(aged, [1, 2, 3, 4], NOW)
    with aged.read() as tx:
        assert ledger.account(tx).states[State.SEEN] == 0
        assert articles.orphans(tx) == []
        assert articles.ended(tx, None, 0.0, (0.0, ""), 10) == [(YOUNG, key(3))]


def test_history_and_sightings_of_ended_items_are_forgotten_by_age(aged: Store) -> None:
    keep = Keep(history_s=30 * DAY)
    assert retention.sweep(aged, keep, NOW) == Swept(0, 4, 4)
    assert retention.sweep(aged, keep, NOW) == Swept()
    with aged.read() as tx:
        for number in (1, 2, 4, 6):
            assert ledger.history(tx, key(number)) == []
            assert sightings.of(tx, key(number)) == ()
            item = ledger.get(tx, key(number))
            assert item is not None  # its row says how it ended
        assert item.reason is Reason.ROBOTS
        for number in (3, 5):  # one is young, one has not ended
            assert ledger.history(tx, key(number))
            assert sightings.of(tx, key(number))
        assert feeds.holds_any(tx, FEED, [key(1)])  # or a feed of old entries would look as if some had been missed


def test_it_goes_in_batches(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "ARTICLES", 3)
    see(store, list(range(1, 8)), OLD)
    for number in range(1, 8):
        index(store, number, OLD)
    keep = Keep(articles_s=DAY)
    assert [retention.sweep(store, keep, NOW).articles for _ in range(4)] == [3, 3, 1, 0]


@pytest.mark.parametrize(
    ("table", "age", "index"),
    [("history", "at", "history_at"), ("sightings", "at", "sightings_at"), ("articles", "cleaned", "articles_cleaned")],
)
def test_what_is_too_old_is_found_without_looking_at_the_rest(
    plan: Callable[[str], str], table: str, age: str, index: str
) -> None:
    ended = f"(SELECT i.state FROM items i WHERE i.key = {table}.item) IN ('gone', 'indexed')"
    assert index in plan(f"SELECT item FROM {table} WHERE {age} < 9 AND {ended} ORDER BY {age} LIMIT 5")


def test_a_fetcher_lets_go_what_its_settings_say(sqlite_store: Store, tmp_path: Path, redis_folder: Path) -> None:
    see(sqlite_store, [1], OLD)
    index(sqlite_store, 1, OLD)
    (tmp_path / "outlets.toml").write_text(
        '[[outlet]]\nid = "gazette"\nname = "Gazette"\nurl = "http://127.0.0.1:9/"\nfeeds = ["http://127.0.0.1:9/rss"]\n'
    )
    settings = {"VIGIE_OUTLETS": str(tmp_path / "outlets.toml"), "VIGIE_KEEP_ARTICLES_DAYS": "30"}
    process = subprocess.Popen(
        [sys.executable, "-m", "services", "fetcher", "--data", str(tmp_path)], env={**os.environ, **settings}
    )
    try:
        deadline = time.monotonic() + 60
        while not _is_gone(sqlite_store):
            assert time.monotonic() < deadline
            assert process.poll() is None
            time.sleep(0.1)
    finally:
        process.terminate()
        process.wait(timeout=60)


def _is_gone(store: Store) -> bool:
    with store.read() as tx:
        return articles.get(tx, key(1)) is None and ledger.account(tx).events == 2
