"""The ledger: one row per item, from the moment it is seen to its end, and its history.

An item is here before anything about it is enqueued. `advance` and `end` change a state only from the
one they expect, so that a job that runs twice takes effect once.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from services.contracts import END_STATES, WAITS_FOR, Account, NoiseKind, Reason, Stage, State
from services.store.engine import Row, Transaction
from services.store.times import iso

DAY = 86_400.0
LONGEST_LEASE = 120.0
"""Seconds: no lease is given, or extended, for longer."""
AHEAD = 60.0
"""Seconds: what is stamped with a moment further in the future comes from a clock that ran ahead."""
FURTHEST = 2 * DAY
"""Seconds: no lease and no pause reaches further; a day is the longest that anything is put off."""
MAX_CRASHES = 3
"""Crashes after which an item is no longer tried: by then it is the page, not bad luck."""


SECOND_THOUGHTS = frozenset(
    {
        (State.INDEXED, State.OFF_TOPIC),
        (State.DUPLICATE, State.OFF_TOPIC),
        (State.OFF_TOPIC, State.INDEXED),
        (State.OFF_TOPIC, State.DUPLICATE),
        (State.OFF_TOPIC, State.OFF_TOPIC),
        # a copy whose original has left the topic
        (State.DUPLICATE, State.INDEXED),
        (State.DUPLICATE, State.DUPLICATE),
    }
)
"""The moves from one end to another, all of `vigie retopic`. Any other end is for good."""

WITH_ARTICLE = (State.INDEXED, State.DUPLICATE, State.OFF_TOPIC)
"""Ends that keep the article. Its page may be asked for again where a feed says that it has changed."""
FAILURES = frozenset({State.GONE, State.REFUSED, State.QUARANTINED})


@dataclass(frozen=True, slots=True)
class Item:
    """A row of the ledger. Times are unix seconds; `due` is the earliest moment for the next try."""

    key: str
    url: str
    outlet: str
    host: str
    feed: str
    title: str
    published: str | None
    state: State
    reason: Reason | None
    detail: str | None
    attempts: int
    crashes: int
    seen: float
    changed: float
    settled: State | None = None
    """Where it stood when a new version of its page came; None where none is on its way."""


_COLUMNS = (
    "key, url, outlet, host, feed, title, published, state, reason, detail, attempts, crashes, seen, changed, settled"
)


_DUE = (
    ("due", f"state = '{State.SEEN}'"),
    # led by the few that are to be asked for again, not by their states, in which almost all items stand
    ("revisit", f"revisit IS NOT NULL AND (state || '') IN ({', '.join(repr(str(state)) for state in WITH_ARTICLE)})"),
)
"""Which column says when a page is due, for those never had and for those that may have changed."""


def get(tx: Transaction, key: str) -> Item | None:
    row = tx.one(f"SELECT {_COLUMNS} FROM items WHERE key = ?", key)  # noqa: S608 - constant columns
    return _item(row) if row else None


def find(tx: Transaction, url: str) -> Item | None:
    """The item that has, or was ever sighted under, this very URL."""
    row = tx.one("SELECT key FROM items WHERE url = ?", url) or tx.one(
        "SELECT item AS key FROM sightings WHERE url = ? ORDER BY at LIMIT 1", url
    )
    return get(tx, row["key"]) if row else None


def lease_pages(
    tx: Transaction, owner: str, now: float, seconds: float, limit: int, busy_hosts: Sequence[str]
) -> list[Item]:
    """Take up to `limit` items whose pages are due, none of a busy host, for `seconds`.

    A lease or a time further away than anybody gives one comes from a clock that ran ahead, and counts as past; so does
    the pause of an item that was put off at a moment which is yet to come.
    """
    marks = ",".join("?" * len(busy_hosts))
    leased: list[Item] = []
    for due, standing in _DUE:
        if limit > len(leased):
            rows = tx.all(
                f"WITH waiting AS MATERIALIZED (SELECT key FROM items WHERE {standing}"  # noqa: S608 - constants and marks
                f" AND ({due} <= ? OR {due} > ? OR (state = '{State.SEEN}' AND changed > ?))"
                f" AND (lease_until <= ? OR lease_until > ?) AND host NOT IN ({marks})"
                f" ORDER BY {due}, seen LIMIT ? {tx.skip_locked})"
                f" UPDATE items SET lease_owner = ?, lease_until = ? WHERE key IN (SELECT key FROM waiting)"
                f" RETURNING {_COLUMNS}",
                now, now + FURTHEST, now + AHEAD, now, now + LONGEST_LEASE, *busy_hosts, limit - len(leased), owner,
                now + seconds,
            )  # fmt: skip
            leased += [_item(row) for row in rows]
    return leased


def renew(tx: Transaction, owner: str, keys: Iterable[str], until: float) -> None:
    """Extend the leases that `owner` still holds on these items; keys of others are passed over."""
    tx.many("UPDATE items SET lease_until = ? WHERE key = ? AND lease_owner = ?", [(until, key, owner) for key in keys])


def release(tx: Transaction, owner: str, key: str, due: float) -> None:
    """Give a page back untried, to be taken again at `due`; nothing where the lease is no longer `owner`'s."""
    tx.run(
        "UPDATE items SET lease_owner = NULL, lease_until = 0, due = CASE WHEN state = ? THEN ? ELSE due END,"
        " revisit = CASE WHEN state = ? THEN NULL ELSE ? END"
        " WHERE key = ? AND lease_owner = ? AND state IN (?,?,?,?)",
        State.SEEN, due, State.SEEN, due, key, owner, State.SEEN, *WITH_ARTICLE,
    )  # fmt: skip


