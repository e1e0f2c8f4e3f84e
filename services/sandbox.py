"""A child process that answers questions about hostile bytes, and may be killed while it does.

A page or feed can make a parser loop, crash or eat memory. So parsing happens in a child that has a time
limit per question and a cap on its address space; when it hangs or dies, only it dies, and the caller
gets a reason. Question and answer are JSON, never pickle: a child that a page took over can lie, but it
cannot make its parent run code.

    SandboxUnfit         no child can be started: the machine's fault, not the question's
    SandboxError
    ├── SandboxTimeout   the question took too long; the child was killed
    └── SandboxCrash     the child died: a crash of the parser, or no memory left
"""

import contextlib
import gc
import importlib
import json
import os
import select
import signal
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

from services import tether

_COLLECT = 100_000, 20, 50
"""The child's collector runs rarely: a page's objects die with its answer, and going through them costs a fifth."""
_HEADER = struct.Struct("!I")
_START_SECONDS = 30.0
"""Importing the parser on a loaded machine; counted apart from the question's own time."""
MAX_ANSWER_BYTES = 200_000_000
_NOT_JSON = "not JSON"
RECYCLE_AFTER = 2_000
"""Questions after which a child is replaced: the parsers' module-level caches only grow."""


class SandboxUnfit(Exception):
    """No child can be started here and now; the question has not been asked."""


class SandboxError(Exception):
    """The question came to nothing through a fault of the input or of its parser."""


class SandboxTimeout(SandboxError):
    pass


class SandboxCrash(SandboxError):
    pass


class NotJson(ValueError):
    """What was passed on could not be read; the message says why. The child is as well as before."""


