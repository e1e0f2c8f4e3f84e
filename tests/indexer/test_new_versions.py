"""An article that has changed at its URL: cleaner and indexer, over a real store, with a cleaner that reads JSON."""

import json
from collections.abc import Iterator

import pytest

from services.cleaner.job import Cleaner
from services.contracts import Change, EventType, Reason, State
from services.sandbox import Sandbox
from services.store import Store, articles, comparisons, ledger, pages, sightings, versions
from services.store.pages import Page
from services.store.sightings import Sighted
from tests.indexer.crises import FIRES, FLOODS, Desk, in_force, text

BOTH = in_force(FLOODS, FIRES)
FLOOD, FIRE, CALM = text("flood", 1), text("wildfire", 2), text("harbour", 3)


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    opened = Sandbox("tests.cleaner.days:tuesday", timeout=10.0, memory=1_000_000_000)
    yield opened
    opened.close()


class Line:
    """From the saved page to the stream."""

    def __init__(self, store: Store, sandbox: Sandbox) -> None:
        self.desk = Desk(store, BOTH)
        self.cleaner = Cleaner(store, sandbox, lambda stage, keys: None, lambda: self.desk.now)
        self.store = store

    def arrives(self, key: str, body: str, title: str = "News", **more: object) -> None:
        """A page is had for the first time."""
        url = f"https://post.example/{key}"
        with self.store.write() as tx:
            entry = Sighted(key, url, url, "post.example", None, title, None)
            sightings.sight(tx, "post", "feed", [entry], self.desk.now)
            ledger.advance(tx, key, State.SEEN, State.FETCHED, self.desk.now)
        self._save(key, body, title, more)
        self.works(key)

    def changes(self, key: str, body: str, title: str = "News", **more: object) -> None:
        """A page is had again and goes through the line; its article has ended before."""
        self.desk.now += 3600
        stood = self.desk.state(key)
        with self.store.write() as tx:
            assert ledger.reopen(tx, key, stood, self.desk.now, "again")
        self._save(key, body, title, more)
        self.works(key)

    def works(self, key: str) -> None:
        self.cleaner(key)
        self.desk.indexer(key)

    def _save(self, key: str, body: str, title: str, more: dict[str, object]) -> None:
        page = json.dumps({"title": title, "blocks": body.split("\n") if body else [], **more}).encode()
        with self.store.write() as tx:
            pages.save(tx, key, Page(f"https://post.example/{key}", "text/html", page), self.desk.now, 1e12)

    def told(self) -> list[tuple[str, str]]:
        return [(event.type.value, event.article.id) for event in self.desk.stream()]

    def detail(self, key: str) -> str:
        with self.store.read() as tx:
            return ledger.history(tx, key)[-1][2]


@pytest.fixture
def line(store: Store, sandbox: Sandbox) -> Line:
    return Line(store, sandbox)


def test_a_new_version_is_an_updated_event_with_what_has_changed(line: Line) -> None:
    line.arrives("a", FLOOD, "The water rises")
    changed = FLOOD.split("\n")
    gone, changed[3] = changed[3], "Seven villages are cut off, the governor said."
    line.changes("a", "\n".join([*changed, "The rain goes on."]), "The water is here")
    new, updated = line.desk.stream()
    assert (updated.type, updated.article.id, updated.article.version) == (EventType.UPDATED, "a", 2)
    assert updated.article.changes == (
        Change("title", "The water rises", "The water is here"),
        Change("text", gone, changed[3]),
        Change("text", "", "The rain goes on."),
    )
    assert (new.article.version, new.article.changes) == (1, ())
    assert (updated.article.relation, updated.article.story) == (new.article.relation, new.article.story)
    assert line.desk.state("a") is State.INDEXED


def test_every_version_is_kept_and_the_one_in_force_is_the_last(line: Line) -> None:
    for number in range(4):
        (line.changes if number else line.arrives)("a", FLOOD + f"\nVersion {number}.")
    with line.store.read() as tx:
        found = versions.all_of(tx, "a")
        assert articles.document(tx, "a") == found[-1].cleaned
    assert [each.number for each in found] == [1, 2, 3, 4]
    assert [each.cleaned.blocks[-1].text for each in found] == [f"Version {number}." for number in range(4)]
    assert [each.at for each in found] == sorted({each.at for each in found})


def test_a_page_that_changed_around_its_article_is_no_version(line: Line) -> None:
    line.arrives("a", FLOOD)
    line.changes("a", FLOOD + "\nAdvertisement: boats")
    assert line.told() == [("new", "a")]
    assert line.desk.state("a") is State.INDEXED
    assert "reads as before" in line.detail("a")


@pytest.mark.parametrize("more", [{"breaks": True}, {"fatal": True}], ids=["breaks", "dies"])
def test_a_version_that_cannot_be_cleaned_costs_the_article_nothing(line: Line, more: dict[str, object]) -> None:
    line.arrives("a", FLOOD)
    line.changes("a", CALM, **more)
    for _ in range(2):
        line.desk.now += 60
        line.works("a")
    assert line.desk.state("a") is State.INDEXED
    assert line.told() == [("new", "a")]
    assert "the old one stays" in line.detail("a")


