from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from services.contracts import Article, EventType, Relation
from services.store import Store, events

ARTICLE = Article(
    id="a", url="https://estuaire.example/1", title="Titre", text="Texte", outlet="estuaire", author=None,
    published="2022-01-27", language="fr", paywalled=False, story="a", relation=Relation.NEW, of=None, score=20.0,
)  # fmt: skip


def add(store: Store, name: str = "a", now: float = 0.0) -> int:
    with store.write() as tx:
        return events.append(tx, EventType.NEW, replace(ARTICLE, id=name), now)


def test_numbers_start_at_one_and_rise_by_one(store: Store) -> None:
    assert [add(store) for _ in range(5)] == [1, 2, 3, 4, 5]


def test_a_transaction_that_fails_leaves_no_hole(store: Store) -> None:
    add(store)
    with pytest.raises(RuntimeError), store.write() as tx:
        events.append(tx, EventType.NEW, ARTICLE, 0.0)
        raise RuntimeError
    assert add(store) == 2
    with store.read() as tx:
        assert [event.seq for event in events.after(tx, 0)] == [1, 2]


def test_a_reader_that_follows_many_writers_misses_none_and_sees_none_twice(store: Store) -> None:
    seen: list[int] = []

    def follow() -> None:
        while len(seen) < 200:
            with store.read() as tx:
                seen.extend(event.seq for event in events.after(tx, seen[-1] if seen else 0, 17))

    with ThreadPoolExecutor(5) as pool:
        reader = pool.submit(follow)
        written = list(pool.map(lambda number: add(store, str(number)), range(200)))
        reader.result(timeout=60)
    assert sorted(written) == list(range(1, 201))
    assert seen == list(range(1, 201))


def test_an_event_carries_the_article_as_it_was(store: Store) -> None:
    add(store, now=1_643_277_600.0)
    with store.read() as tx:
        (event,) = events.after(tx, 0)
    assert event.article == ARTICLE
    assert event.at == "2022-01-27T10:00:00+00:00"


def test_a_consumer_reads_on_where_it_acknowledged(store: Store) -> None:
    for _ in range(3):
        add(store)
    with store.write() as tx:
        assert events.consumer(tx, "archive") == events.Consumer("archive", 0, 3)
        assert events.acknowledge(tx, "archive", 2, 0.0).lag == 1
        assert events.acknowledge(tx, "archive", 1, 0.0).seq == 2  # a late acknowledgement takes nothing back


@pytest.mark.parametrize("seq", [-1, 4])
def test_a_consumer_cannot_acknowledge_what_does_not_exist(store: Store, seq: int) -> None:
    for _ in range(3):
        add(store)
    with pytest.raises(ValueError, match="the last event"), store.write() as tx:
        events.acknowledge(tx, "archive", seq, 0.0)


@pytest.mark.parametrize("name", ["", "a b", "x" * 65, "../x", "naïve"])
def test_a_consumer_needs_a_plain_name(store: Store, name: str) -> None:
    with pytest.raises(ValueError, match="name"), store.read() as tx:
        events.consumer(tx, name)
