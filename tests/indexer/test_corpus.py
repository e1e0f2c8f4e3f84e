"""The corpus in the store: who decides when several do, and what one process knows of what another has stored."""

import sqlite3
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from services.contracts import Relation
from services.indexer import duplicates
from services.indexer.corpus import StoredCorpus, fill, follow
from services.indexer.duplicates import Arriving
from services.indexer.window import Window
from services.store import Store, articles, comparisons, open_store
from tests.indexer import deciders
from tests.indexer.deciders import NOW, clean, settle

DAY = 86_400.0


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'vigie.db'}"


def ask(store: Store, text: str, window: Window | None = None, host: str = "z.example") -> tuple[Relation, str | None]:
    with store.read() as tx:
        match = duplicates.decide(Arriving("asked", host, "", text, None, NOW), StoredCorpus(tx, window))
    return match.relation, match.of


def edited(text: str, number: int) -> str:
    """Another edition: a sentence of its own in front."""
    return f"Edition number {number} of our evening paper brings what the agencies report tonight. {text}"


def test_of_a_story_that_arrives_fifty_times_at_once_one_is_canonical(store: Store, url: str, sentences) -> None:
    text = " ".join(sentences(1, 14))
    keys = [f"k{number:02}" for number in range(50)]
    with store.write() as tx:
        for number, key in enumerate(keys):
            clean(tx, key, text if number % 2 else edited(text, number), f"h{number}.example")
    found = deciders.at_once(deciders.index, *[(url, keys[part::8]) for part in range(8)])
    decided = [match for each in found for match in each]
    assert Counter(relation == "new" for relation, _ in decided) == {True: 1, False: 49}
    assert {relation for relation, _ in decided} <= {"new", "near", "exact"}
    assert len({root for _, root in decided if root}) == 1


def test_none_of_many_simultaneous_pairs_is_lost(store: Store, url: str, sentences) -> None:
    pairs = 150
    texts = [sentences(1000 + number, 7) for number in range(pairs)]
    with store.write() as tx:
        for number, lines in enumerate(texts):
            clean(tx, f"a{number}", " ".join(lines), f"a{number % 40}.example")
            clean(tx, f"b{number}", " ".join([*lines[:-1], "And so on."]), f"b{number % 40}.example")
    first = [f"{'ab'[number % 2]}{number}" for number in range(pairs)]
    second = [f"{'ba'[number % 2]}{number}" for number in range(pairs)]
    found = deciders.at_once(deciders.index, (url, first), (url, second))
    per_pair = [sorted([one[0], other[0]]) for one, other in zip(*found, strict=True)]
    assert Counter(map(tuple, per_pair)) == {("near", "new"): pairs}


def test_a_process_sees_what_another_has_stored(store: Store, url: str, sentences) -> None:
    text, other, window = " ".join(sentences(2, 12)), open_store(url), Window()
    assert ask(store, edited(text, 1), window) == (Relation.NEW, None)
    settle(other, Window(), "k", text)
    assert ask(store, edited(text, 1), window) == (Relation.NEAR, "k")
    other.close()


def test_what_was_rolled_back_is_not_remembered(store: Store, sentences) -> None:
    text, later, window = " ".join(sentences(3, 12)), " ".join(sentences(4, 12)), Window()
    settle(store, window, "first", " ".join(sentences(5, 12)))
    with pytest.raises(ZeroDivisionError), store.write() as tx:
        clean(tx, "k", text)
        deciders.decide(tx, window, "k")
        follow(tx, window)
        assert window.last is not None
        assert window.last[1] == "k"
        raise ZeroDivisionError
    assert ask(store, edited(text, 1), window) == (Relation.NEW, None)
    settle(store, window, "later", later)  # takes the ordinal that the other had
    assert ask(store, edited(later, 1), window) == (Relation.NEAR, "later")
    assert ask(store, edited(text, 1), window) == (Relation.NEW, None)


