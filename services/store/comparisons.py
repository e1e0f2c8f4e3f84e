"""What arriving articles are compared with: postings of fingerprints, and the terms of recent stories.

Both are projections of the articles: they can be dropped and filled again from them.
"""

import json
from collections.abc import Iterable, Sequence

from services.store.engine import Row, Transaction

_BATCH = 500
"""Values per statement: engines bound the number of parameters."""

Window = tuple[float, float]
"""From and to, unix seconds."""


def post(tx: Transaction, item: str, fingerprints: Sequence[int], host: str, day: int, most: int) -> None:
    """Add postings of an article; a fingerprint that has `most` already gets no more."""
    tx.many(
        "INSERT INTO fingerprints (fingerprint, item, host, day) SELECT ?, ?, ?, ?"
        " WHERE (SELECT count(*) FROM fingerprints WHERE fingerprint = ?) < ?"
        " ON CONFLICT (fingerprint, item) DO NOTHING",
        [(number, item, host, day, number, most) for number in fingerprints],
    )


def withdraw(tx: Transaction, item: str, fingerprints: Sequence[int]) -> None:
    """Take back the postings of an article under these fingerprints."""
    tx.many("DELETE FROM fingerprints WHERE fingerprint = ? AND item = ?", [(number, item) for number in fingerprints])


def postings(tx: Transaction, fingerprints: Sequence[int]) -> list[Row]:
    """Rows (fingerprint, item, host, day) of those that have any."""
    return _each_batch(
        tx, "SELECT fingerprint, item, host, day FROM fingerprints WHERE fingerprint IN ({})", fingerprints
    )


def tell(tx: Transaction, item: str, terms: Iterable[str], at: float) -> None:
    """Keep the terms of an article; `at` is its moment, unix seconds. Those kept before are replaced."""
    before = tx.one("SELECT at, terms FROM told WHERE item = ?", item)
    if before is not None:
        tx.many(
            "DELETE FROM told_terms WHERE term = ? AND at = ? AND item = ?",
            [(term, before["at"], item) for term in json.loads(before["terms"])],
        )
    known = sorted(terms)
    tx.run(
        "INSERT INTO told (item, at, terms) VALUES (?,?,?)"
        " ON CONFLICT (item) DO UPDATE SET at = excluded.at, terms = excluded.terms",
        item, at, json.dumps(known, ensure_ascii=False),
    )  # fmt: skip
    tx.many("INSERT INTO told_terms (term, at, item) VALUES (?,?,?)", [(term, at, item) for term in known])


def told(tx: Transaction, window: Window) -> int:
    """How many articles of the window have terms."""
    row = tx.one("SELECT count(*) AS n FROM told WHERE at BETWEEN ? AND ?", *window)
    return int(row["n"]) if row else 0


def counts(tx: Transaction, terms: Sequence[str], window: Window) -> dict[str, int]:
    """In how many articles of the window each term stands; terms without any are missing."""
    sql = "SELECT term, count(*) AS n FROM told_terms WHERE term IN ({}) AND at BETWEEN ? AND ? GROUP BY term"
    return {row["term"]: row["n"] for row in _each_batch(tx, sql, terms, *window)}


def mentions(tx: Transaction, term: str, window: Window, limit: int) -> list[tuple[str, str]]:
    """(item, story) of the `limit` latest articles of the window that use a term."""
    rows = tx.all(
        "SELECT t.item, a.story FROM told_terms t JOIN articles a ON a.item = t.item"
        " WHERE t.term = ? AND t.at BETWEEN ? AND ? ORDER BY t.at DESC LIMIT ?",
        term, *window, limit,
    )  # fmt: skip
    return [(row["item"], row["story"]) for row in rows]


def terms(tx: Transaction, item: str) -> frozenset[str]:
    row = tx.one("SELECT terms FROM told WHERE item = ?", item)
    return frozenset(json.loads(row["terms"])) if row else frozenset()


def _each_batch(tx: Transaction, sql: str, values: Sequence[object], *more: object) -> list[Row]:
    found: list[Row] = []
    for start in range(0, len(values), _BATCH):
        batch = values[start : start + _BATCH]
        found += tx.all(sql.format(",".join("?" * len(batch))), *batch, *more)
    return found
