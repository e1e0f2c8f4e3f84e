"""Twenty-four invented sites per language and the noise that each puts around an article.

Footers stand for ever, teasers and tickers change every day. Sites belong to groups of four, which share their
ticker and half of their footer. The lines are those of `benchmarks/noise/` and headlines of other articles.
"""

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from benchmarks import examples
from services.contracts import NoiseKind

COUNT = 24
GROUP = 4
_NAMES = (
    "abend", "argus", "beacon", "bote", "chronik", "clarion", "courant", "delta", "echo", "falke", "forum", "globus",
    "harbour", "iris", "journal", "kompass", "ledger", "merkur", "nord", "orbis", "pharos", "quai", "rundblick", "sol",
)  # fmt: skip
_FOOTER = (
    NoiseKind.LEGAL, NoiseKind.NEWSLETTER, NoiseKind.NAVIGATION, NoiseKind.SHARE, NoiseKind.COOKIE, NoiseKind.PROMO,
    NoiseKind.LOGIN, NoiseKind.COMMENT_FORM, NoiseKind.REPORT_BUTTON, NoiseKind.TAGS, NoiseKind.AUTHOR_BIO,
)  # fmt: skip
_SEPARATORS = ("   ", " • ", " | ", " ▪ ", " +++ ", " // ", " – ")
_TEASER_WORDS = 16
_BETWEEN = re.compile(r" {3}| [•|▪] | // ")


@dataclass(frozen=True, slots=True)
class Site:
    """`language` names the noise it uses, English where none was written for the articles' own."""

    host: str
    language: str
    group: int
    ticker: bool
    separator: str
    leads: bool
    """Whether its teasers carry the beginning of the article too."""


@dataclass(frozen=True, slots=True)
class Teaser:
    headline: str
    lead: str


def build(language: str, seed: int) -> list[Site]:
    noise = language if language in examples.languages() else "en"
    return [_site(host, noise, at // GROUP, seed) for at, host in enumerate(hosts(language))]


def hosts(language: str) -> list[str]:
    return [f"{name}.{language}.example" for name in _NAMES]


def wrap(text: str, site: Site, day: int, teasers: Sequence[Teaser], seed: int) -> str:
    """The article's text with what the site puts around it on that day."""
    lines = text.split("\n")
    chance = random.Random(f"{seed} {site.host} {day} page")
    if len(lines) > 4 and chance.random() < 0.5:
        related = chance.choice(_lines(site.language, NoiseKind.RELATED))
        lines[3:3] = [f"{related.split(':')[0]}: {chance.choice(teasers).headline}"]
    front = [ticker(site, day, teasers, seed)] if site.ticker else []
    return "\n".join([*front, *lines, *_boxes(site, day, teasers, seed), *footer(site, seed)])


def ticker(site: Site, day: int, teasers: Sequence[Teaser], seed: int) -> str:
    """A dozen headlines on one line, the same in the whole group."""
    chance = random.Random(f"{seed} {site.language} {site.group} {day} ticker")
    chosen = chance.sample(list(teasers), min(len(teasers), chance.randint(8, 14)))
    return site.separator.join(teaser.headline for teaser in chosen)


def footer(site: Site, seed: int) -> list[str]:
    of_group = random.Random(f"{seed} {site.language} {site.group} footer")
    own = random.Random(f"{seed} {site.host} footer")
    kinds = own.sample(_FOOTER, own.randint(4, 7))
    lines = [(of_group if at % 2 else own).choice(_entries(site.language, kind)) for at, kind in enumerate(kinds)]
    return [*(line for entry in lines for line in entry), f"© 2022 {site.host}"]


def wall_lines(language: str) -> list[str]:
    return _lines(language if language in examples.languages() else "en", NoiseKind.PAYWALL)


def headlines(language: str) -> list[str]:
    """Headlines written for the tickers of a language."""
    entries = _lines(language if language in examples.languages() else "en", NoiseKind.TICKER)
    return sorted({part.strip() for entry in entries for part in _BETWEEN.split(entry) if len(part.split()) >= 3})


def _site(host: str, language: str, group: int, seed: int) -> Site:
    chance = random.Random(f"{seed} {host}")
    of_group = random.Random(f"{seed} {language} {group} ticker")
    return Site(host, language, group, of_group.random() < 0.4, chance.choice(_SEPARATORS), leads=chance.random() < 0.3)


def _boxes(site: Site, day: int, teasers: Sequence[Teaser], seed: int) -> list[str]:
    chance = random.Random(f"{seed} {site.host} {day} teasers")
    chosen = chance.sample(list(teasers), min(len(teasers), chance.randint(3, 5)))
    title = chance.choice(_lines(site.language, NoiseKind.RELATED))
    return [title, *(line for teaser in chosen for line in _teaser(teaser, site.leads))]


def _teaser(teaser: Teaser, lead: bool) -> list[str]:
    words = teaser.lead.split()[:_TEASER_WORDS]
    return [teaser.headline, f"{' '.join(words)} …"] if lead and words else [teaser.headline]


@cache
def _entries(language: str, kind: NoiseKind) -> tuple[tuple[str, ...], ...]:
    noise, _ = examples.load([language])
    return tuple(entry.lines for entry in noise if entry.kind is kind)


def _lines(language: str, kind: NoiseKind) -> list[str]:
    return [entry[0] for entry in _entries(language, kind)]
