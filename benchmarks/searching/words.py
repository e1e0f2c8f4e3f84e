"""Words of twelve languages and what follows what: a chain over texts of our own, and a tail of rare words without end.

A word that our texts hold once stands for all those that they are too short to hold (Good and Turing: the share of
words seen once is the share of words not seen yet). In its place comes a word of the tail: joined from the front and
the end of two of the language's words, which keeps its letters and its inflection, or a number.

The tail follows Zipf and Mandelbrot, p(rank) ~ 1 / (rank + head)^EXPONENT, where `head` is the number of words that
our texts hold more than once, so that it begins where they end. EXPONENT is the slope of log frequency over log rank
between ranks 1000 and 10 000 in the 838 English texts of the labelled pages (1.6 million words): 1.35. What comes of it
stands beside the real texts in `python -m benchmarks.search --only laws`: of 300 words 0.65 are distinct (really 0.58
in English, 0.65 in German), the slope is 0.98 up to rank 1000 (0.90) and 1.22 from there to 10 000 (1.35), and the 1000
commonest words are 0.71 of all (0.69).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.searching.texts import Text

EXPONENT = 1.35
TAIL = 200_000
"""Rare words of a language. With twelve of them a million articles have about as many words as news of such size."""
SWAPPED = (0.0, 1.0, 0.5, 0.25)
"""How often a word that our texts hold 0, 1, 2, 3 times gives way to one of the tail; more frequent ones never do."""
NUMERAL = 17
"""Every so manieth word of the tail is a number."""
SHAPE = 4
"""Letters of the shortest word whose front or end goes into another."""
UKRAINE = {
    "ar": "أوكراني", "de": "ukrain", "en": "ukrain", "es": "ucrani", "fr": "ukrain", "it": "ucrain",
    "nl": "oekra", "pl": "ukrai", "pt": "ucr", "ru": "украин", "tr": "ukrayna", "uk": "україн",
}  # fmt: skip
"""How the words that stand in nearly every article begin."""

_WORD = re.compile(r"(\w[\w'’ʼ-]*)(\W*)")
_ENDS = re.compile(r"[.!?…\n]")

Numbers = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Words:
    """Places are those of all our texts, one language after the other; a word of the tail follows behind the last.

    `table` holds what to write for a place or a word of the tail, as soon as it is `known`, `gaps` what stands behind
    the word of a place. The same word's places stand together in `places`, beginning at `first[place]`, `often`
    of them. `starts`, `titles` and `mentions` are by language: where sentences and titles begin, Ukraine is named.
    """

    languages: tuple[str, ...]
    table: NDArray[np.object_]
    known: NDArray[np.bool_]
    gaps: NDArray[np.object_]
    places: Numbers
    first: Numbers
    often: Numbers
    swapped: NDArray[np.float64]
    head: NDArray[np.float64]
    starts: tuple[Numbers, ...]
    titles: tuple[Numbers, ...]
    mentions: tuple[Numbers, ...]
    shapes: tuple[tuple[str, ...], ...]

    @property
    def size(self) -> int:
        """Places of our texts; numbers from here on are words of the tail."""
        return len(self.gaps)

    def follow(self, at: Numbers, chance: NDArray[np.float64]) -> tuple[Numbers, Numbers]:
        """A place of the same word, drawn by `chance` (0 to 1), and the place behind it."""
        same = self.places[self.first[at] + (chance * self.often[at]).astype(np.int64)]
        return same, same + 1

    def rare(self, language: Numbers, chance: NDArray[np.float64]) -> Numbers:
        """Words of the tail of each `language`, drawn by `chance`: the distribution's inverse, as if continuous."""
        head, power = self.head[language], 1 - EXPONENT
        last = (1 + TAIL / head) ** power
        rank = head * ((1 - chance * (1 - last)) ** (1 / power) - 1)
        return self.size + language * TAIL + np.minimum(rank.astype(np.int64), TAIL - 1)

    def spell(self, numbers: Numbers) -> NDArray[np.object_]:
        """What to write for places and words of the tail."""
        unknown = np.unique(numbers[~self.known[numbers]])
        for number in unknown.tolist():
            language, rank = divmod(number - self.size, TAIL)
            self.table[number] = coin(self.shapes[language], rank)
        self.known[unknown] = True
        return self.table[numbers]


