"""Made-up news: as many articles as wanted, in blocks that anybody can make again from the seed.

A block is drawn at once: who writes (outlets by Zipf, each in one language), which story (sizes geometric, its members
spread over what arrives meanwhile), how long (log-normal, 3 KB of UTF-8 on average), then every text word by word along
the chain of `words.py`. A text repeats some rare words of its story: names are bursty, and an article's share of
distinct words depends on it. Ukraine is named in nearly every article.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count as counted
from itertools import islice

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from benchmarks.searching import texts, words
from benchmarks.searching.words import Numbers
from services.contracts import Article, Event, EventType, Relation, Sighting

BLOCK = 4096
OUTLETS = 300
WEIGHTS = {
    "uk": 0.24, "en": 0.20, "ru": 0.16, "de": 0.08, "pl": 0.07, "fr": 0.06,
    "es": 0.05, "it": 0.04, "tr": 0.03, "pt": 0.03, "nl": 0.02, "ar": 0.02,
}  # fmt: skip
"""What a service that follows Ukraine in twelve languages might see; a guess, not a measurement."""
LENGTH, SPREAD, SHORTEST, LONGEST = 285, 0.55, 30, 1500
"""Words of a text: median, standard deviation of the logarithm, and the ends."""
TITLE = (5, 13)
STORY = 2.5
"""Articles of a story on average; the sizes are geometric."""
MEANWHILE = 60.0
"""Articles that arrive between two of one story, on average."""
OWN_WORDS, REPEATED = 16, 0.35
"""Rare words that belong to a story, and their share of the rare words in its texts."""
NAMED, MENTIONS, IN_TITLE = 0.97, 2.5, 0.35
"""Share of articles that name Ukraine, how often beyond once, and share of titles that do."""
START = datetime(2023, 3, 1, tzinfo=UTC).timestamp()
SPAN = 3 * 365 * 86_400.0
HELD = 1_200.0
"""Seconds between publication and arrival, on average; every fiftieth article is days old."""


@dataclass(frozen=True, slots=True)
class Draft:
    """An article without a moment."""

    number: int
    language: str
    outlet: int
    story: str
    title: str
    text: str


class Corpus:
    """`size` articles spread over three years; those behind the last arrive as fast."""

    def __init__(self, size: int, seed: int = 1) -> None:
        self.size = size
        self.seed = seed
        self.words = words.build(texts.load())
        self._languages = np.array([self.words.languages.index(name) for name in spoken()])
        self._shares = _shares()

    def events(self, first: int = 0, count: int | None = None) -> Iterator[Event]:
        """One event per article from number `first` on; `seq` is that number plus one."""
        for draft in islice(self._drafts(first), self.size - first if count is None else count):
            yield Event(draft.number + 1, EventType.NEW, _iso(self.arrival(draft.number)), self._article(draft))

    def arrival(self, number: int) -> float:
        """Unix seconds."""
        return START + SPAN * number / self.size

    def _drafts(self, first: int) -> Iterator[Draft]:
        for block in counted(first // BLOCK):
            for draft in self.block(block):
                if draft.number >= first:
                    yield draft

    def block(self, number: int) -> Iterator[Draft]:
        """`BLOCK` drafts; the same ones for the same seed."""
        chance = np.random.default_rng((self.seed, number))
        outlet = chance.choice(OUTLETS, BLOCK, p=self._shares)
        language = self._languages[outlet]
        story = _stories(chance)
        lengths = np.exp(chance.normal(np.log(LENGTH), SPREAD, BLOCK)).astype(np.int64).clip(SHORTEST, LONGEST)
        titles = self._written(chance, language, story + BLOCK * number, chance.integers(*TITLE, BLOCK), IN_TITLE, True)
        bodies = self._written(chance, language, story + BLOCK * number, lengths, NAMED, False)
        for at in range(BLOCK):
            yield Draft(
                number=BLOCK * number + at,
                language=self.words.languages[language[at]],
                outlet=int(outlet[at]),
                story=f"s{number:x}-{story[at]}",
                title=next(titles),
                text=next(bodies),
            )

    def _written(
        self, chance: Generator, language: Numbers, story: Numbers, lengths: Numbers, named: float, title: bool
    ) -> Iterator[str]:
        """Texts of the given lengths, in order."""
        source = self.words
        begins = np.empty(len(language), dtype=np.int64)
        for number in range(len(source.languages)):
            own = language == number
            begins[own] = chance.choice((source.titles if title else source.starts)[number], int(own.sum()))
        place, gap = _walk(source, chance, begins, lengths)
        ends = np.cumsum(lengths)
        article = np.repeat(np.arange(len(lengths)), lengths)
        self._swap(chance, place, language[article], story[article])
        self._mention(chance, place, language, ends - lengths, lengths, named, 0.0 if title else MENTIONS)
        pieces = np.empty(2 * len(place), dtype=object)
        pieces[::2] = source.spell(place)
        pieces[1::2] = source.gaps[gap]
        parts = pieces.tolist()
        for end, length in zip((2 * ends).tolist(), (2 * lengths).tolist(), strict=True):
            text = "".join(parts[end - length : end - 1])
            yield " ".join(text.split()) if title else f"{text}."

    def _swap(self, chance: Generator, place: Numbers, language: Numbers, story: Numbers) -> None:
        """Rare words of the tail, or of the story, for the words that our texts seldom hold."""
        at = np.flatnonzero(chance.random(len(place)) < self.words.swapped[place])
        drawn = chance.random(len(at))
        own = chance.random(len(at)) < REPEATED
        which = (OWN_WORDS * chance.random(len(at)) ** 2).astype(np.uint64)
        named = _scattered(story[at].astype(np.uint64) * np.uint64(OWN_WORDS) + which + np.uint64(self.seed << 32))
        place[at] = self.words.rare(language[at], np.where(own, named, drawn))

    def _mention(
        self, chance: Generator, place: Numbers, language: Numbers, begin: Numbers, length: Numbers,
        named: float, more: float,
    ) -> None:  # fmt: skip
        """The country's name in its language, at any place of the texts that name it."""
        times = np.where(chance.random(len(length)) < named, 1 + chance.poisson(more, len(length)), 0)
        article = np.repeat(np.arange(len(length)), times)
        where = begin[article] + (chance.random(len(article)) * length[article]).astype(np.int64)
        for number, forms in enumerate(self.words.mentions):
            own = where[language[article] == number]
            place[own] = chance.choice(forms, len(own))

    def _article(self, draft: Draft) -> Article:
        arrived = self.arrival(draft.number)
        held = HELD * (1 + draft.number * 7919 % 5) / 3 if draft.number % 50 else 86_400.0 * (1 + draft.number % 7)
        outlet = f"outlet-{draft.outlet:03}"
        url = f"https://{outlet}.example/{draft.language}/{draft.number:09}"
        indexed = _iso(arrived)
        seen = Sighting(outlet, f"https://{outlet}.example/feed", url, indexed)
        return Article(
            id=f"{draft.number * 0x9E3779B97F4A7C15 % 2**64:016x}",
            url=url,
            title=draft.title,
            text=draft.text,
            outlet=outlet,
            author=None,
            published=_iso(arrived - held),
            language=draft.language,
            paywalled=False,
            story=draft.story,
            relation=Relation.NEW,
            of=None,
            score=12.0,
            sightings=(seen,),
            indexed=indexed,
            outlet_name=f"Outlet {draft.outlet}",
            topics=("ukraine-crisis",),
        )


