"""The indexer's door: a cleaned article in, an event out, or an end with its reason."""

from collections.abc import Callable
from dataclasses import replace

from services.contracts import REPUBLICATIONS, Article, EventType, Match, Reason, State
from services.indexer import duplicates, moments, stories
from services.indexer.corpus import StoredCorpus
from services.indexer.duplicates import Arriving
from services.indexer.topic import Assessment, Topic
from services.store import Store, Transaction, articles, events, ledger
from services.store.articles import Stored
from services.store.times import seconds


class Indexer:
    """Indexes the item of one key. `clock` gives unix seconds."""

    def __init__(self, store: Store, topic: Topic, clock: Callable[[], float]) -> None:
        self._store = store
        self._topic = topic
        self._clock = clock

    def __call__(self, key: str) -> None:
        with self._store.read() as tx:
            item = ledger.get(tx, key)
            stored = articles.load(tx, key)
        if item is None or stored is None or item.state is not State.CLEANED:
            return  # done before, or never cleaned: the ledger decides
        cleaned = stored.cleaned
        judged = self._topic.assess(
            cleaned.title, cleaned.text, published=cleaned.meta.published, language=cleaned.meta.language
        )
        now = self._clock()
        with self._store.write() as tx:
            if judged.verdict.relevant:
                self._keep(tx, stored, judged, now)
            else:
                self._drop(tx, stored, judged, now)

    def _drop(self, tx: Transaction, stored: Stored, judged: Assessment, now: float) -> None:
        reason = Reason.BEFORE_GATE if judged.before_gate else Reason.OFF_TOPIC
        if ledger.end(tx, stored.key, State.CLEANED, State.OFF_TOPIC, reason, _why_not(judged), now):
            articles.judge(tx, stored.key, judged.verdict)

    def _keep(self, tx: Transaction, stored: Stored, judged: Assessment, now: float) -> None:
        """Relation, article and event in one transaction: no two indexers can both have seen it first."""
        corpus = StoredCorpus(tx)
        arriving = _arriving(stored, now)
        match = stories.assign(arriving, duplicates.decide(arriving, corpus), corpus)
        if not _move(tx, stored.key, match, now):
            return
        articles.judge(tx, stored.key, judged.verdict)
        corpus.add(arriving, match, now)
        article = articles.get(tx, stored.key)
        assert article is not None, "an article that was just related can be read"
        kind = EventType.DUPLICATE if match.relation in REPUBLICATIONS else EventType.NEW
        events.append(tx, kind, article, now)


def republish(tx: Transaction, before: Stored, now: float) -> int | None:
    """Follow an article whose document was replaced; the number of its `updated` event, None where there is none.

    Later articles are compared with its new text. Topic, relation and story are not judged again. An event tells of an
    article that the stream has brought as new, and not taken back since, if it would read otherwise than the last one.
    """
    article, after = articles.get(tx, before.key), articles.load(tx, before.key)
    if article is None or after is None:
        return None
    arrived = seconds(article.indexed)
    StoredCorpus(tx).replace(_arriving(before, arrived), _arriving(after, arrived), article.relation)
    told = events.last(tx, before.key)
    if told is None or told.type not in {EventType.NEW, EventType.UPDATED} or _reads_the_same(told.article, article):
        return None
    return events.append(tx, EventType.UPDATED, article, now)


def _reads_the_same(told: Article, article: Article) -> bool:
    """Sightings and the outlet's name are no reason for an event of their own."""
    return replace(told, sightings=article.sightings, outlet_name=article.outlet_name) == article


def _move(tx: Transaction, key: str, match: Match, now: float) -> bool:
    if match.relation not in REPUBLICATIONS:
        detail = f"{match.relation} of {match.of}" if match.of else f"story {match.story}"
        return ledger.advance(tx, key, State.CLEANED, State.INDEXED, now, detail)
    return ledger.end(tx, key, State.CLEANED, State.DUPLICATE, Reason(match.relation), f"of {match.of}", now)


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


def _why_not(judged: Assessment) -> str:
    verdict = judged.verdict
    if judged.before_gate:
        return "published before the topic's first day"
    if verdict.score < verdict.threshold:
        return f"score {verdict.score:.1f}, needs {verdict.threshold:.1f}"
    if judged.clause is None:
        return f"score {verdict.score:.1f}, but no clause of the rule holds"
    return f"score {verdict.score:.1f}, but only mentioned in passing"
