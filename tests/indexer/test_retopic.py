"""Stored articles, judged again when the topic files have changed."""

from dataclasses import replace

import pytest

from services.contracts import EventType, Judgement, Reason, State
from services.indexer import retopic
from services.indexer.job import Indexer
from services.indexer.retopic import Fate, Retopic
from services.store import Store, articles, events, judgements, ledger
from tests.indexer.crises import FIRES, FLOODS, NARROWLY, NOW, Desk, crisis, in_force, text

BOTH = in_force(FLOODS, FIRES)
ONLY_FIRES = in_force(FIRES)
ONLY_FLOODS = in_force(FLOODS)


@pytest.fixture
def desk(store: Store) -> Desk:
    return Desk(store, ONLY_FLOODS)


def fates(found: dict[str, retopic.Rejudged]) -> dict[str, Fate]:
    return {key: each.fate for key, each in found.items()}


def told(desk: Desk, after: int = 0) -> list[tuple[str, str]]:
    return [(event.type.value, event.article.id) for event in desk.stream(after)]


def test_what_no_topic_keeps_any_more_is_retracted(desk: Desk) -> None:
    desk.index("a", "Flood", text("flood", 1))
    desk.topics = ONLY_FIRES
    assert fates(desk.retopic()) == {"a": Fate.RETRACTED}
    new, gone = desk.stream()
    assert (new.type, gone.type) == (EventType.NEW, EventType.RETRACTED)
    assert (gone.article.text, gone.article.topics, gone.article.left_topics) == (new.article.text, (), ("floods",))
    assert desk.state("a") is State.OFF_TOPIC
    assert desk.history("a")[-2:] == ["judged again", "off_topic"]
    with desk.store.read() as tx:
        assert articles.get(tx, "a") is None
        assert articles.document(tx, "a") is not None
        assert articles.story(tx, new.article.story) == []


def test_what_comes_again_with_a_retracted_text_is_new(desk: Desk) -> None:
    body = text("flood", 1)
    desk.index("a", "Flood", body)
    desk.topics = ONLY_FIRES
    desk.retopic()
    desk.topics = BOTH
    desk.index("exact", "Flood", body, outlet="other")
    desk.index("near", "Flood", body + "\nOne sentence more.", outlet="third")
    assert [(each.type, each.article.id, each.article.of) for each in desk.stream(2)] == [
        (EventType.NEW, "exact", None),
        (EventType.DUPLICATE, "near", "exact"),
    ]


def test_what_a_topic_keeps_now_goes_the_whole_way_of_the_indexer(desk: Desk) -> None:
    body = text("wildfire", 1)
    desk.index("a", "Wildfire", body)
    desk.index("b", "Wildfire", body, outlet="other")
    assert told(desk) == []
    desk.topics = BOTH
    assert fates(desk.retopic()) == {"a": Fate.KEPT, "b": Fate.KEPT}
    assert told(desk) == [("new", "a"), ("duplicate", "b")]
    assert (desk.state("a"), desk.state("b")) == (State.INDEXED, State.DUPLICATE)
    assert desk.stream()[0].article.topics == ("fires",)
    assert desk.history("a")[-3:] == ["off_topic", "judged again", "indexed"]


def test_an_article_may_leave_and_come_back_and_leave_again(desk: Desk) -> None:
    desk.index("a", "Flood", text("flood", 1))
    for topics in (ONLY_FIRES, ONLY_FLOODS, ONLY_FIRES, BOTH):
        desk.topics = topics
        desk.retopic()
    assert [kind for kind, _ in told(desk)] == ["new", "retracted", "new", "retracted", "new"]
    assert desk.state("a") is State.INDEXED
    desk.index("b", "Flood", text("flood", 1), outlet="other")
    assert told(desk)[-1] == ("duplicate", "b")


def test_a_second_run_finds_nothing_to_do(desk: Desk) -> None:
    desk.index("a", "Flood", text("flood", 1))
    desk.index("b", "Wildfire", text("wildfire", 2))
    desk.topics = ONLY_FIRES
    desk.retopic()
    seen = len(desk.stream())
    assert set(fates(desk.retopic()).values()) == {Fate.SAME}
    assert len(desk.stream()) == seen


