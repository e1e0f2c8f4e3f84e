"""How long the line takes to recover from a fault, as its ledger and its queue show it.

A killed fetcher has recovered when nothing is under its lease any more, and pages are had again. A killed worker or
extractor: when the item in its hands has moved on, or is another's: waits in the queue again, or is with a living
worker. One that held nothing, and any server: when every stage that had work has moved on by an item. The API: when it
answers; the consumer: when its file has grown. A FLUSHALL: when each item that waited then is in Redis again, or has
moved on. Where nothing was held and no stage had work there is nothing to measure.
"""

from collections.abc import Callable
from dataclasses import dataclass

from services.contracts import WAITS_FOR, Message, Stage, State
from services.jobs import LedgerJob
from services.store import Store, Transaction, ledger
from tests.torture.line import Line

STAGES = {"fetch": State.SEEN, "clean": State.FETCHED, "index": State.CLEANED}
"""The state in which an item waits for each."""


@dataclass(frozen=True, slots=True)
class Books:
    """The ledger at a moment: items by state."""

    states: dict[State, int]
    events: int

    @property
    def seen(self) -> int:
        return sum(self.states.values())

    @property
    def ended(self) -> int:
        return self.seen - sum(self.states[state] for state in STAGES.values())

    def past(self, stage: str) -> int:
        """Items that the stage has done with."""
        waiting = list(STAGES.values())
        return self.seen - sum(self.states[state] for state in waiting[: waiting.index(STAGES[stage]) + 1])

    def moved(self, before: "Books", stages: tuple[str, ...]) -> bool:
        """Whether every one of these stages that had work before has done some of it since."""
        return all(self.past(stage) > before.past(stage) for stage in stages if before.states[STAGES[stage]])


def read(store: Store) -> Books:
    with store.read() as tx:
        states = dict.fromkeys(State, 0)
        for row in tx.all("SELECT state, count(*) AS n FROM items GROUP BY state"):
            states[State(row["state"])] = row["n"]
        row = tx.one("SELECT value FROM counters WHERE name = 'seq'")
        return Books(states, row["value"] if row else 0)


@dataclass(frozen=True, slots=True)
class Wound:
    """`at` is monotonic; `healed` is asked with the books of the moment."""

    what: str
    at: float
    healed: Callable[[Books], bool]


def of_kill(role: str, pid: int, line: Line, store: Store, books: Books) -> Callable[[Books], bool] | None:
    """To be asked before the kill; None where there is nothing to measure."""
    if role == "api":
        return lambda _: line.answers()
    if role == "consumer":
        size = line.read.stat().st_size if line.read.exists() else 0
        return (lambda _: line.read.stat().st_size > size) if books.events > _lines(line) else None
    pid = line.parent(pid) if role == "extractor" else pid
    held, stages = _held(role, pid, line, store)
    if role == "fetcher" and held:
        return lambda now: now.moved(books, stages) and not _leased(store, pid, line.clock())
    if held:
        state, keys = held
        return lambda _: all(line.is_in_other_hands(state, key, pid) for key in _standing(store, state, keys))
    if not any(books.states[STAGES[stage]] for stage in stages):
        return None
    return lambda now: now.moved(books, stages)


def of_flush(line: Line, store: Store) -> Callable[[Books], bool] | None:
    """To be asked before the FLUSHALL."""
    with store.read() as tx:
        held = {stage: _all(tx, WAITS_FOR[stage]) for stage in Stage}
    if not any(held.values()):
        return None

    def healed(_: Books) -> bool:
        for stage, keys in held.items():
            ids = [LedgerJob.key_for(Message(stage, key).job_id) for key in _standing(store, WAITS_FOR[stage], keys)]
            if ids and line.redis.exists(*ids) < len(ids):
                return False
        return True

    return healed


def _held(role: str, pid: int, line: Line, store: Store) -> tuple[tuple[State, set[str]] | None, tuple[str, ...]]:
    """What a process has in hand, with the state in which it stands, and the stages that wait for it."""
    if role == "fetcher":
        keys = _leased(store, pid, line.clock())
        return ((State.SEEN, keys) if keys else None), ("fetch",)
    if role in ("cleaner", "extractor", "indexer"):
        stage = Stage.INDEX if role == "indexer" else Stage.CLEAN
        keys = line.in_hand(stage, pid)
        with store.read() as tx:
            keys = {key for key in keys if (item := ledger.get(tx, key)) and item.state is WAITS_FOR[stage]}
        return ((WAITS_FOR[stage], keys) if keys else None), (stage.value,)
    return None, tuple(STAGES)


def _leased(store: Store, pid: int, now: float) -> set[str]:
    """Pages that nobody else may take, because this fetcher has them."""
    with store.read() as tx:
        rows = tx.all(
            "SELECT key FROM items WHERE lease_owner LIKE ? AND state = ? AND lease_until > ? AND lease_until <= ?",
            f"%.{pid}", State.SEEN, now, now + ledger.LONGEST_LEASE,
        )  # fmt: skip
    return {row["key"] for row in rows}


def _standing(store: Store, state: State, keys: set[str]) -> set[str]:
    """Which of these items still stand there."""
    with store.read() as tx:
        return keys & _all(tx, state)


def _all(tx: Transaction, state: State) -> set[str]:
    return {row["key"] for row in tx.all("SELECT key FROM items WHERE state = ?", state)}


def _lines(line: Line) -> int:
    return line.read.read_bytes().count(b"\n") if line.read.exists() else 0
