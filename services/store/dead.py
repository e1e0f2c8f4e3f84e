"""Dead items: ends that an operator may want to try again, or be done with.

A dead item is replayed from the furthest place for which the store still has what is needed: its article, its page, or
nothing but its URL. To drop it is an end too, with a reason of its own: the sum of all states never changes.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from services.contracts import Reason, State
from services.store import ledger
from services.store.engine import Transaction
from services.store.ledger import Item

STATES = (State.QUARANTINED, State.REFUSED, State.GONE)
"""What may be replayed. Duplicates and articles off topic are no failures; `vigie retopic` judges those again."""

ADDRESSLESS = frozenset({Reason.NO_LINK, Reason.BAD_URL})
"""Their feeds gave no address that can be asked for: there is nothing to try again."""


@dataclass(frozen=True, slots=True)
class Selection:
    """Which dead items are meant: every condition that is given holds. `since` is unix seconds, of their end."""

    states: tuple[State, ...] = (State.QUARANTINED,)
    reasons: tuple[Reason, ...] = ()
    outlet: str | None = None
    since: float = 0.0
    keys: tuple[str, ...] = ()


Place = tuple[float, str]
FIRST: Place = (-1.0, "")


def place(item: Item) -> Place:
    """Where an item stands in the order of `select`."""
    return (item.changed, item.key)


def select(tx: Transaction, chosen: Selection, after: Place = FIRST, limit: int = 500) -> list[Item]:
    """The next items behind `after`, those first that have been dead longest."""
    wanted, values = [f"state IN ({_marks(chosen.states)})"], [*map(str, chosen.states)]
    for column, given in (("reason", chosen.reasons), ("key", chosen.keys)):
        if given:
            wanted.append(f"{column} IN ({_marks(given)})")
            values += map(str, given)
    if chosen.outlet is not None:
        wanted.append("outlet = ?")
        values.append(chosen.outlet)
    rows = tx.all(
        f"SELECT key FROM items WHERE {' AND '.join(wanted)}"  # noqa: S608 - constant columns, question marks
        " AND changed >= ? AND (changed, key) > (?, ?) ORDER BY changed, key LIMIT ?",
        *values, chosen.since, *after, limit,
    )  # fmt: skip
    found = [ledger.get(tx, row["key"]) for row in rows]
    return [item for item in found if item is not None]


def begins(tx: Transaction, item: Item) -> State | None:
    """The state to which a replay puts an item back; None where there is nothing to try again."""
    if item.state not in STATES or item.reason in ADDRESSLESS:
        return None
    for table, state in (("articles", State.CLEANED), ("pages", State.FETCHED)):
        if tx.one(f"SELECT 1 AS one FROM {table} WHERE item = ?", item.key):  # noqa: S608 - one of the two above
            return state
    return State.SEEN


def replay(tx: Transaction, item: Item, now: float) -> State | None:
    """Put a dead item back to where work can begin again; that state, or None where it is not, or no longer, dead.

    Tries and crashes are counted anew. Whoever calls this enqueues it, or leaves that to the reconciler.
    """
    to = begins(tx, item)
    if to is None:
        return None
    changed = tx.run(
        "UPDATE items SET state = ?, reason = NULL, detail = NULL, attempts = 0, crashes = 0, changed = ?, due = 0,"
        " lease_owner = NULL, lease_until = 0 WHERE key = ? AND state = ? AND changed = ?",
        to, now, item.key, item.state, item.changed,
    )  # fmt: skip
    if not changed:
        return None
    ledger.note(tx, item.key, "replayed", f"from {to}; it was {_told(item)}", now)
    return to


def drop(tx: Transaction, item: Item, now: float) -> bool:
    """End a dead item for good, as refused by the operator; False where it is not, or no longer, dead, or was dropped.

    Its row, its history and what is stored of it stay; it can be replayed all the same.
    """
    if item.state not in STATES or item.reason is Reason.DROPPED:
        return False
    detail = f"dropped; it was {_told(item)}"
    changed = tx.run(
        "UPDATE items SET state = ?, reason = ?, detail = ?, changed = ?, lease_owner = NULL, lease_until = 0"
        " WHERE key = ? AND state = ? AND changed = ?",
        State.REFUSED, Reason.DROPPED, detail[:500], now, item.key, item.state, item.changed,
    )  # fmt: skip
    if changed:
        ledger.note(tx, item.key, "dropped", f"it was {_told(item)}", now)
    return bool(changed)


def named(chosen: Selection, keys: Sequence[str]) -> Selection:
    """The same for these items alone, whichever of the dead states they are in."""
    return replace(chosen, states=STATES, keys=tuple(keys))


def _told(item: Item) -> str:
    parts = [f"{item.state}", *([f"{item.reason}"] if item.reason else []), *([item.detail] if item.detail else [])]
    return ": ".join(parts)


def _marks(given: Sequence[object]) -> str:
    return ",".join("?" * len(given))