def test_other_topics_are_an_update_and_another_score_alone_is_none(desk: Desk) -> None:
    desk.index("a", "Wildfire after the flood", text("flood and wildfire", 1))
    desk.topics = BOTH
    assert fates(desk.retopic()) == {"a": Fate.UPDATED}
    desk.topics = in_force(FLOODS.replace("weight = 5", "weight = 7"), FIRES)
    assert fates(desk.retopic()) == {"a": Fate.JUDGED}
    desk.topics = ONLY_FIRES
    assert fates(desk.retopic()) == {"a": Fate.UPDATED}
    assert [(each.type.value, each.article.topics, each.article.left_topics) for each in desk.stream()] == [
        ("new", ("floods",), ()),
        ("updated", ("fires", "floods"), ()),
        ("updated", ("fires",), ("floods",)),
    ]


def test_what_stays_off_topic_has_todays_reason(desk: Desk) -> None:
    desk.index("a", "Wildfire", text("wildfire", 1))
    desk.topics = in_force(crisis("floods", "wildfire", version=2, accept=NARROWLY))
    assert fates(desk.retopic()) == {"a": Fate.JUDGED}
    with desk.store.read() as tx:
        item = ledger.get(tx, "a")
    assert item is not None
    assert (item.state, item.reason) == (State.OFF_TOPIC, Reason.BORDERLINE)
    assert desk.said("a") == {"floods": ("borderline", 2, "matter")}
    assert told(desk) == []


def test_a_copy_whose_original_has_left_takes_its_place(desk: Desk) -> None:
    body = text("flood", 1)
    desk.index("root", "Flood of last year", body)
    desk.index("one", "Flood", body, outlet="one")
    desk.index("two", "Flood", body, outlet="two")
    assert [kind for kind, _ in told(desk)] == ["new", "duplicate", "duplicate"]
    past = '[groups.past]\nweight = 1\nterms = {past = ["last year"]}\n'
    desk.topics = in_force(crisis("floods", "flood", rule="matter & !past", more=past))
    assert fates(desk.retopic()) == {"root": Fate.RETRACTED, "one": Fate.ADOPTED, "two": Fate.ADOPTED}
    assert told(desk, 3) == [("retracted", "root"), ("new", "one"), ("duplicate", "two")]
    with desk.store.read() as tx:
        copy = articles.get(tx, "two")
    assert copy is not None
    assert copy.of == "one"
    assert set(fates(desk.retopic()).values()) == {Fate.SAME}


def test_copies_outside_the_chosen_outlet_are_not_left_behind(desk: Desk) -> None:
    body = text("flood", 1)
    desk.index("root", "Flood", body, outlet="a")
    desk.index("copy", "Flood", body, outlet="b")
    desk.topics = ONLY_FIRES
    assert fates(desk.retopic(outlet="a")) == {"root": Fate.RETRACTED, "copy": Fate.RETRACTED}
    assert told(desk, 2) == [("retracted", "root"), ("retracted", "copy")]


def test_a_dry_run_says_what_would_come_and_writes_nothing(desk: Desk) -> None:
    desk.index("a", "Flood", text("flood", 1))
    desk.index("b", "Wildfire", text("wildfire", 2))
    desk.topics = ONLY_FIRES
    before = (desk.said("a"), desk.said("b"), told(desk), desk.history("a"))
    assert fates(desk.retopic(dry=True)) == {"a": Fate.RETRACTED, "b": Fate.KEPT}
    assert (desk.said("a"), desk.said("b"), told(desk), desk.history("a")) == before


def test_only_the_articles_of_a_day_and_later_and_of_an_outlet_are_judged(desk: Desk) -> None:
    for number in range(4):
        desk.index(f"a{number}", "Flood", text("flood", number), outlet="ab"[number % 2])
    desk.topics = ONLY_FIRES
    assert set(desk.retopic(dry=True, since=NOW + 150)) == {"a2", "a3"}
    assert set(desk.retopic(dry=True, outlet="b")) == {"a1", "a3"}


def test_more_articles_than_are_looked_up_at_a_time_are_all_judged_once(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retopic, "_PAGE", 3)
    for number in range(10):
        desk.clean(f"a{number}", "A concert", text("concert", number))
    desk.now = NOW  # all in one moment: only the key tells them apart
    with desk.store.write() as tx:
        tx.run("UPDATE articles SET cleaned = ?", NOW)
    for number in range(10):
        desk.indexer(f"a{number}")
    again = Retopic(desk.store, desk.topics, lambda: NOW)
    assert list(again.keys(None, 0.0)) == [f"a{number}" for number in range(10)]


