"""Two hosts, one PostgreSQL, one Redis: a `vigie run` each, with a name and a data folder of its own.

In the middle the PostgreSQL server is killed and comes back; later one host is killed whole, the other goes on, and the
lost one comes back. All of it happens once; each test looks at one promise.
"""

import os
import shutil
import signal
import socket
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import httpx
import pytest
import redis

from services import valkey
from services.contracts import END_STATES, Account, EventType, State
from services.newsstand import expectation
from services.newsstand.server import Request, open_stand
from services.store import Store, StoreError, events, ledger, open_store
from services.valkey import Valkey
from tests import postgres
from tests.pipeline import vigie

STORIES = expectation.expectations()
SPACING = 1.0
IN_HAND = 2
"""Items that a dead host may have in hand, one a worker: another takes them up when its heart has been silent for a
minute, or when the host is back and says that they are dead."""
pytestmark = pytest.mark.timeout(300)  # on a machine that has more to do
NAMES = ("hosta", "hostb")


@dataclass
class Host:
    """A machine's worth of processes; `family` is who ran when it was last looked at."""

    name: str
    data: Path
    port: int
    environment: dict[str, str]
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with (self.data.parent / f"{self.name}.log").open("ab") as log:
            self.process = subprocess.Popen(
                [*_named(self.name), sys.executable, "-m", "services", "run", "--data", str(self.data)],
                stdout=log,
                stderr=log,
                env={**os.environ, **self.environment, "VIGIE_API_PORT": str(self.port)},
                start_new_session=True,
            )

    def roles(self) -> dict[str, int]:
        """The pids of its roles, by their commands."""
        assert self.process is not None
        family = vigie.family(self.process.pid)
        return {
            f"{line.rpartition(' ')[2]} {number}": pid
            for number, (pid, line) in enumerate(sorted(family.items()))
            if " -m services " in line
        }

    def kill(self) -> None:
        """Everything at once, as a power cut does."""
        assert self.process is not None
        family = [self.process.pid, *vigie.family(self.process.pid)]
        for pid in family:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.process.wait(timeout=30)
        vigie.wait_until(lambda: vigie.gone(dict.fromkeys(family, "")), seconds=30)

    def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            try:
                self.process.wait(timeout=60)
            except subprocess.TimeoutExpired:
                self.kill()

    def get(self, path: str, **parameters: str | int) -> Any:
        answer = httpx.get(f"http://127.0.0.1:{self.port}{path}", params=parameters, timeout=20)
        answer.raise_for_status()
        return answer.json()

    def is_up(self) -> bool:
        try:
            return httpx.get(f"http://127.0.0.1:{self.port}/healthz", timeout=5).status_code == 200
        except httpx.HTTPError:
            return False

    def is_level(self) -> bool:
        """Whether its search index has every event."""
        try:
            metrics = httpx.get(f"http://127.0.0.1:{self.port}/metrics", timeout=5).text
        except httpx.HTTPError:
            return False
        return "\nvigie_search_lag_events 0.0" in metrics


def _named(name: str) -> list[str]:
    """What gives a command a host name of its own, where that is allowed; elsewhere only pids tell the hosts apart."""
    namespace = ["unshare", "--uts"] if os.getuid() == 0 else ["unshare", "--user", "--map-root-user", "--uts"]
    command = [*namespace, "sh", "-c", 'hostname "$0" && exec "$@"', name]
    allowed = shutil.which("unshare") and not subprocess.run([*command, "true"], capture_output=True).returncode
    return command if allowed else []


@dataclass(frozen=True)
class Told:
    """What was seen on the way, and how it ended."""

    before: dict[str, int]
    after: dict[str, int]
    """Pids of the second host before PostgreSQL was killed, and when work had gone on."""
    watch: "_Watch"
    account: Account
    stream: list[tuple[int, EventType, str]]
    found: list[list[dict[str, Any]]]
    """By host: what its search page finds."""
    replayed: list[dict[str, Any]]
    requests: list[Request]


ASKED: tuple[tuple[str, dict[str, str | int]], ...] = (
    ("Blinken", {}),
    ("НАТО", {"sort": "newest"}),
    ("réponse", {"lang": "fr"}),
)


