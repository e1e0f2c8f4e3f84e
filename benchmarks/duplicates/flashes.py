"""Flashes: sentences of which one word, number or place makes another event.

Every flash is new. Some come again word for word within the hour from another outlet, which is a repeat; some come
again after a day, which is news of another night and a cluster of its own.
"""

import random
import tomllib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from benchmarks.duplicates import sites
from benchmarks.duplicates.arrivals import Arrival

WRITTEN = Path(__file__).parent / "flashes.toml"
PER_PATTERN = 14
REPEATED, NEXT_DAY = 0.3, 0.15
"""Shares of the flashes that come again within the hour, and after a day."""
KNOWN = 3
"""Articles that a site must have shown on a day before anybody can tell its noise of that day from a flash."""
START = 1_643_673_600.0
"""2022-02-01 00:00 UTC."""
_HOUR, _DAY = 3600.0, 86_400.0


def build(seed: int) -> list[Arrival]:
    """In the order of their arrival, all within two days."""
    table = tomllib.loads(WRITTEN.read_text(encoding="utf-8"))
    found: list[Arrival] = []
    for language, words in table.items():
        for number, text in enumerate(sorted(_texts(words, random.Random(f"{seed} {language}")))):
            found.extend(_told(f"flash-{language}{number:03}", language, text, random.Random(f"{seed} {text}")))
    return sorted(found, key=lambda arrival: (arrival.at, arrival.id))


def dress(bare: Sequence[Arrival], wrap: Callable[[Arrival], Arrival]) -> list[Arrival]:
    """The same in their sites' noise; moot while nobody can tell the two apart."""
    shown: Counter[tuple[str, int]] = Counter()
    found = []
    for arrival in bare:
        place = arrival.host, arrival.day
        found.append(replace(wrap(arrival), moot=shown[place] < KNOWN))
        shown[place] += 1
    return found


def _texts(words: dict[str, list[str]], chance: random.Random) -> set[str]:
    """Distinct flashes: of each pattern a chain in which neighbours differ in one value, as far as it has values."""
    found: set[str] = set()
    for pattern in words["patterns"]:
        slots = {"place": words["place"], "what": words["what"], "n": [str(number) for number in range(2, 15)]}
        values = {name: chance.choice(slots[name]) for name in slots if f"{{{name}}}" in pattern}
        for _ in range(PER_PATTERN):
            found.add(pattern.format(**values))
            name = chance.choice(sorted(values))
            values[name] = chance.choice(slots[name])
    return found


def _told(cluster: str, language: str, text: str, chance: random.Random) -> Iterator[Arrival]:
    at = START + chance.uniform(0, _DAY)
    hosts = chance.sample(sites.hosts(language)[::6], 3)

    def told(kind: str, name: str, host: str, moment: float) -> Arrival:
        return Arrival(f"{cluster}/{kind}", kind, language, name, "", text, host, moment)

    yield told("flash", cluster, hosts[0], at)
    if chance.random() < REPEATED:
        yield told("repeat", cluster, hosts[1], at + chance.uniform(60, _HOUR))
    if chance.random() < NEXT_DAY:
        yield told("next-day", f"{cluster}+1", hosts[2], at + _DAY + chance.uniform(0, _HOUR))
