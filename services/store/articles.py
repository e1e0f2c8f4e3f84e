"""Articles: the cleaned page, what was cut from it, and what the indexer decided about it."""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import zstandard

from services import codec
from services.contracts import Article, Cleaned, Match, NoiseKind, PageKind, Relation, Removed, Verdict
from services.store import ledger
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


@dataclass(frozen=True, slots=True)
class Compared:
    """An indexed article as others are compared with it. `root` is what it was taken from, if anything."""

    key: str
    host: str
    relation: Relation
    root: str | None
    story: str
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
        zstandard.compress(codec.dump(cleaned), 3), now,
    )  # fmt: skip
    _count_noise(tx, outlet, Counter(removed.kind for removed in cleaned.removed))


def replace(tx: Transaction, before: Stored, cleaned: Cleaned) -> None:
    """Put another cleaning of the same page in the place of `before`; what the indexer decided stays."""
    tx.run(
        "UPDATE articles SET published = ?, language = ?, document = ? WHERE item = ?",
        cleaned.meta.published, cleaned.meta.language, zstandard.compress(codec.dump(cleaned), 3), before.key,
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
    return Stored(row["item"], row["url"], row["outlet"], row["host"], _cleaned(row["document"])) if row else None


def judge(tx: Transaction, key: str, verdict: Verdict) -> None:
    """Keep what the indexer said about the topic."""
    tx.run(
        "UPDATE articles SET verdict = ?, score = ? WHERE item = ?", codec.dump(verdict).decode(), verdict.score, key
    )


def relate(tx: Transaction, key: str, match: Match, exact: str, now: float) -> None:
    """Keep how an article relates to the others; from now on it can be looked up and compared with."""
    tx.run(
        "UPDATE articles SET relation = ?, root = ?, story = ?, similarity = ?, containment = ?, shared = ?,"
        " exact = ?, indexed = ? WHERE item = ?",
        match.relation, match.of, match.story, match.similarity, match.containment,
        json.dumps(match.shared, ensure_ascii=False), exact, now, key,
    )  # fmt: skip


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
    return _cleaned(row["document"]).removed if row else None


def document(tx: Transaction, key: str) -> Cleaned | None:
    """What the cleaner made of a page; None where there is no such article."""
    row = tx.one("SELECT document FROM articles WHERE item = ?", key)
    return _cleaned(row["document"]) if row else None


def verdict(tx: Transaction, key: str) -> Verdict | None:
    """What the indexer said about the topic, with its reasons; None before it has spoken."""
    row = tx.one("SELECT verdict FROM articles WHERE item = ? AND verdict IS NOT NULL", key)
    return codec.load(Verdict, row["verdict"]) if row else None


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


def compared(tx: Transaction, key: str) -> Compared | None:
    """What a comparison needs of an indexed article, in one look; None where there is no such article."""
    row = tx.one(
        "SELECT item, host, relation, root, story, document FROM articles WHERE item = ? AND indexed IS NOT NULL", key
    )
    if row is None:
        return None
    return Compared(
        row["item"], row["host"], Relation(row["relation"]), row["root"], row["story"], _cleaned(row["document"])
    )


def _cleaned(blob: bytes) -> Cleaned:
    return codec.load(Cleaned, zstandard.decompress(blob))


def _article(tx: Transaction, row: Row) -> Article:
    cleaned = _cleaned(row["document"])
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
        sightings=ledger.sightings(tx, row["item"]),
        kind=PageKind(meta.kind),
        similarity=row["similarity"],
        containment=row["containment"],
        indexed=iso(row["indexed"]),
        outlet_name=row["outlet_name"] or row["outlet"],
        source=meta.outlet if meta.aggregator else None,
    )
