"""Units that belong to the article, put together as its blocks: lists and tables in one piece each."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from services.cleaner import characters
from services.cleaner.walk import Page, Place
from services.contracts import Block, BlockKind

CELL = 250
"""Characters of a cell from which its table is there for the layout, not for data."""
ITEM = 600
"""Characters of an item from which its list is a sequence of paragraphs."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A block, the number of its first unit on the page, and its text with gaps where it has some."""

    block: Block
    first: int
    raw: str = ""


def pieces(page: Page, chosen: Sequence[int]) -> list[Piece]:
    """The blocks of the chosen units, in the order of the page."""
    found: list[Piece] = []
    for (kind, _), run in groupby(chosen, key=lambda number: _group(page.place(number))):
        numbers = list(run)
        if kind is BlockKind.TABLE:
            found += _table(page, numbers)
        elif kind is BlockKind.LIST:
            found += _list(page, numbers)
        else:
            found += [piece for number in numbers for piece in _paragraphs(page, number, kind)]
    return found


def _group(at: Place) -> tuple[BlockKind, int]:
    if at.level:
        return BlockKind.HEADING, 0
    if at.table >= 0 and at.row >= 0:
        return BlockKind.TABLE, at.table
    if at.list >= 0:
        return BlockKind.LIST, at.list
    return (BlockKind.QUOTE, 0) if at.quote else (BlockKind.PARAGRAPH, 0)


def _paragraphs(page: Page, number: int, kind: BlockKind) -> list[Piece]:
    unit = page.units[number]
    if unit.raw:
        return [Piece(Block(kind, " ".join(_lines(unit.text))), number, characters.clean(unit.raw))]
    return [Piece(Block(kind, line), number) for line in _lines(unit.text)]


def _lines(text: str) -> Iterator[str]:
    for line in characters.clean(text).split("\n"):
        squeezed = characters.squeeze(line)
        if squeezed.strip(" |"):
            yield squeezed


def _list(page: Page, numbers: Sequence[int]) -> list[Piece]:
    items = [(number, " ".join(_lines(page.units[number].text))) for number in numbers]
    items = [(number, item) for number, item in items if item]
    if any(len(item) > ITEM for _, item in items):
        return [Piece(Block(BlockKind.PARAGRAPH, item), number) for number, item in items]
    return [Piece(Block(BlockKind.LIST, "\n".join(item for _, item in items)), items[0][0])] if items else []


def _table(page: Page, numbers: Sequence[int]) -> list[Piece]:
    rows = [
        [(number, text) for number in run if (text := " ".join(_lines(page.units[number].text)))]
        for _, run in groupby(numbers, key=lambda number: page.place(number).row)
    ]
    rows = [row for row in rows if row]
    cells = [text for row in rows for _, text in row]
    if not cells:
        return []
    if len(rows) > 1 and max(map(len, rows)) > 1 and max(map(len, cells)) <= CELL:
        lines = (" | ".join(text for _, text in row) for row in rows)
        return [Piece(Block(BlockKind.TABLE, "\n".join(lines)), rows[0][0][0])]
    return [Piece(Block(BlockKind.PARAGRAPH, text), number) for row in rows for number, text in row]
