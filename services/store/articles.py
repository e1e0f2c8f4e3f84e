"""Articles: the cleaned page, what was cut from it, and what the indexer decided about it."""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import zstandard

from services import codec
from services.contracts import (
    REPUBLICATIONS,
    Article,
    Cleaned,
    Match,
    NoiseKind,
    PageKind,
    Relation,
    Removed,
    State,
)
from services.store import judgements, ledger, sightings
from services.store.engine import Row, Transaction
from services.store.times import iso


@dataclass(frozen=True, slots=True)
class Stored:
    """A cleaned article on its way to the indexer. `host` is where its page came from."""

    key: str
    url: str
    outlet: str
    host: str
    cleaned: Cleaned


_WHOLE = (
    "SELECT a.*, i.url AS url, o.name AS outlet_name FROM articles a JOIN items i ON i.key = a.item"
    " LEFT JOIN outlets o ON o.id = a.outlet"
)


def save(tx: Transaction, key: str, outlet: str, host: str, cleaned: Cleaned, now: float) -> None:
    """Keep what the cleaner made, and count what it removed."""
    tx.run(
        "INSERT INTO articles (item, outlet, host, published, language, document, cleaned) VALUES (?,?,?,?,?,?,?)"
        " ON CONFLICT (item) DO UPDATE SET published = excluded.published, language = excluded.language,"
        " document = excluded.document, cleaned = excluded.cleaned",
        key, outlet, host, cleaned.meta.published, cleaned.meta.language,
        pack(cleaned), now,
    )  # fmt: skip
    _count_noise(tx, outlet, Counter(removed.kind for removed in cleaned.removed))


def replace(tx: Transaction, before: Stored, cleaned: Cleaned) -> None:
    """Put another cleaning of the same page in the place of `before`; what the indexer decided stays."""
    tx.run(
        "UPDATE articles SET published = ?, language = ?, document = ? WHERE item = ?",
        cleaned.meta.published, cleaned.meta.language, pack(cleaned), before.key,
    )  # fmt: skip
    counts = Counter(removed.kind for removed in cleaned.removed)
    counts.subtract(removed.kind for removed in before.cleaned.removed)
    _count_noise(tx, before.outlet, counts)


def _count_noise(tx: Transaction, outlet: str, counts: Mapping[NoiseKind, int]) -> None:
    tx.many(
        "INSERT INTO noise (outlet, kind, count) VALUES (?,?,?)"
        " ON CONFLICT (outlet, kind) DO UPDATE SET count = noise.count + excluded.count",
        [(outlet, kind, count) for kind, count in counts.items() if count],
    )


def load(tx: Transaction, key: str) -> Stored | None:
    row = tx.one(
        "SELECT a.item, i.url, a.outlet, a.host, a.document FROM articles a JOIN items i ON i.key = a.item"
        " WHERE a.item = ?",
        key,
    )
    return Stored(row["item"], row["url"], row["outlet"], row["host"], unpack(row["document"])) if row else None


def relate(tx: Transaction, key: str, match: Match, exact: str, now: float) -> None:
    """Keep how an article relates to the others; from now on it can be looked up and compared with."""
    tx.run(
        "UPDATE articles SET relation = ?, root = ?, story = ?, similarity = ?, containment = ?, shared = ?,"
        " exact = ?, indexed = ? WHERE item = ?",
        match.relation, match.of, match.story, match.similarity, match.containment,
        json.dumps(match.shared, ensure_ascii=False), exact, now, key,
    )  # fmt: skip


def unrelate(tx: Transaction, key: str) -> None:
    """Take an article out of what is looked up and compared with; its text stays, and it can be related again.

    Its copies no longer lead to it: what comes next with their text is new.
    """
    tx.run(
        "UPDATE articles SET relation = NULL, root = NULL, story = NULL, similarity = NULL, containment = NULL,"
        " shared = NULL, exact = NULL, indexed = NULL WHERE item = ?",
        key,
    )
    tx.many(
        "UPDATE articles SET exact = NULL WHERE root = ? AND relation = ?",
        [(key, relation) for relation in sorted(REPUBLICATIONS)],
    )


def restate(tx: Transaction, key: str, exact: str) -> None:
    """Replace the exact hash by which later copies of an indexed article are found."""
    tx.run("UPDATE articles SET exact = ? WHERE item = ?", exact, key)


