import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from services import codec
from services.contracts import Article, Event, EventType, Relation
from services.search import generations, postings
from services.search.index import (
    BadCursor,
    BadSearch,
    IndexBroken,
    IndexBusy,
    IndexUnavailable,
    Results,
    SearchIndex,
)
from services.search.query import Filters, parse
from services.search.synonyms import build

COPY = EventType.DUPLICATE
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def an_article(key: str, **given: Any) -> Article:
    plain: dict[str, Any] = {
        "id": key,
        "url": f"https://harbour.example/{key}",
        "title": f"Ferry {key}",
        "text": "The ferry between the islands runs again.",
        "outlet": "harbour-post",
        "author": None,
        "published": None,
        "language": "en",
        "paywalled": False,
        "story": f"story-{key}",
        "relation": Relation.NEW,
        "of": None,
        "score": 1.0,
    }
    return Article(**{**plain, **given})


def an_event(seq: int, key: str | None = None, type_: EventType = EventType.NEW, **given: Any) -> Event:
    """An event that happened `seq` seconds past noon."""
    at = (NOON + timedelta(seconds=seq)).isoformat()
    return Event(seq, type_, at, an_article(key or f"a{seq}", **given))


Put = Callable[..., None]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "search"


@pytest.fixture
def index(folder: Path) -> Iterator[SearchIndex]:
    opened = SearchIndex(folder)
    yield opened
    opened.close()


@pytest.fixture
def put(index: SearchIndex) -> Put:
    """Apply and commit events."""

    def applied(*given: Event) -> None:
        index.apply(given)
        index.commit(given[-1].seq)

    return applied


def ids(results: Results) -> list[str]:
    return [hit.article.id for hit in results.hits]


def pages(index: SearchIndex, q: str, sort: str, limit: int = 7) -> list[str]:
    page = index.find(q, sort=sort, limit=limit)
    found = ids(page)
    while page.cursor:
        page = index.find(q, sort=sort, limit=limit, cursor=page.cursor)
        found += ids(page)
    return found


def test_a_reader_of_a_folder_that_is_not_there_finds_nothing(folder: Path) -> None:
    index = SearchIndex(folder)
    assert index.find("ferry") == Results(0, (), None)
    assert index.cursor() == 0
    assert not folder.exists()


def test_what_was_committed_is_found_by_another_reader_at_once(put: Put, folder: Path) -> None:
    reader = SearchIndex(folder)
    put(an_event(1))
    assert ids(reader.find("ferry")) == ["a1"]
    put(an_event(2))
    assert ids(reader.find("ferry")) == ["a2", "a1"]
    assert reader.cursor() == 2


def test_what_was_not_committed_is_not_found_and_not_remembered(index: SearchIndex, folder: Path) -> None:
    index.apply([an_event(1)])
    index.close()
    assert SearchIndex(folder).find("ferry").total == 0
    assert SearchIndex(folder).cursor() == 0


def test_events_applied_twice_change_nothing(put: Put, index: SearchIndex) -> None:
    events = [an_event(1), an_event(2), an_event(3, "a1", EventType.UPDATED, title="Ferry late")]
    put(*events)
    before = index.find("ferry")
    put(*events)
    assert index.find("ferry") == before
    assert before.total == 2


def test_events_applied_twice_before_a_commit_change_nothing(index: SearchIndex) -> None:
    index.apply([an_event(1), an_event(2)])
    index.apply([an_event(1), an_event(2)])
    index.commit(2)
    assert index.find("").total == 2


def test_an_update_shows_the_new_text_in_the_old_place(put: Put, index: SearchIndex) -> None:
    put(an_event(1), an_event(2))
    put(an_event(3, "a1", EventType.UPDATED, title="Bridge opens"))
    assert ids(index.find("")) == ["a2", "a1"]
    assert ids(index.find("bridge")) == ["a1"]
    assert index.find("title:ferry a1").total == 0
    assert index.find("bridge").hits[0].seq == 3


