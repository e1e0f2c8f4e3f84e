"""Several topics at once, and files that change while an indexer runs."""

import logging
import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from services.contracts import EventType, Outcome, Outlet, Reason, State
from services.indexer.files import TopicFiles
from services.indexer.topic import TopicError
from services.indexer.topics import Topics
from services.store import Store, articles, judgements, ledger
from tests.indexer.crises import FIRES, FLOODS, NARROWLY, Desk, crisis, in_force, text

BOTH = in_force(FLOODS, FIRES)


def names(found: Topics) -> list[tuple[str, int]]:
    return [(each.definition.topic, each.definition.version) for each in found.topics]


# Several topics


def test_an_article_is_kept_if_any_topic_keeps_it_and_every_topic_says_why(store: Store) -> None:
    desk = Desk(store, BOTH)
    desk.index("a", "Flood in the valley", text("flood", 1))
    assert desk.said("a") == {"floods": ("kept", 1, "matter"), "fires": ("dropped", 1, "")}
    with store.read() as tx:
        best = judgements.of(tx, "a")[0]
    assert (best.topic, {(hit.term, hit.where) for hit in best.reasons}) == (
        "floods",
        {("floods", "title"), ("floods", "lead"), ("floods", "body")},
    )


def test_one_article_of_two_topics_is_one_event_with_both_names(store: Store) -> None:
    desk = Desk(store, BOTH)
    desk.index("a", "Wildfire after the flood", text("flood and wildfire", 1))
    (event,) = desk.stream()
    assert (event.type, event.article.topics) == (EventType.NEW, ("fires", "floods"))
    with store.read() as tx:
        assert articles.get(tx, "a") == event.article
        assert event.article.score == max(each.score for each in judgements.of(tx, "a"))


def test_a_dropped_article_keeps_what_every_topic_said(store: Store) -> None:
    desk = Desk(store, BOTH)
    desk.index("a", "A concert", text("concert", 1))
    assert desk.state("a") is State.OFF_TOPIC
    assert desk.said("a") == {"floods": ("dropped", 1, ""), "fires": ("dropped", 1, "")}
    with store.read() as tx:
        item = ledger.get(tx, "a")
    assert item is not None
    assert item.detail == "fires: score 0.0, needs 18.0; floods: score 0.0, needs 18.0"


def test_what_is_nearly_kept_is_borderline_in_the_ledger_and_in_the_tally(store: Store) -> None:
    desk = Desk(store, in_force(FLOODS))
    desk.index("kept", "A flood", text("flood", 1))
    desk.topics = in_force(crisis("floods", "flood", accept=NARROWLY))
    desk.index("near", "A flood", text("flood", 2))
    desk.index("far", "A concert", text("concert", 3))
    with store.read() as tx:
        item = ledger.get(tx, "near")
        tally = judgements.tally(tx)["floods"]
        reasons = ledger.account(tx).reasons[State.OFF_TOPIC]
    assert item is not None
    assert item.reason is Reason.BORDERLINE
    assert (tally.kept, tally.borderline, tally.dropped) == (1, 1, 1)
    assert reasons == {"borderline": 1, "off_topic": 1}


def test_an_article_from_before_every_topic_says_so_and_is_not_borderline(store: Store) -> None:
    desk = Desk(store, in_force(FLOODS))
    desk.index("a", "Flood", text("flood", 1), published="2019-01-01")
    with store.read() as tx:
        item = ledger.get(tx, "a")
    assert item is not None
    assert item.reason is Reason.BEFORE_GATE
    assert desk.said("a")["floods"][0] == Outcome.DROPPED


HOME = '[[home]]\ncountries = ["NL"]\nlanguages = []\nfactors = {matter = 0.1}\n'


def test_the_country_of_an_outlet_counts_unless_it_collects_from_others(store: Store) -> None:
    desk = Desk(store, in_force(crisis("floods", "flood", more=HOME)))
    desk.know(
        Outlet("dijk", "Dijk", "https://dijk.example", (), country="NL"),
        Outlet("alles", "Alles", "https://alles.example", (), country="NL", aggregator=True),
        Outlet("post", "Post", "https://post.example", (), country="FR"),
    )
    for number, outlet in enumerate(("dijk", "alles", "post")):
        desk.index(outlet, "Flood", text("flood", number), outlet=outlet)
    found = {outlet: desk.state(outlet) is State.OFF_TOPIC for outlet in ("dijk", "alles", "post")}
    assert found == {"dijk": True, "alles": False, "post": False}