def test_what_is_on_its_way_is_left_to_the_indexer(desk: Desk) -> None:
    desk.clean("a", "Flood", text("flood", 1))
    assert desk.retopic() == {}
    assert Retopic(desk.store, desk.topics, lambda: NOW)("a").fate is Fate.PASSED
    assert Retopic(desk.store, desk.topics, lambda: NOW)("nowhere").fate is Fate.PASSED


def test_a_run_that_is_stopped_anywhere_is_finished_by_the_next(desk: Desk) -> None:
    for number in range(6):
        desk.index(f"a{number}", "Flood", text("flood", number // 2), outlet=f"o{number % 2}")
    desk.topics = ONLY_FIRES
    again = Retopic(desk.store, desk.topics, lambda: desk.now)
    for key in again.keys(None, 0.0):
        again(key)
        if key == "a2":
            break
    desk.retopic()
    with desk.store.read() as tx:
        assert ledger.account(tx).states[State.OFF_TOPIC] == 6
    assert sorted(key for kind, key in told(desk, 6)) == [f"a{number}" for number in range(6)]


def test_a_transaction_that_fails_leaves_the_article_as_it_was(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.index("a", "Flood", text("flood", 1))
    desk.topics = ONLY_FIRES

    def fail(*given: object) -> int:
        raise OSError("disk full")

    with monkeypatch.context() as patched:
        patched.setattr(events, "append", fail)
        with pytest.raises(OSError, match="disk full"):
            desk.retopic()
    assert desk.state("a") is State.INDEXED
    assert desk.said("a") == {"floods": ("kept", 1, "matter")}
    assert fates(desk.retopic()) == {"a": Fate.RETRACTED}


def test_an_article_judged_before_topics_had_names_gets_them(desk: Desk) -> None:
    desk.index("a", "Flood", text("flood", 1))
    with desk.store.write() as tx:
        tx.run("DELETE FROM judgements")
        tx.run(
            "UPDATE articles SET verdict = ?",
            '{"relevant":true,"score":60.0,"threshold":18.75,"language":"en","reasons":[]}',
        )
    assert fates(desk.retopic()) == {"a": Fate.UPDATED}
    assert desk.stream()[-1].article.topics == ("floods",)


def test_whoever_changes_a_text_can_judge_it_again_in_the_same_transaction(desk: Desk) -> None:
    desk.index("a", "Flood", text("flood", 1))
    with desk.store.write() as tx:
        before = articles.load(tx, "a")
        assert before is not None
        articles.replace(tx, before, replace(before.cleaned, title="Concert", blocks=before.cleaned.blocks[:0]))
        assert retopic.rejudge(tx, "a", desk.topics, desk.now).fate is Fate.RETRACTED
    assert desk.state("a") is State.OFF_TOPIC


def test_an_indexer_that_runs_beside_sees_what_was_taken_back_and_what_came(desk: Desk) -> None:
    beside = Indexer(desk.store, lambda: BOTH, lambda: desk.now)
    flood, fire = text("flood", 1), text("wildfire", 2)
    desk.index("flood", "Flood", flood)
    desk.index("fire", "Wildfire", fire)
    beside(desk.clean("x", "Wildfire", text("wildfire", 3)))
    desk.topics = ONLY_FIRES
    desk.retopic()
    beside(desk.clean("fire again", "Wildfire", fire + "\nAnd more.", outlet="other"))
    beside(desk.clean("flood again", "Flood", flood + "\nAnd more.", outlet="other"))
    assert told(desk)[-2:] == [("duplicate", "fire again"), ("new", "flood again")]


def test_the_judgements_of_an_article_are_replaced_whole(store: Store) -> None:
    desk = Desk(store, BOTH)
    desk.index("a", "Flood", text("flood", 1))
    desk.topics = ONLY_FLOODS
    desk.retopic()
    with store.read() as tx:
        found: tuple[Judgement, ...] = judgements.of(tx, "a")
    assert [each.topic for each in found] == ["floods"]