class _Watch:
    """What of the work can be seen from outside, and by which hosts it is done."""

    def __init__(self, store: Store, queue: redis.Redis) -> None:
        self._store = store
        self._queue = queue
        self._cleaned = 0
        self.pids: set[str] = set()
        self.workers: set[str] = set()
        self.fetchers: set[str] = set()

    def cleaned(self) -> int:
        """How many items have been; the last count while the store is away."""
        names = self._queue.smembers("rq:workers")
        assert isinstance(names, set)
        self.pids |= {name.decode().removeprefix("rq:worker:") for name in names}
        self.workers = {name.rpartition(".")[0] for name in self.pids}
        with suppress(StoreError), self._store.read() as tx:
            self._cleaned = ledger.account(tx).cleaned
            rows = tx.all("SELECT lease_owner AS who FROM items UNION SELECT lease_owner FROM feeds")
            self.fetchers |= {str(row["who"]).rpartition(".")[0] for row in rows if row["who"]}
        return self._cleaned

    def open(self) -> int:
        """How many stories of the newsstand have not come to their end."""
        with self._store.read() as tx:
            account = ledger.account(tx)
        return len(STORIES) - sum(account.states[state] for state in END_STATES)


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Told]:
    folder = tmp_path_factory.mktemp("hosts")
    with ExitStack() as stack:
        server = stack.enter_context(postgres.running())
        queue = Valkey(folder / "redis")
        queue.start()
        stack.callback(queue.stop)
        url = server.database()
        store = open_store(url)
        stack.callback(store.close)
        stand = stack.enter_context(open_stand())
        stand.write_outlets_file(folder / "outlets.toml")
        environment = {
            "VIGIE_STORE_URL": url,
            "VIGIE_REDIS_URL": valkey.url(folder / "redis"),
            "VIGIE_OUTLETS": str(folder / "outlets.toml"),
            "VIGIE_ALLOW_PRIVATE": '["127.0.0.0/8"]',
            "VIGIE_PAGE_SPACING": str(SPACING),
            "VIGIE_CLEANERS": "1",
        }
        hosts = [Host(name, folder / name, vigie.free_port(), environment) for name in NAMES]
        for host in hosts:
            host.start()
            stack.callback(host.stop)
        watch = _Watch(store, redis.Redis.from_url(valkey.url(folder / "redis")))
        vigie.wait_until(lambda: watch.cleaned() >= 5 and len(watch.pids) >= 4 and all(map(Host.is_up, hosts)))
        before = hosts[1].roles()
        server.crash()
        server.start()
        done = watch.cleaned()
        vigie.wait_until(lambda: watch.cleaned() >= done + 5 or not watch.open())
        after = hosts[1].roles()
        hosts[0].kill()
        vigie.wait_until(lambda: watch.open() <= IN_HAND)
        hosts[0].start()
        vigie.wait_until(lambda: not watch.open())
        vigie.wait_until(lambda: all(host.is_level() for host in hosts))
        found = [[host.get("/v1/search", q=words, limit=50, **more) for words, more in ASKED] for host in hosts]
        replayed = [host.get("/v1/events", limit=1000) for host in hosts]
        with store.read() as tx:
            account = ledger.account(tx)
            stream = list(events.outline(tx, account.events))
        yield Told(before, after, watch, account, stream, found, replayed, stand.requests)


def test_both_hosts_worked(told: Told) -> None:
    hosts = NAMES if _named("any") else (socket.gethostname(),)
    assert {f"{stage}.{host}" for stage in ("clean", "index") for host in hosts} <= told.watch.workers
    assert set(hosts) <= told.watch.fetchers


def test_a_killed_database_server_costs_no_role_its_life(told: Told) -> None:
    assert told.before
    assert told.after == told.before


def test_nothing_is_lost_and_nothing_is_doubled(told: Told) -> None:
    expected = dict.fromkeys(State, 0)
    for story in STORIES:
        expected[story.state] += 1
    states = told.account.states
    kept = (State.INDEXED, State.DUPLICATE)
    assert sum(states[each] for each in kept) == sum(expected[each] for each in kept)
    assert {each: states[each] for each in State if each not in kept} == {
        each: expected[each] for each in State if each not in kept
    }
    assert [seq for seq, _, _ in told.stream] == list(range(1, told.account.events + 1))
    assert len({item for _, _, item in told.stream}) == len(told.stream) == sum(states[each] for each in kept)


def test_both_replicas_answer_alike(told: Told) -> None:
    one, other = told.replayed
    assert one == other
    assert len(one["events"]) == told.account.events
    for mine, theirs in zip(*told.found, strict=True):
        assert mine["hits"]
        assert [hit["article"]["id"] for hit in mine["hits"]] == [hit["article"]["id"] for hit in theirs["hits"]]


def test_an_outlet_is_asked_no_faster_by_two_hosts_than_by_one(told: Told) -> None:
    listed = {(story.outlet, story.path) for story in STORIES}
    times: dict[str, list[float]] = defaultdict(list)
    for request in told.requests:
        if (request.outlet, request.path) in listed:
            times[request.outlet].append(request.at)
    gaps = sorted(later - earlier for at in times.values() for earlier, later in pairwise(at))
    # the gate spaces the asking; an asker that is late may bring two arrivals closer by its own lateness
    assert gaps[len(gaps) // 2] >= SPACING * 0.95
