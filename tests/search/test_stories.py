"""Facets, one hit a story, and totals that stop counting."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from services.contracts import Article, Event, EventType, Relation
from services.search import pages
from services.search.index import BadCursor, Results, SearchIndex

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def an_event(seq: int, key: str | None = None, type_: EventType = EventType.NEW, **given: Any) -> Event:
    plain: dict[str, Any] = {
        "id": key or f"a{seq}", "url": f"https://harbour.example/{seq}", "title": "Ferry", "text": "The ferry runs.",
        "outlet": "harbour-post", "author": None, "published": None, "language": "en", "paywalled": False,
        "story": f"s{seq}", "relation": Relation.NEW, "of": None, "score": 1.0,
    }  # fmt: skip
    return Event(seq, type_, (NOON + timedelta(hours=seq)).isoformat(), Article(**{**plain, **given}))


@pytest.fixture
def index(tmp_path: Path) -> Iterator[SearchIndex]:
    opened = SearchIndex(tmp_path / "search")
    yield opened
    opened.close()


def put(index: SearchIndex, *given: Event) -> None:
    index.apply(given)
    index.commit(given[-1].seq)


def ids(results: Results) -> list[str]:
    return [hit.article.id for hit in results.hits]


def told(index: SearchIndex, sort: str, limit: int, arrive: bool = False) -> list[tuple[str, int]]:
    """(story, others) of every hit of every page; with `arrive`, every story gets news between two pages."""
    page = index.find("ferry", sort=sort, limit=limit, collapse=True)
    found = [(hit.article.story, hit.others) for hit in page.hits]
    seq = 1000
    while page.cursor:
        if arrive:
            put(index, *(an_event(seq + n, story=f"s{n}", published="2026-03-01") for n in range(12)))
            put(index, *(an_event(seq + 20 + n, story=f"s{n}") for n in range(12)))
            seq += 100
        page = index.find("ferry", sort=sort, limit=limit, collapse=True, cursor=page.cursor)
        found += [(hit.article.story, hit.others) for hit in page.hits]
    return found


def test_facets_count_every_match_and_not_only_the_page(index: SearchIndex) -> None:
    put(
        index,
        an_event(1, outlet="le-phare", outlet_name="Le Phare", language="fr-FR", topics=("Black Sea",)),
        an_event(2, topics=("Black Sea", "ferries")),
        an_event(30, topics=("ferries",)),
        an_event(31, title="Else", text="Nothing of it.", outlet="other"),
    )
    found = index.find("ferry", limit=1, facets=True)
    values = {facet.name: [(each.value, each.name, each.count) for each in facet.values] for facet in found.facets}
    assert values == {
        "outlet": [("harbour-post", "harbour-post", 2), ("le-phare", "Le Phare", 1)],
        "language": [("en", "en", 2), ("fr", "fr", 1)],
        "topic": [("Black Sea", "Black Sea", 2), ("ferries", "ferries", 2)],
        "day": [("2026-03-02", "2026-03-02", 1), ("2026-03-01", "2026-03-01", 2)],
    }
    assert index.find("ferry").facets == ()


def test_a_facet_is_a_filter_that_finds_as_many(index: SearchIndex) -> None:
    put(index, *(an_event(seq, outlet=f"Outlet {seq % 3}", topics=(f"Topic {seq % 2}",)) for seq in range(1, 20)))
    for facet in index.find("", facets=True).facets[::2]:
        for each in facet.values:
            assert index.find("", **{facet.name: [each.value]}).total == each.count


def test_of_an_article_that_was_retracted_or_changed_nothing_is_counted(index: SearchIndex) -> None:
    put(index, an_event(1, outlet="one"), an_event(2, outlet="two"))
    put(index, an_event(3, "a1", EventType.RETRACTED), an_event(4, "a2", EventType.UPDATED, outlet="three"))
    assert [(each.value, each.count) for each in index.find("", facets=True).facets[0].values] == [("three", 1)]


def test_a_story_is_one_hit_its_newest_with_the_others_counted(index: SearchIndex) -> None:
    put(index, an_event(1, story="a"), an_event(2, story="b"), an_event(3, story="a"), an_event(4, story="a"))
    found = index.find("ferry", collapse=True)
    assert [(hit.article.id, hit.others) for hit in found.hits] == [("a4", 2), ("a2", 0)]
    assert found.total == 4


def test_by_relevance_a_story_shows_its_best(index: SearchIndex) -> None:
    put(index, an_event(1, story="a", text="ferry " * 9), an_event(2, story="a"), an_event(3, story="b", title="News"))
    found = index.find("ferry", sort="relevance", collapse=True)
    assert [(hit.article.id, hit.others) for hit in found.hits] == [("a1", 1), ("a3", 0)]


@pytest.mark.parametrize("sort", ["newest", "relevance"])
@pytest.mark.parametrize("arrive", [False, True])
def test_pages_of_stories_show_each_once_whatever_arrives(index: SearchIndex, sort: str, arrive: bool) -> None:
    put(index, *(an_event(seq, story=f"s{seq * seq % 12}", text="ferry " * (seq % 5 + 1)) for seq in range(1, 120)))
    stories = {f"s{seq * seq % 12}" for seq in range(120)} - {f"s{0}"} | {"s0"}
    found = told(index, sort, 2, arrive)
    assert sorted(story for story, _ in found) == sorted(stories)
    if not arrive:
        assert sum(others + 1 for _, others in found) == 119


def test_one_large_story_hides_no_other(index: SearchIndex) -> None:
    put(index, an_event(1, story="small"), *(an_event(seq, story="large") for seq in range(2, 300)))
    assert told(index, "newest", 1) == [("large", 297), ("small", 0)]
    assert sorted(told(index, "relevance", 1)) == [("large", 297), ("small", 0)]


def test_a_cursor_of_stories_is_not_one_of_articles(index: SearchIndex) -> None:
    put(index, *(an_event(seq) for seq in range(1, 6)))
    cursor = index.find("ferry", limit=2, collapse=True).cursor
    with pytest.raises(BadCursor):
        index.find("ferry", limit=2, cursor=cursor)


def test_a_total_says_where_it_stopped_counting(index: SearchIndex, monkeypatch: pytest.MonkeyPatch) -> None:
    put(index, *(an_event(seq * 24 * 10) for seq in range(1, 60)))
    assert (index.find("ferry").total, index.find("ferry").exact) == (59, True)
    monkeypatch.setattr(pages, "COUNT_LIMIT", 10)
    found = index.find("ferry", limit=3)
    assert (found.total, found.exact) == (10, False)
    following = index.find("ferry", limit=3, cursor=found.cursor)
    assert (following.total, following.exact) == (10, False)
    assert (index.find("ferry lang:fr").total, index.find("ferry lang:fr").exact) == (0, True)
    assert index.find("").total == 59, "that needs no counting"


def test_articles_of_any_age_are_found_newest_first(index: SearchIndex) -> None:
    years = [1900, 1955, 1969, 1970, 1999, 2024, 2025, 2026]
    put(index, *(an_event(n, published=f"{year}-02-01") for n, year in enumerate(years, start=1)))
    assert ids(index.find("ferry", limit=3)) == ["a8", "a7", "a6"]
    assert ids(index.find("ferry")) == [f"a{n}" for n in range(len(years), 0, -1)]


def test_equal_scores_stand_newest_first(index: SearchIndex) -> None:
    for seq in (3, 9, 1, 7):
        index.apply([an_event(seq)] if seq > index.cursor() else [])
        index.commit(max(seq, index.cursor()))
    assert ids(index.find("ferry", sort="relevance")) == ["a9", "a3"]
