"""What is decided about the blocks of a page."""

from dataclasses import dataclass

from services.contracts import Block, NoiseKind

Hit = tuple[NoiseKind, str]
"""A kind of noise, and the rule that found it."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A block before the decision. `raw` keeps the spacing of plain text, in which tickers show."""

    block: Block
    raw: str = ""

    @property
    def text(self) -> str:
        return self.block.text


@dataclass(frozen=True, slots=True)
class Decision:
    """`kind` and `rule` are None and empty for a block that stays."""

    draft: Draft
    kind: NoiseKind | None = None
    rule: str = ""

    @property
    def text(self) -> str:
        return self.draft.text

    @property
    def kept(self) -> bool:
        return self.kind is None
