"""Long commands: how far they have come, on stderr, and where Ctrl-C may end them."""

import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from rich.console import Console

LINE_SECONDS = 5.0
"""Between two lines of progress where nobody looks at a terminal."""

Report = Callable[[str], None]


@contextmanager
def progress(console: Console) -> Iterator[Report]:
    """A line that changes in place on a terminal; elsewhere one every few seconds."""
    if console.is_terminal:
        with console.status("starting …") as status:
            yield lambda line: status.update(line)
        return
    told = time.monotonic()

    def say(line: str) -> None:
        nonlocal told
        if time.monotonic() - told >= LINE_SECONDS:
            told = time.monotonic()
            print(line, file=sys.stderr)

    yield say


@contextmanager
def interruptible() -> Iterator[Callable[[], None]]:
    """Ctrl-C waits for the piece of work that is under way: what this gives raises KeyboardInterrupt between two.

    Raised inside a piece, it would reach whatever library runs at that moment, and come out as that library's error. A
    second Ctrl-C does not wait.
    """
    pressed = False
    before = signal.getsignal(signal.SIGINT)

    def press(number: int, frame: FrameType | None) -> None:
        nonlocal pressed
        pressed = True
        signal.signal(signal.SIGINT, before)

    def between() -> None:
        if pressed:
            raise KeyboardInterrupt

    signal.signal(signal.SIGINT, press)
    try:
        yield between
    finally:
        signal.signal(signal.SIGINT, before)
