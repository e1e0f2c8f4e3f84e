"""Cleaning stored pages again: a real store, a real sandbox, the real indexer behind it."""

import json
import random
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from services.cleaner.job import Cleaner
from services.cleaner.reclean import Outcome, Recleaned, Recleaner
from services.contracts import Event, EventType, Judgement, Match, Outlet, Relation, State
from services.indexer import duplicates
from services.indexer.corpus import StoredCorpus
from services.indexer.duplicates import Arriving
from services.indexer.settling import republish
from services.sandbox import Sandbox
from services.search.follower import catch_up
from services.search.index import SearchIndex
from services.store import Store, Transaction, articles, events, feeds, judgements, ledger, pages, sightings
from services.store.articles import Stored
from services.store.pages import Page
from services.store.sightings import Sighted
from tests.cleaner.outlet import Newsroom

NOW = 1_646_300_000.0
MEMORY = 1_000_000_000
AD = "Advertisement: the softest chairs of the coast."
NEWS = "The ferry between the two islands runs again from Monday, the harbour office said in the afternoon."
MORE = "Tickets bought before the storm stay valid until the end of the summer, and dogs travel free of charge."


@contextmanager
def sandbox(day: str) -> Iterator[Sandbox]:
    opened = Sandbox(f"tests.cleaner.days:{day}", timeout=5.0, memory=MEMORY)
    try:
        yield opened
    finally:
        opened.close()


