"""The stored articles as `duplicates.Corpus` and `stories.Recent`, for the length of one transaction."""

import logging
from collections.abc import Collection, Iterable
from dataclasses import replace

import numpy as np

from services.contracts import REPUBLICATIONS, Match, Relation
from services.indexer import duplicates, fingerprint, moments, passages, stories
from services.indexer.duplicates import Arriving, Known
from services.indexer.fingerprint import Array
from services.indexer.passages import Reading
from services.indexer.window import Entry, Heard, Sightings, Window
from services.store import Store, Transaction, articles, comparisons
from services.store.comparisons import Compared, Findable
from services.store.locks import DECIDING

log = logging.getLogger(__name__)

_BATCH = 100
"""Articles read anew per transaction: a tenth of a second."""

_TOLD_EVERY = 50_000
_EXPIRE_EVERY = 256


class StoredCorpus:
    """Sees what the transaction sees; in one that is exclusive for DECIDING, nobody else decides at the same time.

    `window` is what the process has read of the store so far; without one, all is read again for the first question.
    """

    def __init__(self, tx: Transaction, window: Window | None = None) -> None:
        self._tx = tx
        self._window = Window() if window is None else window
        self._followed = False

    def add(self, arriving: Arriving, match: Match, now: float) -> None:
        """Store an article as decided. Of a near copy, what its original lacks is stored beside it; another
        republication can be found by its exact hash only."""
        articles.relate(self._tx, arriving.id, match, duplicates.read(arriving).exact, now)
        if match.relation not in REPUBLICATIONS:
            terms = stories.numbers(arriving.title, arriving.text)
            self._append(arriving, None, duplicates.prints(arriving), terms, now)
        elif match.relation is Relation.NEAR and match.of is not None:
            self._append_copy(arriving, match.of, now)

    def replace(self, before: Arriving, after: Arriving, relation: Relation, now: float) -> None:
        """Store an article's other text in the place of the one it had. How it relates to others stays as decided."""
        articles.restate(self._tx, after.id, duplicates.read(after).exact)
        if relation in REPUBLICATIONS:
            return
        fresh = np.setdiff1d(duplicates.prints(after), duplicates.prints(before))
        if len(fresh) or stories.terms(before.title, before.text) != stories.terms(after.title, after.text):
            first = comparisons.ordinals(self._tx, after.id)[:1]
            terms = stories.numbers(after.title, after.text)
            self._append(after, first[0] if first else None, fresh, terms, now)

    def forget(self, article: str) -> None:
        """Later articles are not compared with this one, nor with its copies, once it is no longer indexed."""
        comparisons.forget(self._tx, article)

    def same(self, exact: str, besides: str) -> Known | None:
        key = articles.same(self._tx, exact, besides)
        return self._known(comparisons.findable_item(self._tx, key)) if key else None

    def seen(self, fingerprints: Array, host: str) -> Sightings:
        return self._current().seen(fingerprints, host)

    def ordinals(self, article: str) -> Collection[int]:
        return comparisons.ordinals(self._tx, article)

    def load(self, ordinal: int) -> Known | None:
        return self._known(comparisons.findable(self._tx, ordinal))

    @property
    def told(self) -> int:
        return self._current().told

    def heard(self, terms: Array, commonest: float) -> Heard:
        return self._current().heard(terms, commonest)

    def story(self, ordinal: int, besides: str) -> str | None:
        found = comparisons.findable(self._tx, ordinal)
        return None if found is None or found.item == besides else found.story

    def _current(self) -> Window:
        if not self._followed:
            follow(self._tx, self._window)
            self._followed = True
        return self._window

    def _known(self, found: Findable | None) -> Known | None:
        if found is None:
            return None
        reading = self._reading(found)
        if reading is None:
            return None
        return Known(found.item, found.root, found.story, found.host, found.published, reading)

    def _reading(self, found: Findable) -> Reading | None:
        remembered = self._window.readings.get((found.item, found.exact))
        if remembered is not None:
            return remembered
        cleaned = articles.document(self._tx, found.item)
        if cleaned is None:
            return None
        reading = passages.read(duplicates.content(cleaned.title, cleaned.text))
        self._window.readings.put((found.item, found.exact), reading)
        return reading

    def _append_copy(self, arriving: Arriving, root: str, now: float) -> None:
        original = comparisons.ordinals(self._tx, root)[:1]
        if original:
            cluster, fresh = duplicates.addition(arriving, original[0], self)
            if len(fresh):
                self._append(arriving, cluster, fresh, np.empty(0, np.uint64), now)

    def _append(self, arriving: Arriving, cluster: int | None, fingerprints: Array, terms: Array, now: float) -> None:
        day, numbers, about = duplicates.day_of(arriving.at), fingerprint.pack(fingerprints), fingerprint.pack(terms)
        compared = Compared(arriving.id, cluster, arriving.host, day, arriving.at, now, numbers, about)
        ordinal = comparisons.append(self._tx, compared)
        self._followed = False
        if ordinal % _EXPIRE_EVERY == 0:
            comparisons.expire(self._tx, self._window.first)


