"""Messages that no worker took: forged, damaged, or of a version it does not know.

The message is what is quarantined. The item that it names, if there is one, has done nothing: it keeps its place, and
the reconciler enqueues its proper job. Otherwise anyone who can write to Redis could end any item, and during an
update of one worker after the other an old one would end whatever a new one enqueued.
"""

from dataclasses import dataclass

from services.contracts import Reason, Stage, State
from services.store import ledger
from services.store.engine import Transaction

LISTED = Reason.BAD_MESSAGE.value
"""Under this name they stand in the history; no item's key is like it."""
KEPT = 1_000
"""So many are listed, the latest; all are counted."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A message that was refused. `at` is ISO 8601, `detail` its id and what was wrong with it."""

    at: str
    queue: str
    detail: str


def record(tx: Transaction, stage: Stage, job_id: str, why: str, now: float) -> None:
    """List and count a message that a worker of this stage refused."""
    ledger.count_refused(tx)
    ledger.note(tx, LISTED, stage, f"{job_id!r:.100}: {why}", now)
    tx.run(
        "DELETE FROM history WHERE item = ? AND at < (SELECT at FROM history WHERE item = ?"
        " ORDER BY at DESC LIMIT 1 OFFSET ?)",
        LISTED, LISTED, KEPT - 1,
    )  # fmt: skip


def spare(tx: Transaction, key: str, waits: State, why: str, now: float, due: float) -> bool:
    """Leave an item that a refused message names where it stands, to be enqueued again at `due`.

    False, and no change, where there is no such item, or where it waits for something else.
    """
    if not tx.run("UPDATE items SET due = ? WHERE key = ? AND state = ?", due, key, waits):
        return False
    ledger.note(tx, key, LISTED, f"a job in its name was refused ({why}); it gets another", now)
    return True


def latest(tx: Transaction, limit: int = KEPT) -> list[Refusal]:
    """What was refused, the latest first."""
    listed = ledger.history(tx, LISTED)
    return [Refusal(*line) for line in reversed(listed)][:limit]