def build(texts: dict[str, list[Text]]) -> Words:
    """The texts of every language, laid one behind the other."""
    spoken: list[_Spoken] = []
    for own in texts.values():
        spoken.append(_lay(own, sum(len(each.words) for each in spoken)))
    size = sum(len(each.words) for each in spoken)
    table = np.empty(size + len(texts) * TAIL, dtype=object)
    table[:size] = [word for each in spoken for word in each.words]
    often = np.concatenate([each.often for each in spoken])
    last = len(SWAPPED) - 1
    return Words(
        languages=tuple(texts),
        table=table,
        known=np.arange(len(table)) < size,
        gaps=np.array([gap for each in spoken for gap in each.gaps], dtype=object),
        places=np.concatenate([each.places for each in spoken]),
        first=np.concatenate([each.first for each in spoken]),
        often=often,
        swapped=np.where(often <= last, np.take(SWAPPED, np.minimum(often, last)), 0.0),
        head=np.array([each.head for each in spoken]),
        starts=tuple(each.starts for each in spoken),
        titles=tuple(each.titles for each in spoken),
        mentions=tuple(each.named(UKRAINE[name]) for name, each in zip(texts, spoken, strict=True)),
        shapes=tuple(each.shapes for each in spoken),
    )


@dataclass(frozen=True, slots=True)
class _Spoken:
    """One language's part of `Words`, from place `base` on; `head` counts the words that come more than once."""

    base: int
    words: list[str]
    gaps: list[str]
    places: Numbers
    first: Numbers
    often: Numbers
    head: float
    titles: Numbers

    @property
    def starts(self) -> Numbers:
        ends = (at for at, gap in enumerate(self.gaps[:-1]) if _ENDS.search(gap))
        return self.base + np.array([0, *(at + 1 for at in ends)])

    @property
    def shapes(self) -> tuple[str, ...]:
        """Words that those of the tail are joined from."""
        lowered = (word.lower() for word in self.words)
        return tuple(sorted({word for word in lowered if len(word) >= SHAPE and word.isalpha()}))

    def named(self, stem: str) -> Numbers:
        return self.base + np.array([at for at, word in enumerate(self.words) if word.lower().startswith(stem)])


def _lay(texts: Sequence[Text], base: int) -> _Spoken:
    words: list[str] = []
    gaps: list[str] = []
    titles: list[int] = []
    for text in texts:
        titles.append(base + len(words))
        for part in (text.title, text.body):
            for word, gap in _WORD.findall(part.strip() + "\n"):
                words.append(word)
                gaps.append(" " if gap.isspace() and "\n" not in gap else gap)
    # The place behind the last one is the first again: the chain of a language never leaves it.
    _, kind, counts = np.unique([word.lower() for word in words], return_inverse=True, return_counts=True)
    places = np.argsort(kind, kind="stable")
    kind = np.append(kind, kind[0])
    return _Spoken(
        base=base,
        words=[*words, words[0]],
        gaps=[*gaps, gaps[0]],
        places=base + np.append(places, places[0]),
        first=base + (np.cumsum(counts) - counts)[kind],
        often=counts[kind],
        head=float(np.sum(counts > 1)),
        titles=np.array(titles),
    )


def coin(shapes: Sequence[str], rank: int) -> str:
    """The word of a rank, always the same. Each third of the ranks shares its fronts: forms of one word."""
    if rank % NUMERAL == NUMERAL - 1:
        return str(rank * 37 % 10 ** (2 + rank % 4))
    front = shapes[_scatter(rank % (TAIL // 3)) % len(shapes)]
    back = shapes[_scatter(rank + TAIL) % len(shapes)]
    word = front[: (len(front) + 2) // 2] + back[len(back) // 2 :]
    return word.capitalize() if rank % 3 == 0 else word


def _scatter(number: int) -> int:
    """A number that looks drawn (the finaliser of splitmix64, first half)."""
    number = (number ^ number >> 30) * 0xBF58476D1CE4E5B9 & 0xFFFFFFFFFFFFFFFF
    number += 0x9E3779B97F4A7C15
    return (number ^ number >> 27) * 0x94D049BB133111EB % 2**64 >> 16
