"""Made-up articles without end, for what a million of them cost. Words come from real texts and nothing else does.

Words are drawn one by one, the common ones less often than they stand in texts: neighbours are independent here, and
runs of the commonest would otherwise be shared by chance as they never are in prose. One article in ten republishes
one of the last thousands with a seventh of its sentences dropped; every site puts its own forty words under each.
"""

import random
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy

from benchmarks import scores
from benchmarks.duplicates.arrivals import Arrival
from benchmarks.duplicates.sources import Source

START = 1_643_673_600.0
PER_DAY = 20_000
HOSTS = 500
WORDS = (200, 800)
"""Least and most words of an article: 3 KB in the middle."""
REPUBLISHED, RECENT, DROPPED = 0.1, 4_000, 0.15
FLATTENED = 0.75
"""Exponent on the frequencies of the words."""
FOOTER, TITLE = 40, 10
_BATCH = 4096


def articles(sources: Sequence[Source], seed: int) -> Iterator[Arrival]:
    """Twenty thousand a day."""
    chance = random.Random(seed)
    sentences = _sentences(sources, seed)
    footers = [_take(sentences, FOOTER) for _ in range(HOSTS)]
    recent: deque[list[str]] = deque(maxlen=RECENT)
    number = 0
    while True:
        again = bool(recent) and chance.random() < REPUBLISHED
        body = _edited(chance.choice(recent), chance) if again else _take(sentences, chance.randint(*WORDS))
        recent.append(body)
        host = chance.randrange(HOSTS)
        text = "\n".join([" ".join(body), *footers[host]])
        name, at = f"press{number:07}", START + number * 86_400.0 / PER_DAY
        title = " ".join(body[0].split()[:TITLE])
        yield Arrival(name, "again" if again else "press", "en", name, title, text, f"site{host}.example", at)
        number += 1


def _edited(body: Sequence[str], chance: random.Random) -> list[str]:
    return [each for each in body if chance.random() >= DROPPED] or list(body)


def _take(sentences: Iterator[str], words: int) -> list[str]:
    taken: list[str] = []
    while words > 0:
        taken.append(next(sentences))
        words -= taken[-1].count(" ") + 1
    return taken


def _sentences(sources: Sequence[Source], seed: int) -> Iterator[str]:
    # Not the first words: a capital within a sentence is to be a name's.
    spoken = (word for source in sources for each in source.sentences for word in scores.tokens(each)[1:])
    counts = Counter(word for word in spoken if word.isalpha())
    words = numpy.array(list(counts), dtype=object)
    weights = numpy.cumsum(numpy.fromiter(counts.values(), float, len(counts)) ** FLATTENED)
    draw = numpy.random.default_rng(seed)
    while True:
        drawn = words[weights.searchsorted(draw.random(_BATCH) * weights[-1])].tolist()
        ends = numpy.cumsum(draw.integers(8, 28, _BATCH // 18))
        for start, end in pairwise(ends):
            if end <= _BATCH:
                sentence = " ".join(drawn[start:end])
                yield f"{sentence[:1].upper()}{sentence[1:]}."
