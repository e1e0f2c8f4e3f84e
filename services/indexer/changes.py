"""What has changed between two texts of one article, passage by passage."""

from collections.abc import Iterator
from difflib import SequenceMatcher

from services.contracts import Change, Cleaned


def between(before: Cleaned, after: Cleaned) -> tuple[Change, ...]:
    """Title first, then the text from top to bottom; nothing where both read the same."""
    title = (Change("title", before.title, after.title),) if before.title != after.title else ()
    return (*title, *_passages(before, after))


def _passages(before: Cleaned, after: Cleaned) -> Iterator[Change]:
    old, new = [block.text for block in before.blocks], [block.text for block in after.blocks]
    for what, first, last, start, end in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if what != "equal":
            yield Change("text", "\n".join(old[first:last]), "\n".join(new[start:end]))
