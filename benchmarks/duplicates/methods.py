"""The ways of finding duplicates that are measured side by side: ours, and what others do.

Each opener gives a fresh decider with an empty memory; it is asked about one article after the other and remembers
each. Others split words at anything that is no letter or digit, in lower case, and take 5-grams, unless said
otherwise. A match is linked to the root of what it matches. datasketch and rensa (`make bench-setup`) are imported
when they are opened.
"""

import re
from collections import Counter
from collections.abc import Callable, Hashable, Mapping
from hashlib import blake2b
from itertools import pairwise
from typing import Any

from benchmarks.duplicates.arrivals import Arrival
from benchmarks.duplicates.judgement import NEW, Decide, Decision
from services.indexer import requests
from services.indexer.memory_corpus import MemoryCorpus

OURS = "vigie"
GRAM = 5
PERMUTATIONS = 128
_WORD = re.compile(r"\w+")


def vigie() -> Decide:
    corpus = MemoryCorpus()

    def decide(arrival: Arrival) -> Decision:
        answer = requests.dedup_answer(corpus, arrival.request)
        if "error" in answer:
            raise ValueError(f"{arrival.id}: {answer['error']}")
        detail = f"similarity {answer['similarity']:.2f} containment {answer['containment']:.2f}"
        return Decision(answer["relation"], answer["of"], detail)

    return decide


def grams(text: str) -> set[str]:
    words = _WORD.findall(text.lower())
    return {" ".join(words[at : at + GRAM]) for at in range(max(1, len(words) - GRAM + 1))}


class Roots:
    """Remembers what every article was taken for a repeat of."""

    def __init__(self) -> None:
        self._roots: dict[str, str] = {}

    def link(self, arrival: Arrival, match: str | None, detail: str = "") -> Decision:
        root = arrival.id if match is None else self._roots[match]
        self._roots[arrival.id] = root
        return NEW if match is None else Decision("near", root, detail)


def exact() -> Decide:
    """The same words in lower case."""
    roots, seen = Roots(), dict[bytes, str]()

    def decide(arrival: Arrival) -> Decision:
        key = blake2b(" ".join(_WORD.findall(arrival.text.lower())).encode(), digest_size=16).digest()
        match = seen.get(key)
        seen.setdefault(key, arrival.id)
        return roots.link(arrival, match)

    return decide


def datasketch(threshold: float) -> Callable[[], Decide]:
    def open_method() -> Decide:
        from datasketch import MinHash, MinHashLSH

        index = MinHashLSH(threshold=threshold, num_perm=PERMUTATIONS)
        sketches: dict[Hashable, Any] = {}
        roots = Roots()

        def decide(arrival: Arrival) -> Decision:
            sketch = MinHash(num_perm=PERMUTATIONS)
            sketch.update_batch([gram.encode() for gram in grams(arrival.text)])
            match = _most({name: sketch.jaccard(sketches[name]) for name in index.query(sketch)}, threshold)
            index.insert(arrival.id, sketch, check_duplication=False)
            sketches[arrival.id] = sketch
            return roots.link(arrival, match)

        return decide

    return open_method


def rensa(threshold: float, bands: int) -> Callable[[], Decide]:
    """`bands` must divide the 128 permutations: 32 of 4 find most pairs from .5 on, 16 of 8 from .7 on."""

    def open_method() -> Decide:
        from rensa import RMinHash, RMinHashLSH

        index = RMinHashLSH(threshold=threshold, num_perm=PERMUTATIONS, num_bands=bands)
        sketches: list[Any] = []
        names: list[str] = []
        roots = Roots()

        def decide(arrival: Arrival) -> Decision:
            sketch = RMinHash(num_perm=PERMUTATIONS, seed=1)
            sketch.update(list(grams(arrival.text)))
            match = _most({names[at]: sketch.jaccard(sketches[at]) for at in index.query(sketch)}, threshold)
            index.insert(len(names), sketch)
            sketches.append(sketch)
            names.append(arrival.id)
            return roots.link(arrival, match)

        return decide

    return open_method


def simhash(distance: int) -> Callable[[], Decide]:
    """64 bits over words weighted by their number (Charikar 2002), found by `distance` + 1 blocks of bits."""

    def open_method() -> Decide:
        import numpy

        roots = Roots()
        bounds = [64 * at // (distance + 1) for at in range(distance + 2)]
        blocks = [(low, (1 << (high - low)) - 1) for low, high in pairwise(bounds)]
        index: dict[tuple[int, int], list[tuple[str, int]]] = {}

        def decide(arrival: Arrival) -> Decision:
            words = Counter(_WORD.findall(arrival.text.lower()))
            hashes = b"".join(blake2b(word.encode(), digest_size=8).digest() for word in words)
            bits = numpy.unpackbits(numpy.frombuffer(hashes, numpy.uint8).reshape(-1, 8), axis=1).astype(numpy.int32)
            votes = (2 * bits - 1).T @ numpy.fromiter(words.values(), numpy.int32, len(words))
            number = int.from_bytes(numpy.packbits(votes > 0).tobytes(), "big")
            keys = [(low, number >> low & mask) for low, mask in blocks]
            near = {n: -float((number ^ other).bit_count()) for key in keys for n, other in index.get(key, ())}
            for key in keys:
                index.setdefault(key, []).append((arrival.id, number))
            return roots.link(arrival, _most(near, -distance))

        return decide

    return open_method


def full_index(measure: Callable[[int, int, int], float], threshold: float) -> Callable[[], Decide]:
    """Every 5-gram of every article is kept; `measure` takes grams shared, of the one and of the other."""

    def open_method() -> Decide:
        index: dict[int, list[int]] = {}
        names: list[str] = []
        sizes: list[int] = []
        roots = Roots()

        def decide(arrival: Arrival) -> Decision:
            own = {hash(gram) for gram in grams(arrival.text)}
            shared: Counter[int] = Counter()
            for gram in own:
                shared.update(index.get(gram, ()))
            alike = {names[at]: measure(count, len(own), sizes[at]) for at, count in shared.items()}
            for gram in own:
                index.setdefault(gram, []).append(len(names))
            names.append(arrival.id)
            sizes.append(len(own))
            return roots.link(arrival, _most(alike, threshold))

        return decide

    return open_method


def containment(shared: int, own: int, other: int) -> float:
    """Of the smaller text."""
    return shared / min(own, other)


def jaccard(shared: int, own: int, other: int) -> float:
    return shared / (own + other - shared)


OPENERS: Mapping[str, Callable[[], Decide]] = {
    OURS: vigie,
    "exact": exact,
    "datasketch-.5": datasketch(0.5),
    "datasketch-.7": datasketch(0.7),
    "rensa-.5": rensa(0.5, 32),
    "rensa-.7": rensa(0.7, 16),
    "simhash-3": simhash(3),
    "simhash-6": simhash(6),
    "jaccard-.5": full_index(jaccard, 0.5),
    "containment-.5": full_index(containment, 0.5),
}


def _most(alike: Mapping[Any, float], threshold: float) -> Any | None:
    """The likest, the earliest of equals; None where all are below the threshold."""
    best = max(alike, key=alike.__getitem__, default=None)
    return best if best is not None and alike[best] >= threshold else None