def test_a_page_that_holds_no_article_any_more_leaves_the_one_that_was(line: Line) -> None:
    line.arrives("a", FLOOD)
    line.changes("a", "")
    assert line.desk.state("a") is State.INDEXED
    assert line.told() == [("new", "a")]


def test_a_subscriber_wall_that_came_up_later_does_not_take_the_text_away(line: Line) -> None:
    line.arrives("a", FLOOD)
    line.changes("a", FLOOD.split("\n")[0], paywalled=True)
    assert line.told() == [("new", "a")]
    assert "wall" in line.detail("a")


def test_a_version_about_something_else_is_retracted_and_comes_back_when_it_returns(line: Line) -> None:
    line.arrives("a", FLOOD, "Flood")
    line.changes("a", CALM, "Harbour")
    assert line.desk.state("a") is State.OFF_TOPIC
    assert line.desk.stream()[-1].article.left_topics == ("floods",)
    line.changes("a", FLOOD, "Flood again")
    assert line.told() == [("new", "a"), ("retracted", "a"), ("new", "a")]
    assert line.desk.state("a") is State.INDEXED


def test_another_topic_and_another_text_are_one_event(line: Line) -> None:
    line.arrives("a", FLOOD, "Flood")
    line.changes("a", FIRE, "Wildfire")
    assert line.told() == [("new", "a"), ("updated", "a")]
    updated = line.desk.stream()[-1].article
    assert (updated.topics, updated.left_topics) == (("fires",), ("floods",))
    assert len(updated.changes) == 2


def test_an_article_that_was_off_topic_is_new_once_it_is_about_the_topic(line: Line) -> None:
    line.arrives("a", CALM, "Harbour")
    assert (line.told(), line.desk.state("a")) == ([], State.OFF_TOPIC)
    line.changes("a", FLOOD, "Flood")
    assert line.told() == [("new", "a")]
    line.changes("a", FLOOD + "\nMore.", "Flood")
    assert line.told() == [("new", "a"), ("updated", "a")]


def test_an_article_still_off_topic_says_so_with_todays_reason(line: Line) -> None:
    line.arrives("a", CALM, "Harbour")
    line.changes("a", CALM + "\nAnother line.", "Harbour")
    assert line.told() == []
    assert line.desk.state("a") is State.OFF_TOPIC


def test_a_copy_that_changes_stays_a_copy_and_the_stream_hears_nothing(line: Line) -> None:
    line.arrives("a", FLOOD)
    line.arrives("b", FLOOD + "\nReported by the agency.")
    line.changes("b", FLOOD + "\nReported by the agency this morning.")
    assert line.told() == [("new", "a"), ("duplicate", "b")]
    assert line.desk.state("b") is State.DUPLICATE


def test_later_copies_of_either_version_lead_to_the_article(line: Line) -> None:
    later = FLOOD.replace("y7", "z7") + "\nSeven villages are cut off."
    line.arrives("a", FLOOD)
    line.changes("a", later)
    line.arrives("first", FLOOD)
    line.arrives("second", later)
    assert [(event.type, event.article.of) for event in line.desk.stream()[2:]] == [(EventType.DUPLICATE, "a")] * 2
    with line.store.read() as tx:
        assert len(comparisons.ordinals(tx, "a")) == 2


def test_while_a_version_is_on_its_way_the_article_can_be_read_and_its_copies_are_no_orphans(line: Line) -> None:
    line.arrives("a", FLOOD)
    line.arrives("b", FLOOD)
    with line.store.write() as tx:
        ledger.reopen(tx, "a", State.INDEXED, line.desk.now, "again")
    with line.store.read() as tx:
        assert articles.get(tx, "a") is not None
        assert articles.orphans(tx) == []
        assert ledger.account(tx).seen == 2


def test_a_version_is_told_once_however_often_its_job_runs(line: Line) -> None:
    line.arrives("a", FLOOD)
    line.changes("a", FLOOD + "\nMore.")
    line.works("a")
    line.works("a")
    assert line.told() == [("new", "a"), ("updated", "a")]


def test_an_item_whose_indexer_crashes_three_times_over_a_version_keeps_what_it_had(line: Line) -> None:
    line.arrives("a", FLOOD)
    line.desk.now += 60
    with line.store.write() as tx:
        ledger.reopen(tx, "a", State.INDEXED, line.desk.now, "again")
    line._save("a", CALM, "Harbour", {})
    line.cleaner("a")
    with line.store.write() as tx:
        crashes = [ledger.crash(tx, "a", State.CLEANED, "boom", line.desk.now, line.desk.now) for _ in range(3)]
        assert crashes == [False, False, True]
        item = ledger.get(tx, "a")
        assert item is not None
        assert (item.state, item.reason) == (State.INDEXED, None)
        document = articles.document(tx, "a")
        assert document is not None
        assert document.text == FLOOD
    line.changes("a", FLOOD + "\nMore.")
    assert line.told() == [("new", "a"), ("updated", "a")]


def test_a_refused_item_stays_refused(line: Line) -> None:
    line.arrives("a", "")
    with line.store.read() as tx:
        item = ledger.get(tx, "a")
    assert item is not None
    assert (item.state, item.reason) == (State.REFUSED, Reason.NO_ARTICLE)
