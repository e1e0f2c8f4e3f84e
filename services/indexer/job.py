"""The indexer's door: a cleaned article in, an event out, or an end with its reason."""

from collections.abc import Callable, Sequence

from services import crashing
from services.contracts import Judgement, State
from services.indexer import topics
from services.indexer.corpus import fill, follow
from services.indexer.retopic import Fate, rejudge
from services.indexer.settling import republish, settle
from services.indexer.topics import Topics
from services.indexer.window import Window
from services.store import Store, Transaction, articles, feeds, judgements, ledger, versions
from services.store.articles import Stored
from services.store.locks import DECIDING

_SETTLED_ANEW = {Fate.KEPT, Fate.ADOPTED, Fate.RETRACTED}
"""Where the judgement of a new version has moved the article: the stream has been told."""

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
        if item.settled:
            self._revise(key)
            return
        judged = self._in_force().judge(stored.cleaned, outlet)
        now, kept = self._clock(), topics.kept(judged)
        with self._store.write(exclusive=DECIDING if kept else ()) as tx:
            if kept:
                settle(tx, stored, judged, State.CLEANED, now, self._window)
            else:
                self._drop(tx, stored, judged, now)
            crashing.at("indexing")
        crashing.at("indexed")

    def _revise(self, key: str) -> None:
        """Put the next version of an article in force, judge it by the topics, tell of it."""
        now, in_force = self._clock(), self._in_force()
        with self._store.write(exclusive=DECIDING) as tx:
            before, made = articles.load(tx, key), versions.proposed(tx, key)
            if not ledger.resettle(tx, key, State.CLEANED, now, "with a new version") or before is None or made is None:
                return
            versions.adopt(tx, before, made)
            judged = rejudge(tx, key, in_force, now, window=self._window, quiet=True)
            if judged.fate not in _SETTLED_ANEW:
                republish(tx, before, now)

    def _drop(self, tx: Transaction, stored: Stored, judged: Sequence[Judgement], now: float) -> None:
        reason, detail = topics.reason(judged), topics.why_not(judged)
        if ledger.end(tx, stored.key, State.CLEANED, State.OFF_TOPIC, reason, detail, now):
            judgements.save(tx, stored.key, judged)
