"""The follower over a real store: events of every kind, in batches, across a restart."""

from dataclasses import replace
from pathlib import Path

from services.contracts import Article, EventType, Relation
from services.search import follower
from services.search.index import SearchIndex
from services.store import Store, events

FERRY = Article(
    id="a", url="https://harbour.example/a", title="Ferry", text="Menu. The ferry runs again.", outlet="harbour-post",
    author=None, published="2026-03-01", language="en", paywalled=False, story="a", relation=Relation.NEW, of=None,
    score=2.0,
)  # fmt: skip
NOON = 1_772_366_400.0


def tell(store: Store, type_: EventType, article: Article, now: float = NOON) -> None:
    with store.write() as tx:
        events.append(tx, type_, article, now)


def test_an_update_takes_the_place_of_what_it_updates(store: Store, tmp_path: Path) -> None:
    tell(store, EventType.NEW, FERRY)
    tell(store, EventType.NEW, replace(FERRY, id="b", text="Another ferry."), NOON + 60)
    index = SearchIndex(tmp_path / "search")
    assert follower.catch_up(store, index) == 2
    tell(store, EventType.UPDATED, replace(FERRY, text="The ferry runs again."), NOON + 86_400)
    assert follower.catch_up(store, index) == 1
    assert [hit.article.id for hit in index.find("ferry").hits] == ["b", "a"], "an old article does not come up again"
    assert index.find("menu").total == 0
    index.close()


def test_an_index_built_anew_ends_where_one_that_followed_did(store: Store, tmp_path: Path) -> None:
    followed = SearchIndex(tmp_path / "followed")
    for number, type_ in enumerate([EventType.NEW, EventType.UPDATED, EventType.UPDATED]):
        tell(store, type_, replace(FERRY, text=f"The ferry, version {number}."), NOON + number)
        follower.catch_up(store, followed)
    rebuilt = SearchIndex(tmp_path / "rebuilt")
    follower.catch_up(store, rebuilt)
    assert rebuilt.find("ferry") == followed.find("ferry")
    assert [hit.article.text for hit in rebuilt.find("ferry").hits] == ["The ferry, version 2."]
    followed.close()
    rebuilt.close()
