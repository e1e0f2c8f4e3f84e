"""`vigie run` and `vigie demo`: every role on this machine, supervised, with the embedded Redis if none is named."""

import argparse
import contextlib
import fcntl
import logging
import os
import signal
import socket
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from errno import EADDRINUSE
from functools import partial
from ipaddress import ip_network
from pathlib import Path
from types import FrameType

import redis
from rich.console import Console
from rich.status import Status

from services import codec, logs
from services.cli import account as accounts
from services.cli.wiring import load_outlets, load_topics, redis_location, settings_from
from services.contracts import Account, Stage
from services.runtime import Runtime, bury, bury_lost, open_runtime
from services.settings import Settings
from services.store import StoreUnavailable, feeds, judgements, ledger, open_store
from services.supervisor import Child, Supervisor
from services.valkey import Valkey, ValkeyError

log = logging.getLogger("vigie.run")

TICK_SECONDS = 0.2
PROGRESS_SECONDS = 1.0
ONCE_LIMIT_SECONDS = 300.0
"""`demo --once` gives up after this long and says what was still open."""


class RunError(Exception):
    """vigie cannot run here and now; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Wish:
    """How a run is wanted. `demo` prints the account when all is done, `once` then ends."""

    demo: bool = False
    once: bool = False
    json: bool = False
    any_port: bool = False
    """Take a free port where the usual one is taken: nobody has asked for that one."""


def run(arguments: argparse.Namespace) -> int:
    return _run(settings_from(arguments), Console(stderr=True), Wish())


def demo(arguments: argparse.Namespace) -> int:
    from services.newsstand.server import open_stand

    with contextlib.ExitStack() as stack:
        folder = arguments.data or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="vigie-demo-")))
        _make(folder)
        if (folder / "vigie.db").exists():
            raise RunError(f"{folder} holds data already; the demo wants a folder of its own")
        stand = stack.enter_context(open_stand())
        stand.write_outlets_file(folder / "outlets.toml")
        arguments.data, arguments.outlets = folder, folder / "outlets.toml"
        settings = settings_from(arguments).model_copy(update={"allow_private": _LOOPBACK})
        _refuse_used_store(settings)
        console = Console(stderr=True)
        console.print(f"A newsstand of {len(stand.outlets)} invented outlets is open on loopback.")
        wish = Wish(demo=True, once=arguments.once, json=arguments.json, any_port=arguments.port is None)
        return _run(settings, console, wish)


def _refuse_used_store(settings: Settings) -> None:
    """The demo polls invented outlets, and would put them in the place of those that a store knows."""
    if settings.store_url is None:
        return
    store = open_store(settings.store_location)
    try:
        with store.read() as tx:
            if ledger.account(tx).seen:
                raise RunError("VIGIE_STORE_URL names a store that holds items already; the demo wants one of its own")
    finally:
        store.close()


_LOOPBACK = [ip_network("127.0.0.0/8")]


def _run(settings: Settings, console: Console, wish: Wish) -> int:
    os.umask(0o077)  # articles, logs and the queue are their owner's
    _check_files(settings)
    with contextlib.ExitStack() as stack:
        stack.enter_context(only_one(settings.data))
        logs.configure(settings.log_level, settings.data / "logs" / "supervisor.log")
        came = stack.enter_context(_signals())
        settings = settings.model_copy(update={"api_port": _port(settings, fallback=wish.any_port)})
        valkey = Valkey(settings.redis_folder) if settings.redis_url is None else None
        if valkey:
            stack.callback(valkey.stop)
            valkey.start()
        runtime = open_runtime(settings, redis_url=redis_location(settings))
        stack.callback(runtime.close)
        bury_lost(runtime.redis)
        supervisor = _supervisor(settings, runtime)
        stack.callback(supervisor.stop)
        if not wish.once:
            console.print(_address(settings))
        keep_alive = partial(_keep_alive, supervisor, valkey)
        if wish.demo and not _until_done(settings, runtime, keep_alive, console, came, wish):
            return 0 if came else 1
        if not wish.once:
            _until_signal(settings, runtime, keep_alive, console, came)
            console.print("Stopping: what is under way is finished first …")
    return 0


def _until_done(
    settings: Settings,
    runtime: Runtime,
    keep_alive: Callable[[], None],
    console: Console,
    came: Sequence[int],
    wish: Wish,
) -> bool:
    """Work until everything in the feeds is indexed, and print the account; False where that did not come about."""
    begun = time.monotonic()
    with _progress(console) as report:
        for account, searchable in _books(settings, runtime, keep_alive, came):
            report(accounts.line(account, _queues(runtime), searchable))
            if _all_done(account, searchable):
                break
            if wish.once and time.monotonic() - begun > ONCE_LIMIT_SECONDS:
                console.print(f"Not done after {ONCE_LIMIT_SECONDS:.0f} s; this is the account so far.")
                break
    with runtime.store.read() as tx:
        account, problems = replace(ledger.account(tx), topics=judgements.tally(tx)), feeds.problems(tx)
    if wish.json:
        sys.stdout.write(codec.dump(account).decode() + "\n")
        sys.stdout.flush()
    else:
        accounts.show(accounts.wide(), account, problems)
    if account.settled and not wish.once and not came:
        console.print(f"\nAll of it can be searched now. {_address(settings)}", soft_wrap=True)
    return account.settled and not came


def _until_signal(
    settings: Settings, runtime: Runtime, keep_alive: Callable[[], None], console: Console, came: Sequence[int]
) -> None:
    with _progress(console) as report:
        for account, searchable in _books(settings, runtime, keep_alive, came):
            report(accounts.line(account, _queues(runtime), searchable))


def _books(
    settings: Settings, runtime: Runtime, keep_alive: Callable[[], None], came: Sequence[int]
) -> Iterator[tuple[Account, int]]:
    """The account and the last searchable event, once a second until a signal; meanwhile everything is kept alive."""
    looked = 0.0
    while not came:
        keep_alive()
        if time.monotonic() - looked >= PROGRESS_SECONDS:
            looked = time.monotonic()
            try:
                with runtime.store.read() as tx:
                    account = ledger.account(tx)
            except StoreUnavailable as error:
                log.error("%s", error)
            else:
                yield account, _searchable(settings)
        time.sleep(TICK_SECONDS)


def _keep_alive(supervisor: Supervisor, valkey: Valkey | None) -> None:
    supervisor.tick()
    if valkey and not valkey.running():
        try:
            valkey.start()
        except ValkeyError as error:
            log.error("%s; trying again", error)
    _give_up_on_hopeless(supervisor)


def _all_done(account: Account, searchable: int) -> bool:
    polled = account.polls > 0 and not account.feeds.get("unpolled")
    return polled and account.settled and searchable == account.events


def _address(settings: Settings) -> str:
    return f"Search page: http://{settings.api_host}:{settings.api_port}/   (Ctrl-C ends)"


@contextlib.contextmanager
def _progress(console: Console) -> Iterator["_Report"]:
    if console.is_terminal:
        with console.status("starting …") as status:
            yield _Report(console, status)
    else:
        yield _Report(console, None)


class _Report:
    """A line that changes in place on a terminal, a line per change elsewhere."""

    def __init__(self, console: Console, status: Status | None) -> None:
        self._console = console
        self._status = status
        self._last = ""

    def __call__(self, line: str) -> None:
        if self._status:
            self._status.update(line)
        elif line != self._last:
            self._console.print(f"{time.strftime('%H:%M:%S')} {line}", soft_wrap=True, highlight=False)
        self._last = line


def _supervisor(settings: Settings, runtime: Runtime) -> Supervisor:
    cleaners = [Child(f"cleaner-{number}", ["cleaner"]) for number in range(1, settings.cleaners + 1)]
    children = [Child("fetcher", ["fetcher"]), *cleaners, Child("indexer", ["indexer"]), Child("api", ["api"])]
    stages = {"cleaner": Stage.CLEAN, "indexer": Stage.INDEX}

    def died(child: Child, pid: int) -> None:
        if stage := stages.get(child.command[0]):
            with contextlib.suppress(redis.RedisError):  # then its heartbeat lapses by itself, later
                bury(runtime.redis, stage, pid)

    return Supervisor(children, _environment(settings), settings.data / "logs", died)


def _environment(settings: Settings) -> dict[str, str]:
    """The children's environment: ours, with the settings as they stand now."""
    return {
        **os.environ,
        "VIGIE_DATA": str(settings.data.resolve()),
        "VIGIE_OUTLETS": str(settings.outlets.resolve()),
        "VIGIE_TOPIC": codec.dump([str(place.resolve()) for place in settings.topic]).decode(),
        "VIGIE_REDIS_URL": redis_location(settings),
        "VIGIE_API_PORT": str(settings.api_port),
        "VIGIE_ALLOW_PRIVATE": codec.dump([str(network) for network in settings.allow_private]).decode(),
    }


