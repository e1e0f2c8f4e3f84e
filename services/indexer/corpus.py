"""The stored articles as `duplicates.Corpus` and `stories.Recent`, for the length of one transaction."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from services.contracts import REPUBLICATIONS, Match, Relation
from services.indexer import duplicates, stories
from services.indexer.duplicates import Arriving, Known, Posting
from services.store import Transaction, articles, comparisons


class StoredCorpus:
    """Sees what the transaction sees; in a writing one, nobody else can decide at the same time."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    def add(self, arriving: Arriving, match: Match, now: float) -> None:
        """Store an article as decided. A republication can be found by its exact hash only: its root stands for it."""
        prints = duplicates.prints(arriving)
        articles.relate(self._tx, arriving.id, match, prints.exact, now)
        if match.relation in REPUBLICATIONS:
            return
        comparisons.post(self._tx, arriving.id, prints.fingerprints, arriving.host, prints.day, duplicates.POSTINGS)
        comparisons.tell(self._tx, arriving.id, stories.terms(arriving.title, arriving.text), arriving.at)

    def replace(self, before: Arriving, after: Arriving, relation: Relation) -> None:
        """Store an article's other text in the place of the one it had. How it relates to others stays as decided."""
        prints = duplicates.prints(after)
        articles.restate(self._tx, after.id, prints.exact)
        if relation in REPUBLICATIONS:
            return
        comparisons.withdraw(self._tx, before.id, duplicates.prints(before).fingerprints)
        comparisons.post(self._tx, after.id, prints.fingerprints, after.host, prints.day, duplicates.POSTINGS)
        comparisons.tell(self._tx, after.id, stories.terms(after.title, after.text), after.at)

    def same(self, exact: str, besides: str) -> Known | None:
        key = articles.same(self._tx, exact, besides)
        return self.load(key) if key else None

    def postings(self, fingerprints: Sequence[int]) -> Mapping[int, Sequence[Posting]]:
        found: dict[int, list[Posting]] = defaultdict(list)
        for row in comparisons.postings(self._tx, fingerprints):
            found[row["fingerprint"]].append(Posting(row["item"], row["host"], row["day"]))
        return found

    def load(self, article: str) -> Known | None:
        known = articles.compared(self._tx, article)
        if known is None:
            return None
        root = known.root if known.relation in REPUBLICATIONS and known.root else known.key
        text = duplicates.content(known.cleaned.title, known.cleaned.text)
        return Known(known.key, root, known.story, known.host, text, known.cleaned.meta.published)

    def articles(self, window: stories.Window) -> int:
        return comparisons.told(self._tx, window)

    def counts(self, terms: Iterable[str], window: stories.Window) -> Mapping[str, int]:
        return comparisons.counts(self._tx, list(terms), window)

    def mentions(self, terms: Iterable[str], window: stories.Window, limit: int) -> Iterable[tuple[str, str]]:
        return [pair for term in terms for pair in comparisons.mentions(self._tx, term, window, limit)]

    def terms(self, article: str) -> frozenset[str]:
        return comparisons.terms(self._tx, article)
