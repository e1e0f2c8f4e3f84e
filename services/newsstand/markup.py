"""The plain markup in which the outlets' files hold their stories.

Blocks stand apart by a blank line. What a block starts with tells what it is:

    ## a sub-heading            - a list item (every line of the block)
    > a quote                   | cell | cell | (every line is a row of a table, the first its head)
    ! caption || credit         @ 14:05 (a time in a live page)

Anything else is a paragraph.
"""

from collections.abc import Iterator
from dataclasses import dataclass

_PREFIXES = {"## ": "heading", "> ": "quote", "! ": "figure", "@ ": "time"}


@dataclass(frozen=True, slots=True)
class Part:
    """A block of a story.

    `lines`: list items, table rows (cells split by a bar), a caption and its credit, or one text.
    """

    kind: str
    lines: tuple[str, ...]

    @property
    def text(self) -> str:
        return self.lines[0]

    @property
    def rows(self) -> tuple[tuple[str, ...], ...]:
        """Cells of a table."""
        return tuple(tuple(cell.strip() for cell in line.split("|")) for line in self.lines)


def split(text: str) -> list[str]:
    """Blocks as written, without the blank lines between them."""
    return [block.strip() for block in text.split("\n\n") if block.strip()]


def parse(text: str) -> tuple[Part, ...]:
    return tuple(_part(block) for block in split(text))


def kept(parts: tuple[Part, ...]) -> tuple[str, ...]:
    """Lines of a story that a cleaner must keep: all but pictures and the times of a live page."""
    return tuple(line for part in parts for line in _kept(part))


def captions(parts: tuple[Part, ...]) -> tuple[str, ...]:
    """Captions and credits: printed on the page, no part of the story."""
    return tuple(line for part in parts if part.kind == "figure" for line in part.lines)


def _kept(part: Part) -> Iterator[str]:
    if part.kind == "table":
        for row in part.rows:
            yield from row
    elif part.kind not in {"figure", "time"}:
        yield from part.lines


def _part(block: str) -> Part:
    lines = [" ".join(line.split()) for line in block.splitlines()]
    if all(line.startswith("- ") for line in lines):
        return Part("list", tuple(line[2:] for line in lines))
    if all(line.startswith("| ") and line.endswith(" |") for line in lines):
        return Part("table", tuple(line[1:-1] for line in lines))
    text = " ".join(lines)
    for prefix, kind in _PREFIXES.items():
        if text.startswith(prefix):
            rest = text[len(prefix) :]
            return Part(kind, tuple(x.strip() for x in rest.split("||")) if kind == "figure" else (rest,))
    return Part("paragraph", (text,))
