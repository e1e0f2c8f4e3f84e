"""A Redis that admits by user and password, over TLS: queue, worker and gate work through it, or say why not.

The embedded server speaks no TLS; a proxy on loopback does it in its place, as stunnel or a mesh would.
"""

import asyncio
import os
import signal
import socket
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import redis
from redis.asyncio import Redis as AsyncRedis

from services import valkey
from services.contracts import Stage, State
from services.fetcher.gate import Gate
from services.runtime import Runtime, open_runtime
from services.settings import from_environment
from services.store import ledger
from services.valkey import Valkey
from services.worker import work
from tests import certificates
from tests.queue.items import fetched, item
from tests.security import tls

PASSWORD = "open$esame"
QUOTED = "open%24esame"
LEAST = "~rq:* ~vigie:* &* +@all -@admin -@dangerous +info"
"""What vigie's user needs (SECURITY.md says so): its keys, and no command that looks at or changes the server."""


@dataclass(frozen=True)
class Guarded:
    plain: int
    tls: int
    certificates: Path

    def url(self, user: str = "vigie", password: str = QUOTED, host: str = "localhost", trusts: str = "right") -> str:
        return f"rediss://{user}:{password}@{host}:{self.tls}/0?ssl_ca_certs={self.certificates / trusts}.pem"


class OverTcp(Valkey):
    """The embedded server, on a port too, with users of its own. The default user may do nothing."""

    port = 0
    acl = ""

    def _options(self, path: Path, log: Path) -> list[str]:
        return [*super()._options(path, log), "--port", str(self.port), "--bind", "127.0.0.1"]


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guarded]:
    folder = tmp_path_factory.mktemp("guarded")
    for name in ("right", "wrong"):
        certificates.make(folder, name)
    server = OverTcp(folder / "redis")
    with socket.create_server(("127.0.0.1", 0)) as probe:
        server.port = probe.getsockname()[1]
    server.start()
    try:
        with redis.Redis.from_url(valkey.url(folder / "redis")) as keeper:
            keeper.acl_setuser("keeper", enabled=True, nopass=True, keys=["*"], categories=["+@all"])
            keeper.execute_command("ACL", "SETUSER", "vigie", "on", f">{PASSWORD}", *LEAST.split())
            keeper.execute_command("AUTH", "keeper", "any")
            keeper.execute_command("ACL", "SETUSER", "default", "off")
            with tls.in_front_of(server.port, folder / "right.pem") as port:
                yield Guarded(server.port, port, folder)
            keeper.execute_command("ACL", "SETUSER", "default", "on")
    finally:
        server.stop()


@pytest.fixture
def opened(guarded: Guarded, tmp_path: Path) -> Iterator[Runtime]:
    runtime = open_runtime(from_environment(data=tmp_path), redis_url=guarded.url())
    yield runtime
    runtime.close()


def test_the_queue_and_a_worker_need_no_more_than_their_own_keys(opened: Runtime) -> None:
    opened.enqueue(Stage.CLEAN, fetched(opened, 1, 2, 3))
    opened.enqueue(Stage.CLEAN, fetched(opened, 4))
    done: list[str] = []

    def clean(key: str) -> None:
        with opened.store.write() as tx:
            ledger.advance(tx, key, State.FETCHED, State.CLEANED, time.time())
        done.append(key)
        if len(done) == 4:
            os.kill(os.getpid(), signal.SIGTERM)

    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    stop = threading.Timer(40, os.kill, (os.getpid(), signal.SIGTERM))
    stop.start()
    try:
        assert work(opened, Stage.CLEAN, clean) == 0
    finally:
        stop.cancel()
        for number, old in before.items():
            signal.signal(number, old)
    assert item(opened, 1).state is State.CLEANED
    assert len(done) == 4
    opened.clock = lambda: time.time() + 3_600
    assert opened.reconcile() == 4, "what is cleaned now waits for the indexer"
    assert opened.queue_lengths() == {"clean": 0, "index": 4}


def test_the_gate_of_the_hosts_works_through_it(guarded: Guarded) -> None:
    async def turns() -> list[float]:
        async with AsyncRedis.from_url(guarded.url()) as client:
            gate = Gate(client, 5.0)
            return [await gate.turn("news.example", None, 60.0) for _ in range(2)]

    first, second = asyncio.run(turns())
    assert first == 0
    assert second > 3


def test_vigies_user_can_do_nothing_to_the_server(guarded: Guarded) -> None:
    with redis.Redis.from_url(guarded.url()) as client:
        for command in (
            ["CONFIG", "GET", "*"],
            ["FLUSHALL"],
            ["KEYS", "*"],
            ["SHUTDOWN"],
            ["ACL", "LIST"],
            ["GET", "other"],
        ):
            with pytest.raises(redis.exceptions.NoPermissionError):
                client.execute_command(*command)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        (lambda given: given.url(password="guessed"), "invalid username-password pair"),
        (lambda given: given.url(user="nobody"), "invalid username-password pair"),
        (lambda given: given.url(trusts="wrong"), "certificate verify failed"),
        (lambda given: given.url(host="127.0.0.1"), "certificate verify failed|mismatch"),
        (lambda given: f"redis://localhost:{given.plain}/0", "[Aa]uthenticat"),
        (lambda given: f"redis://vigie:{QUOTED}@localhost:{given.tls}/0", "."),
    ],
)
def test_a_wrong_password_certificate_host_or_scheme_is_refused_without_the_password(
    guarded: Guarded, tmp_path: Path, url: Callable[[Guarded], str], said: str
) -> None:
    with pytest.raises(redis.RedisError, match=said) as caught:
        open_runtime(from_environment(data=tmp_path), redis_url=url(guarded))
    told = "".join(traceback.format_exception(caught.value))
    assert PASSWORD not in told
    assert "guessed" not in str(caught.value)
    assert QUOTED not in told
