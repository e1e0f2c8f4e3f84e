"""What the store knows about one article, one story, one URL."""

from collections.abc import Callable
from dataclasses import dataclass

from services.contracts import Article, Cleaned, Event, Judgement, Removed, Sighting
from services.store import Store, Transaction, articles, events, feeds, judgements, ledger, sightings
from services.store.ledger import Item

Canonical = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Step:
    """A line of an item's history."""

    at: str
    what: str
    detail: str


@dataclass(frozen=True, slots=True)
class Why:
    """Everything that happened to an item; what has not happened yet is None or empty."""

    item: Item
    outlet_name: str
    history: tuple[Step, ...]
    sightings: tuple[Sighting, ...]
    article: Article | None
    topics: tuple[Judgement, ...]
    removed: tuple[Removed, ...]
    shared: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Whole:
    """An article with what the page about it shows."""

    article: Article
    document: Cleaned
    why: Why
    story: tuple[Article, ...]
    updates: tuple[Event, ...] = ()
    """What has changed since the stream brought it, oldest first."""


def why(store: Store, url: str, canonical: Canonical) -> Why | None:
    """By URL, as a feed gave it or in canonical form, or by the item's key. Raises ValueError on a bad URL."""
    asked = url.strip()
    with store.read() as tx:
        item = ledger.find(tx, asked) or ledger.get(tx, asked)
        if item is None:
            item = ledger.find(tx, canonical(asked))
        return _why(tx, item) if item else None


def whole(store: Store, key: str) -> Whole | None:
    with store.read() as tx:
        item, article, document = ledger.get(tx, key), articles.get(tx, key), articles.document(tx, key)
        if item is None or article is None or document is None:
            return None
        others = tuple(each for each in articles.story(tx, article.story) if each.id != key)
        changed = tuple(each for each in events.updates(tx, key) if each.article.changes)
        return Whole(article, document, _why(tx, item), others, changed)


def _why(tx: Transaction, item: Item) -> Why:
    outlet = feeds.outlet(tx, item.outlet)
    return Why(
        item=item,
        outlet_name=outlet.name if outlet else item.outlet,
        history=tuple(Step(*line) for line in ledger.history(tx, item.key)),
        sightings=sightings.of(tx, item.key),
        article=articles.get(tx, item.key),
        topics=judgements.of(tx, item.key),
        removed=articles.removed(tx, item.key) or (),
        shared=articles.shared(tx, item.key),
    )
