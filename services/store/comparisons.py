"""What arriving articles are compared with: a row of numbers per compared article, in the order of their arrival.

Rows are only added and, when their article is forgotten or too old, emptied or deleted: whoever has read up to an
ordinal goes on behind it. An ordinal is taken from a counter row in the transaction that decides about the article, so
on an engine that admits several writers deciders queue for that row, as writers of events do.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from services.contracts import REPUBLICATIONS, Relation
from services.store.engine import Row, Transaction

_BATCH = 2000


@dataclass(frozen=True, slots=True)
class Compared:
    """`cluster` is the ordinal of what the article republishes, None for its own. Packed numbers are the indexer's:
    `fingerprints` and `terms` are None where they are still to be made, after an update from a vigie that kept others.

    `day` counts from 1970-01-01; `at` (published, or arrived where that is unknown) and `arrived` are unix seconds.
    """

    item: str
    cluster: int | None
    host: str
    day: int
    at: float
    arrived: float
    fingerprints: bytes | None
    terms: bytes | None


@dataclass(frozen=True, slots=True)
class Findable:
    """An indexed article as others are compared with it. `root` is what it republishes, or its own key."""

    item: str
    root: str
    story: str
    host: str
    published: str | None
    exact: str


_FINDABLE = (
    "SELECT a.item, a.host, a.relation, a.root, a.story, a.published, a.exact, r.exact AS original FROM {}"
    " LEFT JOIN articles r ON r.item = a.root WHERE {} = ? AND a.indexed IS NOT NULL AND a.exact IS NOT NULL"
)
_BY_ORDINAL = _FINDABLE.format("compared c JOIN articles a ON a.item = c.item", "c.ordinal")
_BY_ITEM = _FINDABLE.format("articles a", "a.item")


def append(tx: Transaction, compared: Compared) -> int:
    """Add an article; its ordinal."""
    row = tx.one("UPDATE counters SET value = value + 1 WHERE name = 'compared' RETURNING value")
    assert row is not None
    ordinal = int(row["value"])
    tx.run(
        "INSERT INTO compared (ordinal, item, cluster, host, day, at, arrived, fingerprints, terms)"
        " VALUES (?,?,?,?,?,?,?,?,?)",
        ordinal, compared.item, ordinal if compared.cluster is None else compared.cluster, compared.host, compared.day,
        compared.at, compared.arrived, compared.fingerprints, compared.terms,
    )  # fmt: skip
    return ordinal


def since(tx: Transaction, ordinal: int) -> Iterator[tuple[int, Compared]]:
    """The articles from this ordinal on, in order."""
    while True:
        rows = tx.all("SELECT * FROM compared WHERE ordinal >= ? ORDER BY ordinal LIMIT ?", ordinal, _BATCH)
        yield from ((row["ordinal"], _compared(row)) for row in rows)
        if len(rows) < _BATCH:
            return
        ordinal = rows[-1]["ordinal"] + 1


def ordinals(tx: Transaction, item: str) -> list[int]:
    """Those of one article, the first one first: it has another for every text that it had."""
    return [row["ordinal"] for row in tx.all("SELECT ordinal FROM compared WHERE item = ? ORDER BY ordinal", item)]


def findable(tx: Transaction, ordinal: int) -> Findable | None:
    """The article of an ordinal; None where it, or what it republishes, can no longer be found."""
    return _findable(tx.one(_BY_ORDINAL, ordinal))


def findable_item(tx: Transaction, item: str) -> Findable | None:
    return _findable(tx.one(_BY_ITEM, item))


def forget(tx: Transaction, item: str) -> None:
    """Leave an article out of comparisons from now on."""
    tx.run("UPDATE compared SET fingerprints = ?, terms = ? WHERE item = ?", b"", b"", item)


def expire(tx: Transaction, below: int) -> None:
    """Delete the rows of the ordinals below this one."""
    tx.run("DELETE FROM compared WHERE ordinal < ?", below)


def unread(tx: Transaction, limit: int) -> list[tuple[int, Compared]]:
    """Articles whose numbers are still to be made."""
    rows = tx.all("SELECT * FROM compared WHERE fingerprints IS NULL ORDER BY ordinal LIMIT ?", limit)
    return [(row["ordinal"], _compared(row)) for row in rows]


def fill(tx: Transaction, rows: Sequence[tuple[int, Compared]]) -> None:
    """Put the numbers of articles into their rows."""
    tx.many(
        "UPDATE compared SET day = ?, at = ?, fingerprints = ?, terms = ? WHERE ordinal = ?",
        [(each.day, each.at, each.fingerprints, each.terms, ordinal) for ordinal, each in rows],
    )


def _compared(row: Row) -> Compared:
    return Compared(
        row["item"], row["cluster"], row["host"], row["day"], row["at"], row["arrived"], row["fingerprints"],
        row["terms"],
    )  # fmt: skip


def _findable(row: Row | None) -> Findable | None:
    if row is None:
        return None
    copied = Relation(row["relation"]) in REPUBLICATIONS and row["root"] is not None
    if copied and row["original"] is None:
        return None  # its original has left; what stands for the copy is gone
    root = row["root"] if copied else row["item"]
    return Findable(row["item"], root, row["story"], row["host"], row["published"], row["exact"])
