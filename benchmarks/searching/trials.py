"""An engine is built in one process and asked in another, which has not seen the corpus: memory and first answers are
then the engine's own."""

import multiprocessing
import random
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

from benchmarks.searching import engines
from benchmarks.searching.corpus import Corpus
from benchmarks.searching.questions import Question
from benchmarks.searching.spent import Spent

ROUNDS = 3
"""Times that every question is asked when warm, as far as the time allows."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Built:
    """`size` in bytes; `memory` in bytes, at most, without pages of files."""

    articles: int
    spent: Spent
    size: int
    memory: int | None


@dataclass(slots=True)
class Clock:
    """Seconds per page by question of one kind: the first time, and asked again; `cpu` of the process, asked again.

    `empty` counts questions without a hit.
    """

    first: list[float] = field(default_factory=list)
    warm: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    empty: int = 0


@dataclass(frozen=True, slots=True)
class Load:
    """All questions mixed, asked by `threads` at once: seconds each took, and how long all of them."""

    threads: int
    each: list[float]
    seconds: float


@dataclass(frozen=True, slots=True)
class Asked:
    """`memory` in bytes after everything was asked, without pages of files."""

    clocks: dict[str, Clock]
    loads: list[Load]
    memory: int | None


def apart(work: Callable[..., T], *arguments: Any) -> T:
    """What `work` returns, done in a fresh process."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        return pool.submit(work, *arguments).result()


def build(name: str, folder: Path, articles: int, seed: int) -> Built:
    with engines.OPENERS[name](folder) as engine:
        made = Corpus(articles, seed)
        sum(1 for _ in islice(made.events(), 1000))
        with _Watch() as memory:
            spent = engine.build(made)
        return Built(articles, spent, engine.size(), memory.most)


def ask(name: str, folder: Path, questions: Sequence[Question], threads: int, patience: float) -> Asked:
    """Every question at least once; `patience` is how many seconds may go into a kind, and into each load."""
    with engines.OPENERS[name](folder) as engine:
        known = [question for question in questions if engine.offers(question)]
        kinds: dict[str, list[Question]] = defaultdict(list)
        for question in known:
            kinds[question.kind].append(question)
        with engine.session() as answer:
            clocks = {kind: _time(answer, own, patience) for kind, own in kinds.items()}
        loads = [_load(engine, known, many, patience) for many in range(1, threads + 1)]
        return Asked(clocks, loads, anonymous())


def _time(answer: engines.Ask, questions: Sequence[Question], patience: float) -> Clock:
    clock = Clock()
    until = time.perf_counter() + patience
    for question in questions:
        begun = time.perf_counter()
        found = answer(question)
        clock.first.append((time.perf_counter() - begun) / (question.turned + 1))
        clock.empty += not found
        if time.perf_counter() > until:
            break
    for question in list(questions[: len(clock.first)]) * ROUNDS:
        begun, cpu = time.perf_counter(), time.process_time()
        answer(question)
        clock.warm.append((time.perf_counter() - begun) / (question.turned + 1))
        clock.cpu.append((time.process_time() - cpu) / (question.turned + 1))
        if time.perf_counter() > until:
            break
    return clock


def _load(engine: engines.Engine, questions: Sequence[Question], threads: int, patience: float) -> Load:
    mixed = random.Random("load").sample(list(questions), len(questions))
    waiting, lock = iter(mixed), threading.Lock()
    begun = time.perf_counter()

    def work() -> list[float]:
        took: list[float] = []
        with engine.session() as answer:
            while time.perf_counter() < begun + patience:
                with lock:
                    question = next(waiting, None)
                if question is None:
                    break
                start = time.perf_counter()
                answer(question)
                took.append(time.perf_counter() - start)
        return took

    with ThreadPoolExecutor(threads) as pool:
        done = [future.result() for future in [pool.submit(work) for _ in range(threads)]]
    return Load(threads, [each for took in done for each in took], time.perf_counter() - begun)


class _Watch:
    """Looks at this process's memory ten times a second; `most` is what it grew by."""

    def __init__(self) -> None:
        self._done = threading.Event()
        self._before = anonymous()
        self._most = 0
        self._thread = threading.Thread(target=self._look)

    def __enter__(self) -> "_Watch":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()

    @property
    def most(self) -> int | None:
        return None if self._before is None else self._most

    def _look(self) -> None:
        while not self._done.wait(0.1):
            self._most = max(self._most, (anonymous() or 0) - (self._before or 0))


def anonymous() -> int | None:
    """Bytes of memory of this process that no file stands behind; None where the system does not say."""
    try:
        lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    except OSError:
        return None
    return next((1024 * int(line.split()[1]) for line in lines if line.startswith("RssAnon:")), None)


def percentile(values: Sequence[float], share: float) -> float | None:
    """The smallest value that this share of all does not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else None
