import sqlite3
from pathlib import Path

import pytest

from services.contracts import Block, BlockKind, Cleaned, Meta
from services.store import Store, articles, open_store, schema, templates

PAGE = Cleaned("Ferry", (Block(BlockKind.PARAGRAPH, "It runs again."),), (), Meta())


def teach(store: Store, item: str, *fingerprints: int, outlet: str = "a", sketch: tuple[int, ...] = (1, 2)) -> None:
    with store.write() as tx:
        articles.save(tx, item, outlet, "a.example", PAGE, 0.0)
        templates.keep(tx, outlet, item, sketch, [(number, number % 2 == 1) for number in fingerprints])


def recall(store: Store, *fingerprints: int, outlet: str = "a", besides: str = "") -> templates.Known:
    with store.read() as tx:
        return templates.recall(tx, outlet, fingerprints, besides)


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """A memory of ten pages, three for what one page alone has, and four of each block."""
    monkeypatch.setattr(templates, "PAGES", 10)
    monkeypatch.setattr(templates, "SINGLE_PAGES", 3)
    monkeypatch.setattr(templates, "SIGHTINGS", 4)


def test_blocks_are_known_by_the_pages_of_their_outlet_in_order(store: Store) -> None:
    for number in range(1, 6):
        teach(store, f"i{number}", 7, 8, sketch=(number, 2**32 - 1))
    teach(store, "elsewhere", 7, outlet="b")
    known = recall(store, 7, 8, 9)
    assert known.latest == 5
    assert known.sightings == {
        7: [(number, True) for number in range(1, 6)],
        8: [(number, False) for number in range(1, 6)],
    }
    assert known.sketches == {number: (number, 2**32 - 1) for number in range(1, 6)}


def test_a_page_does_not_remember_itself(store: Store) -> None:
    teach(store, "i1", 7)
    teach(store, "i2", 7)
    assert recall(store, 7, besides="i2").sightings == {7: [(1, True)]}


def test_an_item_that_teaches_again_replaces_what_it_taught(store: Store) -> None:
    teach(store, "i1", 7, 8)
    teach(store, "i1", 8, 10)
    known = recall(store, 7, 8, 10)
    assert (known.latest, known.sightings) == (1, {8: [(1, False)], 10: [(1, False)]})


@pytest.mark.usefixtures("small")
def test_a_block_of_one_page_is_forgotten_before_one_of_several(store: Store) -> None:
    teach(store, "i1", 7, 100)
    teach(store, "i2", 7, 102)
    for number in range(3, 6):
        teach(store, f"i{number}", 200 + number)
    assert recall(store, 7, 100, 102).sightings == {7: [(1, True), (2, True)]}


@pytest.mark.usefixtures("small")
def test_pages_are_forgotten_in_the_end_and_an_item_counts_no_second_time(store: Store) -> None:
    teach(store, "i1", 7)
    teach(store, "i2", 7)
    for number in range(3, 13):
        teach(store, f"i{number}", 300 + number)
    assert recall(store, 7).sightings == {}
    teach(store, "i1", 7)
    known = recall(store, 7)
    assert (known.latest, known.sightings) == (12, {})


@pytest.mark.usefixtures("small")
def test_the_memory_of_an_outlet_is_bounded(store: Store) -> None:
    for number in range(40):
        teach(store, f"i{number}", 7, 8, 9, *range(1000 + 10 * number, 1010 + 10 * number))
    with store.read() as tx:
        (pages,) = tx.all("SELECT count(*) AS n FROM template_pages")
        (rows,) = tx.all("SELECT count(*) AS n FROM template_sightings")
    assert pages["n"] == 10
    assert rows["n"] == 3 * 4 + 3 * 10
    assert len(recall(store, 7).sightings[7]) == 4


def test_articles_that_have_taught_nothing_are_told_oldest_first(store: Store) -> None:
    with store.write() as tx:
        for number in (3, 1, 2):
            articles.save(tx, f"i{number}", "a" if number < 3 else "b", "a.example", PAGE, float(number))
            tx.run(
                "INSERT INTO items (key, url, outlet, host, feed, title, state, seen, changed)"
                " VALUES (?, 'u', 'a', 'h', 'f', 't', 'indexed', 0, 0)",
                f"i{number}",
            )
    with store.read() as tx:
        assert [each.key for each in templates.untaught(tx, None, 10)] == ["i1", "i2", "i3"]
        assert [each.key for each in templates.untaught(tx, "a", 1)] == ["i1"]
    teach(store, "i1", 7)
    with store.read() as tx:
        assert [each.key for each in templates.untaught(tx, "a", 10)] == ["i2"]


def test_a_store_of_the_first_release_is_brought_up_to_date_with_all_it_holds(tmp_path: Path) -> None:
    path = tmp_path / "vigie.db"
    connection = sqlite3.connect(path)
    for statement in schema.STEPS[0]:
        connection.execute(statement)
    connection.execute("CREATE TABLE schema (version INTEGER NOT NULL)")
    connection.execute("INSERT INTO schema (version) VALUES (1)")
    connection.execute(
        "INSERT INTO articles (item, outlet, host, document, cleaned) VALUES ('i1', 'a', 'a.example', x'00', 5.0)"
    )
    connection.commit()
    connection.close()
    store = open_store(f"sqlite:///{path}")
    with store.read() as tx:
        assert tx.one("SELECT taught FROM articles WHERE item = 'i1'")["taught"] == 0  # type: ignore[index]
        assert [row["version"] for row in tx.all("SELECT version FROM schema")] == list(range(1, schema.CURRENT + 1))
    teach(store, "i2", 7)
    assert recall(store, 7).sightings == {7: [(1, True)]}
    store.check()
    store.close()