def _give_up_on_hopeless(supervisor: Supervisor) -> None:
    """A child that cannot even start never will: say what it said."""
    for child in supervisor.children:
        if child.failures >= 5 and not child.alive and not child.proven:
            raise RunError(f"{child.name} does not start: {supervisor.last_words(child) or 'see its log'}")


def _check_files(settings: Settings) -> None:
    """Find a wrong outlets or topic file now, in this terminal, not in a child's log."""
    load_outlets(settings)
    load_topics(settings)


def _port(settings: Settings, *, fallback: bool) -> int:
    """The port to serve on: the one asked for, or a free one where it is 0 or nobody will look."""
    for port in (settings.api_port, 0) if fallback else (settings.api_port,):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((settings.api_host, port))
                return int(probe.getsockname()[1])
            except OSError as error:
                if error.errno != EADDRINUSE:
                    raise RunError(f"cannot listen on {settings.api_host}:{port}: {error.strerror}") from error
    raise RunError(
        f"port {settings.api_port} on {settings.api_host} is taken; choose another with --port, or --port 0 for any"
    )


def _searchable(settings: Settings) -> int:
    """The number of the last event that the search index holds."""
    from services.search.index import IndexProblem, SearchIndex

    try:
        return SearchIndex(settings.index_folder).cursor()
    except IndexProblem:
        return 0  # its follower is rebuilding it, or says in its log what is wrong


def _queues(runtime: Runtime) -> dict[str, int]:
    try:
        return runtime.queue_lengths()
    except redis.RedisError:
        return {"(Redis away)": 0}


def _make(folder: Path) -> None:
    """Make the data folder, for its owner alone. Raises RunError."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise RunError(f"the data folder {folder} cannot be made: {error.strerror}") from error


@contextlib.contextmanager
def only_one(folder: Path) -> Iterator[None]:
    """Hold the data folder. Raises RunError if another `vigie run` does."""
    _make(folder)
    lock = os.open(folder / "run.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise RunError(f"another vigie runs on {folder}; end it, or choose another folder with --data") from error
        yield
    finally:
        os.close(lock)


@contextlib.contextmanager
def _signals() -> Iterator[list[int]]:
    """The ending signals that came. A second Ctrl-C changes nothing: the children are being ended."""
    came: list[int] = []

    def note(number: int, frame: FrameType | None) -> None:
        came.append(number)

    before = {number: signal.signal(number, note) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    try:
        yield came
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
