"""What a verdict does: an article takes its place among the others, gives it up or changes in it; the stream hears.

Each inside the transaction of whoever decided, so that all of it happens or nothing.
"""

from collections.abc import Sequence
from dataclasses import replace

from services.contracts import REPUBLICATIONS, Article, EventType, Judgement, Match, Reason, State
from services.indexer import changes, duplicates, moments, stories
from services.indexer.corpus import StoredCorpus
from services.indexer.duplicates import Arriving
from services.indexer.window import Window
from services.store import Transaction, articles, events, judgements, ledger
from services.store.articles import Stored
from services.store.times import seconds


def settle(
    tx: Transaction, stored: Stored, judged: Sequence[Judgement], was: State, now: float, window: Window | None = None
) -> int | None:
    """Give an article that a topic keeps its relation, story and event; the event's number.

    All in one transaction: no two indexers can both have seen it first. None, and no change, where the item no longer
    stands at `was`. `window` is what the process has read of the compared articles so far.
    """
    corpus = StoredCorpus(tx, window)
    arriving = _arriving(stored, now)
    match = stories.assign(arriving, duplicates.decide(arriving, corpus), corpus)
    if not _move(tx, stored.key, match, was, now):
        return None
    judgements.save(tx, stored.key, judged)
    corpus.add(arriving, match, now)
    article = articles.get(tx, stored.key)
    assert article is not None, "an article that was just related can be read"
    kind = EventType.DUPLICATE if match.relation in REPUBLICATIONS else EventType.NEW
    return events.append(tx, kind, article, now)


def withdraw(tx: Transaction, key: str) -> None:
    """Take an article that no topic keeps any more out of what is looked up and compared with."""
    StoredCorpus(tx).forget(key)
    articles.unrelate(tx, key)


def republish(tx: Transaction, before: Stored, now: float) -> int | None:
    """Follow an article whose document was replaced; the number of its `updated` event, None where there is none.

    Later articles are compared with its new text. Topic, relation and story are not judged again. An event tells of an
    article that the stream has brought as new, and not taken back since, if it would read otherwise than the last one.
    """
    article, after = articles.get(tx, before.key), articles.load(tx, before.key)
    if article is None or after is None:
        return None
    arrived = seconds(article.indexed)
    StoredCorpus(tx).replace(_arriving(before, arrived), _arriving(after, arrived), article.relation, now)
    told = events.last(tx, before.key)
    if told is None or told.type not in {EventType.NEW, EventType.UPDATED} or _reads_the_same(told.article, article):
        return None
    changed = changes.between(before.cleaned, after.cleaned)
    left = tuple(name for name in told.article.topics if name not in article.topics)
    return events.append(tx, EventType.UPDATED, replace(article, changes=changed, left_topics=left), now)


def _reads_the_same(told: Article, article: Article) -> bool:
    """Sightings, the outlet's name and the score are no reason for an event of their own."""
    passed_over = replace(
        told,
        sightings=article.sightings,
        outlet_name=article.outlet_name,
        score=article.score,
        left_topics=(),
        changes=(),
    )
    return passed_over == article


def _move(tx: Transaction, key: str, match: Match, was: State, now: float) -> bool:
    if match.relation not in REPUBLICATIONS:
        detail = f"{match.relation} of {match.of}" if match.of else f"story {match.story}"
        return ledger.advance(tx, key, was, State.INDEXED, now, detail)
    return ledger.end(tx, key, was, State.DUPLICATE, Reason(match.relation), f"of {match.of}", now)


def _arriving(stored: Stored, now: float) -> Arriving:
    cleaned = stored.cleaned
    moment = moments.parse(cleaned.meta.published)
    return Arriving(
        id=stored.key,
        host=stored.host,
        title=cleaned.title,
        text=cleaned.text,
        published=cleaned.meta.published,
        at=moment.timestamp() if moment else now,
    )
