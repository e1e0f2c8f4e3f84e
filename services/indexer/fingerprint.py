"""Fingerprints by winnowing: few numbers per text, such that texts sharing a passage share some of them.

5-grams of folded words are hashed to 40 bits and the smallest of every 8 neighbours is kept; two texts that share 12
consecutive words share at least one. Sizes: window 16 halves the memory and costs .11 recall of derived texts
(measured on 13 523 German articles). 40 bits: among 10^8 stored fingerprints one in 10^4 is taken for another.
"""

from dataclasses import dataclass
from functools import cache
from hashlib import blake2b

import numpy as np
import numpy.typing as npt

from services.indexer import letters, words

Array = npt.NDArray[np.uint64]
Places = npt.NDArray[np.int64]

GRAM = 5
"""Words per gram."""

WINDOW = 8
"""Neighbouring grams of which one is kept."""

MOST = 400
"""Fingerprints per text, about those of 1 800 words."""

LONGEST = 20_000
"""Words of one text that are compared; the exact hash covers all of them."""

BITS = 40
_BYTES = BITS // 8
_PLACE_BITS = np.uint64(64 - BITS)
_PLACES = np.uint64((1 << (64 - BITS)) - 1)
_MIX = np.uint64(0xBF58476D1CE4E5B9)
_HALF = np.uint64(31)
_BASE = 0x9E3779B97F4A7C15
_SPACE = ord(" ")
_LETTERS = 1024
"""Letters of a word that have places of their own; those behind them share the last."""


@dataclass(frozen=True, slots=True)
class Placed:
    """Fingerprints in the order of the text, and the word at which each one's gram begins."""

    at: Places
    numbers: Array


def words_of(text: str) -> Array:
    """A 64-bit number per word, equal for equal folded words; the lowest bit tells words that begin with a digit."""
    units = letters.units(_line(text))
    spaces = np.flatnonzero(units == _SPACE)
    if len(spaces) < 2:
        return np.empty(0, np.uint64)
    within = np.arange(len(units) - 1)
    within -= np.repeat(spaces[:-1], np.diff(spaces))
    values = _places().take(within, mode="clip")
    values *= units[:-1]
    numbers = _mixed(np.add.reduceat(values, spaces[:-1]))
    return (numbers & ~np.uint64(1)) | letters.is_digit(units[spaces[:-1] + 1])


def grams(numbers: Array, length: int = GRAM) -> Array:
    """A 64-bit number per `length` consecutive words; a single one where there are fewer words, none without any."""
    if not len(numbers):
        return numbers
    found = numbers[: max(1, len(numbers) - length + 1)].copy()
    for offset in range(1, min(length, len(numbers))):
        found *= np.uint64(_BASE)
        found += numbers[offset : offset + len(found)]
    return _mixed(found)


def select(hashes: Array) -> Placed:
    """The minimum of every window, the rightmost of equals; at most 400 distinct ones.

    Of more, the smallest stay: they lie evenly over the text, as hashes do, and two editions of a long text
    keep the same.
    """
    if not len(hashes):
        return Placed(np.empty(0, np.int64), hashes)
    lowest = (hashes & ~_PLACES) | (_PLACES - np.arange(len(hashes), dtype=np.uint64))
    for distance in (1, 2, 4):  # the minimum of 2, of 4, of 8 neighbours
        if len(lowest) > distance:
            lowest = np.minimum(lowest[:-distance], lowest[distance:])
    changed = np.ones(len(lowest), np.bool_)
    changed[1:] = lowest[1:] != lowest[:-1]
    chosen = lowest[changed]
    return _smallest(Placed((_PLACES - (chosen & _PLACES)).astype(np.int64), chosen >> _PLACE_BITS))


def everywhere(hashes: Array) -> Placed:
    """All grams as fingerprints: what is asked for a text too short to be sampled."""
    return Placed(np.arange(len(hashes)), hashes >> _PLACE_BITS)


def distinct(numbers: Array) -> Array:
    """Sorted, each once. What np.unique does, without its overhead of 20 µs."""
    ordered = np.sort(numbers)
    first = np.ones(len(ordered), np.bool_)
    np.not_equal(ordered[1:], ordered[:-1], out=first[1:])
    return ordered[first]


def exact(numbers: Array) -> str:
    """32 hex digits over the words: equal for texts that differ in case, accents, spacing, punctuation."""
    return blake2b(numbers.tobytes(), digest_size=16).hexdigest()


@cache
def _places() -> Array:
    """A factor for each place of a letter within its word; 0 for the space before it."""
    factors = _mixed(np.arange(_LETTERS, dtype=np.uint64) * np.uint64(_BASE)) | np.uint64(1)
    factors[0] = 0
    return factors


def pack(numbers: Array) -> bytes:
    """Five bytes per number."""
    return numbers.astype("<u8").view(np.uint8).reshape(-1, 8)[:, :_BYTES].tobytes()


def unpack(packed: bytes) -> Array:
    whole = np.zeros((len(packed) // _BYTES, 8), np.uint8)
    whole[:, :_BYTES] = np.frombuffer(packed, np.uint8).reshape(-1, _BYTES)
    return whole.view("<u8").reshape(-1).astype(np.uint64, copy=False)


def _line(text: str) -> str:
    bare = letters.plain(text)
    if bare is not None:
        return words.line(bare)
    # Letters that take two units, which `line` does not know. A word can fold to several.
    folded = " ".join(words.tokens(text)).split()
    return f" {' '.join(folded)} "


def _smallest(placed: Placed) -> Placed:
    if len(placed.numbers) <= MOST:
        return placed
    each = distinct(placed.numbers)
    if len(each) <= MOST:
        return placed
    small = placed.numbers <= each[MOST - 1]
    return Placed(placed.at[small], placed.numbers[small])


def _mixed(numbers: Array) -> Array:
    """Two rounds of multiply and shift: a sum of products keeps its order in the low bits."""
    mixed = (numbers ^ (numbers >> _HALF)) * _MIX
    mixed ^= mixed >> _HALF
    return mixed
