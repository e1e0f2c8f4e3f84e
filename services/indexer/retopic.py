"""The indexer's second door: an article that was judged before, judged again by today's topic files.

Safe beside running indexers and to be stopped at any moment: an article is judged, compared, written and told of in one
transaction, and one of which nothing new is said is left alone. The text is not cleaned again. What stays as it was
keeps its relation and story; what is kept now and was not goes the indexer's whole way.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from services.contracts import EventType, Judgement, State
from services.indexer import settling, topics
from services.indexer.corpus import fill, follow
from services.indexer.topics import Topics
from services.indexer.window import Window
from services.store import Store, Transaction, articles, events, feeds, judgements, ledger
from services.store.articles import Stored
from services.store.ledger import WITH_ARTICLE, Item
from services.store.locks import DECIDING

_PAGE = 500
"""Keys that are looked up at a time."""


class Fate(StrEnum):
    """What came of an article.

    `same`: nothing new is said of it. `judged`: other scores or reasons, no other end. `updated`: other topics keep it,
    and the stream was told. `kept`: dropped before and now a `new` event, or a `duplicate` one. `retracted`: no topic
    keeps it any more. `adopted`: a copy whose original has left the topic, related anew. `passed`: gone meanwhile.
    """

    SAME = "same"
    JUDGED = "judged"
    UPDATED = "updated"
    KEPT = "kept"
    RETRACTED = "retracted"
    ADOPTED = "adopted"
    PASSED = "passed"


@dataclass(frozen=True, slots=True)
class Rejudged:
    """One article, judged again. `event` is the number of the event that tells of it."""

    key: str
    url: str
    title: str
    fate: Fate
    detail: str = ""
    event: int | None = None


class Retopic:
    """Judges stored articles again. With `dry`, says what would come of it and writes nothing."""

    def __init__(self, store: Store, in_force: Topics, clock: Callable[[], float], *, dry: bool = False) -> None:
        self._store = store
        self._in_force = in_force
        self._clock = clock
        self._dry = dry
        self._window: Window | None = None

    def keys(self, outlet: str | None, since: float) -> Iterator[str]:
        """The articles that have ended and arrived at or after `since`, oldest first, then the copies left without
        their original, whatever outlet and day they are of. Looked up page by page, beside running indexers."""
        place = (0.0, "")
        while batch := self._page(outlet, since, place):
            yield from (key for _, key in batch)
            place = batch[-1]
        if not self._dry:
            with self._store.read() as tx:
                left = articles.orphans(tx)
            yield from left

    def __call__(self, key: str) -> Rejudged:
        """Most articles stay as they are, and ask for no writer's place."""
        now = self._clock()
        with self._store.read() as tx:
            expected = rejudge(tx, key, self._in_force, now, dry=True)
        if self._dry or expected.fate in {Fate.SAME, Fate.PASSED}:
            return expected
        window = self._followed() if expected.fate in {Fate.KEPT, Fate.ADOPTED} else None
        with self._store.write(exclusive=DECIDING) as tx:
            return rejudge(tx, key, self._in_force, now, window=window)

    def _followed(self) -> Window:
        """What is compared with, read before the writer's place is taken; nothing of it in a run that needs none."""
        if self._window is None:
            self._window = Window()
            fill(self._store)
        with self._store.read() as tx:
            follow(tx, self._window)
        return self._window

    def _page(self, outlet: str | None, since: float, place: tuple[float, str]) -> Sequence[tuple[float, str]]:
        with self._store.read() as tx:
            return articles.ended(tx, outlet, since, place, _PAGE)


def rejudge(
    tx: Transaction,
    key: str,
    in_force: Topics,
    now: float,
    *,
    window: Window | None = None,
    dry: bool = False,
    quiet: bool = False,
) -> Rejudged:
    """Judge one article again and do what follows, inside the transaction of whoever changed its text or the topics.

    Only an article that has ended: what is on its way is judged anyway. `window` is what the process has read of the
    compared articles; without it, the few articles that need it read it anew. With `dry`, nothing is written. With
    `quiet`, other topics are no event: the caller tells of them together with the text.
    """
    item, stored = ledger.get(tx, key), articles.load(tx, key)
    if item is None or stored is None or item.state not in WITH_ARTICLE:
        return Rejudged(key, item.url if item else "", "", Fate.PASSED, "its article is gone")
    judged = in_force.judge(stored.cleaned, feeds.outlet(tx, stored.outlet))
    change = _Change(tx, item, stored, judged, now, window, quiet)
    fate, act = change.decide()
    event = None if dry else act()
    return Rejudged(key, item.url, stored.cleaned.title or item.title, fate, change.detail(), event)


