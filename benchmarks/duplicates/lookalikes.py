"""Articles that are new and look like copies of others.

weather, market   a site's daily template: the same words, other numbers
agency            other articles with the same agency's or section's paragraph under them
brief             two articles of some 120 words under one long ticker, on one site or on two of a group
quote             reports that quote the same 15-34 words
"""

import random
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from benchmarks import scores
from benchmarks.duplicates import sources
from benchmarks.duplicates.sites import Site

WRITTEN = Path(__file__).parent / "lookalikes.toml"
KINDS = ("weather", "market", "agency", "brief", "quote")
_NUMBERS = ((-4, 19), (2, 28), (1, 31), (8, 60), (40, 95), (1, 30), (-7, 14), (3, 19), (10, 59), (10, 59), (-3, 22),
            (8, 31), (5, 95))  # fmt: skip
_LARGE = ((11_000, 17_999), (10, 99), (2, 99), (900, 8_900), (10, 95), (100, 199), (60, 129), (10, 99), (1600, 2100),
          (10, 40), (5, 40), (0, 9), (1, 9))  # fmt: skip
_BRIEF = 115
_QUOTE = range(15, 35)


@dataclass(frozen=True, slots=True)
class Lookalike:
    """A text on a site on a day, counted from 1970-01-01. `shared` is a paragraph that others of its kind have."""

    kind: str
    title: str
    text: str
    site: Site
    day: int
    shared: str = ""


def daily(language: str, chosen: Sequence[Site], days: range, seed: int) -> Iterator[Lookalike]:
    """The daily templates of some sites of a language that has them. Days count from 1970-01-01."""
    words = _read().get(language)
    if words is None:
        return
    for kind, numbers in (("weather", _NUMBERS), ("market", _LARGE)):
        for site in chosen:
            for day in days:
                chance = random.Random(f"{seed} {kind} {site.host} {day}")
                text = _fill(words[kind], words["words"], numbers, day, chance)
                yield Lookalike(kind, kind.capitalize(), text, site, day)


def agency(own: Sequence[str], language: str, site: Site, day: int, chance: random.Random) -> Lookalike | None:
    """An article with one of the paragraphs that this language's agencies put under theirs."""
    paragraphs = _read().get(language, {}).get("boilerplate")
    if not paragraphs:
        return None
    shared = chance.choice(paragraphs)
    return Lookalike("agency", _title(own), f"{''.join(own).strip()}\n{shared}", site, day, shared)


def brief(own: Sequence[str], ticker: str, site: Site, day: int) -> Lookalike:
    """A short article glued to a ticker."""
    text = "".join(own[: sources.cut(own, _BRIEF)]).strip()
    return Lookalike("brief", _title(own), f"{ticker} {text}", site, day)


def quotes(first: Sequence[str], second: Sequence[str], said: str, places: Sequence[Site], day: int) -> list[Lookalike]:
    """Two reports that quote the same words."""
    found = []
    for own, site in zip((first, second), places, strict=True):
        middle = len(own) // 2
        text = "".join([*own[:middle], f"“{said}” ", *own[middle:]]).strip()
        found.append(Lookalike("quote", _title(own), text, site, day))
    return found


def quotable(sentences: Sequence[str], chance: random.Random) -> str | None:
    """A sentence of a length that is quoted."""
    found = [each.strip() for each in sentences if len(scores.tokens(each)) in _QUOTE]
    return chance.choice(found) if found else None


def _fill(
    template: str, words: Sequence[str], numbers: Sequence[tuple[int, int]], day: int, chance: random.Random
) -> str:
    a, b, c = chance.sample(list(words), 3)
    date = datetime.fromtimestamp(day * 86_400, UTC).strftime("%d.%m.%Y")
    return template.format(*(chance.randint(*each) for each in numbers), a=a, b=b, c=c, date=date)


def _title(own: Sequence[str]) -> str:
    return " ".join(own[0].split()[:9])


def _read() -> dict[str, dict]:
    return tomllib.loads(WRITTEN.read_text(encoding="utf-8"))
