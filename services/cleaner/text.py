"""Plain text as input: lines to blocks, and the line that is the title."""

from collections.abc import Sequence

from services.cleaner import characters, shapes
from services.cleaner.decisions import Decision, Draft
from services.contracts import Block, BlockKind

TITLE_WORDS = 40
HEADING_WORDS = 24
MAX_LINE = 200_000
"""Characters; no article has a longer line."""


def too_long(text: str) -> int | None:
    """The length of the first line that is longer than an article's can be; None where there is none."""
    return next((len(line) for line in text.split("\n") if len(line) > MAX_LINE), None)


def drafts(text: str) -> list[Draft]:
    """A draft per line that says something, spacing kept in `raw`."""
    found = []
    for line in characters.clean(text).split("\n"):
        squeezed = characters.squeeze(line)
        if squeezed:
            found.append(Draft(Block(BlockKind.PARAGRAPH, squeezed), line))
    return found


def title(decisions: Sequence[Decision]) -> int | None:
    """Position of the title: the first block that stays, if it looks like one and text follows it."""
    kept = [index for index, decision in enumerate(decisions) if decision.kept]
    if len(kept) < 2:
        return None
    first = decisions[kept[0]].text
    return kept[0] if shapes.is_title_like(first) and len(first.split()) <= TITLE_WORDS else None


def headings(blocks: Sequence[Block]) -> list[Block]:
    """The blocks with those marked as headings that look like one and stand above a paragraph."""
    found = list(blocks)
    for index in range(len(found) - 1):
        block, below = found[index], found[index + 1]
        if block.kind is BlockKind.PARAGRAPH and _is_heading(block.text) and shapes.is_paragraph(below.text):
            found[index] = Block(BlockKind.HEADING, block.text)
    return found


def _is_heading(text: str) -> bool:
    if not shapes.is_title_like(text) or len(text.split()) > HEADING_WORDS or text[0] in "-–—•*":
        return False
    return not text.endswith(("...", "…", ":"))