@dataclass(frozen=True, slots=True)
class _Change:
    """What is said of an article now, and what it does to it."""

    tx: Transaction
    item: Item
    stored: Stored
    judged: tuple[Judgement, ...]
    now: float
    window: Window | None
    quiet: bool

    def decide(self) -> tuple[Fate, Callable[[], int | None]]:
        """What is to come of the article, and how."""
        dropped = self.item.state is State.OFF_TOPIC
        if not topics.kept(self.judged):
            return (self._still(Fate.JUDGED), self._drop_again) if dropped else (Fate.RETRACTED, self._retract)
        if dropped:
            return Fate.KEPT, self._settle
        if self._orphaned():
            return Fate.ADOPTED, self._settle
        told = self.item.state is State.INDEXED and judgements.keeping(self.tx, self.item.key) != self._names()
        return self._still(Fate.UPDATED if told else Fate.JUDGED), self._update

    def detail(self) -> str:
        kept = topics.kept(self.judged)
        return topics.why(self.judged) if kept else topics.why_not(self.judged)

    def _still(self, otherwise: Fate) -> Fate:
        return Fate.SAME if judgements.of(self.tx, self.item.key) == self.judged else otherwise

    def _orphaned(self) -> bool:
        return self.item.state is State.DUPLICATE and articles.is_orphan(self.tx, self.item.key)

    def _names(self) -> tuple[str, ...]:
        return tuple(sorted(each.topic for each in self.judged if each.relevant))

    def _save(self) -> None:
        judgements.save(self.tx, self.item.key, self.judged)

    def _drop_again(self) -> None:
        """Still off topic, for what is now the reason."""
        self._save()
        reason, detail = topics.reason(self.judged), topics.why_not(self.judged)
        if (reason, detail) != (self.item.reason, self.item.detail):
            ledger.end(self.tx, self.item.key, State.OFF_TOPIC, State.OFF_TOPIC, reason, detail, self.now)

    def _retract(self) -> int:
        """Out of search and comparison; the event carries the article as it was, and the topics that it leaves."""
        key = self.item.key
        article = articles.get(self.tx, key)
        assert article is not None, "what the stream has brought can be read"
        self._save()
        ledger.note(self.tx, key, "judged again", f"no topic keeps it; it was {self.item.state}", self.now)
        reason, detail = topics.reason(self.judged), topics.why_not(self.judged)
        ledger.end(self.tx, key, self.item.state, State.OFF_TOPIC, reason, detail, self.now)
        settling.withdraw(self.tx, key)
        gone = replace(article, topics=(), left_topics=article.topics, score=self.judged[0].score)
        return events.append(self.tx, EventType.RETRACTED, gone, self.now)

    def _settle(self) -> int | None:
        key, was = self.item.key, self.item.state
        why = "its original has left the topic" if was is State.DUPLICATE else f"kept now: {topics.why(self.judged)}"
        ledger.note(self.tx, key, "judged again", why, self.now)
        return settling.settle(self.tx, self.stored, self.judged, was, self.now, self.window)

    def _update(self) -> int | None:
        """Other topics are an event of their own. Another score alone is none: a term that weighs more would otherwise
        send the whole archive through the stream again, and no reader would see a difference."""
        key = self.item.key
        before = articles.get(self.tx, key)
        assert before is not None, "what the stream has brought can be read"
        self._save()
        article = articles.get(self.tx, key)
        assert article is not None
        if article.topics == before.topics:
            return None
        left = tuple(name for name in before.topics if name not in article.topics)
        detail = f"topics {_listed(article.topics)}, before {_listed(before.topics)}"
        event = None
        if self.item.state is State.INDEXED and not self.quiet:
            event = events.append(self.tx, EventType.UPDATED, replace(article, left_topics=left), self.now)
            detail += f"; updated as event {event}"
        ledger.note(self.tx, key, "judged again", detail, self.now)
        return event


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names) or "unnamed"
