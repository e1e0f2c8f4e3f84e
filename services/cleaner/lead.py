"""The standfirst: the sentence or two under the headline that sum the article up, which extractors often miss."""

from collections.abc import Iterable, Sequence

from services.cleaner import characters
from services.contracts import Block, BlockKind

AGREEMENT = 0.6
"""Share of the shorter text's words that the page's description must have in common with a standfirst."""
_OPENING_BLOCKS = 12
COVERAGE = 0.6
"""Share of its runs of three words from which a standfirst is in the text already."""
MIN_WORDS, MAX_WORDS = 4, 120


def choose(candidates: Iterable[str], descriptions: Sequence[str], title: str) -> str | None:
    """The candidate that the page's own descriptions confirm, or None."""
    claims = [set(characters.words(description)) for description in descriptions if description]
    head = characters.key(title)
    for text in candidates:
        found = set(characters.words(text))
        size = len(text.split())
        key = characters.key(text)
        if not MIN_WORDS <= size <= MAX_WORDS or key in head or (head and head in key):
            continue  # the title again, or the whole header of the article
        if any(claim and len(found & claim) >= AGREEMENT * min(len(found), len(claim)) for claim in claims):
            return text
    return None


def place(blocks: Sequence[Block], standfirst: str | None) -> list[Block]:
    """The blocks with the standfirst first and marked as such; nothing is said twice."""
    if standfirst is None:
        return list(blocks)
    key = characters.key(standfirst)
    if _is_covered(key, " ".join(characters.key(block.text) for block in blocks[:_OPENING_BLOCKS])):
        return _marked(blocks, key)
    return [Block(BlockKind.STANDFIRST, standfirst), *blocks]


def _marked(blocks: Sequence[Block], key: str) -> list[Block]:
    return [
        Block(BlockKind.STANDFIRST, block.text) if index < 3 and characters.key(block.text) == key else block
        for index, block in enumerate(blocks)
    ]


def _is_covered(key: str, body: str) -> bool:
    """True if most of the standfirst's runs of three words stand in the text already."""
    mine, yours = _runs(key), _runs(body)
    return len(mine & yours) >= COVERAGE * len(mine)


def _runs(key: str) -> set[tuple[str, ...]]:
    words = key.split()
    size = min(3, len(words))
    return {tuple(words[i : i + size]) for i in range(len(words) - size + 1)}
