"""The whole line over the bundled newsstand, started as an operator starts it; each story says what it expects."""

import json
import re
from collections import Counter
from pathlib import Path

import pytest

from services.contracts import REPUBLICATIONS, Account, Article, Event, EventType, Relation, State
from services.newsstand import expectation
from services.newsstand.expectation import Expected
from services.search import follower, rebuilding
from services.store import Store, articles, events, ledger, open_store, sightings
from tests.pipeline import vigie
from tests.pipeline.conftest import Finished

STORIES = expectation.expectations()
READ = [story for story in STORIES if story.state in (State.INDEXED, State.DUPLICATE, State.OFF_TOPIC)]
"""Those whose pages may be fetched and are articles."""


def squeezed(text: str) -> str:
    """Without white space: some pages of the newsstand have lost their line breaks."""
    return re.sub(r"\s+", "", text)


def test_the_account_adds_up_and_nothing_is_left_open(demo: Finished) -> None:
    account = demo.account
    assert account.seen == len(STORIES)
    assert account.settled
    assert account.states[State.QUARANTINED] == 0
    assert account.events == account.states[State.INDEXED] + account.states[State.DUPLICATE]
    assert sum(account.noise.values()) > 300


def test_each_feed_was_polled_and_only_the_failing_ones_failed(demo: Finished) -> None:
    failing = [feed for feed in expectation.feeds() if feed.failing]
    assert demo.account.feeds == {"ok": len(expectation.feeds()) - len(failing), "server_error": len(failing)}


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.id)
def test_a_story_ends_where_it_should(demo: Finished, story: Expected) -> None:
    with demo.store.read() as tx:
        item = ledger.find(tx, demo.url(story))
    assert item is not None
    if story.state in (State.INDEXED, State.DUPLICATE):
        # of a text and its copies, the one that came first is indexed, whichever it is
        assert item.state in (State.INDEXED, State.DUPLICATE), item.detail
    else:
        assert item.state is story.state, item.detail
        assert not story.reasons or item.reason in story.reasons


def test_of_a_text_and_its_exact_and_near_copies_one_is_indexed(demo: Finished) -> None:
    groups: dict[str, list[Expected]] = {}
    for story in STORIES:
        if story.relation in (Relation.EXACT, Relation.NEAR):
            assert story.of is not None
            groups.setdefault(story.of, [each for each in STORIES if each.id == story.of]).append(story)
    with demo.store.read() as tx:
        for source, group in groups.items():
            items = [ledger.find(tx, demo.url(story)) for story in group]
            states = Counter(item.state for item in items if item)
            assert states == {State.INDEXED: 1, State.DUPLICATE: len(group) - 1}, source


def test_copies_and_excerpts_belong_to_the_story_of_their_source(demo: Finished) -> None:
    addresses = {story.id: demo.url(story) for story in STORIES}
    with demo.store.read() as tx:
        for story in STORIES:
            if story.relation is None or story.of is None:
                continue
            copy, source = (ledger.find(tx, addresses[each]) for each in (story.id, story.of))
            assert copy is not None
            assert source is not None
            one, other = articles.get(tx, copy.key), articles.get(tx, source.key)
            assert one is not None, story.id
            assert other is not None, story.id
            assert one.story == other.story, story.id


@pytest.mark.parametrize("story", READ, ids=lambda story: story.id)
def test_a_cleaned_text_has_its_body_and_none_of_the_noise(demo: Finished, story: Expected) -> None:
    with demo.store.read() as tx:
        item = ledger.find(tx, demo.url(story))
        assert item is not None
        document = articles.document(tx, item.key)
    assert document is not None
    text = squeezed(document.text)
    assert [line for line in story.kept if squeezed(line) not in text] == []
    assert [line for line in story.noise if squeezed(line) in text] == []
    assert document.title == story.title
    assert document.meta.language == story.language
    assert (document.meta.published or "")[:10] == story.published[:10]
    assert document.meta.paywalled == story.paywalled


def test_every_removed_block_names_its_rule(demo: Finished) -> None:
    with demo.store.read() as tx:
        keys = [row["item"] for row in tx.all("SELECT item FROM articles")]
        cuts = [cut for key in keys for cut in articles.removed(tx, key) or ()]
    assert len(cuts) == sum(demo.account.noise.values())
    assert all(cut.rule and cut.text for cut in cuts)


def test_the_events_have_no_hole_and_tell_each_article_once(demo: Finished) -> None:
    with demo.store.read() as tx:
        told = events.after(tx, 0, 1000)
    assert [event.seq for event in told] == list(range(1, len(told) + 1))
    assert len({event.article.id for event in told}) == len(told)
    for event in told:
        assert (event.type is EventType.DUPLICATE) == (event.article.relation in REPUBLICATIONS)


def test_an_article_linked_under_tracking_parameters_is_one_with_all_its_sightings(demo: Finished) -> None:
    with demo.store.read() as tx:
        rows = tx.all("SELECT item, count(*) AS n FROM sightings GROUP BY item HAVING n > 1")
        assert rows, "the newsstand links one article from two feeds"
        for row in rows:
            urls = {sighting.url for sighting in sightings.of(tx, row["item"])}
            assert len(urls) > 1


def test_search_finds_what_was_indexed_in_its_own_script(demo: Finished) -> None:
    for words in ("Blinken", "НАТО", "réponse", "reponse", "أوكرانيا"):
        hits = [json.loads(line) for line in vigie.ask("search", "--json", words, data=demo.data).splitlines()]
        assert hits, words


def test_why_tells_the_whole_life_of_a_url(demo: Finished) -> None:
    story = next(each for each in STORIES if each.state is State.OFF_TOPIC)
    told = json.loads(vigie.ask("why", "--json", demo.url(story), data=demo.data))
    assert [line["what"] for line in told["history"]] == ["seen", "fetched", "cleaned", "off_topic"]
    assert told["topic"]["relevant"] is False
    assert vigie.ask("why", demo.url(story), data=demo.data).startswith(told["item"]["title"])


def test_tail_prints_the_stream_and_ends_at_its_end(demo: Finished) -> None:
    lines = vigie.ask("tail", "--once", "--json", "--after", "3", data=demo.data).splitlines()
    assert [json.loads(line)["seq"] for line in lines] == list(range(4, demo.account.events + 1))


def test_status_prints_the_same_account_afterwards(demo: Finished) -> None:
    assert vigie.account(demo.data)["states"] == {state.value: count for state, count in demo.account.states.items()}


def _contents(store: Store) -> tuple[Account, list[Event], dict[str, Article | None]]:
    with store.read() as tx:
        stream = events.after(tx, 0, 10_000)
        found = {event.article.id: articles.get(tx, event.article.id) for event in stream}
        return ledger.account(tx), stream, found


def test_a_backup_taken_in_the_middle_holds_one_moment_and_can_be_searched_elsewhere(
    demo: Finished, tmp_path: Path
) -> None:
    vigie.ask("restore", str(demo.backup), data=tmp_path)
    run, restored = demo.store, open_store(f"sqlite:///{tmp_path / 'vigie.db'}")
    _, all_events, all_articles = _contents(run)
    account, stream, found = _contents(restored)
    run.close()
    restored.check()
    index = follower.open_index(tmp_path / "search")
    follower.catch_up(restored, index)
    assert rebuilding.compare(restored, index).none
    index.close()
    restored.close()
    assert stream
    assert stream == all_events[: len(stream)]
    assert account.seen == sum(account.states.values())
    assert account.events == len(stream)
    assert {key: article and article.text for key, article in found.items()} == {
        key: article and article.text for key, article in all_articles.items() if key in found
    }
