"""The line as containers run it: every role a process of its own, over one data folder, one Redis and one outlet."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import redis

from services.contracts import State
from services.fetcher.poller import RECONCILE_SECONDS
from services.runtime import STILL_SECONDS, Runtime, open_runtime
from services.settings import from_environment
from services.store import Store, articles, events, ledger, open_store
from services.store.ledger import Item
from services.valkey import Valkey
from tests.faults import press
from tests.fetcher.serving import FakeOutlet
from tests.indexer.crises import crisis
from tests.pipeline import vigie
from tests.pipeline.vigie import wait_until

ROOT = Path(__file__).parents[2]
REAL_TIME = bool(os.environ.get("FAULTS_IN_REAL_TIME"))
"""Wait for what lapses by itself, a heartbeat for example, instead of letting it lapse at once."""


PATIENCE = 200.0 if REAL_TIME else 95.0
"""Seconds: beyond the longest recovery that is allowed."""


@dataclass
class Line:
    """`redis_url` may lead through a proxy; `own_url` is the tests' way to the same Redis."""

    data: Path
    outlet: FakeOutlet
    redis_url: str
    own_url: str
    store: Store
    runtime: Runtime
    logs: Path
    processes: list[subprocess.Popen[str]] = field(default_factory=list)

    @property
    def redis(self) -> redis.Redis:
        return self.runtime.redis

    @property
    def topic(self) -> Path:
        """A topic of two words: the shipped one takes seconds to load."""
        file = self.data / "topic.toml"
        if not file.exists():
            file.write_text(crisis("war", "Ukrain", "Russian"))
        return file

    @property
    def log(self) -> str:
        """All that its processes have logged."""
        return "".join(path.read_text(errors="replace") for path in sorted(self.logs.glob("*.log")))

    def start(
        self, *command: str, program: Sequence[str] = ("-m", "services"), **environment: str
    ) -> subprocess.Popen[str]:
        number = len(self.processes)
        process = subprocess.Popen(
            [sys.executable, *program, *command, "--data", str(self.data)],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
            env={
                **os.environ,
                "VIGIE_REDIS_URL": self.redis_url,
                "VIGIE_OUTLETS": str(self.data / "outlets.toml"),
                "VIGIE_ALLOW_PRIVATE": '["127.0.0.0/8"]',
                "VIGIE_PAGE_SPACING": "0",
                "VIGIE_TOPIC": str(self.topic),
                "VIGIE_LOG_FILE": str(self.logs / f"{number:02}-{command[0]}.log"),
                **environment,
            },
        )
        self.processes.append(process)
        return process

    def start_all(self, *roles: str) -> None:
        for role in roles:
            self.start(role)

    def reads(self, *feeds: str) -> None:
        (self.data / "outlets.toml").write_text(press.outlets_file(*feeds))

    def sights(self, *numbers: int) -> list[str]:
        """Print pages and enter them in the ledger as a poll would; their keys."""
        return press.sight(self.store, press.prints(self.outlet, *numbers))

    def fetched(self, *numbers: int) -> list[str]:
        """Items whose pages lie in the store, as a fetcher leaves them that has died before it enqueued them."""
        from services.fetcher import urls
        from services.store import pages
        from services.store.pages import Page

        keys = press.sight(self.store, [self.outlet.url(f"/{number}") for number in numbers])
        now = time.time()
        with self.store.write() as tx:
            for number in numbers:
                url = self.outlet.url(f"/{number}")
                key = urls.item_key(url)
                ledger.advance(tx, key, State.SEEN, State.FETCHED, now)
                pages.save(tx, key, Page(url, "text/html; charset=utf-8", press.page(number)), now, now + 86_400)
        return keys

    def items(self, keys: Sequence[str]) -> list[Item]:
        with self.store.read() as tx:
            found = [ledger.get(tx, key) for key in keys]
        return [item for item in found if item is not None]

    def states(self, keys: Sequence[str]) -> Counter[State]:
        return Counter(item.state for item in self.items(keys))

    def all_are(self, state: State, keys: Sequence[str]) -> Callable[[], bool]:
        return lambda: self.states(keys) == {state: len(keys)}

    def wait(self, condition: Callable[[], bool], every: float = 0.1) -> None:
        """Until this holds; at once an error where a process ends of which nobody wanted it."""
        before = {process.pid for process in self.processes if process.poll() is not None}

        def holds() -> bool:
            for process in self.processes:
                if process.poll() is not None and process.pid not in before:
                    raise AssertionError(f"{process.args} ended with {process.returncode}: {process.communicate()[1]}")
            return condition()

        try:
            wait_until(holds, seconds=PATIENCE, every=every)
        except AssertionError as error:
            raise AssertionError(f"{error}; {self._books()}\nthe logs end so:\n{self.log[-3000:]}") from error

    def _books(self) -> str:
        with self.store.read() as tx:
            rows = tx.all("SELECT url, state, reason, attempts, crashes FROM items ORDER BY url")
        return "".join("\n" + " ".join(map(str, tuple(row))) for row in rows)  # type: ignore[arg-type]

    def recovers(
        self, row: int, keys: Sequence[str], since: float, skipped: float = 0.0, until: State = State.INDEXED
    ) -> float:
        """Wait until all of these are `until`, check that nothing is lost or doubled, and say how long it took.

        `since` is when the fault ended or the process died, by the monotonic clock; `skipped` seconds were not waited.
        """
        self.wait(self.all_are(until, keys))
        took = time.monotonic() - since + skipped
        self.check_the_stream(keys if until is State.INDEXED else ())
        tell(row, took, f"{len(keys)} items, lost 0, doubled 0" + (f" ({skipped:.0f} s of it skipped)" * bool(skipped)))
        return took

    def check_the_stream(self, keys: Sequence[str]) -> None:
        """`seq` without holes, and each of these items told of exactly once, with an article behind it."""
        with self.store.read() as tx:
            told = list(events.outline(tx, events.head(tx)))
            assert [seq for seq, _, _ in told] == list(range(1, len(told) + 1))
            times = Counter(item for _, _, item in told)
            assert {key: times[key] for key in keys} == dict.fromkeys(keys, 1)
            assert all(articles.get(tx, key) for key in keys)
            account = ledger.account(tx)
            assert account.seen == tx.one("SELECT count(*) AS n FROM items")["n"]  # type: ignore[index]

    def lapse_leases(self) -> float:
        """Let the leases of a dead fetcher lapse now; the seconds that this saves."""
        if REAL_TIME:
            return 0.0
        left = 0.0
        with self.store.write() as tx:
            for table in ("feeds", "items"):
                row = tx.one(f"SELECT max(lease_until) AS until FROM {table}")
                left = max(left, (row["until"] if row and row["until"] else 0.0) - time.time())
                tx.run(f"UPDATE {table} SET lease_until = 0")
        return left

    def lapse_heartbeat(self, pid: int) -> float:
        """Let the heartbeat of a dead worker lapse now, as it would by itself; the seconds that this saves.

        With two looks of the reconciler behind it, it must leave room below 90 s.
        """
        (name,) = [key for key in self.redis.scan_iter("rq:worker:*") if key.endswith(b".%d" % pid)]
        left = self.redis.pttl(name) / 1000
        assert 0 < left <= 90 - 2 * RECONCILE_SECONDS - STILL_SECONDS, left
        if REAL_TIME:
            return 0.0
        self.redis.pexpire(name, 1)
        return left

    def child_of(self, process: subprocess.Popen[str], what: str = "services.sandbox") -> int:
        """The pid of the child in which a role reads hostile bytes."""
        return wait_until(lambda: next((pid for pid, run in vigie.family(process.pid).items() if what in run), None))

    def close(self) -> None:
        for process in self.processes:
            if process.poll() is None:
                process.kill()  # ends one that is stopped, too
        for process in self.processes:
            with suppress(subprocess.TimeoutExpired):
                process.communicate(timeout=30)
        self.runtime.close()
        self.store.close()


