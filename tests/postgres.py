"""A PostgreSQL of the tests' own, started from this machine's binaries on a Unix socket."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg
import pytest

from services import tether

USER = "vigie"

_MADE = ("--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync", "--data-checksums")


@dataclass
class Server:
    """A server that runs. `sockets` is the folder of its socket; `port` names the socket, and TCP where it listens."""

    folder: Path
    binaries: Path
    options: tuple[str, ...] = ()
    port: int = 5432
    process: subprocess.Popen[bytes] | None = None
    _numbers: Iterator[int] = field(default_factory=partial(count, 1))

    def url(self, database: str = "postgres") -> str:
        return f"postgresql://{USER}@/{database}?host={quote(str(self.folder), safe='')}&port={self.port}"

    def database(self, options: str = "") -> str:
        """The URL of a new database, empty unless `options` names a template."""
        name = f"vigie_{next(self._numbers)}"
        self.tell(f"CREATE DATABASE {name} {options}")
        return self.url(name)

    def tell(self, statement: str, url: str = "") -> list[tuple[Any, ...]]:
        with psycopg.connect(url or self.url(), autocommit=True) as connection:
            told = connection.execute(statement.encode())
            return told.fetchall() if told.description else []

    def start(self) -> None:
        command = [self.binaries / "postgres", "-D", self.folder / "data", "-k", self.folder, "-p", str(self.port)]
        parent = os.getpid()
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [*command, *(part for option in self.options for part in ("-c", option))],
                stdout=subprocess.DEVNULL,
                stderr=log,
                cwd=self.folder,
                preexec_fn=lambda: tether.bind(parent, signal.SIGQUIT),
                **_unprivileged(),
            )
        deadline = time.monotonic() + 60
        while True:
            try:
                self.tell("SELECT 1")
            except psycopg.OperationalError:
                said = (self.folder / "log").read_text(errors="replace")
                assert self.process.poll() is None, said
                assert time.monotonic() < deadline, said
                time.sleep(0.05)
            else:
                return

    def crash(self) -> None:
        """SIGKILL its first process; the others notice and end, and nothing has been put in order."""
        assert self.process is not None
        others = _children(self.process.pid)
        self.stop(signal.SIGKILL)
        deadline = time.monotonic() + 60
        while any(Path(f"/proc/{pid}").exists() for pid in others):  # beside them no new one starts
            assert time.monotonic() < deadline, "processes of a killed server do not end"
            time.sleep(0.05)

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """End it: SIGINT in good order, SIGQUIT as a crash does."""
        if self.process is not None:
            self.process.send_signal(how)
            self.process.wait(timeout=60)
            self.process = None


@contextmanager
def running(*options: str, durable: bool = False) -> Iterator[Server]:
    """A new server with these settings; without `durable` it never waits for the disk. Skips where there is none."""
    binaries = _binaries()
    folder = Path(tempfile.mkdtemp(prefix="vigie-pg-", dir="/tmp"))
    try:
        if os.getuid() == 0:
            os.chown(folder, _nobody().pw_uid, _nobody().pw_gid)
        subprocess.run(
            [binaries / "initdb", "-D", folder / "data", f"--username={USER}", *_MADE],
            check=True,
            capture_output=True,
            cwd=folder,
            **_unprivileged(),
        )
        quick = () if durable else ("fsync=off", "full_page_writes=off")
        server = Server(folder, binaries, ("listen_addresses=", "shared_buffers=32MB", *quick, *options))
        server.start()
        try:
            yield server
        finally:
            server.stop(signal.SIGQUIT)  # nobody will start it again
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _binaries() -> Path:
    """Where initdb and postgres are; Debian keeps them out of the PATH."""
    found = shutil.which("initdb")
    places = [Path(found).resolve().parent] if found else []
    places += sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda place: int(place.parent.name), reverse=True)
    for place in places:
        if (place / "initdb").exists() and (place / "postgres").exists():
            return place
    assert not os.environ.get("CI"), "CI installs PostgreSQL"
    pytest.skip("PostgreSQL is not installed here (its initdb and postgres are looked for)")


def _children(pid: int) -> list[int]:
    listed = subprocess.run(["ps", "-eo", "pid=,ppid="], capture_output=True, text=True, check=True).stdout
    rows = (line.split() for line in listed.splitlines())
    return [int(child) for child, parent in rows if int(parent) == pid]


def _nobody() -> pwd.struct_passwd:
    return pwd.getpwnam("nobody")


def _unprivileged() -> dict[str, Any]:
    """PostgreSQL refuses to run as root."""
    if os.getuid() != 0:
        return {}
    return {"user": _nobody().pw_uid, "group": _nobody().pw_gid, "extra_groups": []}
