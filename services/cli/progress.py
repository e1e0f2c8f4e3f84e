"""How far a long command has come, on stderr."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

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