class Archive:
    """A store with pages that were cleaned on Monday and indexed."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.now = NOW
        with store.write() as tx:
            feeds.sync(tx, [Outlet("harbour-post", "Harbour Post", "https://harbour.example/", ())], NOW)

    def add(self, key: str, *blocks: str, state: State = State.INDEXED, title: str = "Ferry", **more: object) -> None:
        """An item in one of the states that cleaning again looks at, or on its way."""
        self.now += 60
        url = f"https://harbour.example/{key}"
        body = json.dumps({"title": title, "blocks": blocks, **more}).encode()
        with self.store.write() as tx:
            entry = Sighted(key, url, url, "harbour.example", None, title, None)
            sightings.sight(tx, "harbour-post", "feed", [entry], self.now)
            ledger.advance(tx, key, State.SEEN, State.FETCHED, self.now)
            pages.save(tx, key, Page(url, "text/html", body), self.now, self.now + 86_400)
        if state is not State.FETCHED:
            with sandbox("monday") as child:
                Cleaner(self.store, child, lambda stage, keys: None, lambda: self.now)(key)
            self._index(key, state)

    def _index(self, key: str, state: State) -> None:
        relation = Relation.NEAR if state is State.DUPLICATE else Relation.NEW
        with self.store.write() as tx:
            stored = articles.load(tx, key)
            assert stored is not None
            judgements.save(
                tx,
                key,
                [Judgement(topic="ferries", relevant=True, score=2.0, threshold=1.0, language="en", reasons=())],
            )
            ledger.advance(tx, key, State.CLEANED, state, self.now)
            if state is State.OFF_TOPIC:
                return
            match = Match(relation, "root" if relation is Relation.NEAR else None, 0.0, 0.0, key)
            text = stored.cleaned.text
            arriving = Arriving(key, stored.host, stored.cleaned.title, text, stored.cleaned.meta.published, self.now)
            StoredCorpus(tx).add(arriving, match, self.now)
            article = articles.get(tx, key)
            assert article is not None
            events.append(tx, EventType.DUPLICATE if relation is Relation.NEAR else EventType.NEW, article, self.now)

    def reclean(self, *, dry: bool = False) -> dict[str, Recleaned]:
        with sandbox("tuesday") as child:
            recleaner = Recleaner(self.store, child, republish, lambda: self.now + 3600, dry=dry)
            list(recleaner.learn(None))
            return {key: recleaner(key) for key in recleaner.keys(None, 0.0)}

    def text(self, key: str) -> str:
        with self.store.read() as tx:
            document = articles.document(tx, key)
        assert document is not None
        return document.text

    def stream(self) -> list[Event]:
        with self.store.read() as tx:
            return events.after(tx, 0, 1000)

    def history(self, key: str) -> list[tuple[str, str]]:
        with self.store.read() as tx:
            return [(what, detail) for _, what, detail in ledger.history(tx, key)]


@pytest.fixture
def archive(store: Store) -> Archive:
    return Archive(store)


def test_a_new_rule_changes_the_text_and_the_stream_tells_of_it(archive: Archive) -> None:
    archive.add("a", NEWS, AD, MORE)
    archive.add("b", NEWS, MORE)
    done = archive.reclean()
    assert archive.text("a") == f"{NEWS}\n{MORE}"
    assert [(event.seq, event.type, event.article.id) for event in archive.stream()] == [
        (1, "new", "a"), (2, "new", "b"), (3, "updated", "a")
    ]  # fmt: skip
    assert archive.stream()[-1].article.text == f"{NEWS}\n{MORE}"
    assert (done["a"].outcome, done["a"].event, done["b"].outcome) == (Outcome.CHANGED, 3, Outcome.SAME)


def test_the_second_run_finds_nothing_to_do(archive: Archive) -> None:
    archive.add("a", NEWS, AD, MORE)
    archive.reclean()
    before = archive.stream()
    assert {each.outcome for each in archive.reclean().values()} == {Outcome.SAME}
    assert archive.stream() == before


def test_a_dry_run_tells_the_same_and_writes_nothing(archive: Archive) -> None:
    archive.add("a", NEWS, AD, MORE)
    dumped = dump(archive.store)
    planned = archive.reclean(dry=True)
    assert dump(archive.store) == dumped
    done = archive.reclean()
    assert (planned["a"].outcome, planned["a"].detail) == (done["a"].outcome, done["a"].detail)


def dump(store: Store) -> list[list[tuple[object, ...]]]:
    with store.read() as tx:
        tables = [row["name"] for row in tx.all("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")]
        return [[tuple(row) for row in tx.all(f"SELECT * FROM {table}")] for table in tables]  # type: ignore[arg-type]


@pytest.mark.parametrize(("state", "told"), [(State.DUPLICATE, ["duplicate"]), (State.OFF_TOPIC, [])])
def test_what_the_stream_does_not_show_is_rewritten_without_an_event(
    archive: Archive, state: State, told: list[str]
) -> None:
    archive.add("a", NEWS, AD, MORE, state=state)
    assert archive.reclean()["a"].outcome is Outcome.CHANGED
    assert archive.text("a") == f"{NEWS}\n{MORE}"
    assert [event.type for event in archive.stream()] == told
    with archive.store.read() as tx:
        item = ledger.get(tx, "a")
    assert item is not None
    assert item.state is state


def test_what_is_on_its_way_is_left_to_the_line(archive: Archive) -> None:
    archive.add("a", NEWS, AD, state=State.FETCHED)
    assert archive.reclean() == {}


def test_a_page_that_would_be_empty_keeps_its_text_and_is_told(archive: Archive) -> None:
    archive.add("a", AD)
    done = archive.reclean()
    assert (done["a"].outcome, archive.text("a")) == (Outcome.EMPTY, AD)
    assert "no_article" in done["a"].detail
    assert len(archive.stream()) == 1


@pytest.mark.parametrize("how", ["breaks", "fatal"])
def test_a_page_that_breaks_the_cleaner_keeps_its_text_and_stops_nobody(archive: Archive, how: str) -> None:
    archive.add("a", NEWS, AD, **{how: True})
    archive.add("b", NEWS, AD, MORE)
    done = archive.reclean()
    assert (done["a"].outcome, done["b"].outcome) == (Outcome.FAILED, Outcome.CHANGED)
    assert archive.text("a") == f"{NEWS}\n{AD}"


def test_the_history_and_the_account_follow(archive: Archive) -> None:
    archive.add("a", NEWS, AD, MORE)
    archive.reclean()
    archive.reclean()
    assert archive.history("a")[-1] == ("recleaned", "text from 3 to 2 blocks; updated as event 2")
    with archive.store.read() as tx:
        assert ledger.account(tx).noise == {"ad-label": 1}
        assert articles.removed(tx, "a")


def test_a_later_copy_is_recognised_by_the_new_text(archive: Archive) -> None:
    archive.add("a", NEWS, AD, MORE)
    archive.reclean()
    arriving = Arriving("b", "other.example", "Ferry", f"{NEWS}\n{MORE}", None, NOW + 7200)
    with archive.store.read() as tx:
        match = duplicates.decide(arriving, StoredCorpus(tx))
    assert (match.relation, match.of) == (Relation.EXACT, "a")


def test_a_search_finds_the_new_text_and_not_the_old(archive: Archive, tmp_path: Path) -> None:
    archive.add("a", NEWS, AD, MORE)
    index = SearchIndex(tmp_path / "search")
    catch_up(archive.store, index)
    assert index.find("softest chairs").total == 1
    archive.reclean()
    catch_up(archive.store, index)
    assert index.find("softest chairs").total == 0
    assert [hit.article.text for hit in index.find("ferry").hits] == [f"{NEWS}\n{MORE}"]
    index.close()


def test_template_learned_later_leaves_the_pages_that_came_before(archive: Archive) -> None:
    box = "Readers keep these pages open to all with a coffee a month; whoever can afford one is welcome to join in."
    newsroom = Newsroom(random.Random(5))
    for number in range(14):
        subject = newsroom.subject()
        archive.add(f"{number:02}", *newsroom.body(subject), box, title=newsroom.headline(subject))
    assert box in archive.text("00")
    assert box not in archive.text("13")
    done = archive.reclean()
    assert all(box not in archive.text(key) for key in done)
    updated = [event.article.id for event in archive.stream() if event.type is EventType.UPDATED]
    assert updated == sorted(key for key, each in done.items() if each.outcome is Outcome.CHANGED)
    assert {each.outcome for each in archive.reclean().values()} == {Outcome.SAME}


def test_articles_of_an_older_vigie_teach_before_they_are_cleaned_again(archive: Archive) -> None:
    box = "Readers keep these pages open to all with a coffee a month; whoever can afford one is welcome to join in."
    newsroom = Newsroom(random.Random(5))
    for number in range(14):
        subject = newsroom.subject()
        archive.add(f"{number:02}", *newsroom.body(subject), box, title=newsroom.headline(subject))
        with archive.store.write() as tx:  # as a store looks whose articles were cleaned before anything was learned
            tx.run("DELETE FROM template_pages")
            tx.run("DELETE FROM template_sightings")
            tx.run("UPDATE articles SET taught = 0")
    assert box in archive.text("13")
    assert {each.outcome for each in archive.reclean().values()} == {Outcome.CHANGED}


def test_a_run_that_is_stopped_in_the_middle_of_an_item_leaves_it_as_it_was(archive: Archive) -> None:
    archive.add("a", NEWS, AD, MORE)
    before = dump(archive.store)

    def stopped(tx: Transaction, stored: Stored, now: float) -> int | None:
        republish(tx, stored, now)
        raise KeyboardInterrupt

    with sandbox("tuesday") as child, pytest.raises(KeyboardInterrupt):
        Recleaner(archive.store, child, stopped, lambda: NOW)("a")
    assert dump(archive.store) == before
    assert archive.reclean()["a"].event == 2