class Sandbox:
    """Asks `target` ("package.module:function", a function from dict to dict) in a child that stays warm.

    `timeout` is seconds per question, `memory` bytes of address space, `growth` how many of them a question may add to
    what the child has at rest. One question at a time: a second thread waits its turn.
    """

    def __init__(self, target: str, *, timeout: float, memory: int, growth: int | None = None) -> None:
        self.timeout = timeout
        self._target = target
        self._memory = memory
        self._growth = memory if growth is None else growth
        self._child: subprocess.Popen[bytes] | None = None
        self._asked = 0
        self._lock = threading.Lock()

    def start(self) -> None:
        """Start the child now, so that the first question does not wait for its imports."""
        with self._lock:
            self._ready()

    def another(self) -> "Sandbox":
        """One like this, with a child of its own."""
        return Sandbox(self._target, timeout=self.timeout, memory=self._memory, growth=self._growth)

    def ask(self, question: dict[str, Any], *, timeout: float | None = None) -> dict[str, Any]:
        """The child's answer, within `timeout` seconds where that is less than usual.

        Raises SandboxError, SandboxUnfit.
        """
        return self.pass_on(_encoded(question), timeout=timeout)

    def pass_on(self, *question: bytes, timeout: float | None = None) -> dict[str, Any]:
        """The child's answer to what should be JSON already, in one piece or several.

        Raises NotJson, SandboxError, SandboxUnfit.
        """
        with self._lock:
            child = self._ready()
            deadline = time.monotonic() + min(self.timeout, timeout or self.timeout)
            try:
                _send(child, question, deadline)
                answer = json.loads(_receive(child, deadline))
            except ValueError as error:
                self._stop()
                raise SandboxCrash(f"the parser's answer is not JSON ({error})") from error
            except BaseException:  # a job's own time limit too: the next question must not get this one's answer
                self._stop()
                raise
            self._asked += 1
            if self._asked >= RECYCLE_AFTER:
                self._stop()
            assert isinstance(answer, dict)
            if _NOT_JSON in answer:
                raise NotJson(str(answer[_NOT_JSON]))
            return answer

    @property
    def pid(self) -> int | None:
        """The child's process id, None while there is none."""
        return self._child.pid if self._child else None

    def close(self) -> None:
        with self._lock:
            self._stop()

    def _ready(self) -> subprocess.Popen[bytes]:
        if self._child is not None and self._child.poll() is None:
            return self._child
        self._stop()
        try:
            self._child = self._begin()
            _receive(self._child, time.monotonic() + _START_SECONDS)
        except (SandboxError, OSError) as error:
            self._stop()
            raise SandboxUnfit(f"the parser's process does not start: {error}") from error
        return self._child

    def _begin(self) -> subprocess.Popen[bytes]:
        child = subprocess.Popen(  # noqa: S603 - our own interpreter, our own module
            [
                sys.executable,
                "-m",
                "services.sandbox",
                self._target,
                *map(str, (self._memory, self._growth, os.getpid())),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,  # Ctrl-C is for the worker, which then closes the child's pipe
        )
        assert child.stdin is not None
        os.set_blocking(child.stdin.fileno(), False)
        return child

    def _stop(self) -> None:
        child, self._child, self._asked = self._child, None, 0
        if child is None:
            return
        with contextlib.suppress(ProcessLookupError):
            child.kill()
        child.wait()
        for pipe in (child.stdin, child.stdout):
            if pipe is not None:
                # what a killed child left unread in the pipe cannot be flushed to anyone
                with contextlib.suppress(BrokenPipeError):
                    pipe.close()


def _encoded(value: Any) -> bytes:
    # Escapes would make a page in Cyrillic or Arabic three times as long; half a surrogate pair must pass all the same.
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass")


def _send(child: subprocess.Popen[bytes], parts: Sequence[bytes], deadline: float) -> None:
    for part in (_HEADER.pack(sum(map(len, parts))), *parts):  # not joined: a large question would be there twice
        _write(child, part, deadline)


def _write(child: subprocess.Popen[bytes], part: bytes, deadline: float) -> None:
    assert child.stdin is not None
    rest = memoryview(part)
    while rest:
        _wait(child, deadline, writable=child.stdin.fileno())
        try:
            rest = rest[os.write(child.stdin.fileno(), rest[:65_536]) :]
        except BrokenPipeError as error:
            raise SandboxCrash(_epitaph(child)) from error


def _receive(child: subprocess.Popen[bytes], deadline: float) -> bytes:
    (size,) = _HEADER.unpack(_read(child, _HEADER.size, deadline))
    if size > MAX_ANSWER_BYTES:
        raise SandboxCrash(f"an answer of {size} bytes")
    return _read(child, size, deadline)


def _read(child: subprocess.Popen[bytes], size: int, deadline: float) -> bytes:
    assert child.stdout is not None
    chunks: list[bytes] = []
    while size:
        _wait(child, deadline, readable=child.stdout.fileno())
        chunk = os.read(child.stdout.fileno(), min(size, 1 << 20))
        if not chunk:
            raise SandboxCrash(_epitaph(child))
        chunks.append(chunk)
        size -= len(chunk)
    return b"".join(chunks)


def _wait(
    child: subprocess.Popen[bytes], deadline: float, *, readable: int | None = None, writable: int | None = None
) -> None:
    left = deadline - time.monotonic()
    poll = select.poll()  # not select(): a busy fetcher has descriptors beyond its 1024
    poll.register(*((readable, select.POLLIN) if readable is not None else (writable, select.POLLOUT)))  # type: ignore[arg-type]
    if left <= 0 or not poll.poll(left * 1000):
        raise SandboxTimeout("the parser was stopped: it took longer than its limit")


def _epitaph(child: subprocess.Popen[bytes]) -> str:
    status = child.wait()
    if status < 0:
        return f"the parser was ended by {signal.Signals(-status).name}"
    return f"the parser ended with status {status}"


def _limit_memory(memory: int, growth: int) -> None:
    import resource

    # macOS accepts no address space limit for a running process; there the time limit stands alone.
    if sys.platform == "linux":
        with open("/proc/self/statm") as counts:
            at_rest = int(counts.read().split()[0]) * resource.getpagesize()
        limit = min(memory, at_rest + growth)
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _serve(target: str, memory: int, growth: int, parent: int) -> None:
    """The child: answer until the parent closes the pipe or dies, even in the middle of an endless loop."""
    tether.bind(parent, signal.SIGKILL)
    questions = os.fdopen(os.dup(0), "rb")
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever a parser prints must not mix with the answers
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    module, _, name = target.partition(":")
    function = getattr(importlib.import_module(module), name)
    _limit_memory(memory, growth)
    _reply(answers, b"{}")
    frozen = False
    while header := questions.read(_HEADER.size):
        (size,) = _HEADER.unpack(header)
        _reply(answers, _encoded(_answer(function, questions.read(size))))
        if not frozen:
            # What the first question loaded stays for good: the collector need not go through it again and again.
            gc.collect()
            gc.freeze()
            gc.set_threshold(*_COLLECT)
            frozen = True


def _answer(function: Callable[[Any], dict[str, Any]], data: bytes) -> dict[str, Any]:
    try:
        question = json.loads(data)
    except (ValueError, RecursionError) as error:
        return {_NOT_JSON: str(error)}
    del data  # large, and no longer needed
    return function(question)


def _reply(answers: Any, data: bytes) -> None:
    answers.write(_HEADER.pack(len(data)) + data)
    answers.flush()


if __name__ == "__main__":
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # numpy would reserve memory for a thread per core
    _serve(sys.argv[1], *map(int, sys.argv[2:5]))
