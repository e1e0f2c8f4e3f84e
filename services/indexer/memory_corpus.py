"""A corpus in memory, for batches on the command line: nothing is stored between two runs."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from services.contracts import REPUBLICATIONS, Match
from services.indexer import duplicates, moments, stories
from services.indexer.duplicates import Arriving, Known, Posting


class MemoryCorpus:
    """Implements `duplicates.Corpus` and `stories.Recent`. Nothing is ever dropped: about 40 KB per article of
    3 KB. Not for several threads."""

    def __init__(self) -> None:
        self.clock = 0.0
        """The latest moment seen, unix seconds: what stands in for an unknown publication time."""
        self._known: dict[str, Known] = {}
        self._exact: dict[str, list[str]] = defaultdict(list)
        self._postings: dict[int, list[Posting]] = defaultdict(list)
        self._terms: dict[str, frozenset[str]] = {}
        self._told: dict[str, dict[str, float | None]] = defaultdict(dict)

    def add(self, arriving: Arriving, match: Match) -> None:
        """Stores an article as decided. One that comes again under its id replaces its text."""
        self.clock = max(self.clock, arriving.at)
        again = arriving.id in self._known
        copy = match.relation in REPUBLICATIONS and match.of is not None
        text = duplicates.content(arriving.title, arriving.text)
        root = match.of if copy and match.of is not None else arriving.id
        self._known[arriving.id] = Known(arriving.id, root, match.story, arriving.host, text, arriving.published)
        prints = duplicates.prints(arriving)
        if arriving.id in self._exact[prints.exact]:
            self._exact[prints.exact].remove(arriving.id)
        self._exact[prints.exact].append(arriving.id)
        if not copy:
            self._post(arriving, prints, again)
            self._tell(arriving)

    def same(self, exact: str, besides: str) -> Known | None:
        ids = self._exact.get(exact, [])
        return next((self._known[article] for article in reversed(ids) if article != besides), None)

    def postings(self, fingerprints: Sequence[int]) -> Mapping[int, Sequence[Posting]]:
        return {number: self._postings[number] for number in fingerprints if number in self._postings}

    def load(self, article: str) -> Known | None:
        return self._known.get(article)

    def articles(self, window: stories.Window) -> int:
        return len(self._terms)

    def counts(self, terms: Iterable[str], window: stories.Window) -> Mapping[str, int]:
        return {term: len(self._within(term, window)) for term in terms}

    def mentions(self, terms: Iterable[str], window: stories.Window, limit: int) -> Iterable[tuple[str, str]]:
        return [
            (article, self._known[article].story) for term in terms for article in self._within(term, window)[-limit:]
        ]

    def terms(self, article: str) -> frozenset[str]:
        return self._terms.get(article, frozenset())

    def _post(self, arriving: Arriving, prints: duplicates.Prints, again: bool) -> None:
        posting = Posting(arriving.id, arriving.host, prints.day)
        for number in prints.fingerprints:
            row = self._postings[number]
            known = again and any(entry.article == arriving.id for entry in row)
            if not known and len(row) < duplicates.POSTINGS:
                row.append(posting)

    def _tell(self, arriving: Arriving) -> None:
        at = arriving.at if moments.parse(arriving.published) else None
        self._terms[arriving.id] = stories.terms(arriving.title, arriving.text)
        for term in self._terms[arriving.id]:
            self._told[term][arriving.id] = at

    def _within(self, term: str, window: stories.Window) -> list[str]:
        since, until = window
        told = self._told.get(term)
        return [article for article, at in told.items() if at is None or since <= at <= until] if told else []
