"""Versions: what an outlet has made of an article at its URL; one is in force, the others lie here.

The cleaner proposes the next version; the indexer puts it in force, in the transaction that tells the stream.
"""

from dataclasses import dataclass

from services.contracts import Cleaned
from services.store import articles
from services.store.articles import Stored
from services.store.engine import Transaction


@dataclass(frozen=True, slots=True)
class Version:
    """A text that an article had, from `at` (unix seconds) until the next one came. `number` counts from 1."""

    number: int
    at: float
    cleaned: Cleaned


def propose(tx: Transaction, item: str, cleaned: Cleaned, now: float) -> None:
    """Keep what the cleaner made of an article's changed page until the indexer puts it in force."""
    tx.run(
        "INSERT INTO versions (item, number, at, document) SELECT item, version + 1, ?, ? FROM articles WHERE item = ?"
        " ON CONFLICT (item, number) DO UPDATE SET at = excluded.at, document = excluded.document",
        now, articles.pack(cleaned), item,
    )  # fmt: skip


def proposed(tx: Transaction, item: str) -> Cleaned | None:
    """The next version of an article; None where there is none."""
    row = tx.one(
        "SELECT v.document FROM versions v JOIN articles a ON a.item = v.item AND v.number = a.version + 1"
        " WHERE a.item = ?",
        item,
    )
    return articles.unpack(row["document"]) if row else None


def adopt(tx: Transaction, before: Stored, cleaned: Cleaned) -> None:
    """Put the proposed version in force; the one before takes its place among the versions."""
    key = before.key
    row = tx.one(
        "SELECT a.version, coalesce(a.revised, a.cleaned) AS since, a.document, v.at FROM articles a"
        " JOIN versions v ON v.item = a.item AND v.number = a.version + 1 WHERE a.item = ?",
        key,
    )
    assert row is not None, "the version that was proposed is there until it is adopted"
    tx.run("DELETE FROM versions WHERE item = ? AND number = ?", key, row["version"] + 1)
    tx.run(
        "INSERT INTO versions (item, number, at, document) VALUES (?,?,?,?)",
        key, row["version"], row["since"], row["document"],
    )  # fmt: skip
    tx.run("UPDATE articles SET version = version + 1, revised = ? WHERE item = ?", row["at"], key)
    articles.replace(tx, before, cleaned)


def all_of(tx: Transaction, item: str) -> list[Version]:
    """Every version of an article that has been in force, oldest first; the last is the one that is."""
    rows = tx.all(
        "SELECT v.number AS number, v.at AS at, v.document AS document FROM versions v JOIN articles a"
        " ON a.item = v.item AND v.number < a.version WHERE v.item = ?"
        " UNION ALL SELECT version, coalesce(revised, cleaned), document FROM articles WHERE item = ? ORDER BY number",
        item, item,
    )  # fmt: skip
    return [Version(row["number"], row["at"], articles.unpack(row["document"])) for row in rows]
