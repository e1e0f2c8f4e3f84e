"""Pages that carry several articles one below the other: which units belong to another story than the page's."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.cleaner import boxes, characters
from services.cleaner.walk import Page

BODY = 300
"""Characters of running text from which a box with a headline of its own holds a story."""
ALIKE = 0.5
"""Jaccard overlap of words from which a heading is the page's title."""
_PARAGRAPH = 80
_LEVELS = (1, 2)


@dataclass(frozen=True, slots=True)
class _Head:
    number: int
    box: int
    level: int


def others(page: Page, chosen: Sequence[int], title: str) -> set[int]:
    """Those of the chosen units that stand under a headline of their own, in a box of the same make as the article's.

    Endless pages append the next articles in such boxes, or in an `<article>` each. Nothing is given where no heading
    is the page's title.
    """
    heads = _heads(page)
    own = _own(page, heads, title)
    if own is None:
        return set()
    found: set[int] = set()
    for head in heads:
        if head.level == own.level and head.box != own.box:
            mine, theirs = _parted(page, own.box, head.box)
            apart = _is_same_make(page, mine, theirs) or (
                _is_article(page, own.box, mine) and _is_article(page, head.box, theirs)
            )
            if apart and _body(page, chosen, mine) >= BODY <= _body(page, chosen, theirs):
                found.update(number for number in chosen if page.holds(theirs, number))
    return found


def _heads(page: Page) -> list[_Head]:
    return [
        _Head(number, unit.box, level)
        for number, unit in enumerate(page.units)
        if (level := page.place(number).level) in _LEVELS
    ]


def _own(page: Page, heads: Sequence[_Head], title: str) -> _Head | None:
    """The heading most like the title, if it is like it at all."""
    wanted = set(characters.words(title))
    best, rank = None, ALIKE
    for head in heads:
        words = set(characters.words(page.units[head.number].text))
        share = len(words & wanted) / (len(words | wanted) or 1)
        if share > rank:
            best, rank = head, share
    return best


def _parted(page: Page, first: int, second: int) -> tuple[int, int]:
    """The largest boxes of which one holds the first and the other the second box, and neither both."""
    chain = _chain(page, first)
    other = _chain(page, second)
    while chain and other and chain[-1] == other[-1]:
        chain.pop()
        other.pop()
    return (chain[-1] if chain else -1), (other[-1] if other else -1)


def _chain(page: Page, box: int) -> list[int]:
    found = []
    while box >= 0:
        found.append(box)
        box = page.boxes[box].parent
    return found


def _is_article(page: Page, box: int, outer: int) -> bool:
    """True if an `<article>` stands around a heading, inside `outer` or as that box itself."""
    while box >= outer >= 0:
        if page.boxes[box].tag == "article":
            return True
        box = page.boxes[box].parent
    return False


def _is_same_make(page: Page, first: int, second: int) -> bool:
    if first < 0 or second < 0 or page.boxes[first].place.level or page.boxes[second].place.level:
        return False
    one, two = page.boxes[first], page.boxes[second]
    mine, yours = set(boxes.tokens(one.names)), set(boxes.tokens(two.names))
    return one.tag == two.tag and (mine == yours or 2 * len(mine & yours) >= len(mine | yours))


def _body(page: Page, chosen: Sequence[int], box: int) -> int:
    long = (n for n in chosen if len(page.units[n].text) >= _PARAGRAPH and page.holds(box, n))
    return sum(len(page.units[number].text) for number in long)