@contextmanager
def open_line(
    data: Path, outlet: FakeOutlet, redis_url: str, own_url: str | None = None, logs: Path | None = None
) -> Iterator[Line]:
    own = own_url or redis_url
    data.mkdir(parents=True, exist_ok=True)
    runtime = open_runtime(from_environment(data=data), redis_url=own)
    store = open_store(f"sqlite:///{data / 'vigie.db'}")
    line = Line(data, outlet, redis_url, own, store, runtime, logs or data / "logs")
    line.reads(outlet.url("/nothing-new"))
    outlet.says("/nothing-new", press.rss(), Content_Type="application/rss+xml")
    try:
        yield line
    finally:
        line.close()


@contextmanager
def running(folder: Path) -> Iterator[Valkey]:
    """An embedded Redis."""
    server = Valkey(folder)
    server.start()
    try:
        yield server
    finally:
        server.stop()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def tell(row: int, seconds: float, what: str) -> None:
    """One line of what was seen; `make faults` prints them."""
    sys.stdout.write(f"row {row:>2}: {seconds:5.1f} s  {what}\n")


def ends_by_kill(process: subprocess.Popen[str]) -> float:
    """Wait until a process has been ended by SIGKILL, its own or another's; the moment, by the monotonic clock."""
    process.communicate(timeout=vigie.SECONDS)
    assert process.returncode == -signal.SIGKILL, process.returncode
    return time.monotonic()