def test_a_retracted_article_is_gone(put: Put, index: SearchIndex) -> None:
    put(an_event(1), an_event(2), an_event(3, "a1", EventType.RETRACTED))
    assert ids(index.find("")) == ["a2"]


def test_a_copy_is_listed_with_its_original_and_is_no_result_of_its_own(put: Put, index: SearchIndex) -> None:
    put(an_event(1), an_event(2, "b", COPY, of="a1", outlet="copycat", relation=Relation.NEAR))
    put(an_event(3, "c", COPY, of="a1"), an_event(4, "b", COPY, of="a1", outlet="copycat"))
    (hit,) = index.find("ferry").hits
    assert sorted(copy.id for copy in hit.copies) == ["b", "c"]
    put(an_event(5, "c", EventType.RETRACTED, of="a1"))
    assert [copy.outlet for copy in index.find("ferry").hits[0].copies] == ["copycat"]


def test_copies_outlive_an_update_of_the_original(put: Put, index: SearchIndex) -> None:
    put(an_event(1), an_event(2, "b", COPY, of="a1"), an_event(3, "a1", EventType.UPDATED))
    assert [copy.id for copy in index.find("").hits[0].copies] == ["b"]


def test_a_copy_of_something_unknown_or_of_itself_is_skipped(put: Put, index: SearchIndex) -> None:
    put(an_event(1, "b", COPY, of="nowhere"), an_event(2, "c", COPY, of="c"))
    assert index.find("").total == 0
    assert index.cursor() == 2


def test_an_article_that_turns_out_to_be_a_copy_leaves_the_results(put: Put, index: SearchIndex) -> None:
    put(an_event(1), an_event(2), an_event(3, "a2", COPY, of="a1"))
    assert ids(index.find("")) == ["a1"]


@pytest.mark.parametrize(
    ("q", "found"),
    [
        ("", {"uk", "fr", "tr"}),
        ("паром", {"uk"}),
        ("обєкт", {"uk"}),
        ("об’єкт", {"uk"}),
        ("ukraine", {"fr"}),
        ("UKRAYNA", {"tr"}),
        ("ISTANBUL", {"tr"}),
        ('"traversee reprend"', {"fr"}),
        ('"reprend traversee"', set()),
        ("ist*", {"tr"}),
        ("traversee-rep*", {"fr"}),
        ("паром OR istanbul", {"uk", "tr"}),
        ("-паром", {"fr", "tr"}),
        ("ukraine OR -istanbul", {"fr", "uk"}),
        ("title:istanbul", {"tr"}),
        ("title:ukraine", set()),
        ("lang:uk", {"uk"}),
        ("lang:uk lang:fr", {"uk", "fr"}),
        ("outlet:le-phare", {"fr"}),
        ('outlet:"Le Phare"', {"fr"}),
        ("-outlet:le-phare", {"uk", "tr"}),
        ("story:story-tr", {"tr"}),
        ("after:2026-03-01", {"tr"}),
        ("before:2026-03-01", {"uk", "fr"}),
        ("after:2026-02-20 before:2026-02-21", {"fr"}),
        ("cursor", set()),
        ("!!!", {"uk", "fr", "tr"}),
    ],
)
def test_a_query_finds(put: Put, index: SearchIndex, q: str, found: set[str]) -> None:
    put(
        an_event(1, "uk", title="Паром", text="Паром ходить. Об'єкт оглянули.", language="uk", published="2026-02-10"),
        an_event(
            2, "fr", title="Traversée", text="La traversée reprend vers l'Ukraine.", language="fr-FR",
            outlet="Le Phare", published="2026-02-20T23:59:59Z",
        ),
        an_event(3, "tr", title="İstanbul", text="Ukrayna'nın gemisi", language="tr"),
    )  # fmt: skip
    for sort in ("newest", "relevance"):
        results = index.find(q, sort=sort)
        assert set(ids(results)) == found
        assert results.total == len(found)


