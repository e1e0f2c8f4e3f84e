"""A run from the first feed to the audit: the line works, faults come as it goes on, and the books are compared."""

import json
import math
import os
import random
import re
import signal
import subprocess
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import redis

from services.newsstand import listing
from services.newsstand.server import open_stand
from services.store import Store, StoreUnavailable, open_store
from tests import postgres
from tests.postgres import Server
from tests.torture import books, editions, faults, wounds
from tests.torture.books import Verdict
from tests.torture.faults import Fault
from tests.torture.line import PYTHON, Line
from tests.torture.wallclock import WallClock
from tests.torture.wounds import Books, Wound

LOOK_SECONDS = 0.2
TOLD_SECONDS = 10.0
POLL_SECONDS = (20.0, 60.0)
"""Between two polls of a feed, least and most."""
STALL_SECONDS = 45.0
"""Without progress for so long, the next fault comes all the same."""
RECORD = re.compile(r"^(?=\d{4}-\d\d-\d\d )", re.MULTILINE)
"""Where an entry of a log begins."""
BY = 0.95
"""The share of the items at whose end the last fault has come."""


@dataclass(frozen=True, slots=True)
class Wish:
    size: int
    kills: int
    seed: int
    store: str
    limit: float
    """Seconds after which an unfinished run is given up."""


@dataclass(slots=True)
class Report:
    """What was done, how long recovery took by what it was, and what the audit found."""

    wish: Wish
    done: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    recovered: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    open: list[str] = field(default_factory=list)
    """Wounds that had not healed at the end."""
    seconds: float = 0.0
    finished: bool = False
    clock: bool = False
    absences: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    """Looks at store and Redis that came to nothing, by error."""
    starts: dict[str, int] = field(default_factory=dict)
    tracebacks: list[str] = field(default_factory=list)
    index: str = ""
    verdict: Verdict = field(default_factory=lambda: Verdict((), (), ()))

    @property
    def passed(self) -> bool:
        return self.finished and not self.open and not self.index and self.verdict.clean


