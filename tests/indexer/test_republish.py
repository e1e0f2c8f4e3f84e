"""An article whose document was replaced: what the stream tells, and what later articles are compared with."""

from dataclasses import replace

import pytest

from services.contracts import Article, Block, BlockKind, Change, Cleaned, EventType, Judgement, Match, Meta, Relation
from services.indexer import duplicates
from services.indexer.corpus import StoredCorpus
from services.indexer.duplicates import Arriving
from services.indexer.settling import republish
from services.store import Store, Transaction, articles, comparisons, events, judgements, sightings
from services.store.articles import Stored
from services.store.sightings import Sighted

NOW = 1_646_300_000.0
OLD = " ".join(f"word{number}" for number in range(120))
NEW = " ".join(f"other{number}" for number in range(120))


def cleaned(text: str, **meta: object) -> Cleaned:
    return Cleaned("Ferry", (Block(BlockKind.PARAGRAPH, text),), (), Meta(**meta))  # type: ignore[arg-type]


def arriving(stored: Stored, at: float) -> Arriving:
    text = stored.cleaned.text
    return Arriving(stored.key, stored.host, stored.cleaned.title, text, stored.cleaned.meta.published, at)


@pytest.fixture
def before(store: Store) -> Stored:
    """An article that the stream has brought as new."""
    with store.write() as tx:
        url = "https://a.example/1"
        sightings.sight(tx, "a", "feed", [Sighted("k", url, url, "a.example", None, "Ferry", None)], NOW)
        articles.save(tx, "k", "a", "a.example", cleaned(OLD), NOW)
        stored = articles.load(tx, "k")
        assert stored is not None
        judgements.save(
            tx, "k", [Judgement(topic="ferries", relevant=True, score=2.0, threshold=1.0, language="en", reasons=())]
        )
        StoredCorpus(tx).add(arriving(stored, NOW), Match(Relation.NEW, None, 0.0, 0.0, "k"), NOW)
        events.append(tx, EventType.NEW, shown(tx), NOW)
    return stored


def shown(tx: Transaction) -> Article:
    article = articles.get(tx, "k")
    assert article is not None
    return article


def rewrite(store: Store, before: Stored, after: Cleaned) -> int | None:
    with store.write() as tx:
        articles.replace(tx, before, after)
        return republish(tx, before, NOW + 60)


def test_an_updated_event_carries_the_new_text_under_the_same_id(store: Store, before: Stored) -> None:
    assert rewrite(store, before, cleaned(NEW)) == 2
    with store.read() as tx:
        first, second = events.after(tx, 0)
    assert (second.type, second.article.id, second.article.text) == (EventType.UPDATED, first.article.id, NEW)
    assert second.article.changes == (Change("text", OLD, NEW),)
    assert replace(second.article, text=OLD, changes=()) == first.article


def test_what_a_reader_does_not_see_is_no_event(store: Store, before: Stored) -> None:
    assert rewrite(store, before, cleaned(OLD, url="https://a.example/canonical")) is None


def test_a_new_sighting_alone_is_no_event(store: Store, before: Stored) -> None:
    with store.write() as tx:
        sightings.sight(tx, "a", "feed2", [Sighted("k", "u", "u", "a.example", None, "Ferry", None)], NOW + 1)
        assert [each.feed for each in shown(tx).sightings] == ["feed", "feed2"]
    assert rewrite(store, before, cleaned(OLD)) is None


@pytest.mark.parametrize("last", [EventType.DUPLICATE, EventType.RETRACTED])
def test_what_the_stream_took_back_stays_back(store: Store, before: Stored, last: EventType) -> None:
    with store.write() as tx:
        events.append(tx, last, shown(tx), NOW)
    assert rewrite(store, before, cleaned(NEW)) is None


def test_later_articles_are_compared_with_the_new_text_only(store: Store, before: Stored) -> None:
    rewrite(store, before, cleaned(NEW))

    def relation(text: str) -> Relation:
        with store.read() as tx:
            later = Arriving("b", "b.example", "Ferry", text + " and more", None, NOW + 120)
            return duplicates.decide(later, StoredCorpus(tx)).relation

    assert (relation(OLD), relation(NEW)) == (Relation.NEW, Relation.NEAR)


def test_a_text_that_stayed_the_same_is_not_stored_again(store: Store, before: Stored) -> None:
    rewrite(store, before, cleaned(OLD, author="Ada"))
    with store.read() as tx:
        assert [row.item for _, row in comparisons.since(tx, 0)] == ["k"]


def test_an_article_that_keeps_changing_is_one_article_of_its_host(store: Store, before: Stored) -> None:
    """Its own versions must not make its text a template."""
    stored, text = before, OLD
    for number in range(4):
        text += f" update {number} tells of {' '.join(f'more{number}x{word}' for word in range(30))}"
        rewrite(store, stored, cleaned(text))
        with store.read() as tx:
            stored = articles.load(tx, "k") or stored
    with store.read() as tx:
        later = Arriving("b", "a.example", "Ferry", f"Breaking {text}", None, NOW + 120)
        match = duplicates.decide(later, StoredCorpus(tx))
    assert (match.relation, match.of) == (Relation.NEAR, "k")


def test_an_article_that_was_never_indexed_is_followed_by_nobody(store: Store) -> None:
    with store.write() as tx:
        url = "https://a.example/2"
        sightings.sight(tx, "a", "feed", [Sighted("o", url, url, "a.example", None, "Ferry", None)], NOW)
        articles.save(tx, "o", "a", "a.example", cleaned(OLD), NOW)
        stored = articles.load(tx, "o")
        assert stored is not None
        articles.replace(tx, stored, cleaned(NEW))
        assert republish(tx, stored, NOW) is None
        assert events.head(tx) == 0
