"""The indexer's door: a cleaned article in, an event out, or an end with its reason."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from services.contracts import REPUBLICATIONS, Article, EventType, Judgement, Match, Reason, State
from services.indexer import duplicates, moments, stories, topics
from services.indexer.corpus import StoredCorpus, fill, follow
from services.indexer.duplicates import Arriving
from services.indexer.topics import Topics
from services.indexer.window import Window
from services.store import Store, Transaction, articles, events, feeds, judgements, ledger
from services.store.articles import Stored
from services.store.locks import DECIDING
from services.store.times import seconds

Judges = Callable[[], Topics]
"""Gives the topics in force now. Asked once per article: an article is judged by one set of them."""


class Indexer:
    """Indexes the item of one key. `clock` gives unix seconds."""

    def __init__(self, store: Store, in_force: Judges, clock: Callable[[], float]) -> None:
        self._store = store
        self._in_force = in_force
        self._clock = clock
        self._window = Window()
        fill(store)

    def __call__(self, key: str) -> None:
        with self._store.read() as tx:
            follow(tx, self._window)  # most of it before the writer's place is taken
            item = ledger.get(tx, key)
            stored = articles.load(tx, key)
            outlet = feeds.outlet(tx, stored.outlet) if stored else None
        if item is None or stored is None or item.state is not State.CLEANED:
            return  # done before, or never cleaned: the ledger decides
        judged = self._in_force().judge(stored.cleaned, outlet)
        now, kept = self._clock(), topics.kept(judged)
        with self._store.write(exclusive=DECIDING if kept else ()) as tx:
            if kept:
                settle(tx, stored, judged, State.CLEANED, now, self._window)
            else:
                self._drop(tx, stored, judged, now)

    def _drop(self, tx: Transaction, stored: Stored, judged: Sequence[Judgement], now: float) -> None:
        reason, detail = topics.reason(judged), topics.why_not(judged)
        if ledger.end(tx, stored.key, State.CLEANED, State.OFF_TOPIC, reason, detail, now):
            judgements.save(tx, stored.key, judged)


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
    return events.append(tx, EventType.UPDATED, article, now)


def _reads_the_same(told: Article, article: Article) -> bool:
    """Sightings, the outlet's name and the score are no reason for an event of their own."""
    passed_over = replace(
        told, sightings=article.sightings, outlet_name=article.outlet_name, score=article.score, left_topics=()
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