def _walk(source: words.Words, chance: Generator, at: Numbers, lengths: Numbers) -> tuple[Numbers, Numbers]:
    """The places of words, and of the gaps behind them, of all texts one after the other."""
    order = np.argsort(-lengths, kind="stable")
    at = at[order]
    active = np.searchsorted(-lengths[order], -np.arange(1, lengths.max() + 1), side="right")
    ends = np.cumsum(lengths)
    begins = (ends - lengths)[order]
    place = np.empty(int(ends[-1]), dtype=np.int64)
    gap = np.empty_like(place)
    for step, many in enumerate(active.tolist()):
        at = at[:many]
        here = begins[:many] + step
        place[here] = at
        same, at = source.follow(at, chance.random(many))
        gap[here] = same
    return place, gap


def _stories(chance: Generator) -> Numbers:
    """The story of every article of a block, counted from the block's first."""
    sizes = chance.geometric(1 / STORY, BLOCK)
    story = np.repeat(np.arange(BLOCK), sizes)[:BLOCK]
    first = np.repeat(chance.random(BLOCK) * BLOCK, sizes)[:BLOCK]
    return story[np.argsort(first + chance.exponential(2 * MEANWHILE, BLOCK), kind="stable")]


def spoken() -> list[str]:
    """The language of every outlet."""
    ends = np.cumsum([WEIGHTS[name] for name in WEIGHTS])
    names = list(WEIGHTS)
    return [names[int(np.searchsorted(ends, (n + 0.5) / OUTLETS * ends[-1]))] for n in range(OUTLETS)]


def _shares() -> NDArray[np.float64]:
    """How much each outlet writes: within its language as 1 / (rank + 2)."""
    languages = spoken()
    ranks = [languages[:at].count(name) for at, name in enumerate(languages)]
    raw = np.array([1 / (rank + 2) for rank in ranks])
    whole = {name: sum(each for each, own in zip(raw, languages, strict=True) if own == name) for name in WEIGHTS}
    shares = np.array([WEIGHTS[name] * each / whole[name] for each, name in zip(raw, languages, strict=True)])
    return np.asarray(shares / shares.sum())


def _scattered(numbers: NDArray[np.uint64]) -> NDArray[np.float64]:
    """A chance from 0 to 1 for every number, always the same (splitmix64)."""
    mixed = numbers * np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ mixed >> np.uint64(30)) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ mixed >> np.uint64(27)) * np.uint64(0x94D049BB133111EB)
    return (mixed >> np.uint64(11)) / float(1 << 53)


def _iso(at: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime(at))