@pytest.mark.parametrize(
    "q", ["((((", "C++", "U.S.", "covid-19", '"', "-", "*", "x" * 100_000, "\0", "a " * 900, "{}[]\\.*"]
)
def test_whatever_is_typed_is_answered(put: Put, index: SearchIndex, q: str) -> None:
    put(an_event(1))
    for sort in ("newest", "relevance"):
        index.find(q, sort=sort)


def test_a_prefix_finds_every_word_that_begins_so_however_many_there_are(put: Put, index: SearchIndex) -> None:
    put(*(an_event(seq, text=f"island{seq}") for seq in range(1, 301)))
    assert index.find("island*").total == 300


def test_a_match_in_the_headline_comes_first_by_relevance(put: Put, index: SearchIndex) -> None:
    put(an_event(1, title="Storm", text="Nothing."), an_event(2, title="News", text="A storm passed by the islands."))
    assert ids(index.find("storm", sort="relevance")) == ["a1", "a2"]
    assert ids(index.find("storm", sort="newest")) == ["a2", "a1"]


def test_filters_do_not_change_the_order_by_relevance(put: Put, index: SearchIndex) -> None:
    put(*(an_event(seq, text="storm " * (seq % 5 + 1), outlet=f"o{seq % 2}") for seq in range(1, 30)))
    every = [key for key in pages(index, "storm", "relevance") if int(key[1:]) % 2]
    assert pages(index, "storm outlet:o1", "relevance") == every


def test_newest_is_by_time_of_publication_then_by_arrival(put: Put, index: SearchIndex) -> None:
    put(
        an_event(1, published="2026-02-28T10:00:00Z"),
        an_event(2, published="2026-02-27"),
        an_event(3, published="2026-02-28T10:00:00+00:00"),
        an_event(4, published="2026-02-28T09:00:00-05:00"),
        an_event(5, published="1955-01-01"),
        an_event(6, published="not a date"),
    )
    assert ids(index.find("")) == ["a6", "a4", "a3", "a1", "a2", "a5"]


def test_a_date_in_the_future_does_not_stay_on_top(put: Put, index: SearchIndex) -> None:
    put(an_event(1, published="2099-01-01"), an_event(2))
    assert ids(index.find("")) == ["a2", "a1"]


@pytest.mark.parametrize("sort", ["newest", "relevance"])
def test_pages_show_everything_once(put: Put, index: SearchIndex, sort: str) -> None:
    put(*(an_event(seq, text="storm " * (seq % 4 + 1), published="2026-02-01") for seq in range(1, 61)))
    found = pages(index, "storm", sort)
    assert len(found) == 60
    assert len(set(found)) == 60


@pytest.mark.parametrize("sort", ["newest", "relevance"])
def test_pages_do_not_slip_while_articles_arrive_and_change(put: Put, index: SearchIndex, sort: str) -> None:
    put(*(an_event(seq, text="storm " * (seq % 4 + 1)) for seq in range(1, 41)))
    expected = ids(index.find("storm", sort=sort, limit=40))
    page = index.find("storm", sort=sort, limit=7)
    found, seq = ids(page), 100
    while page.cursor:
        put(
            *(an_event(seq + n, text="storm " * 9) for n in range(5)),
            an_event(seq + 5, "a3", EventType.UPDATED, text="storm"),
        )
        seq += 10
        page = index.find("storm", sort=sort, limit=7, cursor=page.cursor)
        assert page.total == 40
        found += ids(page)
    assert found == expected


def test_a_page_by_relevance_shows_no_newcomers_to_a_process_that_never_saw_the_first(
    put: Put, index: SearchIndex, folder: Path
) -> None:
    put(*(an_event(seq, text="storm " * seq) for seq in range(1, 20)))
    first = index.find("storm", sort="relevance", limit=10)
    put(*(an_event(seq, text="storm") for seq in range(30, 60)))
    second = SearchIndex(folder).find("storm", sort="relevance", limit=10, cursor=first.cursor)
    assert sorted(ids(first) + ids(second)) == sorted(f"a{seq}" for seq in range(1, 20))


