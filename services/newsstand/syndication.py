"""How an outlet reprints a story of another one: as it is, retitled, shortened, edited, or inside a text of its own.

An entry of an outlet's file with `copy = "outlet/slug"` takes over title, standfirst, author, section,
event and text of that story, and may say:

    take     numbers of the blocks that are reprinted, from 1; all where absent
    replace  pairs of a passage and what stands in its place ("" drops it)
    opening, closing   text of its own before and after, in the same markup
"""

from collections.abc import Mapping

from services.newsstand import markup
from services.newsstand.story import StandError, Story

_EDITS = ("copy", "take", "replace", "opening", "closing")
_TAKEN_OVER = ("title", "standfirst", "author", "section", "event")


def reprint(source: Story, table: Mapping[str, object]) -> dict[str, object]:
    """The entry's fields with the edits carried out and `of` set.

    Raises StandError for a block number or a passage that the source does not have.
    """
    fields: dict[str, object] = {name: getattr(source, name) for name in _TAKEN_OVER if getattr(source, name)}
    fields.update({name: value for name, value in table.items() if name not in _EDITS})
    blocks = _taken(source, table.get("take"))
    text = _replaced("\n\n".join(blocks), table, source)
    around = (table.get("opening", ""), text, table.get("closing", ""))
    fields["text"] = "\n\n".join(str(piece) for piece in around if piece)
    fields["of"] = source.id
    return fields


def _taken(source: Story, numbers: object) -> list[str]:
    blocks = markup.split(source.text)
    if numbers is None:
        return blocks
    if not isinstance(numbers, list) or not all(isinstance(n, int) and 0 < n <= len(blocks) for n in numbers):
        raise StandError(f"copy of {source.id}: take must list numbers from 1 to {len(blocks)}")
    return [blocks[number - 1] for number in numbers]


def _replaced(text: str, table: Mapping[str, object], source: Story) -> str:
    pairs = table.get("replace", [])
    if not isinstance(pairs, list):
        raise StandError(f"copy of {source.id}: replace must be a list of pairs")
    for old, new in pairs:
        if old not in text:
            raise StandError(f"copy of {source.id}: nothing to replace: {old!r}")
        text = text.replace(old, new)
    return text
