"""Blocks of the article that the extractor left out although it took what stands before and after them.

Short lists, sub-headings and quotations are lost that way. An element between two siblings that are in the article is
in the article too, unless it is mostly links.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from services.cleaner import characters, markup
from services.contracts import Block, BlockKind

LINKED_SHARE = 0.3
"""Share of an element's characters inside links from which it is a way to another page."""
LONGEST_GAP = 6
"""Elements in a row that are taken back; more in a row were left out on purpose."""
_KINDS = {
    "p": BlockKind.PARAGRAPH,
    "ul": BlockKind.LIST,
    "ol": BlockKind.LIST,
    "blockquote": BlockKind.QUOTE,
    "h2": BlockKind.HEADING,
    "h3": BlockKind.HEADING,
    "h4": BlockKind.HEADING,
}
_KNOWN_LENGTH = 24


def recover(tree: Any, blocks: Sequence[Block]) -> list[Block]:
    """The blocks, with those that belong between them put back where they stood on the page."""
    known = _known(blocks)
    present = "".join(_key(block.text) for block in blocks)
    after: dict[int, list[Block]] = {}
    for parent in _parents(tree):
        for index, gap in _gaps(parent, known, present):
            found = [block for element in gap if (block := _block(element, present)) is not None]
            if found and index not in after:
                after[index] = found
    if not after:
        return list(blocks)
    return [entry for index, block in enumerate(blocks) for entry in (block, *after.get(index, ()))]


def _key(text: str) -> str:
    """Equal whatever spaces the two readers of the markup put between inline elements."""
    return characters.key(text).replace(" ", "")


def _known(blocks: Sequence[Block]) -> dict[str, int]:
    """Blocks by the key of their text; what stands twice or is short says nothing about a place."""
    found: dict[str, int] = {}
    for index, block in enumerate(blocks):
        key = _key(block.text)
        if len(key) >= _KNOWN_LENGTH:
            found[key] = -1 if key in found else index
    return {key: index for key, index in found.items() if index >= 0}


def _parents(tree: Any) -> Iterator[Any]:
    """Elements with three children or more of the kinds that articles are made of."""
    seen = None
    for element in tree.iter("p"):
        parent = element.getparent()
        if parent is not None and parent is not seen and len(parent) >= 3:
            seen = parent
            if parent[0] is element or parent.find("p") is element:
                yield parent


def _gaps(parent: Any, known: dict[str, int], present: str) -> Iterator[tuple[int, list[Any]]]:
    """Index of a block, and the elements that stand between it and the next one under the same parent."""
    last: int | None = None
    gap: list[Any] = []
    for child in parent:
        if child.tag not in _KINDS:
            continue
        key = _key(markup.text_of(child))
        index = known.get(key)
        if index is None:
            # What is in the text, but as several blocks, divides gaps without telling their place.
            last, gap = (None, []) if key in present and len(key) >= _KNOWN_LENGTH else (last, [*gap, child])
            continue
        if last is not None and index > last and 0 < len(gap) <= LONGEST_GAP:
            yield last, gap
        last, gap = index, []


def _block(element: Any, present: str) -> Block | None:
    kind = _KINDS[element.tag]
    if kind is BlockKind.LIST:
        lines = [markup.text_of(item) for item in element.iter("li")]
    else:
        lines = [markup.text_of(element)]
    fresh = [line for line in lines if line and _key(line) not in present]
    linked = sum(len("".join(link.itertext()).strip()) for link in element.iter("a"))
    if not fresh or len(fresh) < len(lines) or linked > LINKED_SHARE * sum(map(len, fresh)):
        return None
    return Block(kind, "\n".join(fresh))