def test_a_cursor_serves_only_its_own_search(put: Put, index: SearchIndex) -> None:
    put(*(an_event(seq) for seq in range(1, 10)))
    cursor = index.find("ferry", limit=2).cursor
    for q, more in (("island*", {}), ("ferry", {"lang": ["en"]}), ("ferry", {"sort": "relevance"})):
        with pytest.raises(BadCursor):
            index.find(q, cursor=cursor, **more)


@pytest.mark.parametrize("wrong", [{"after": "soon"}, {"before": "2026-02-31"}, {"sort": "price"}])
def test_a_wrong_parameter_is_explained(index: SearchIndex, wrong: dict[str, str]) -> None:
    with pytest.raises(BadSearch, match=next(iter(wrong))):
        index.find("ferry", **wrong)


def test_empty_parameters_of_a_form_mean_nothing(put: Put, index: SearchIndex) -> None:
    put(an_event(1))
    assert index.find("", outlet=[""], lang=[" "], after="", before=" ", cursor="").total == 1


def test_filters_beside_the_query_narrow_it(put: Put, index: SearchIndex) -> None:
    put(an_event(1, outlet="a"), an_event(2, outlet="b"), an_event(3, outlet="c"))
    assert ids(index.search(parse("ferry"), filters=Filters(outlets=("A", "c")))) == ["a3", "a1"]


def test_the_matcher_agrees_with_the_index(put: Put, index: SearchIndex) -> None:
    event = an_event(
        1, title="Traversée", text="La traversée reprend vers l'Ukraine.", language="fr-FR", published="2026-02-20",
        topics=("ferries", "Black Sea"),
    )  # fmt: skip
    put(event)
    queries = [
        "", "ukraine", "ukr*", '"reprend vers"', '"vers reprend"', "title:traversee", "title:ukraine", "-ukraine",
        "-storm", "storm OR ukraine", "lang:fr", "lang:de", "outlet:harbour-post", "-outlet:harbour-post",
        "story:story-a1", "after:2026-02-20", "after:2026-02-21", "before:2026-02-20", "before:2026-02-21",
        "reprend-ve*", "kraine", "l'ukr*", "topic:ferries", "topic:black-sea", "topic:sea", "-topic:ferries",
    ]  # fmt: skip
    for q in queries:
        assert index.matcher(q)(event.article, 1_772_366_401.0) == bool(index.find(q).total), q


def test_a_second_writer_is_told_that_the_folder_is_taken(put: Put, folder: Path) -> None:
    put(an_event(1))
    second = SearchIndex(folder)
    with pytest.raises(IndexBusy):
        second.apply([an_event(2)])
    assert second.find("").total == 1


@pytest.mark.parametrize("suffix", ["store", "term", "idx", "fast", "json"])
@pytest.mark.parametrize("damage", ["empty", "garbage"])
def test_a_damaged_index_says_that_it_is_broken(
    put: Put, index: SearchIndex, folder: Path, suffix: str, damage: str
) -> None:
    put(an_event(1))
    index.close()
    generation = generations.named(folder, generations.CURRENT)
    assert generation is not None
    (damaged,) = (path for path in generation.iterdir() if path.suffix == f".{suffix}" and path.name != ".managed.json")
    damaged.write_bytes(b"" if damage == "empty" else b"\7" * damaged.stat().st_size)
    with pytest.raises(IndexBroken):
        SearchIndex(folder).find("ferry")


@pytest.mark.parametrize("suffix", ["store", "term", "idx", "fast"])
def test_an_index_that_misses_a_file_says_that_it_is_broken(
    put: Put, index: SearchIndex, folder: Path, suffix: str
) -> None:
    put(an_event(1))
    index.close()
    for path in folder.rglob(f"*.{suffix}"):
        path.unlink()
    with pytest.raises(IndexBroken):
        SearchIndex(folder).find("ferry")


