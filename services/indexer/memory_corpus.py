"""A corpus in memory, for batches on the command line: nothing is stored between two runs."""

import math
from collections import defaultdict
from collections.abc import Collection

import numpy as np

from services.contracts import REPUBLICATIONS, Match, Relation
from services.indexer import duplicates, moments, stories
from services.indexer.duplicates import Arriving, Known
from services.indexer.fingerprint import Array
from services.indexer.window import Entry, Heard, Sightings, Window

_EXPIRE_EVERY = 1024


class MemoryCorpus:
    """Implements `duplicates.Corpus` and `stories.Recent`. Nothing is ever dropped. Not for several threads."""

    def __init__(self) -> None:
        self.clock = 0.0
        """The latest moment seen, unix seconds: what stands in for an unknown publication time."""
        self._window = Window(days=None)
        self._stored: dict[str, tuple[Arriving, str, str]] = {}
        self._exact: dict[str, list[str]] = defaultdict(list)
        self._articles: list[str] = []
        self._ordinals: dict[str, list[int]] = defaultdict(list)

    def add(self, arriving: Arriving, match: Match) -> None:
        """Stores an article as decided. One that comes again under its id replaces its text."""
        self.clock = max(self.clock, arriving.at)
        before = self._stored.get(arriving.id)
        if before is not None:
            self._exact[duplicates.read(before[0]).exact].remove(arriving.id)
        self._exact[duplicates.read(arriving).exact].append(arriving.id)
        root = match.of if match.relation in REPUBLICATIONS and match.of is not None else arriving.id
        self._stored[arriving.id] = (arriving, root, match.story)
        if root == arriving.id:
            self._enter(arriving, len(self._articles), duplicates.prints(arriving))
        elif match.relation is Relation.NEAR and root in self._ordinals:
            cluster, fingerprints = duplicates.addition(arriving, self._ordinals[root][0], self)
            self._enter(arriving, len(self._articles) if cluster is None else cluster, fingerprints)

    def same(self, exact: str, besides: str) -> Known | None:
        ids = self._exact.get(exact, [])
        article = next((article for article in reversed(ids) if article != besides), None)
        return None if article is None else self._known(article)

    def seen(self, fingerprints: Array, host: str) -> Sightings:
        return self._window.seen(fingerprints, host)

    def ordinals(self, article: str) -> Collection[int]:
        return self._ordinals.get(article, ())

    def load(self, ordinal: int) -> Known | None:
        return self._known(self._articles[ordinal])

    @property
    def told(self) -> int:
        return self._window.told

    def heard(self, terms: Array, commonest: float) -> Heard:
        return self._window.heard(terms, commonest)

    def story(self, ordinal: int, besides: str) -> str | None:
        article = self._articles[ordinal]
        return None if article == besides else self._stored[article][2]

    def _known(self, article: str) -> Known:
        stored, root, story = self._stored[article]
        return Known(article, root, story, stored.host, stored.published, duplicates.read(stored))

    def _enter(self, arriving: Arriving, cluster: int, fingerprints: Array) -> None:
        ordinal = len(self._articles)
        terms = stories.numbers(arriving.title, arriving.text) if cluster == ordinal else np.empty(0, np.uint64)
        if not len(fingerprints) and not len(terms):
            return
        self._articles.append(arriving.id)
        self._ordinals[arriving.id].append(ordinal)
        day = duplicates.day_of(arriving.at)
        at = arriving.at if moments.parse(arriving.published) else math.nan
        self._window.add(Entry(ordinal, arriving.id, cluster, arriving.host, day, at, 0.0, fingerprints, terms))
        if ordinal % _EXPIRE_EVERY == 0:
            self._window.expire()