def test_what_is_forgotten_has_no_copies_any_more_until_it_is_kept_again(store: Store, sentences) -> None:
    text, window = " ".join(sentences(6, 12)), Window()
    settle(store, window, "k", text)
    settle(store, window, "copy", edited(text, 1), "b.example")
    with store.write() as tx:
        StoredCorpus(tx, window).forget("k")
        articles.unrelate(tx, "k")
    for known in (window, Window()):
        assert ask(store, text, known) == (Relation.NEW, None)
        assert ask(store, edited(text, 2), known) == (Relation.NEW, None)
    with store.write() as tx:
        deciders.decide(tx, window, "k")
    for known in (window, Window()):
        assert ask(store, edited(text, 2), known) == (Relation.NEAR, "k")


def test_a_third_edition_is_found_by_what_only_the_second_has(store: Store, sentences) -> None:
    lines, more, window = sentences(7, 20), sentences(8, 6), Window()
    settle(store, window, "first", " ".join(lines))
    second = [*lines[:15], *more]
    assert settle(store, window, "second", " ".join(second), "b.example").of == "first"
    third = [*lines[8:15], *more, *sentences(9, 1)]
    assert ask(store, " ".join(third), window) == (Relation.NEAR, "first")


def test_the_window_moves_on(store: Store, sentences) -> None:
    window, late = Window(days=60), NOW + 70 * DAY
    old = [" ".join(sentences(100 + number, 8)) for number in range(3)]
    for number, text in enumerate(old):
        settle(store, window, f"old{number}", text)
    assert ask(store, edited(old[0], 1), window) == (Relation.NEAR, "old0")
    for number in range(260):
        settle(store, window, f"new{number}", " ".join(sentences(200 + number, 3)), now=late)
    assert [ask(store, edited(text, 1), window) for text in old] == [(Relation.NEW, None)] * 3
    assert [ask(store, edited(text, 1), Window(days=60)) for text in old] == [(Relation.NEW, None)] * 3
    with store.read() as tx:
        assert next(row.item for _, row in comparisons.since(tx, 0)) == "new0"


def test_an_index_takes_less_than_three_kilobytes_per_article(store: Store, sentences) -> None:
    window = Window()
    for number in range(300):
        settle(store, window, f"k{number}", " ".join(sentences(300 + number, 36)), f"h{number % 30}.example")
    with store.read() as tx:
        follow(tx, window)
        rows = [row for _, row in comparisons.since(tx, 0)]
    assert window.nbytes / 300 < 3000
    assert np.mean([len(row.fingerprints or b"") + len(row.terms or b"") for row in rows]) < 1024


def test_articles_of_an_older_vigie_are_compared_with_once_they_have_been_read(
    store: Store, url: str, sentences
) -> None:
    text = " ".join(sentences(10, 12))
    settle(store, Window(), "k", text)
    settle(store, Window(), "copy", text, "b.example")
    with store.write() as tx:  # as a store looks that came from a vigie without ordinals
        tx.run("UPDATE compared SET day = 0, at = arrived, fingerprints = NULL, terms = NULL")
        tx.run("UPDATE articles SET exact = 'another'")
    assert ask(store, edited(text, 1)) == (Relation.NEAR, "k")
    fill(store)
    with store.read() as tx:
        assert comparisons.unread(tx, 10) == []
    assert ask(store, text) == (Relation.EXACT, "k")


def test_a_store_of_schema_two_is_brought_up_to_date(tmp_path: Path, url: str, sentences) -> None:
    from services.store import schema

    with sqlite3.connect(tmp_path / "vigie.db") as old:
        old.execute("CREATE TABLE schema (version INTEGER NOT NULL)")
        for step in schema.STEPS[:2]:
            for statement in step:
                old.execute(statement)
        old.execute("INSERT INTO schema VALUES (2)")
        for key, relation, at in (("b", "new", 2.0), ("a", "derived", 1.0), ("c", "near", 3.0)):
            old.execute(
                "INSERT INTO articles (item, outlet, host, document, cleaned, relation, root, story, exact, indexed)"
                " VALUES (?, 'o', 'h', '', 0, ?, NULL, 's', 'e', ?)",
                (key, relation, at),
            )
    store = open_store(url)
    with store.read() as tx:
        rows = [(ordinal, row.item, row.cluster, row.fingerprints) for ordinal, row in comparisons.since(tx, 0)]
    assert rows == [(1, "a", 1, None), (2, "b", 2, None)]
    with store.write() as tx:
        row = comparisons.Compared("d", None, "h", 1, 1.0, 4.0, b"", b"")
        assert comparisons.append(tx, row) == 3
    store.close()
