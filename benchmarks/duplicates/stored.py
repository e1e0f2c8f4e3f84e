"""The decision as the indexer makes it: in a transaction of the store, on disk."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from tempfile import TemporaryDirectory

from benchmarks.duplicates.arrivals import Arrival
from benchmarks.duplicates.judgement import Decide, Decision
from services.contracts import Block, BlockKind, Cleaned, Meta
from services.indexer import duplicates, moments, stories
from services.indexer.corpus import StoredCorpus, follow
from services.indexer.duplicates import Arriving
from services.indexer.window import Window
from services.store import Store, articles, open_store, sightings
from services.store.sightings import Sighted

_NAME = "vigie.db"


@contextmanager
def opened() -> Iterator[tuple[Store, Decide]]:
    """An empty store, and a decider over it that wants its articles `prepared`.

    A decision holds what the indexer does for duplicates and stories, and its transaction.
    """
    with TemporaryDirectory() as folder:
        store = open_store(f"sqlite:///{folder}/{_NAME}")
        window = Window()
        try:
            yield store, lambda arrival: _decide(store, window, arrival)
        finally:
            store.close()


def prepared(store: Store, arrivals: Iterable[Arrival]) -> Iterator[Arrival]:
    """Each article, after what the fetcher and the cleaner write of it is in the store."""
    for arrival in arrivals:
        url = str(arrival.request["url"])
        block = Block(BlockKind.PARAGRAPH, arrival.text)
        cleaned = Cleaned(arrival.title, (block,), (), Meta(published=arrival.published, language=arrival.language))
        sighted = Sighted(arrival.id, url, url, arrival.host, None, "", None)
        with store.write() as tx:
            sightings.sight(tx, "outlet", "feed", [sighted], arrival.at)
            articles.save(tx, arrival.id, "outlet", arrival.host, cleaned, arrival.at)
        yield arrival


def _decide(store: Store, window: Window, arrival: Arrival) -> Decision:
    moment = moments.parse(arrival.published)
    at = moment.timestamp() if moment else arrival.at
    arriving = Arriving(arrival.id, arrival.host, arrival.title, arrival.text, arrival.published, at)
    with store.read() as tx:
        follow(tx, window)
    with store.write() as tx:
        corpus = StoredCorpus(tx, window)
        match = stories.assign(arriving, duplicates.decide(arriving, corpus), corpus)
        corpus.add(arriving, match, arrival.at)
    return Decision(match.relation, match.of)
