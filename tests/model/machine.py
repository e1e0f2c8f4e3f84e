"""The line as a machine of states: real processes over a real store and a real Valkey, beside a model of a few lines.

What the model knows: what the outlet has published (`Paper`), what the ledger has once shown, how far each item had
come, and how many workers were lost over it. Everything else is read from the store after each step and compared.
"""

import os
import signal
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from services import valkey
from services.contracts import END_STATES, EventType, Outlet, Reason, Stage, State
from services.jobs import LedgerJob
from services.runtime import bury, open_runtime
from services.settings import from_environment
from services.store import articles, events, feeds, ledger
from services.valkey import Valkey
from tests.fetcher.serving import FakeOutlet
from tests.model import roles
from tests.model.outlet import ENDS, Kind, Paper
from tests.model.roles import Order

NOW = 1_763_640_000.0
SECONDS = 60.0
"""How long a process may take for one step on a loaded machine."""
ROUNDS = 15
"""Four hours each: together more than `ledger.FURTHEST`, beyond which nothing is put off, whatever the clock did."""
HOLD = 2
"""Processes that stand still at a time."""
WAY = (State.SEEN, State.FETCHED, State.CLEANED)

PROCESSES = get_context("forkserver")
PROCESSES.set_forkserver_preload(["tests.model.warm", "pytest"])


@dataclass
class Place:
    """Where machines run, one after the other. `new_store` gives the URL of an empty store."""

    new_store: Callable[[], str]
    server: Valkey
    redis_folder: Path
    data: Path
    outlet: FakeOutlet


@dataclass
class Life:
    """A process that was started: `key` is the item of its job, where it stopped with one."""

    process: BaseProcess
    pipe: Connection
    role: str
    key: str = ""


