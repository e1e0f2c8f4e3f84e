"""An invented outlet's stream, in invented words: articles, a wire story on many pages, a live blog, and template."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field

from services.contracts import Block, BlockKind, Cleaned, Meta

_SYLLABLES = (
    "ba",
    "de",
    "fi",
    "go",
    "lu",
    "ma",
    "ne",
    "ro",
    "su",
    "ta",
    "ve",
    "zo",
    "kra",
    "lin",
    "mor",
    "dal",
    "sten",
    "vir",
)
_GLUE = (
    "of",
    "the",
    "a",
    "in",
    "to",
    "and",
    "for",
    "on",
    "at",
    "by",
    "it",
    "is",
    "was",
    "he",
    "as",
    "an",
    "or",
    "no",
    "so",
    "up",
)


def words(rng: random.Random, count: int) -> list[str]:
    return ["".join(rng.choices(_SYLLABLES, k=rng.randint(2, 4))) for _ in range(count)]


@dataclass
class Newsroom:
    """Writes pages. What is written of one subject draws most of its words from that subject's own."""

    rng: random.Random
    common: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.common = words(self.rng, 150)

    def subject(self) -> list[str]:
        return words(self.rng, 60)

    def paragraph(self, subject: Sequence[str], sentences: int = 2) -> str:
        return " ".join(self.sentence(subject) for _ in range(sentences))

    def sentence(self, subject: Sequence[str]) -> str:
        size = self.rng.randint(12, 18)
        kinds = self.rng.choices((_GLUE, self.common, subject), weights=(5, 2, 3), k=size)
        said = [self._word(kind) for kind in kinds]
        return " ".join(said).capitalize() + "."

    def body(self, subject: Sequence[str], paragraphs: int = 6) -> list[str]:
        return [self.paragraph(subject) for _ in range(paragraphs)]

    def _word(self, kind: Sequence[str]) -> str:
        """Few words are said often and many seldom, as in any language."""
        return kind[min(len(kind) - 1, int(self.rng.paretovariate(0.6)) - 1)]

    def headline(self, subject: Sequence[str]) -> str:
        return " ".join(self.rng.sample(subject[:20], k=6)).capitalize()

    def edited(self, text: str) -> str:
        """The same text as another desk would print it: a few words changed."""
        said = text.split()
        for _ in range(2):
            said[self.rng.randrange(len(said) - 1)] = self.rng.choice(self.common)
        return " ".join(said)


def page(title: str, *texts: str | Block) -> Cleaned:
    blocks = tuple(text if isinstance(text, Block) else Block(BlockKind.PARAGRAPH, text) for text in texts)
    return Cleaned(title, blocks, (), Meta())


def heading(text: str) -> Block:
    return Block(BlockKind.HEADING, text)


def quotation(text: str) -> Block:
    return Block(BlockKind.QUOTE, text)
