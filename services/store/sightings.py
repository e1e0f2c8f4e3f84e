"""Sightings: what feeds say of items, and what that does to the ledger.

An entry never seen before is a new item. One that is known adds the place where it was seen; one of which its feed says
something else than at the last poll has its page asked for again.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from services.contracts import Reason, Sighting, State
from services.store import ledger
from services.store.engine import Transaction
from services.store.times import iso

REVISIT_PAUSE = 600.0
"""Seconds after a second look at a page before a third, then twice as long each time, up to a day."""
VOLATILE = 3
"""A poll in which more entries than this, and more than half of those known before, say something else, has a feed
that writes itself anew each time; it is no news of its articles."""


@dataclass(frozen=True, slots=True)
class Sighted:
    """An entry of a feed on its way into the ledger. `url` as the feed gave it, `canonical` as the item has it.

    `mark` stands for all that the feed says of it: another mark, another version of the article.
    """

    key: str
    canonical: str
    url: str
    host: str
    guid: str | None
    title: str
    published: str | None
    refused: Reason | None = None
    mark: str | None = None


def sight(tx: Transaction, outlet: str, feed: str, entries: Iterable[Sighted], now: float) -> list[str]:
    """Record entries of one poll; the keys of those never seen before."""
    fresh: list[str] = []
    known, changed = 0, []
    # all polls in one order: no two can wait for each other
    for entry in sorted(entries, key=lambda each: each.key):
        state = State.REFUSED if entry.refused else State.SEEN
        added = tx.run(
            "INSERT INTO items (key, url, outlet, host, feed, title, published, state, reason, seen, changed)"
            " VALUES (?,?,?,?,?,?,?,?,?,?,?) ON CONFLICT (key) DO NOTHING",
            entry.key, entry.canonical, outlet, entry.host, feed, entry.title, entry.published, state,
            entry.refused, now, now,
        )  # fmt: skip
        sighted = tx.run(
            "INSERT INTO sightings (item, feed, url, outlet, guid, at, mark) VALUES (?,?,?,?,?,?,?)"
            " ON CONFLICT DO NOTHING",
            entry.key, feed, entry.url, outlet, entry.guid, now, entry.mark,
        )  # fmt: skip
        if added:
            fresh.append(entry.key)
        if added or sighted:
            ledger.note(tx, entry.key, "seen", f"in {feed} as {entry.url}", now)
        elif entry.mark:
            known += 1
            if _says_otherwise(tx, entry, feed):
                changed.append(entry)
        if added and entry.refused:
            ledger.note(tx, entry.key, State.REFUSED, entry.refused, now)
    if len(changed) <= max(VOLATILE, known / 2):
        for entry in changed:
            _announce(tx, entry, feed, now)
    return fresh


def _says_otherwise(tx: Transaction, entry: Sighted, feed: str) -> bool:
    """Whether a feed says something else of an entry than at the last poll; remembered from now on."""
    place = (entry.key, feed, entry.url)
    row = tx.one("SELECT mark FROM sightings WHERE item = ? AND feed = ? AND url = ?", *place)
    if row is None or row["mark"] == entry.mark:
        return False
    tx.run("UPDATE sightings SET mark = ? WHERE item = ? AND feed = ? AND url = ?", entry.mark, *place)
    return row["mark"] is not None


def _announce(tx: Transaction, entry: Sighted, feed: str, now: float) -> None:
    """Have the page of an entry asked for again, unless that is going to happen anyway."""
    row = tx.one(
        "SELECT i.revisits, p.fetched FROM items i LEFT JOIN pages p ON p.item = i.key"
        " WHERE i.key = ? AND i.revisit IS NULL AND i.state IN (?,?,?,?,?)"
        " AND (i.reason IS NULL OR i.reason <> ?)",
        entry.key, State.FETCHED, State.CLEANED, *ledger.WITH_ARTICLE, Reason.EXPIRED,
    )  # fmt: skip
    if row is None:
        return
    pause = min(REVISIT_PAUSE * 2 ** (min(row["revisits"], 10) - 1), ledger.DAY) if row["revisits"] else 0.0
    due = max(now, (row["fetched"] or 0.0) + pause)
    tx.run("UPDATE items SET revisit = ?, title = ? WHERE key = ?", due, entry.title, entry.key)
    ledger.note(tx, entry.key, "changed", f"says {feed}; its page is asked for again", now)


def of(tx: Transaction, key: str) -> tuple[Sighting, ...]:
    """Every place where an item was seen, the first one first."""
    rows = tx.all("SELECT outlet, feed, url, at FROM sightings WHERE item = ? ORDER BY at, feed, url", key)
    return tuple(Sighting(row["outlet"], row["feed"], row["url"], iso(row["at"])) for row in rows)