def test_an_index_of_another_version_is_broken(
    put: Put, index: SearchIndex, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(an_event(1))
    index.close()
    monkeypatch.setattr(postings, "VERSION", postings.VERSION + 1)
    with pytest.raises(IndexBroken, match="another version"):
        SearchIndex(folder)


def test_a_reader_survives_that_the_index_is_rebuilt_under_it(put: Put, index: SearchIndex, folder: Path) -> None:
    put(an_event(1))
    reader = SearchIndex(folder)
    assert reader.find("", sort="relevance").total == 1
    index.close()
    shutil.rmtree(folder)
    assert reader.find("").total == 0
    rebuilt = SearchIndex(folder)
    rebuilt.apply([an_event(1), an_event(2)])
    rebuilt.commit(2)
    assert reader.find("").total == 2
    rebuilt.close()


def test_an_index_that_cannot_be_opened_now_is_unavailable_and_not_broken() -> None:
    for detail in (
        'Os { code: 28, kind: StorageFull, message: "No space left on device" }',
        "Too many open files (os error 24)",
    ):
        with pytest.raises(IndexUnavailable), postings.explained("folder"):
            raise ValueError(detail)


WRITE_AND_DIE = """
import os, sys
from pathlib import Path
from services import codec
from services.contracts import Event
from services.search.index import SearchIndex
index = SearchIndex(Path(sys.argv[1]))
for line in sys.stdin:
    event = codec.load(Event, line)
    if event.seq > index.cursor():
        index.apply([event])
        if event.seq == int(sys.argv[2]):
            os.kill(os.getpid(), 9)
        index.commit(event.seq)
"""


def test_a_writer_that_is_killed_again_and_again_loses_and_doubles_nothing(folder: Path) -> None:
    events = b"\n".join(codec.dump(an_event(seq)) for seq in range(1, 20))
    for until in (3, 4, 8):
        killed = subprocess.run([sys.executable, "-c", WRITE_AND_DIE, str(folder), str(until)], input=events)
        assert killed.returncode == -9
        reader = SearchIndex(folder)
        assert reader.cursor() == until - 1
        assert sorted(ids(reader.find(""))) == [f"a{seq}" for seq in range(1, until)]


def test_a_word_is_found_in_other_forms_and_under_other_names(folder: Path) -> None:
    index = SearchIndex(folder, synonyms=build([["Kyiv", "Київ"]]))
    index.apply(
        [
            an_event(1, title="Обмін", text="Санкції проти банкірів Києва.", language="uk"),
            an_event(2, title="Sanctions", text="The banker lost.", language="en"),
            an_event(3, title="Nothing", text="Nothing at all.", language="en"),
        ]
    )
    index.commit(3)
    assert ids(index.find("kyiv")) == ["a1"]
    assert ids(index.find("санкцій")) == ["a1"]
    assert ids(index.find("sanctioning bankers")) == ["a2"]
    assert ids(index.find('"bankers"')) == []
    assert ids(index.find("title:sanction")) == ["a2"]
    assert ids(index.find("title:banker")) == []
    assert ids(index.find("-kyiv")) == ["a3", "a2"]
    assert [part.text for part in index.find("kyiv").hits[0].snippet if part.is_match] == ["Києва"]
    index.close()


@pytest.mark.parametrize("q", ["kyiv", "санкцій", "sanction", "title:sanction", "-kyiv", '"sanction"', "bankers lose"])
def test_a_live_stream_finds_other_forms_and_names_exactly_as_the_index_does(folder: Path, q: str) -> None:
    index = SearchIndex(folder, synonyms=build([["Kyiv", "Київ"]]))
    events = [
        an_event(1, title="Обмін", text="Санкції проти банкірів Києва.", language="uk"),
        an_event(2, title="Sanctions", text="The banker loses.", language="en"),
        an_event(3, title="Kyiv", text="Sanctionné", language="fr"),
        an_event(4, title="Kyiv", text="Sanctions", language=None),
    ]
    index.apply(events)
    index.commit(4)
    accepts = index.matcher(q)
    streamed = {event.article.id for event in events if accepts(event.article, NOON.timestamp())}
    assert streamed == set(ids(index.find(q)))
    index.close()