class Torture:
    """`tell` gets a line of progress now and then."""

    def __init__(self, wish: Wish, folder: Path, tell: Callable[[str], None]) -> None:
        self._wish = wish
        self._folder = folder
        self._tell = tell
        self._rng = random.Random(wish.seed)
        self._clock = WallClock(folder)
        self._offsets = faults.offsets()
        self._wounds: list[Wound] = []
        self._report = Report(wish, clock=self._clock.works)

    def run(self) -> Report:
        made = editions.enlarge(self._wish.size, random.Random(self._wish.seed))
        with ExitStack() as stack:
            stand = stack.enter_context(open_stand(papers=made.papers))
            outlets = (
                replace(each, interval_min=POLL_SECONDS[0], interval_max=POLL_SECONDS[1]) for each in stand.outlets
            )
            (self._folder / "outlets.toml").write_text(listing.outlets_toml(outlets), encoding="utf-8")
            self._server, url = stack.enter_context(_served(self._wish.store, self._folder))
            store = open_store(url)
            stack.callback(store.close)
            environment = {**self._clock.environment, **_settings(self._folder, url)}
            line = Line(self._folder, environment, self._clock.now)
            stack.callback(line.stop)
            self._work(line, store)
            line.stop()
            self._report.starts = line.starts
            self._report.tracebacks = _tracebacks(line.data)
            self._report.index = _compare_index(line.data, environment)
            self._report.verdict = books.audit(store, stand, made, line)
        return self._report

    def _work(self, line: Line, store: Store) -> None:
        with_server = self._server is not None
        waiting = faults.plan(self._wish.kills, self._rng, with_server=with_server, with_clock=self._clock.works)
        count, begun, told, last = len(waiting), time.monotonic(), 0.0, time.monotonic()
        while time.monotonic() - begun < self._wish.limit:
            line.keep_alive()
            now = time.monotonic()
            try:
                found = wounds.read(store)
                self._look_after(found)
                due = found.ended / self._wish.size >= BY * (count - len(waiting) + 1) / (count + 1)
                if waiting and (due or now - last > STALL_SECONDS):
                    if self._inflict(waiting[0], line, store, found):
                        waiting.pop(0)
                        last = now
                elif not waiting and not self._wounds and self._is_done(found, line):
                    self._report.finished = True
                    break
                if now - told > TOLD_SECONDS:
                    told = now
                    self._tell(self._progress(found, count - len(waiting), now - begun))
            except (StoreUnavailable, redis.RedisError, OSError) as error:
                self._report.absences[type(error).__name__] += 1  # killed a moment ago: asked again at the next turn
            time.sleep(LOOK_SECONDS)
        self._report.seconds = time.monotonic() - begun
        self._report.open = [wound.what for wound in self._wounds]
        self._clock.set(0)

    def _progress(self, found: Books, done: int, seconds: float) -> str:
        states = ", ".join(f"{count} {state}" for state, count in found.states.items() if count)
        return f"{seconds:5.0f} s  {done} faults, {len(self._wounds)} healing; {found.events} events; {states}"

    def _is_done(self, found: Books, line: Line) -> bool:
        read = line.read.read_bytes().count(b"\n") if line.read.exists() else 0
        return found.ended == found.seen == self._wish.size and read == found.events and line.acknowledged(read)

    def _look_after(self, found: Books) -> None:
        for wound in list(self._wounds):
            if wound.healed(found):
                self._wounds.remove(wound)
                self._report.recovered[wound.what].append(time.monotonic() - wound.at)

    def _inflict(self, fault: Fault, line: Line, store: Store, found: Books) -> bool:
        """False where there is nobody to kill just now."""
        if fault.is_kill and not self._kill(fault.what, line, store, found):
            return False
        match fault.what:
            case "flush":
                healed = wounds.of_flush(line, store)
                line.redis.flushall()
                self._wound(fault.what, healed)
            case "clock":
                self._clock.set(next(self._offsets))
            case "doubled jobs":
                faults.double_jobs(line, store, self._rng)
            case "shuffled jobs":
                faults.shuffle_jobs(line, self._rng)
        self._report.done[fault.what] += 1
        return True

    def _kill(self, role: str, line: Line, store: Store, found: Books) -> bool:
        if role == "postgres":
            assert self._server is not None
            healed = wounds.of_kill(role, 0, line, store, found)
            self._server.crash()
            self._wound(role, healed)
            self._server.start()
            return True
        pids = line.pids(role)
        if not pids:
            return False
        pid = self._rng.choice(pids)
        healed = wounds.of_kill(role, pid, line, store, found)
        os.kill(pid, signal.SIGKILL)
        self._wound(role, healed)
        return True

    def _wound(self, what: str, healed: Callable[[Books], bool] | None) -> None:
        if healed is not None:
            self._wounds.append(Wound(what, time.monotonic(), healed))


@contextmanager
def _served(store: str, folder: Path) -> Iterator[tuple[Server | None, str]]:
    """The server of the store, where it has one, and the store's URL."""
    if store == "sqlite":
        (folder / "data").mkdir()
        yield None, f"sqlite:///{folder.resolve() / 'data' / 'vigie.db'}"
        return
    with postgres.running() as server:
        yield server, server.database()


def _settings(folder: Path, url: str) -> dict[str, str]:
    return {
        "VIGIE_STORE_URL": url,
        "VIGIE_OUTLETS": str(folder / "outlets.toml"),
        "VIGIE_ALLOW_PRIVATE": '["127.0.0.0/8"]',
        "VIGIE_PAGE_SPACING": "0",
    }


def _tracebacks(data: Path) -> list[str]:
    """Last lines of the unforeseen errors in our own logs; rq tells the loss of Redis in the middle of a job as one."""
    found: list[str] = []
    for log in sorted((data / "logs").iterdir()):
        records = RECORD.split(log.read_text(errors="replace"))
        found += [
            f"{log.name}: {record.strip().splitlines()[-1]}"
            for record in records
            if "Traceback" in record and " rq." not in record.splitlines()[0]
        ]
    return found


def _compare_index(data: Path, environment: dict[str, str]) -> str:
    """What `vigie reindex --check` says, where the search index and the events differ."""
    done = subprocess.run(
        [PYTHON, "-m", "services", "reindex", "--check", "--json", "--data", str(data)],
        capture_output=True,
        text=True,
        env={**os.environ, **environment},
    )
    if done.returncode or not json.loads(done.stdout)["same"]:
        return f"{done.stdout}{done.stderr}".strip()
    return ""


def percentile(values: list[float], share: float) -> float:
    """The smallest value that this share does not exceed."""
    ordered = sorted(values)
    return ordered[math.ceil(share * len(ordered)) - 1]
