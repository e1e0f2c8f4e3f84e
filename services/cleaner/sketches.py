"""Sketches: which terms a page has, small enough to keep, and whether two pages speak of the same things."""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from zlib import crc32

from services.cleaner import characters

SKETCH = 128
"""Terms of a page that are remembered: all of one with 300 words, a sample of a longer one."""

_TERM_LETTERS, _STEM = 5, 6
"""Words of five letters and more, cut to six: few function words in any language, and inflections fall together."""
_ALIKE, _CONTAINED = 0.2, 0.5
"""Shared terms of two pages, of all and of the smaller one's, from which they are related.

The 99th percentiles of unrelated pages in one language are .20 and .46.
"""
_LEAST_TERMS, _LEAST_SAMPLE = 8, 4
_LONGEST = 20_000
"""Characters of a text that are read for terms."""

_IDEOGRAPHS = re.compile("[\u3040-\u30ff\u3400-\u9fff]")
_UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff]")
"""Alphabets of South-East Asia; as ideographs, written without spaces between words."""

Sketch = tuple[int, ...]
"""The smallest hashes of a page's terms, ascending: 32 bits each, at most SKETCH."""


def of(terms: Iterable[int]) -> Sketch:
    return tuple(sorted(terms)[:SKETCH])


def terms(text: str) -> frozenset[int]:
    """Hashes, 32 bits each, of the words of a text that say what it is about."""
    # CRC keeps the order of its last characters in the low bits: a multiplication spreads them over the sample.
    stems = set(_stems(characters.words(text[:_LONGEST])))
    return frozenset([crc32(stem.encode("utf-8", "surrogatepass")) * 0x9E3779B1 & 0xFFFFFFFF for stem in stems])


def _stems(words: Iterable[str]) -> Iterator[str]:
    for word in words:
        size = 0 if word.isascii() else 2 if _IDEOGRAPHS.match(word) else 4 if _UNSPACED.match(word) else 0
        if size:
            yield from (word[start : start + size] for start in range(len(word) - size + 1))
        elif len(word) >= _TERM_LETTERS:
            yield word[:_STEM]


def are_related(one: Sketch, other: Sketch) -> bool:
    """True if two pages share so many terms that they are no independent witnesses, or say too little to tell.

    Beyond the last hash of a full sketch nothing is known of a page: up to there both are complete.
    """
    if min(len(one), len(other)) < _LEAST_TERMS:
        return True
    end = min(sketch[-1] if len(sketch) == SKETCH else 0xFFFFFFFF for sketch in (one, other))
    mine, yours = bisect_right(one, end), bisect_right(other, end)
    if min(mine, yours) < _LEAST_SAMPLE:
        return True
    shared = len(frozenset(one).intersection(other))  # nothing that both have lies beyond the end
    return shared >= _ALIKE * (mine + yours - shared) or shared >= _CONTAINED * min(mine, yours)
