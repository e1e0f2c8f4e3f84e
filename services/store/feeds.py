"""Feeds and outlets: what is polled, when next, and with which validators.

Validators are saved in the transaction that saves the items they stand for: a crash in between would
hide those items behind a 304 for good.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from services import codec
from services.contracts import Outlet, Reason
from services.store.engine import Row, Transaction
from services.store.ledger import AHEAD, FURTHEST, LONGEST_LEASE


@dataclass(frozen=True, slots=True)
class FeedState:
    """A feed as the store knows it. `url` is its name in the outlets file, `location` where to ask for it.

    `host` is that of the location; `moved_to` where the last `moved_polls` polls were sent for good.
    """

    url: str
    outlet: str
    location: str
    etag: str | None
    last_modified: str | None
    validators_url: str | None
    pace: str | None
    failures: int
    host: str = ""
    polled: float | None = None
    moved_to: str | None = None
    moved_polls: int = 0


_COLUMNS = (
    "url, outlet, location, etag, last_modified, validators_url, pace, failures, host, polled, moved_to, moved_polls"
)


def sync(tx: Transaction, outlets: Iterable[Outlet], now: float) -> None:
    """Make the store agree with the outlets file. Feeds that left the file are kept but no longer polled."""
    tx.run("UPDATE outlets SET active = 0")
    tx.run("UPDATE feeds SET active = 0")
    for outlet in outlets:
        tx.run(
            "INSERT INTO outlets (id, name, data, active) VALUES (?,?,?,1)"
            " ON CONFLICT (id) DO UPDATE SET name = excluded.name, data = excluded.data, active = 1",
            outlet.id, outlet.name, codec.dump(outlet).decode(),
        )  # fmt: skip
        for url in outlet.feeds:
            tx.run(
                "INSERT INTO feeds (url, outlet, active, location, host, next_poll) VALUES (?,?,1,?,?,?)"
                " ON CONFLICT (url) DO UPDATE SET outlet = excluded.outlet, active = 1,"
                " host = COALESCE(feeds.host, excluded.host)",
                url, outlet.id, url, _host(url), now,
            )  # fmt: skip


def outlet(tx: Transaction, outlet_id: str) -> Outlet | None:
    row = tx.one("SELECT data FROM outlets WHERE id = ?", outlet_id)
    return codec.load(Outlet, row["data"]) if row else None


def outlets(tx: Transaction) -> dict[str, Outlet]:
    """Every outlet of the current outlets file, by id."""
    found = (codec.load(Outlet, row["data"]) for row in tx.all("SELECT data FROM outlets WHERE active = 1 ORDER BY id"))
    return {each.id: each for each in found}


def get(tx: Transaction, url: str) -> FeedState | None:
    row = tx.one(f"SELECT {_COLUMNS} FROM feeds WHERE url = ?", url)  # noqa: S608 - constant columns
    return _state(row) if row else None


def lease(
    tx: Transaction, owner: str, now: float, seconds: float, limit: int, busy_hosts: Sequence[str] = ()
) -> list[FeedState]:
    """Take up to `limit` feeds that are due, none of a busy host, for `seconds`; no two fetchers ever hold the same.

    A time further away than anybody gives one comes from a clock that ran ahead, and counts as past; so does the next
    poll of a feed whose last one is yet to come.
    """
    marks = ",".join("?" * len(busy_hosts))
    rows = tx.all(
        f"WITH due AS MATERIALIZED (SELECT url FROM feeds WHERE active = 1"  # noqa: S608 - constant columns
        f" AND (next_poll <= ? OR next_poll > ? OR (next_poll IS NOT NULL AND polled > ?))"
        f" AND (lease_until <= ? OR lease_until > ?)"
        f" AND COALESCE(host, '') NOT IN ({marks}) ORDER BY next_poll LIMIT ? {tx.skip_locked})"
        f" UPDATE feeds SET lease_owner = ?, lease_until = ? WHERE url IN (SELECT url FROM due) RETURNING {_COLUMNS}",
        now, now + FURTHEST, now + AHEAD, now, now + LONGEST_LEASE, *busy_hosts, limit, owner, now + seconds,
    )  # fmt: skip
    return [_state(row) for row in rows]


def polled(
    tx: Transaction,
    url: str,
    *,
    now: float,
    next_poll: float | None,
    status: int,
    etag: str | None,
    last_modified: str | None,
    validators_url: str | None,
    pace: str,
    changed: bool,
    problem: str | None = None,
    moved_to: str | None = None,
    moved_polls: int = 0,
    gap: bool = False,
) -> None:
    """A poll that the outlet answered with a feed, or with 304. `problem` says what of it could not be read.

    `gap` says that nothing in it was known, though the feed was: entries may have come and gone in between.
    """
    tx.run(
        "UPDATE feeds SET polled = ?, next_poll = ?, status = ?, etag = ?, last_modified = ?, validators_url = ?,"
        " pace = ?, changed = CASE WHEN ? = 1 THEN ? ELSE changed END, reason = NULL,"
        " detail = CASE WHEN ? = 1 THEN ? ELSE detail END, failures = 0, lease_owner = NULL, lease_until = 0,"
        " moved_to = ?, moved_polls = ?, gaps = gaps + ?, gap = CASE WHEN ? = 1 THEN ? ELSE gap END WHERE url = ?",
        now, next_poll, status, etag, last_modified, validators_url,
        pace, int(changed), now, int(changed), problem,
        moved_to, moved_polls, int(gap), int(gap), now, url,
    )  # fmt: skip
    tx.run("UPDATE counters SET value = value + 1 WHERE name = 'polls'")


def failed(
    tx: Transaction, url: str, *, now: float, next_poll: float | None, status: int | None, reason: Reason, detail: str
) -> None:
    """A poll that came to nothing. The validators stay as they were."""
    tx.run(
        "UPDATE feeds SET polled = ?, next_poll = ?, status = ?, reason = ?, detail = ?, failures = failures + 1,"
        " lease_owner = NULL, lease_until = 0 WHERE url = ?",
        now, next_poll, status, reason, detail, url,
    )  # fmt: skip
    tx.run("UPDATE counters SET value = value + 1 WHERE name = 'polls'")


def relocate(tx: Transaction, url: str, location: str) -> None:
    """Ask for a feed at another URL from now on; its name stays. What was said of moves before is forgotten."""
    tx.run(
        "UPDATE feeds SET location = ?, host = ?, moved_to = NULL, moved_polls = 0 WHERE url = ?",
        location, _host(location), url,
    )  # fmt: skip


def failing(tx: Transaction, host: str, since: float, reasons: Iterable[Reason]) -> list[str]:
    """Feeds at a host whose last poll, not before `since`, failed for one of these reasons."""
    given = tuple(reasons)
    marks = ",".join("?" * len(given))
    rows = tx.all(
        f"SELECT url FROM feeds WHERE active = 1 AND host = ? AND polled >= ? AND reason IN ({marks})",  # noqa: S608
        host, since, *given,
    )  # fmt: skip
    return [row["url"] for row in rows]


def holds_any(tx: Transaction, url: str, keys: Iterable[str]) -> bool:
    """Whether an item of these has been sighted in this feed before; of an old one only the first feed is known."""
    return any(
        tx.one("SELECT 1 FROM sightings WHERE item = ? AND feed = ? LIMIT 1", key, url)
        or tx.one("SELECT 1 FROM items WHERE key = ? AND feed = ?", key, url)
        for key in keys
    )


def renew(tx: Transaction, owner: str, urls: Iterable[str], until: float) -> None:
    """Extend the leases that `owner` still holds on these feeds; URLs of others are passed over."""
    tx.many("UPDATE feeds SET lease_until = ? WHERE url = ? AND lease_owner = ?", [(until, url, owner) for url in urls])


def release(tx: Transaction, owner: str, url: str, next_poll: float) -> None:
    """Give a feed back unpolled, to be taken again at `next_poll`; nothing where the lease is no longer `owner`'s."""
    tx.run(
        "UPDATE feeds SET lease_owner = NULL, lease_until = 0, next_poll = ? WHERE url = ? AND lease_owner = ?",
        next_poll, url, owner,
    )  # fmt: skip


def problems(tx: Transaction) -> list[Row]:
    """Feeds whose last poll failed or was only partly readable: url, outlet, status, reason, detail, failures."""
    return tx.all(
        "SELECT url, outlet, status, reason, detail, failures FROM feeds"
        " WHERE active = 1 AND (reason IS NOT NULL OR detail IS NOT NULL) ORDER BY outlet, url"
    )


def _state(row: Row) -> FeedState:
    return FeedState(
        row["url"], row["outlet"], row["location"], row["etag"], row["last_modified"], row["validators_url"],
        row["pace"], row["failures"], row["host"] or "", row["polled"], row["moved_to"], row["moved_polls"],
    )  # fmt: skip


def _host(url: str) -> str:
    return urlsplit(url).netloc.lower()
