import re
from collections.abc import Callable
from pathlib import Path

import pytest

from services.contracts import Block, BlockKind, Cleaned, Judgement, Meta, Outcome, TopicHit, TopicTally
from services.store import Store, articles, judgements, open_store, schema, sightings
from services.store.sightings import Sighted

NOW = 1_772_366_400.0


def judged(topic: str, relevant: bool = True, score: float = 20.0, band: str = "accept") -> Judgement:
    hits = (TopicHit("high water", "flood", "title", 8.25),)
    return Judgement(
        topic=topic, version=3, relevant=relevant, score=score, threshold=18.0, language="uk", reasons=hits, band=band,
        clause="flood & river",
    )  # fmt: skip


def add(store: Store, key: str) -> None:
    with store.write() as tx:
        url = f"https://a.example/{key}"
        sightings.sight(tx, "a", "feed", [Sighted(key, url, url, "a.example", None, "Ferry", None)], NOW)
        cleaned = Cleaned("Ferry", (Block(BlockKind.PARAGRAPH, "It runs."),), (), Meta())
        articles.save(tx, key, "a", "a.example", cleaned, NOW)


def test_everything_that_was_said_is_read_back_best_first(store: Store) -> None:
    add(store, "k")
    said = [judged("b", relevant=False, score=70.0), judged("c"), judged("a")]
    with store.write() as tx:
        judgements.save(tx, "k", sorted(said, key=lambda each: each.rank))
        assert judgements.of(tx, "k") == (said[2], said[1], said[0])
        assert judgements.keeping(tx, "k") == ("a", "c")


def test_what_was_said_before_is_replaced_whole(store: Store) -> None:
    add(store, "k")
    with store.write() as tx:
        judgements.save(tx, "k", [judged("a"), judged("b")])
        judgements.save(tx, "k", [judged("b", relevant=False, band="borderline", score=17.0)])
        assert judgements.keeping(tx, "k") == ()
        assert judgements.tally(tx) == {"b": TopicTally(borderline=1)}


def test_the_tally_is_answered_from_an_index(plan: Callable[[str], str]) -> None:
    found = plan("SELECT topic, outcome, count(*) AS n FROM judgements GROUP BY topic, outcome ORDER BY topic")
    assert re.search("COVERING INDEX judgements_outcome|Index Only Scan using judgements_outcome", found), found


def test_the_archive_is_read_in_order_from_an_index(plan: Callable[[str], str]) -> None:
    found = plan(
        "SELECT item FROM articles a WHERE cleaned >= 1 AND (cleaned, item) > (1, '') ORDER BY cleaned, item LIMIT 9"
    )
    assert "articles_cleaned" in found
    assert "TEMP B-TREE" not in found
    assert "Sort" not in found


def test_a_store_of_the_time_of_one_topic_opens_and_tells_its_verdicts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"sqlite:///{tmp_path / 'vigie.db'}"
    with monkeypatch.context() as patched:
        patched.setattr(schema, "STEPS", schema.STEPS[:2])
        patched.setattr(schema, "CURRENT", 2)
        old = open_store(url)
        verdict = (
            '{"relevant":false,"score":4.5,"threshold":18.75,"language":"fr",'
            '"reasons":[{"term":"Kyiv","group":"theatre","where":"lead","weight":4.5}]}'
        )
        with old.write() as tx:
            tx.run(
                "INSERT INTO articles (item, outlet, host, document, cleaned, verdict, score) VALUES (?,?,?,?,?,?,?)",
                "k", "a", "a.example", b"", NOW, verdict, 4.5,
            )  # fmt: skip
        old.close()
    store = open_store(url)
    with store.read() as tx:
        (found,) = judgements.of(tx, "k")
    store.close()
    assert (found.topic, found.outcome, found.score, found.reasons[0].term) == ("", Outcome.DROPPED, 4.5, "Kyiv")
