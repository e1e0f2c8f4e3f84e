"""Events: one ordered, gap-free, replayable sequence, and how far each named consumer has read it.

`seq` comes from a counter row that is raised in the transaction that commits the event: writers queue
for that row, so numbers follow commit order and a rolled-back transaction leaves no hole
(measured in docs/decisions.md, "The order of events").
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import zstandard

from services import codec
from services.contracts import Article, Event, EventType
from services.store.engine import Row, Transaction
from services.store.times import iso

_CONSUMER_NAME = re.compile(r"[A-Za-z0-9_.-]{1,64}")


@dataclass(frozen=True, slots=True)
class Consumer:
    """`seq` is the last event acknowledged, `lag` how many have come since."""

    name: str
    seq: int
    lag: int


def append(tx: Transaction, type_: EventType, article: Article, now: float) -> int:
    """Add an event; its number. Visible to others when the transaction commits."""
    row = tx.one("UPDATE counters SET value = value + 1 WHERE name = 'seq' RETURNING value")
    assert row is not None
    seq = int(row["value"])
    tx.run(
        "INSERT INTO events (seq, type, at, item, article) VALUES (?,?,?,?,?)",
        seq, type_, now, article.id, zstandard.compress(codec.dump(article), 3),
    )  # fmt: skip
    return seq


def after(tx: Transaction, seq: int, limit: int = 100) -> list[Event]:
    """The next events behind `seq`, in order."""
    rows = tx.all("SELECT seq, type, at, article FROM events WHERE seq > ? ORDER BY seq LIMIT ?", seq, limit)
    return [_event(row) for row in rows]


def outline(tx: Transaction, until: int, at_once: int = 10_000) -> Iterator[tuple[int, EventType, str]]:
    """(seq, type, item) of every event up to `until`, in order, without the articles."""
    seq = 0
    while rows := tx.all(
        "SELECT seq, type, item FROM events WHERE seq > ? AND seq <= ? ORDER BY seq LIMIT ?", seq, until, at_once
    ):
        yield from ((row["seq"], EventType(row["type"]), row["item"]) for row in rows)
        seq = rows[-1]["seq"]


def last(tx: Transaction, item: str) -> Event | None:
    """What the stream said last of an item; None where it has said nothing."""
    row = tx.one("SELECT seq, type, at, article FROM events WHERE item = ? ORDER BY seq DESC LIMIT 1", item)
    return _event(row) if row else None


def updates(tx: Transaction, item: str) -> list[Event]:
    """Every `updated` event of an item, oldest first."""
    rows = tx.all(
        "SELECT seq, type, at, article FROM events WHERE item = ? AND type = ? ORDER BY seq", item, EventType.UPDATED
    )
    return [_event(row) for row in rows]


def head(tx: Transaction) -> int:
    """The number of the last event; 0 before the first."""
    row = tx.one("SELECT value FROM counters WHERE name = 'seq'")
    return int(row["value"]) if row else 0


def consumer(tx: Transaction, name: str) -> Consumer:
    """Where a consumer stands; one never heard of stands before the first event. Raises ValueError on a bad name."""
    row = tx.one("SELECT seq FROM consumers WHERE name = ?", _name(name))
    seq = int(row["seq"]) if row else 0
    return Consumer(name, seq, head(tx) - seq)


def consumers(tx: Transaction) -> list[Consumer]:
    last = head(tx)
    rows = tx.all("SELECT name, seq FROM consumers ORDER BY name")
    return [Consumer(row["name"], row["seq"], last - row["seq"]) for row in rows]


def acknowledge(tx: Transaction, name: str, seq: int, now: float) -> Consumer:
    """Record that a consumer has read up to `seq`. Raises ValueError beyond the last event; never goes back."""
    last = head(tx)
    if not 0 <= seq <= last:
        raise ValueError(f"seq {seq} is not between 0 and {last}, the last event")
    tx.run(
        "INSERT INTO consumers (name, seq, changed) VALUES (?,?,?) ON CONFLICT (name) DO UPDATE"
        " SET seq = CASE WHEN excluded.seq > consumers.seq THEN excluded.seq ELSE consumers.seq END,"
        " changed = excluded.changed",
        _name(name), seq, now,
    )  # fmt: skip
    return consumer(tx, name)


def _name(name: str) -> str:
    if not _CONSUMER_NAME.fullmatch(name):
        raise ValueError("a consumer's name has 1 to 64 letters, digits, dots, dashes or underscores")
    return name


def _event(row: Row) -> Event:
    article = codec.load(Article, zstandard.decompress(row["article"]))
    return Event(row["seq"], EventType(row["type"]), iso(row["at"]), article)