def follow(tx: Transaction, window: Window) -> None:
    """Read what has been stored since `window` last looked."""
    rows = comparisons.since(tx, window.last[0] if window.last else 0)
    if window.last is not None:
        first = next(rows, None)
        if first is None or (first[0], first[1].item) != window.last:
            # What was read has been rolled back since, or the store is another one: a backup, put in its place.
            window.clear()
            rows = comparisons.since(tx, 0)
    _read(tx, rows, window)


def fill(store: Store) -> None:
    """Make the numbers of articles that an older vigie has stored without; every indexer takes a part of them."""
    done = 0
    while True:
        with store.write(exclusive=DECIDING) as tx:
            rows = comparisons.unread(tx, _BATCH)
            comparisons.fill(tx, [(ordinal, _made(tx, compared, keep=True)) for ordinal, compared in rows])
        done += len(rows)
        if done and (not rows or done % (100 * _BATCH) == 0):
            log.info("%d stored articles made comparable", done)
        if not rows:
            return


def _read(tx: Transaction, rows: Iterable[tuple[int, Compared]], window: Window) -> None:
    count = 0
    for ordinal, compared in rows:
        window.add(_entry(ordinal, _made(tx, compared) if compared.fingerprints is None else compared))
        count += 1
        if count % _TOLD_EVERY == 0:
            log.info("%d stored articles ready for comparison", count)
    if window.last is not None and count:
        window.expire()


def _entry(ordinal: int, compared: Compared) -> Entry:
    return Entry(
        ordinal,
        compared.item,
        ordinal if compared.cluster is None else compared.cluster,
        compared.host,
        compared.day,
        compared.at,
        compared.arrived,
        fingerprint.unpack(compared.fingerprints or b""),
        fingerprint.unpack(compared.terms or b""),
    )


def _made(tx: Transaction, compared: Compared, *, keep: bool = False) -> Compared:
    """The row with the numbers that are made from its article."""
    stored = articles.load(tx, compared.item)
    if stored is None:
        return replace(compared, fingerprints=b"")
    cleaned = stored.cleaned
    moment = moments.parse(cleaned.meta.published)
    at = moment.timestamp() if moment else compared.arrived
    arriving = Arriving(stored.key, stored.host, cleaned.title, cleaned.text, cleaned.meta.published, at)
    if keep:
        articles.restate(tx, stored.key, duplicates.read(arriving).exact)
    return replace(
        compared,
        day=duplicates.day_of(at),
        at=at,
        fingerprints=fingerprint.pack(duplicates.prints(arriving)),
        terms=fingerprint.pack(stories.numbers(cleaned.title, cleaned.text)),
    )
