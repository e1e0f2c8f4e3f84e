"""Indexers in other processes, as far as comparing goes; each opens the store for itself."""

from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import TypeVar

from services.contracts import Block, BlockKind, Cleaned, Match, Meta
from services.indexer import duplicates, stories
from services.indexer.corpus import StoredCorpus, follow
from services.indexer.duplicates import Arriving
from services.indexer.window import Window
from services.store import Store, Transaction, articles, open_store, sightings
from services.store.locks import DECIDING
from services.store.sightings import Sighted

T = TypeVar("T")
NOW = 1_646_300_000.0


def at_once(work: Callable[..., T], *each: Sequence[object]) -> list[T]:
    """The answers of one process per set of arguments."""
    with ProcessPoolExecutor(len(each), mp_context=get_context("spawn")) as pool:
        return [answer.result(timeout=100) for answer in [pool.submit(work, *arguments) for arguments in each]]


def clean(tx: Transaction, key: str, text: str, host: str = "a.example", title: str = "Ferry") -> None:
    """What the fetcher and the cleaner leave of an article for the indexer."""
    url = f"https://{host}/{key}"
    sightings.sight(tx, host, "feed", [Sighted(key, url, url, host, None, title, None)], NOW)
    document = Cleaned(title, (Block(BlockKind.PARAGRAPH, text),), (), Meta())
    articles.save(tx, key, host, host, document, NOW)


def decide(tx: Transaction, window: Window, key: str, now: float = NOW) -> Match:
    stored = articles.load(tx, key)
    assert stored is not None
    corpus = StoredCorpus(tx, window)
    arriving = Arriving(key, stored.host, stored.cleaned.title, stored.cleaned.text, None, now)
    match = stories.assign(arriving, duplicates.decide(arriving, corpus), corpus)
    corpus.add(arriving, match, now)
    return match


def index(url: str, keys: Sequence[str]) -> list[tuple[str, str | None]]:
    """Decide about cleaned articles, one transaction each; (relation, root) of each."""
    store, window, found = open_store(url), Window(), []
    for key in keys:
        with store.read() as tx:
            follow(tx, window)
        with store.write(exclusive=DECIDING) as tx:
            match = decide(tx, window, key)
        found.append((str(match.relation), match.of))
    store.close()
    return found


def settle(store: Store, window: Window, key: str, text: str, host: str = "a.example", now: float = NOW) -> Match:
    """Clean and decide in one go."""
    with store.write(exclusive=DECIDING) as tx:
        clean(tx, key, text, host)
        return decide(tx, window, key, now)
