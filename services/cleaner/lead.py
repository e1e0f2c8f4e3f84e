"""The standfirst: the sentence or two under the headline that sum the article up, which extractors often miss."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

from services.cleaner import characters, markup, shapes
from services.contracts import Block, BlockKind

AGREEMENT = 0.6
"""Share of the shorter text's words that the page's description must have in common with a standfirst."""
_OPENING_BLOCKS = 12
COVERAGE = 0.6
"""Share of its runs of three words from which a standfirst is in the text already."""
MIN_WORDS, MAX_WORDS = 4, 120
_TAGS = frozenset({"p", "h2", "h3", "div"})
_BLOCKS = ("p", "div", "ul", "ol", "table", "h1", "h2", "h3", "figure", "form", "article", "section")
_NEAR = 4
_CLIMB = 2


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


def below_headline(tree: Any) -> list[str]:
    """Sentences in elements of their own that stand right under a page's only h1, in the order of the page.

    Looked for among the next siblings of the headline and of the elements around it. To be read before noise
    containers are taken out, and to be judged as noise before one is used.
    """
    heads = tree.findall(".//h1")
    return [text for element in _below(heads[0]) if (text := _sentence(element))] if len(heads) == 1 else []


def _below(element: Any) -> Iterator[Any]:
    for _ in range(_CLIMB + 1):
        yield from islice(element.itersiblings(), _NEAR)
        element = element.getparent()
        if element is None or element.tag in {"article", "main", "body"} or len(element.findall(".//p")) > 2:
            return  # no wrapper of the headline any more: it holds the article


def _sentence(element: Any) -> str | None:
    if element.tag not in _TAGS or element.find(".//a") is not None:
        return None
    if any(element.find(f".//{tag}") is not None for tag in _BLOCKS):
        return None
    text = markup.text_of(element)
    return text if MIN_WORDS <= len(text.split()) <= MAX_WORDS and shapes.ends_sentence(text) else None


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
