"""The standfirst: the sentence or two under the headline that sum the article up."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from services.cleaner import characters, hints, shapes
from services.cleaner.walk import Page

AGREEMENT = 0.7
"""Share of the shorter text's words that a page's description and a standfirst have in common."""
MIN_WORDS, MAX_WORDS = 5, 120
LEAST_CHANCE = 0.02
"""What the classifier rules out altogether stays out, whatever its class is called."""
BELOW = 2
"""Units under the headline among which an unmarked standfirst is looked for."""
LIKELY = 0.1
"""What the classifier must think of one that neither a class nor the page's description confirms."""
_REACH = 40
_LINKED = 0.5


def find(page: Page, chances: Any, kept: Sequence[int], title: str, about: str) -> int | None:
    """The unit that is the standfirst: its class says so or the page's description says the same, near the headline.

    It may be one that the classifier kept, or one that stands in front of all that it kept.
    """
    if not kept:
        return None
    claim = set(characters.words(about))
    head = characters.key(title)
    start, end = _window(page, kept)
    for number in range(start, end):
        unit = page.units[number]
        if chances[number] < LEAST_CHANCE or unit.linked > _LINKED * len(unit.text) or page.place(number).list >= 0:
            continue
        words = characters.words(unit.text)
        key = " ".join(words)
        if not MIN_WORDS <= len(unit.text.split()) <= MAX_WORDS or key in head or (head and head in key):
            continue
        if _is_marked(page, unit.box) or _agrees(set(words), claim) or _is_below(page, chances, number, start):
            return number
    return None


def _is_below(page: Page, chances: Any, number: int, start: int) -> bool:
    """True for a sentence without links in a box of its own right under the headline."""
    unit = page.units[number]
    headed = start > 0 and page.place(start - 1).level == 1 and number < start + BELOW
    return bool(headed and not unit.links and chances[number] >= LIKELY and shapes.ends_sentence(unit.text))


def _window(page: Page, kept: Sequence[int]) -> tuple[int, int]:
    """From the headline, or some way above the article's first unit, to its second one."""
    first = kept[0]
    heads = [n for n in range(max(0, first - _REACH), first + 1) if page.place(n).level == 1]
    return (heads[-1] + 1 if heads else max(0, first - _REACH // 2)), kept[min(1, len(kept) - 1)] + 1


def _agrees(words: set[str], claim: set[str]) -> bool:
    return len(claim) >= MIN_WORDS and len(words & claim) >= AGREEMENT * min(len(words), len(claim))


def _is_marked(page: Page, box: int) -> bool:
    for _ in range(2):
        here = page.boxes[box]
        if here.names and _says_standfirst(here.names):
            return True
        box = here.parent
        if box < 0:
            break
    return False


@lru_cache(maxsize=16_384)
def _says_standfirst(names: str) -> bool:
    found = hints.load().match(names[:300])
    return found is not None and found[0] == "standfirst"
