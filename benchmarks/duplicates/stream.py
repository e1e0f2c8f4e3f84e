"""The stream: sources, what others made of them, and what only looks like it, over thirty days.

An original comes first, its republications in any order within hours or days, mostly at other outlets. A stub that a
wall left comes after a whole text, but for the `stub` kind: there it is first, and the whole text that follows is not
a republication but reuses it. An article that reuses others may come before what it reuses, and stands on another
site: what an outlet repeats of its own is a template as a rule.
"""

import random
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace

from benchmarks.duplicates import edits, lookalikes, sites, sources
from benchmarks.duplicates.arrivals import Arrival
from benchmarks.duplicates.lookalikes import Lookalike
from benchmarks.duplicates.sites import Site, Teaser
from benchmarks.duplicates.sources import Material, Source

START = 1_643_673_600.0
"""2022-02-01 00:00 UTC."""
DAYS = 30
EDITS = {"COPY": 0.35, "L1": 1.1, "L2": 1.1, "TRUNC": 0.7, "OCR": 0.6}
"""Republications of each kind per source that is republished at all, on average."""
SINGLE, STUB, REUSED = 0.25, 0.05, 0.55
"""Shares of the sources that stay alone, that come after their own stub, and that stand in part in another article."""
SAME_HOST = 0.1
MOST_REUSED = 0.65
OWN_WORDS = 1.5
"""Times the reused words that the words of the article around them are: less than that would be a republication."""
TEMPLATE_SITES, AGENCY, BRIEFS, QUOTES = 2, 150, 100, 60
LEARNED = 4
"""Earlier days on which a paragraph must have stood under other articles before anybody can know that it is none."""
_DAY, _HOUR = 86_400.0, 3600.0
_CALENDAR = range(int(START // _DAY), int(START // _DAY) + DAYS)


class Builder:
    """Makes one stream. The same material and seed make the same stream, with and without the sites' noise."""

    def __init__(self, material: Material, seed: int) -> None:
        self._material = material
        self._seed = seed
        self._sites: dict[str, list[Site]] = {}
        self._unused: dict[str, list[tuple[str, ...]]] = {}
        self._foreign = {name: [each for text in texts for each in text] for name, texts in material.passages.items()}
        self._words = self._vocabularies()
        self._teasers: dict[str, list[Teaser]] = {}

    def build(self, noise: bool) -> list[Arrival]:
        """In the order of arrival."""
        self._unused = {language: list(texts) for language, texts in self._material.passages.items()}
        found = [arrival for source in self._material.sources for arrival in self._story(source)]
        found.extend(self._lookalikes())
        found.sort(key=lambda arrival: (arrival.at, arrival.id))
        return [self.wrap(arrival) for arrival in found] if noise else found

    def wrap(self, arrival: Arrival) -> Arrival:
        """The article as its site shows it on that day."""
        site = next(site for site in self._at(arrival.language) if site.host == arrival.host)
        text = sites.wrap(arrival.text, site, arrival.day, self._teasers_in(arrival.language), self._seed)
        return replace(arrival, text=text)

    def _story(self, source: Source) -> Iterator[Arrival]:
        """A source and everything that was made of it."""
        chance = random.Random(f"{self._seed} story {source.id}")
        at = START + chance.uniform(0, (DAYS - 3) * _DAY)
        original = self._arrival(source, "source", source.title, "".join(source.sentences).strip(), at, chance)
        drawn = chance.random()
        if drawn < STUB:
            yield from self._after_stub(source, original, chance)
            return
        yield original
        if drawn > 1 - SINGLE:
            return
        for kind, rate in EDITS.items():
            for number in range(int(rate + chance.random())):
                yield self._edited(source, original, kind, number, chance)
        if chance.random() < REUSED and (article := self._reuse(source, original, chance)) is not None:
            yield article

    def _after_stub(self, source: Source, original: Arrival, chance: random.Random) -> Iterator[Arrival]:
        text = edits.wall(source.sentences, sites.wall_lines(source.language), chance)
        stub = self._arrival(source, "stub", source.title, text, original.at - chance.uniform(600, 6 * _HOUR), chance)
        yield replace(stub, cluster=f"{source.id}/stub")
        kind = "after-stub"
        yield replace(original, id=f"{source.id}/{kind}", kind=kind, reuses=(f"{source.id}/stub",))

    def _edited(self, source: Source, original: Arrival, kind: str, number: int, chance: random.Random) -> Arrival:
        title, text = self._edit(source, kind, chance)
        at = original.at + min(chance.expovariate(1 / (12 * _HOUR)) + 300, 3 * _DAY)
        edited = self._arrival(source, kind, title, text, at, chance, number)
        same = kind == "L1" and chance.random() < SAME_HOST
        return replace(edited, host=original.host) if same else edited

    def _edit(self, source: Source, kind: str, chance: random.Random) -> tuple[str, str]:
        own, title = source.sentences, source.title
        match kind:
            case "COPY":
                return title, edits.copy(own, chance)
            case "L1":
                return edits.retitle(title, own, chance), edits.localise(own, chance)
            case "L2":
                foreign = self._foreign.get(source.language) or self._foreign["en"]
                text = edits.rework(own, foreign, self._words[source.language], chance)
                return edits.retitle(title, own, chance), text
            case "TRUNC":
                return title, edits.wall(own, sites.wall_lines(source.language), chance)
            case _:
                return title, edits.misread(own, chance)

    def _reuse(self, source: Source, original: Arrival, chance: random.Random) -> Arrival | None:
        """Another article around a part of the source; None where there are too few words of either."""
        runs = edits.passage(source.sentences, chance.uniform(0.25, 0.60), chance)
        reused = sum(map(sources.size, runs))
        if reused > MOST_REUSED * sources.size(source.sentences):
            return None
        own: list[str] = []
        while sources.size(own) < OWN_WORDS * reused:
            if not self._unused.get(source.language):
                return None
            own.extend(self._unused[source.language].pop())
        at = original.at + chance.choice((-1, 1, 1, 1)) * chance.uniform(600, 2 * _DAY)
        text = edits.embed(runs, own, chance)
        found = self._arrival(source, "DER", edits.retitle("", own, chance) or own[0], text, max(at, START), chance)
        elsewhere = self._site(source.language, chance, besides=original.host).host
        return replace(found, host=elsewhere, cluster=f"{source.id}/DER", reuses=(source.id,))

    def _lookalikes(self) -> Iterator[Arrival]:
        chance = random.Random(f"{self._seed} lookalikes")
        found: list[tuple[str, Lookalike]] = []
        for language in sorted(self._unused):
            own = chance.sample(self._at(language), TEMPLATE_SITES)
            found.extend((language, each) for each in lookalikes.daily(language, own, _CALENDAR, self._seed))
            found.extend((language, each) for each in self._lookalike_articles(language, chance))
        days: dict[str, set[int]] = defaultdict(set)
        for number, (language, each) in enumerate(sorted(found, key=lambda pair: pair[1].day)):
            at = each.day * _DAY + chance.uniform(0, _DAY - 1)
            name = f"{each.kind}-{language}{number:04}"
            earlier = days[each.shared]
            moot = bool(each.shared) and len(earlier - {each.day}) < LEARNED
            earlier.add(each.day)
            yield Arrival(name, each.kind, language, name, each.title, each.text, each.site.host, at, moot=moot)

    def _lookalike_articles(self, language: str, chance: random.Random) -> Iterator[Lookalike]:
        """Agency copy, briefs and quotes out of the passages that nothing has used."""
        left = self._unused[language]
        for _ in range(min(AGENCY, len(left) // 3)):
            site, day = self._site(language, chance), chance.choice(_CALENDAR)
            each = lookalikes.agency(left.pop(), language, site, day, chance)
            if each is not None:
                yield each
        for _ in range(min(BRIEFS // 2, len(left) // 3)):
            yield from self._briefs(language, chance)
        for _ in range(min(QUOTES // 2, len(left) // 3)):
            said = lookalikes.quotable(left.pop(), chance)
            if said is not None:
                places = chance.sample(self._at(language), 2)
                yield from lookalikes.quotes(left.pop(), left.pop(), said, places, chance.choice(_CALENDAR))

    def _briefs(self, language: str, chance: random.Random) -> Iterator[Lookalike]:
        first, left, day = self._site(language, chance), self._unused[language], chance.choice(_CALENDAR)
        second = first if chance.random() < 0.5 else self._site(language, chance)
        ticker = sites.ticker(first, day, self._teasers_in(language), self._seed)
        for site in (first, second):
            yield lookalikes.brief(left.pop(), ticker, site, day)

    def _arrival(
        self, source: Source, kind: str, title: str, text: str, at: float, chance: random.Random, number: int = 0
    ) -> Arrival:
        host = self._site(source.language, chance).host
        name = f"{source.id}/{kind}{number or ''}"
        day_only = chance.random() < 0.1
        return Arrival(name, kind, source.language, source.id, title, text, host, at, day_only=day_only)

    def _site(self, language: str, chance: random.Random, besides: str = "") -> Site:
        return chance.choice([site for site in self._at(language) if site.host != besides])

    def _at(self, language: str) -> list[Site]:
        if language not in self._sites:
            self._sites[language] = sites.build(language, self._seed)
        return self._sites[language]

    def _vocabularies(self) -> dict[str, list[str]]:
        texts = defaultdict(list)
        for source in self._material.sources:
            texts[source.language].append(source.sentences)
        return {language: edits.vocabulary(own) for language, own in texts.items()}

    def _teasers_in(self, language: str) -> list[Teaser]:
        """Headlines and leads of the articles of a language, and headlines written for it."""
        if language not in self._teasers:
            own = [source for source in self._material.sources if source.language == language]
            real = [Teaser(source.title, source.sentences[0].strip()) for source in own]
            self._teasers[language] = [*real, *(Teaser(headline, "") for headline in sites.headlines(language))]
        return self._teasers[language]


def languages(arrivals: Iterable[Arrival]) -> dict[str, int]:
    """Articles by language, most first."""
    found: dict[str, int] = defaultdict(int)
    for arrival in arrivals:
        found[arrival.language] += 1
    return dict(sorted(found.items(), key=lambda pair: -pair[1]))
