"""What a decision costs as the articles behind it grow in number: CPU and memory."""

import resource
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from benchmarks.duplicates.arrivals import Arrival
from benchmarks.duplicates.judgement import REPEATS, Decide

SAMPLE = 1000
"""Articles before each size over which CPU is averaged."""


@dataclass(frozen=True, slots=True)
class Cost:
    """`seconds` of CPU per article just before `size`; `memory` and `text` in bytes per article since the size before.

    `memory` is what the process grew by, the texts that are kept included; `text` is their length as UTF-8. Of the
    first size it says little: what was freed before is filled first.
    `found` is the share of the sample's republications that were told to be repeats.
    """

    size: int
    seconds: float
    memory: float
    text: float
    found: float


def measure(decide: Decide, articles: Iterator[Arrival], sizes: Sequence[int]) -> Iterator[Cost]:
    """A cost for each size, in rising order; making the articles is not timed."""
    before, done = resident(), 0
    for size in sorted(sizes):
        text, spent, repeats, found = 0, 0.0, 0, 0
        for number, arrival in enumerate(islice(articles, size - done), done):
            start = time.process_time()
            decision = decide(arrival)
            if number >= size - SAMPLE:
                spent += time.process_time() - start
                repeats += arrival.kind == "again"
                found += arrival.kind == "again" and decision.relation in REPEATS
            text += len(arrival.text.encode())
        now, added = resident(), size - done
        yield Cost(size, spent / min(SAMPLE, added), (now - before) / added, text / added, found / max(1, repeats))
        before, done = now, size


def resident() -> int:
    """Bytes of memory the process holds now; the most it ever held where the system does not say."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
        return pages * resource.getpagesize()
    except OSError:
        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return most if sys.platform == "darwin" else most * 1024