def test_two_topics_of_one_name_are_refused() -> None:
    with pytest.raises(TopicError, match="two topic files are named 'floods'"):
        in_force(FLOODS, crisis("floods", "deluge"))


def test_no_topic_at_all_is_refused() -> None:
    with pytest.raises(TopicError, match="no topic"):
        Topics(())


def test_a_verdict_of_an_older_store_is_read_on(store: Store) -> None:
    desk = Desk(store, in_force(FLOODS))
    desk.index("a", "Flood", text("flood", 1))
    old = '{"relevant":true,"score":21.5,"threshold":18.75,"language":"en","reasons":[]}'
    with store.write() as tx:
        tx.run("DELETE FROM judgements")
        tx.run("UPDATE articles SET verdict = ?", old)
        (judged,) = judgements.of(tx, "a")
        article = articles.get(tx, "a")
    assert (judged.topic, judged.score, judged.outcome) == ("", 21.5, Outcome.KEPT)
    assert article is not None
    assert article.topics == ()


# Files


class Clocks:
    """Seconds that pass when a test says so, ahead of what files are stamped with."""

    def __init__(self) -> None:
        self.passed = 0.0

    def unix(self) -> float:
        return time.time() + 3600

    def monotonic(self) -> float:
        return self.passed

    def tick(self) -> None:
        self.passed += 1.5


@pytest.fixture
def clocks() -> Clocks:
    return Clocks()


def watch(clocks: Clocks, *places: Path, unix: Callable[[], float] | None = None) -> TopicFiles:
    return TopicFiles(places, unix or clocks.unix, clocks.monotonic)


def test_a_job_after_a_file_changed_is_judged_by_the_new_one(store: Store, tmp_path: Path, clocks: Clocks) -> None:
    file = tmp_path / "crisis.toml"
    file.write_text(FLOODS)
    desk = Desk(store, in_force(FLOODS))
    files = watch(clocks, file)
    desk.indexer = type(desk.indexer)(store, files, lambda: desk.now)
    desk.index("before", "Wildfire", text("wildfire", 1))
    file.write_text(crisis("floods", "flood", "wildfire", version=2))
    clocks.tick()
    desk.index("after", "Wildfire", text("wildfire", 2))
    assert desk.said("before") == {"floods": ("dropped", 1, "")}
    assert desk.said("after") == {"floods": ("kept", 2, "matter")}


@pytest.mark.parametrize(
    ("broken", "why"),
    [
        ("topic = [", "not TOML"),
        (crisis("floods", "flood", version=2).replace("weight", "wait"), "unknown key"),
        (crisis("floods", "flood", more='[[test]]\ntitle = "A concert"\nrelevant = true\n'), "own tests fail"),
        ("\udcff", "not UTF-8"),
    ],
)
def test_a_broken_file_leaves_the_old_one_in_force_and_is_told_of_once(
    store: Store, tmp_path: Path, clocks: Clocks, caplog: pytest.LogCaptureFixture, broken: str, why: str
) -> None:
    file, other = tmp_path / "crisis.toml", tmp_path / "other.toml"
    file.write_text(FLOODS)
    other.write_text(FIRES)
    desk = Desk(store, BOTH)
    files = watch(clocks, file, other)
    desk.indexer = type(desk.indexer)(store, files, lambda: desk.now)
    file.write_bytes(broken.encode("utf-8", "surrogateescape"))
    for number in range(3):
        clocks.tick()
        desk.index(f"a{number}", "Flood", text("flood", number))
        other.write_text(crisis("fires", "wildfire", version=number + 2))
    assert [desk.said(f"a{number}")["floods"] for number in range(3)] == [("kept", 1, "matter")] * 3
    told = [record.getMessage() for record in caplog.records if record.levelno >= logging.ERROR]
    assert len(told) == 1, told
    assert str(file) in told[0]
    assert why in told[0]
    assert names(files())[1][1] > 1, "the other file goes on being followed"
    file.write_text(crisis("floods", "flood", version=9))
    clocks.tick()
    assert ("floods", 9) in names(files())


