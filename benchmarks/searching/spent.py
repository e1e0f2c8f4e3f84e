"""Seconds that went into some work, others that went into making its material left out."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass(slots=True)
class Spent:
    """`cpu` is that of this process with all its threads; an engine that works elsewhere says None."""

    seconds: float = 0.0
    cpu: float | None = 0.0

    @contextmanager
    def counted(self) -> Iterator[None]:
        begun, used = time.perf_counter(), time.process_time()
        yield
        self.seconds += time.perf_counter() - begun
        if self.cpu is not None:
            self.cpu += time.process_time() - used