def revisited(tx: Transaction, key: str, what: str, now: float, again: float | None = None) -> None:
    """Record that a page was asked for again and brought nothing new; it is tried once more at `again`, if ever."""
    failed = int(again is not None)
    changed = tx.run(
        "UPDATE items SET revisit = ?, attempts = ? * (attempts + 1), revisits = revisits + ?,"
        " lease_owner = NULL, lease_until = 0 WHERE key = ? AND state IN (?,?,?)",
        again, failed, 1 - failed, key, *WITH_ARTICLE,
    )  # fmt: skip
    if changed:
        note(tx, key, "asked again", what, now)


def reopen(tx: Transaction, key: str, was: State, now: float, detail: str) -> bool:
    """Send an item that has ended through cleaner and indexer again, for a new version of its page is there.

    It comes back to the end at which it stood unless that version moves it. False where it stands elsewhere by now.
    """
    assert was in WITH_ARTICLE, f"{was} has no article that could have another version"
    changed = tx.run(
        "UPDATE items SET settled = state, settled_reason = reason, settled_detail = detail, state = ?, reason = NULL,"
        " detail = NULL, attempts = 0, crashes = 0, changed = ?, due = 0, revisit = NULL, revisits = revisits + 1,"
        " lease_owner = NULL, lease_until = 0 WHERE key = ? AND state = ?",
        State.FETCHED, now, key, was,
    )  # fmt: skip
    if changed:
        note(tx, key, State.FETCHED, detail, now)
        tx.run("UPDATE counters SET value = value + 1 WHERE name = ?", State.FETCHED)
    return bool(changed)


def resettle(tx: Transaction, key: str, was: State, now: float, detail: str) -> bool:
    """Put an item back to the end at which it stood before `reopen`; False, and no change, for any other."""
    changed = tx.run(
        "UPDATE items SET state = settled, reason = settled_reason, detail = settled_detail, settled = NULL,"
        " settled_reason = NULL, settled_detail = NULL, attempts = 0, crashes = 0, changed = ?, due = 0,"
        " lease_owner = NULL, lease_until = 0 WHERE key = ? AND state = ? AND settled IS NOT NULL",
        now, key, was,
    )  # fmt: skip
    if changed:
        note(tx, key, "settled", detail, now)
    return bool(changed)


def advance(tx: Transaction, key: str, was: State, now_is: State, now: float, detail: str = "") -> bool:
    """Move an item one state on; False, and no change, if it no longer stands where it was expected."""
    assert _allowed(was, now_is), f"an item does not go from {was} to {now_is}"
    changed = tx.run(
        "UPDATE items SET state = ?, reason = NULL, detail = NULL, attempts = 0, crashes = 0, changed = ?, due = 0,"
        " lease_owner = NULL, lease_until = 0 WHERE key = ? AND state = ?",
        now_is, now, key, was,
    )  # fmt: skip
    if changed:
        note(tx, key, now_is, detail, now)
        tx.run("UPDATE counters SET value = value + 1 WHERE name = ?", now_is)
    return bool(changed)


def end(tx: Transaction, key: str, was: State, state: State, reason: Reason, detail: str, now: float) -> bool:
    """Bring an item to an end, with its reason; False, and no change, if it no longer stands where expected.

    An item that has an article does not end badly: where a new version of it cannot be had, the old one stays.
    """
    assert state in END_STATES
    assert _allowed(was, state), f"an item does not go from {was} to {state}"
    kept = "the new version came to nothing, the old one stays"
    if state in FAILURES and resettle(tx, key, was, now, f"{kept} ({state}, {reason}: {detail})"):
        return True
    changed = tx.run(
        "UPDATE items SET state = ?, reason = ?, detail = ?, changed = ?, lease_owner = NULL, lease_until = 0"
        " WHERE key = ? AND state = ?",
        state, reason, detail, now, key, was,
    )  # fmt: skip
    if changed:
        note(tx, key, state, f"{reason}: {detail}" if detail else reason, now)
    return bool(changed)


