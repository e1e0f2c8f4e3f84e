"""What is asked of every engine: words that people would type, taken from the corpus by how many articles hold them."""

import random
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum

from benchmarks.searching import corpus
from benchmarks.searching.corpus import Corpus, Draft

SAMPLE = 2
"""Blocks of articles in which words are counted."""
MANY = 40
"""Questions of a kind."""
COMMON = 0.05
"""Share of all articles that hold a common word, at least: every fourth article of a large language."""
RARER = (0.0005, 0.005)
PAIRED = 0.001
"""Share of all articles that hold a phrase, at least."""
LETTERS = 5
"""Of the shortest word, and of a prefix."""
PAGE = 20
FACET = 20
"""Values counted of each facet."""
TURNED = 4
"""Pages that are turned, the first not counted."""

_WORD = re.compile(r"[^\W\d_]+")
_PAIR = re.compile(r"(?=\b([^\W\d_]{3,} [^\W\d_]{3,})\b)")


class How(StrEnum):
    ALL = "all"
    ANY = "any"
    PHRASE = "phrase"
    PREFIX = "prefix"


@dataclass(frozen=True, slots=True)
class Question:
    """Words in lower case; `after` and `before` are days, the first included and the last not.

    Ranked by relevance or newest first; `turned` asks for that many pages behind the first one.
    """

    kind: str
    words: tuple[str, ...]
    how: How = How.ALL
    ranked: bool = False
    language: str | None = None
    outlet: str | None = None
    after: str | None = None
    before: str | None = None
    snippets: bool = False
    turned: int = 0
    facets: bool = False
    collapse: bool = False


@dataclass(frozen=True, slots=True)
class Counts:
    """Articles that hold a word, in all and by language, and those that hold a pair; `articles` were read."""

    articles: int
    words: Counter[str]
    pairs: Counter[str]
    spoken: dict[str, Counter[str]]

    def between(self, least: float, most: float = 1.0) -> list[str]:
        """Words of the sample that this share of all articles holds, the commonest first."""
        listed = self.words.most_common()
        return [word for word, count in listed if least <= count / self.articles <= most and len(word) >= LETTERS]


def count(made: Corpus, blocks: int = SAMPLE) -> Counts:
    found = Counts(0, Counter(), Counter(), {})
    articles = 0
    for draft in _sample(made, blocks):
        articles += 1
        text = f"{draft.title}\n{draft.text}".lower()
        words = set(_WORD.findall(text))
        found.words.update(words)
        found.spoken.setdefault(draft.language, Counter()).update(words)
        found.pairs.update(set(_PAIR.findall(text)))
    return replace(found, articles=articles)


def ask(made: Corpus, many: int = MANY, blocks: int = SAMPLE) -> list[Question]:
    """`many` questions of each kind, kind by kind, in words that the first blocks hold."""
    counts = count(made, blocks)
    chance = random.Random(f"{made.seed} questions")
    common = counts.between(COMMON)[:many]
    rarer = counts.between(*RARER)
    pairs = [pair for pair, seen in counts.pairs.items() if seen >= PAIRED * counts.articles]
    wanted: list[Question] = []
    for at in range(many):
        word, rare = common[at % len(common)], chance.choice(rarer)
        own = max(counts.spoken, key=lambda name: counts.spoken[name][word])
        other = chance.choice(common)
        after, before = _month(chance)
        wanted += [
            Question("newest, common word", (word,)),
            Question("newest, outlet", (word,), outlet=_outlet(own, chance)),
            Question("newest, language and month", (word,), language=own, after=after, before=before),
            Question("newest, next pages", (word,), turned=TURNED),
            Question("ranked, common word", (word,), ranked=True),
            Question("ranked, rarer word", (rare,), ranked=True),
            Question("ranked, either word", (word, other), How.ANY, ranked=True),
            Question("phrase", tuple(chance.choice(pairs).split()), How.PHRASE, ranked=True),
            Question("prefix", (chance.choice(common)[:LETTERS],), How.PREFIX, ranked=True),
            Question("snippets", (word, _beside(counts, own, word, chance)), ranked=True, snippets=True),
            Question("facets", (word,), facets=True),
            Question("collapsed by story", (word,), collapse=True),
        ]
    return sorted(wanted, key=lambda question: KINDS.index(question.kind))


KINDS = (
    "newest, common word", "newest, outlet", "newest, language and month", "newest, next pages",
    "ranked, common word", "ranked, rarer word", "ranked, either word", "phrase", "prefix", "snippets",
    "facets", "collapsed by story",
)  # fmt: skip
GOALS = {kind: 10.0 for kind in KINDS if kind.startswith("newest")} | {"ranked, common word": 30.0, "snippets": 20.0}
"""Milliseconds at the 95th percentile, at a million articles on two cores."""


def _sample(made: Corpus, blocks: int) -> Iterator[Draft]:
    for block in range(blocks):
        yield from made.block(block)


def _beside(counts: Counts, language: str, word: str, chance: random.Random) -> str:
    """Another word of the language that is common there."""
    listed = [each for each, _ in counts.spoken[language].most_common(400) if len(each) >= LETTERS and each != word]
    return chance.choice(listed[:60])


def _month(chance: random.Random) -> tuple[str, str]:
    month = chance.randrange(1, 34)
    begins = datetime.fromtimestamp(corpus.START, UTC).month - 1 + month
    year = datetime.fromtimestamp(corpus.START, UTC).year
    days = [f"{year + at // 12}-{at % 12 + 1:02}-01" for at in (begins, begins + 1)]
    return days[0], days[1]


def _outlet(language: str, chance: random.Random) -> str:
    spoken: Sequence[str] = corpus.spoken()
    return f"outlet-{chance.choice([at for at, name in enumerate(spoken) if name == language]):03}"