def same(tx: Transaction, exact: str, besides: str) -> str | None:
    """The key of the article last indexed with this exact hash, other than `besides`."""
    row = tx.one(
        "SELECT item FROM articles WHERE exact = ? AND item <> ? AND indexed IS NOT NULL"
        " ORDER BY indexed DESC, item LIMIT 1",
        exact, besides,
    )  # fmt: skip
    return str(row["item"]) if row else None


def get(tx: Transaction, key: str) -> Article | None:
    """An article as events carry it; None where the indexer has not kept it."""
    row = tx.one(
        _WHOLE + " WHERE a.item = ? AND a.indexed IS NOT NULL",
        key,
    )
    return _article(tx, row) if row else None


def removed(tx: Transaction, key: str) -> tuple[Removed, ...] | None:
    """What the cleaner cut from an article, in page order; None where there is no such article."""
    row = tx.one("SELECT document FROM articles WHERE item = ?", key)
    return unpack(row["document"]).removed if row else None


def document(tx: Transaction, key: str) -> Cleaned | None:
    """What the cleaner made of a page; None where there is no such article."""
    row = tx.one("SELECT document FROM articles WHERE item = ?", key)
    return unpack(row["document"]) if row else None


def shared(tx: Transaction, key: str) -> tuple[str, ...]:
    """The passages that an article shares with the one it was taken from."""
    row = tx.one("SELECT shared FROM articles WHERE item = ? AND shared IS NOT NULL", key)
    return tuple(json.loads(row["shared"])) if row else ()


def story(tx: Transaction, story_id: str, limit: int = 200) -> list[Article]:
    """The articles of a story, oldest first, copies included."""
    rows = tx.all(
        _WHOLE + " WHERE a.story = ? AND a.indexed IS NOT NULL ORDER BY a.indexed, a.item LIMIT ?",
        story_id, limit,
    )  # fmt: skip
    return [_article(tx, row) for row in rows]


def ended(
    tx: Transaction, outlet: str | None, since: float, after: tuple[float, str], limit: int
) -> list[tuple[float, str]]:
    """(arrival, key) of the articles that have ended and arrived at or after `since`, oldest first, behind `after`."""
    rows = tx.all(
        "SELECT a.cleaned, a.item FROM articles a JOIN items i ON i.key = a.item"
        " WHERE a.cleaned >= ? AND (a.cleaned, a.item) > (?, ?) AND i.state IN (?, ?, ?)"
        " AND (a.outlet = ? OR ? IS NULL) ORDER BY a.cleaned, a.item LIMIT ?",
        since, *after, *ledger.WITH_ARTICLE, outlet, outlet, limit,
    )  # fmt: skip
    return [(row["cleaned"], row["item"]) for row in rows]


_ORPHANS = (
    "SELECT a.item FROM items i JOIN articles a ON a.item = i.key JOIN articles r ON r.item = a.root"
    " WHERE i.state = ? AND r.indexed IS NULL"
)


def orphans(tx: Transaction) -> list[str]:
    """The copies whose original is searchable no more, oldest first."""
    rows = tx.all(_ORPHANS + " ORDER BY a.cleaned, a.item", State.DUPLICATE)
    return [str(row["item"]) for row in rows]


def is_orphan(tx: Transaction, key: str) -> bool:
    """Whether an article is such a copy."""
    return tx.one(_ORPHANS + " AND i.key = ?", State.DUPLICATE, key) is not None


def pack(cleaned: Cleaned) -> bytes:
    """As it lies in the store."""
    return zstandard.compress(codec.dump(cleaned), 3)


def unpack(blob: bytes) -> Cleaned:
    """What `pack` was given."""
    return codec.load(Cleaned, zstandard.decompress(blob))


def _article(tx: Transaction, row: Row) -> Article:
    cleaned = unpack(row["document"])
    meta = cleaned.meta
    return Article(
        id=row["item"],
        url=row["url"],
        title=cleaned.title,
        text=cleaned.text,
        outlet=row["outlet"],
        author=meta.author,
        published=meta.published,
        language=meta.language,
        paywalled=meta.paywalled,
        story=row["story"],
        relation=Relation(row["relation"]),
        of=row["root"],
        score=row["score"],
        sightings=sightings.of(tx, row["item"]),
        kind=PageKind(meta.kind),
        similarity=row["similarity"],
        containment=row["containment"],
        indexed=iso(row["indexed"]),
        outlet_name=row["outlet_name"] or row["outlet"],
        source=meta.outlet if meta.aggregator else None,
        topics=judgements.keeping(tx, row["item"]),
        version=row["version"],
    )