class Line(RuleBasedStateMachine):
    def __init__(self, place: Place) -> None:
        super().__init__()
        self.place = place
        self.now = NOW
        self.paper = Paper(place.outlet)
        self.known: dict[str, State] = {}
        self.lost: Counter[str] = Counter()
        self.held: list[Life] = []
        self.dead: list[Life] = []
        self.store_url = place.new_store()
        settings = from_environment(data=place.data, store_url=self.store_url)
        self.runtime = open_runtime(settings, redis_url=valkey.url(place.redis_folder))
        self.runtime.clock = lambda: self.now
        self.runtime.redis.flushall()

    # what happens

    @initialize(kinds=st.lists(st.sampled_from(Kind), min_size=2, max_size=4))
    def begin(self, kinds: list[Kind]) -> None:
        for kind in kinds:
            self.paper.publish(kind)
        self._finish(self._start(roles.POLL))

    @rule(kind=st.sampled_from(Kind))
    def publish(self, kind: Kind) -> None:
        self.paper.publish(kind)

    @rule(role=st.sampled_from(roles.ROLES), jobs=st.sampled_from([1, 3]))
    def work(self, role: str, jobs: int) -> None:
        self._finish(self._start(role, jobs=jobs))

    @rule(role=st.sampled_from(roles.ROLES))
    def work_at_the_same_time(self, role: str) -> None:
        for life in [self._start(role, jobs=3), self._start(role, jobs=3)]:
            self._finish(life)

    @rule(
        role=st.sampled_from(roles.ROLES),
        moment=st.sampled_from(roles.MOMENTS),
        nth=st.integers(1, 2),
        dies=st.booleans(),
    )
    def work_up_to(self, role: str, moment: str, nth: int, dies: bool) -> None:
        """Stop there and die, or stand still: not within a transaction, which would hold up the others."""
        life = self._start(role, stop=(moment, nth))
        if self._finish(life):
            return
        if dies or moment == roles.WITHIN or len(self.held) == HOLD:
            self._kill(life)
        else:
            self.held.append(life)

    @precondition(lambda self: self.held)
    @rule(which=st.integers(0, HOLD - 1))
    def go_on(self, which: int) -> None:
        life = self.held.pop(which % len(self.held))
        life.pipe.send("go on")
        assert self._finish(life)

    @precondition(lambda self: self.held)
    @rule(which=st.integers(0, HOLD - 1))
    def kill(self, which: int) -> None:
        self._kill(self.held.pop(which % len(self.held)))

    @precondition(lambda self: self.held or self.dead)
    @rule()
    def hearts_are_no_longer_heard(self) -> None:
        """Of the dead, and of those that stand still: another may begin what they hold."""
        for life in [*self.held, *self.dead]:
            self._bury(life)
        self.lost.update(life.key for life in self.held)
        self.dead.clear()

    @rule()
    def reconcile(self) -> None:
        self.runtime.reconcile()

    @rule(seconds=st.sampled_from([-86_400.0, -3_600.0, 6.0, 20.0, 3_600.0, 10 * 86_400.0]))
    def the_clock_jumps(self, seconds: float) -> None:
        """By more than a lease lasts, back, or beyond what anybody is ever put off for."""
        self.now += seconds

    @rule()
    def redis_forgets(self) -> None:
        self.runtime.redis.flushall()
        self.lost.update(life.key for life in self.held)

    @rule()
    def redis_crashes(self) -> None:
        server = self.place.server
        assert server.pid is not None
        os.kill(server.pid, signal.SIGKILL)
        while server.running():
            time.sleep(0.01)
        server.start()

    @rule(stage=st.sampled_from(Stage), places=st.lists(st.integers(0, 20), max_size=6))
    def jobs_are_doubled_and_reordered(self, stage: Stage, places: list[int]) -> None:
        queue, redis = self.runtime.queue(stage), self.runtime.redis
        waiting = redis.lrange(queue.key, 0, -1)
        if waiting:
            redis.rpush(queue.key, *(waiting[place % len(waiting)] for place in places), *reversed(waiting))

    @rule(stage=st.sampled_from(Stage), place=st.integers(0, 20))
    def a_job_is_lost(self, stage: Stage, place: int) -> None:
        ids = sorted(self.known)
        if ids:
            self.runtime.redis.delete(LedgerJob.key_for(f"{stage}-{ids[place % len(ids)]}"))

    @rule(stage=st.sampled_from(Stage), place=st.integers(0, 20))
    def a_job_comes_that_nobody_needs(self, stage: Stage, place: int) -> None:
        ids = sorted(self.known)
        if ids:
            self.runtime.enqueue(stage, [ids[place % len(ids)]])

    # what holds after every step

    @invariant()
    def nothing_is_lost_doubled_or_out_of_order(self) -> None:
        with self.runtime.store.read() as tx:
            now = {row["key"]: State(row["state"]) for row in tx.all("SELECT key, state FROM items")}
            account = ledger.account(tx)
            told = events.after(tx, 0, 10_000)
            searchable = {key for key in now if articles.get(tx, key) is not None}
            went = Counter((row["item"], row["what"]) for row in tx.all("SELECT item, what FROM history"))
            feed = feeds.get(tx, self.paper.feed)
        assert account.seen == len(now)
        assert now.keys() <= {each.key for each in self.paper.published}
        for key, state in self.known.items():
            assert _is_further(state, now[key]), f"{key} went from {state} to {now[key]}"
        self.known = now
        assert [event.seq for event in told] == list(range(1, account.events + 1))
        assert len({event.article.id for event in told}) == len(told), "an article is told once"
        assert {event.article.id: event.type for event in told} == {
            key: EventType.NEW if state is State.INDEXED else EventType.DUPLICATE
            for key, state in now.items()
            if state in (State.INDEXED, State.DUPLICATE)
        }
        assert searchable == {event.article.id for event in told}
        for state, count in ((State.FETCHED, account.fetched), (State.CLEANED, account.cleaned)):
            assert count == sum(what == state for _, what in went), "each counted as it is written down"
            assert all(went[key, state] <= 1 for key in now)
        if feed is not None and feed.etag is not None:
            promised = self.paper.published[: int(feed.etag.strip('"'))]
            assert {each.key for each in promised} <= now.keys(), "a validator hides items that were never saved"

    # and at the end

    def teardown(self) -> None:
        try:
            self._let_it_run_out()
            self._check_ends()
        finally:
            for life in self.held:
                self._kill(life)
            self.runtime.close()

    def _let_it_run_out(self) -> None:
        while self.held:
            self.go_on(0)
        for life in self.dead:
            self._bury(life)
        for _ in range(ROUNDS):
            self.now += 4 * 3_600.0
            for role in roles.ROLES:
                self.runtime.reconcile()
                self._finish(self._start(role, jobs=1_000))
            self.nothing_is_lost_doubled_or_out_of_order()
            if len(self.known) == len(self.paper.published) and END_STATES.issuperset(self.known.values()):
                return
        raise AssertionError(f"it never ends: {self.known}")

    def _check_ends(self) -> None:
        with self.runtime.store.read() as tx:
            items = {each: ledger.get(tx, each.key) for each in self.paper.published}
        texts: dict[int, list[State]] = {}
        for published, item in items.items():
            assert item is not None
            if item.state is State.QUARANTINED:
                assert item.reason is Reason.POISON
                assert self.lost[item.key] >= ledger.MAX_CRASHES, f"{item.key} lost {self.lost[item.key]} workers"
            elif published.kind in ENDS:
                assert item.state is ENDS[published.kind], published
            else:
                texts.setdefault(published.seed, []).append(item.state)
        for seed, states in texts.items():
            assert Counter(states) == {State.INDEXED: 1} | ({State.DUPLICATE: len(states) - 1} if states[1:] else {}), (
                seed
            )

    # processes

    def _start(self, role: str, *, stop: tuple[str, int] | None = None, jobs: int = 1) -> Life:
        outlet = Outlet(
            "paper", "Paper", self.place.outlet.url(), (self.paper.feed,), interval_min=1.0, interval_max=2.0
        )
        if role == roles.POLL:
            self.now += 5.0
        ours, theirs = PROCESSES.Pipe()
        url = valkey.url(self.place.redis_folder)
        order = Order(role, self.store_url, url, self.place.data, outlet, self.now, stop, jobs)
        process = PROCESSES.Process(target=roles.live, args=(theirs, order), daemon=True)
        process.start()
        theirs.close()
        return Life(process, ours, role)

    def _finish(self, life: Life) -> bool:
        """Wait until it is done, or stands where it was to stop: then False."""
        assert life.pipe.poll(SECONDS), f"{life.role} does not end"
        what, told = life.pipe.recv()
        assert what != "failed", told
        if what == "at":
            life.key = told
            return False
        life.process.join(SECONDS)
        life.pipe.close()
        return True

    def _kill(self, life: Life) -> None:
        life.process.kill()
        life.process.join(SECONDS)
        life.pipe.close()
        self.lost[life.key] += 1
        self.dead.append(life)

    def _bury(self, life: Life) -> None:
        if life.role in (roles.CLEAN, roles.INDEX):
            assert life.process.pid is not None
            bury(self.runtime.redis, Stage(life.role), life.process.pid)


def _is_further(before: State, now: State) -> bool:
    """An end stays as it is, and nobody goes back."""
    if before in END_STATES:
        return now is before
    return now in END_STATES or WAY.index(now) >= WAY.index(before)
