"""Keeps the roles of one machine alive: starts them, restarts what dies, ends them in order.

The children watch their parent (`tether_to_supervisor`): if the supervisor is killed, they end by themselves.
"""

import contextlib
import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from services import tether

log = logging.getLogger("vigie.supervisor")

GRACE_SECONDS = 12.0
"""How long children may take to end after SIGTERM before they are killed: more than a page takes to extract."""
BACKOFF_FIRST, BACKOFF_LAST = 0.2, 10.0
STEADY_SECONDS = 10.0
"""A child that lived this long starts over with the first pause."""
PARENT_VARIABLE = "VIGIE_PARENT"


@dataclass(slots=True)
class Child:
    """One role's process. `command` is what follows `vigie` on its command line."""

    name: str
    command: Sequence[str]
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    failures: int = 0
    start_at: float = 0.0
    proven: bool = False
    """It has run steadily before: what ends it now is not how it was set up."""

    @property
    def alive(self) -> bool:
        return self.process is not None and self.process.poll() is None


@dataclass(slots=True)
class Supervisor:
    """`children`, the one that makes work first; `died` is told a child and its old pid."""

    children: Sequence[Child]
    environment: Mapping[str, str]
    folder: Path
    died: Callable[[Child, int], None]
    clock: Callable[[], float] = field(default=time.monotonic)

    def tick(self) -> None:
        """Start what should run and does not. To be called a few times a second."""
        for child in self.children:
            if child.alive:
                if self.clock() - child.started > STEADY_SECONDS:
                    child.failures, child.proven = 0, True
                continue
            if child.process is not None:
                self._mourn(child)
            if self.clock() >= child.start_at:
                self._start(child)

    def stop(self) -> None:
        """End all children: the first, which makes the work, before the others, which then finish theirs together."""
        self._end(self.children[:1])
        self._end(self.children[1:])

    def _end(self, children: Sequence[Child]) -> None:
        alive = [child.process for child in children if child.process is not None and child.alive]
        for process in alive:
            process.terminate()
        deadline = time.monotonic() + GRACE_SECONDS
        for process in alive:
            try:
                process.wait(max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                log.warning("pid %d did not end within %.0f s and was killed", process.pid, GRACE_SECONDS)
                process.kill()
                process.wait()

    def last_words(self, child: Child) -> str:
        """What a child wrote to its standard error last."""
        with contextlib.suppress(OSError):
            return self._stderr(child).read_text(errors="replace").strip()[-2000:]
        return ""

    def _start(self, child: Child) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        environment = {
            **self.environment,
            PARENT_VARIABLE: str(os.getpid()),
            "VIGIE_LOG_FILE": str(self.folder / f"{child.name}.log"),
        }
        with self._stderr(child).open("wb") as stderr:
            child.process = subprocess.Popen(  # noqa: S603 - our own interpreter, our own module
                [sys.executable, "-m", "services", *child.command],
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=stderr,
                stderr=stderr,
                start_new_session=True,  # Ctrl-C is for the supervisor, which ends its children in order
            )
        child.started = self.clock()

    def _mourn(self, child: Child) -> None:
        assert child.process is not None
        pause = min(BACKOFF_FIRST * 2**child.failures, BACKOFF_LAST)
        log.warning(
            "%s (pid %d) ended with %s; starting it again in %.1f s",
            child.name, child.process.pid, _status(child.process.returncode), pause,
        )  # fmt: skip
        self.died(child, child.process.pid)
        child.process = None
        child.failures += 1
        child.start_at = self.clock() + pause

    def _stderr(self, child: Child) -> Path:
        return self.folder / f"{child.name}.stderr"


def tether_to_supervisor() -> None:
    """In a child: end with SIGTERM when the supervisor dies. Does nothing where there is none."""
    if parent := os.environ.get(PARENT_VARIABLE):
        tether.bind(int(parent), signal.SIGTERM)


def _status(code: int) -> str:
    return signal.Signals(-code).name if code < 0 else f"status {code}"