def _allowed(was: State, now_is: State) -> bool:
    return was not in END_STATES or (was, now_is) in SECOND_THOUGHTS


def retry(tx: Transaction, key: str, was: State, reason: Reason, detail: str, now: float, due: float) -> int:
    """Count a failed try and put the next one off until `due`; how many have failed, 0 where there is no such item."""
    return _count(tx, "attempts", key, was, reason, detail, now, due)


def crash(tx: Transaction, key: str, was: State, detail: str, now: float, due: float) -> bool:
    """Count a crash of whatever worked on an item. True when it was the last: the item is then quarantined."""
    if _count(tx, "crashes", key, was, Reason.POISON, detail, now, due) < MAX_CRASHES:
        return False
    return end(tx, key, was, State.QUARANTINED, Reason.POISON, detail, now)


def _count(
    tx: Transaction, what: str, key: str, was: State, reason: Reason, detail: str, now: float, due: float
) -> int:
    row = tx.one(
        f"UPDATE items SET {what} = {what} + 1, due = ?, reason = ?, detail = ?, changed = ?,"  # noqa: S608
        f" lease_owner = NULL, lease_until = 0 WHERE key = ? AND state = ? RETURNING {what} AS n",
        due, reason, detail, now, key, was,
    )  # fmt: skip
    if row is None:
        return 0
    note(tx, key, "failed", f"{what} {row['n']}, {reason}: {detail}", now)
    return int(row["n"])


def waiting(tx: Transaction, stage: Stage, before: float, after: tuple[float, str], limit: int) -> list[Item]:
    """Items that have waited for a stage since before `before`, oldest first, behind the place `after`."""
    rows = tx.all(
        f"SELECT {_COLUMNS} FROM items WHERE state = ? AND changed <= ? AND (changed, key) > (?, ?) AND due <= ?"  # noqa: S608
        " ORDER BY changed, key LIMIT ?",
        WAITS_FOR[stage], before, *after, before, limit,
    )  # fmt: skip
    return [_item(row) for row in rows]


def set_back(tx: Transaction, stage: Stage, now: float) -> None:
    """Give the present time to items that a clock which ran ahead has stamped with the future."""
    tx.run("UPDATE items SET changed = ?, due = 0 WHERE state = ? AND changed > ?", now, WAITS_FOR[stage], now + AHEAD)


def note(tx: Transaction, key: str, what: str, detail: str, now: float) -> None:
    """Add a line to an item's history."""
    tx.run("INSERT INTO history (item, at, what, detail) VALUES (?,?,?,?)", key, now, what, detail)


def history(tx: Transaction, key: str) -> list[tuple[str, str, str]]:
    """Everything that happened to an item: (ISO time, what, detail), oldest first."""
    rows = tx.all("SELECT at, what, detail FROM history WHERE item = ? ORDER BY at, rowid", key)
    return [(iso(row["at"]), row["what"], row["detail"] or "") for row in rows]


def count_refused(tx: Transaction) -> None:
    """Count a job that was forged or malformed."""
    tx.run("UPDATE counters SET value = value + 1 WHERE name = 'refused_jobs'")


def account(tx: Transaction) -> Account:
    """The books as they stand: every item in exactly one state."""
    states = dict.fromkeys(State, 0)
    reasons: dict[State, dict[str, int]] = {}
    for row in tx.all("SELECT state, reason, count(*) AS n FROM items GROUP BY state, reason"):
        state = State(row["state"])
        states[state] += row["n"]
        if state in END_STATES and row["reason"]:
            reasons.setdefault(state, {})[row["reason"]] = row["n"]
    noise = {
        NoiseKind(row["kind"]): int(row["n"])
        for row in tx.all("SELECT kind, sum(count) AS n FROM noise GROUP BY kind ORDER BY n DESC")
    }
    feeds = {
        row["reason"] or ("ok" if row["polled"] else "unpolled"): row["n"]
        for row in tx.all(
            "SELECT reason, polled IS NOT NULL AS polled, count(*) AS n FROM feeds WHERE active = 1 GROUP BY 1, 2"
        )
    }
    counters = {row["name"]: row["value"] for row in tx.all("SELECT name, value FROM counters")}
    return Account(
        states,
        reasons,
        noise,
        feeds,
        polls=counters["polls"],
        events=counters["seq"],
        refused_jobs=counters["refused_jobs"],
        fetched=counters[State.FETCHED],
        cleaned=counters[State.CLEANED],
    )


def _item(row: Row) -> Item:
    return Item(
        row["key"], row["url"], row["outlet"], row["host"], row["feed"], row["title"], row["published"],
        State(row["state"]), Reason(row["reason"]) if row["reason"] else None, row["detail"], row["attempts"],
        row["crashes"], row["seen"], row["changed"], State(row["settled"]) if row["settled"] else None,
    )  # fmt: skip
