"""A disk that can be full: a small file system of its own where one may be mounted, else a limit on files' sizes."""

import contextlib
import os
import resource
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

SIZE = 90_000_000
"""Bytes: when nothing fills it, readiness is content with what is left."""


class Disk(Protocol):
    folder: Path
    is_real: bool

    def fill(self, pids: list[int]) -> None:
        """Leave no byte to anyone, these processes in any case."""

    def make_room(self, pids: list[int]) -> None: ...


class SmallDisk:
    """A file system in memory, with a file on it that takes all that is left."""

    is_real = True

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def fill(self, pids: list[int]) -> None:
        with (self.folder / "filler").open("ab", buffering=0) as filler, contextlib.suppress(OSError):
            while True:
                filler.write(bytes(4096))

    def make_room(self, pids: list[int]) -> None:
        (self.folder / "filler").unlink()


class LimitedFiles:
    """Processes that may not let a file grow: to the store it is an error of writing like that of a full disk."""

    is_real = False

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def fill(self, pids: list[int]) -> None:
        for pid in pids:
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (4096, resource.RLIM_INFINITY))

    def make_room(self, pids: list[int]) -> None:
        for pid in pids:
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))


@contextlib.contextmanager
def small(folder: Path) -> Iterator[Disk]:
    folder.mkdir()
    root = [] if os.geteuid() == 0 else [shutil.which("sudo") or "sudo", "-n"]
    mount = [*root, "mount", "-t", "tmpfs", "-o", f"size={SIZE},uid={os.getuid()},mode=700", "tmpfs", str(folder)]
    if os.environ.get("FAULTS_WITHOUT_MOUNT") or not _succeeds(mount):
        yield LimitedFiles(folder)
        return
    try:
        yield SmallDisk(folder)
    finally:
        subprocess.run([*root, "umount", str(folder)], check=True)


def _succeeds(command: list[str]) -> bool:
    try:
        return subprocess.run(command, capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        return False