def test_a_file_that_is_still_being_written_is_left_alone(tmp_path: Path, clocks: Clocks) -> None:
    file = tmp_path / "crisis.toml"
    file.write_text(FLOODS)
    files = watch(clocks, file, unix=time.time)
    for version in range(2, 5):
        file.write_text(crisis("floods", "flood", version=version) + "#" * version)
        clocks.tick()
        assert names(files()) == [("floods", 1)]
    clocks.tick()
    assert names(files()) == [("floods", 4)], "still since the last look"


def test_a_file_is_looked_at_once_a_second_at_most(tmp_path: Path, clocks: Clocks) -> None:
    file = tmp_path / "crisis.toml"
    file.write_text(FLOODS)
    files = watch(clocks, file)
    file.write_text(crisis("floods", "flood", version=2))
    clocks.passed += 0.9
    assert names(files()) == [("floods", 1)]
    clocks.passed += 0.1
    assert names(files()) == [("floods", 2)]


def test_what_was_only_touched_is_not_compiled_again(tmp_path: Path, clocks: Clocks) -> None:
    file = tmp_path / "crisis.toml"
    file.write_text(FLOODS)
    files = watch(clocks, file)
    before = files().topics[0]
    os.utime(file)
    clocks.tick()
    assert files().topics[0] is before


def test_a_change_of_the_same_length_and_time_is_noticed(tmp_path: Path, clocks: Clocks) -> None:
    file = tmp_path / "crisis.toml"
    file.write_text(crisis("floods", "flood", version=2))
    stamp = file.stat().st_mtime_ns
    files = watch(clocks, file)
    file.write_text(crisis("floods", "flood", version=3))
    os.utime(file, ns=(stamp, stamp))
    clocks.tick()
    assert names(files()) == [("floods", 3)]


def test_topics_of_a_folder_come_and_go_with_their_files(tmp_path: Path, clocks: Clocks) -> None:
    (tmp_path / "a.toml").write_text(FLOODS)
    (tmp_path / "notes.txt").write_text("no topic")
    files = watch(clocks, tmp_path)
    assert names(files()) == [("floods", 1)]
    (tmp_path / "b.toml").write_text(FIRES)
    clocks.tick()
    assert names(files()) == [("floods", 1), ("fires", 1)]
    (tmp_path / "a.toml").unlink()
    clocks.tick()
    assert len(files().topics) == 2, "an editor may be about to put it back"
    clocks.tick()
    assert names(files()) == [("fires", 1)]


def test_a_named_file_that_is_gone_and_a_folder_that_is_empty_stay_in_force(
    tmp_path: Path, clocks: Clocks, caplog: pytest.LogCaptureFixture
) -> None:
    folder, file = tmp_path / "folder", tmp_path / "fires.toml"
    folder.mkdir()
    (folder / "a.toml").write_text(FLOODS)
    file.write_text(FIRES)
    named, only = watch(clocks, folder, file), watch(clocks, folder)
    file.unlink()
    (folder / "a.toml").unlink()
    for _ in range(3):
        clocks.tick()
        found = names(named()), names(only())
    assert found == ([("fires", 1)], [("floods", 1)])
    assert sum("is not there" in record.getMessage() for record in caplog.records) == 1
    assert sum("no topic" in record.getMessage() for record in caplog.records) == 1


def test_two_files_that_take_one_name_leave_both_old_ones_in_force(tmp_path: Path, clocks: Clocks) -> None:
    for name, content in (("a", FLOODS), ("b", FIRES)):
        (tmp_path / f"{name}.toml").write_text(content)
    files = watch(clocks, tmp_path)
    (tmp_path / "b.toml").write_text(crisis("floods", "deluge"))
    clocks.tick()
    assert names(files()) == [("floods", 1), ("fires", 1)]


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda folder: folder / "absent.toml", "is not there"),
        (lambda folder: folder, "has no \\*.toml file"),
        (lambda folder: _written(folder / "broken.toml", "topic = ["), "broken.toml: not TOML"),
    ],
)
def test_a_start_without_a_good_file_is_refused_with_its_name(
    tmp_path: Path, clocks: Clocks, make: Callable[[Path], Path], said: str
) -> None:
    with pytest.raises(TopicError, match=said):
        watch(clocks, make(tmp_path))


def _written(path: Path, content: str) -> Path:
    path.write_text(content)
    return path
