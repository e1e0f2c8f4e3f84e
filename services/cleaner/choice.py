"""Which units of a page are its article's: the classifier's word, corrected where a rule knows better."""

from itertools import pairwise
from typing import Any

import numpy as np

from services.cleaner import characters, extract, model, naming, phrases, shapes
from services.cleaner.walk import Page, Unit
from services.contracts import NoiseKind

UNSURE = 0.8
"""Doubt in proportion to the kept text, from which another extractor is asked: about one page in forty.

Asked more often it costs more than all the rest, and changed F1 by less than .001 on held-out hosts.
"""
SHORT = 250
"""Characters of kept text below which another extractor is asked too."""
WEIGHT = 0.3
"""Say of the other extractor. More lets in what it is known to let in; measured on held-out hosts."""
SURE = 0.85
"""Probability from which the classifier knows better than the name of a box."""
SMALL = 0.3
"""Share of the kept text in a box that is too large to be what it is called."""
FLASH = 80
"""Characters of kept text below which a page is looked at again for a flash of a sentence or two."""
FLASH_SHARE = 0.6
"""What a sentence of a flash must be as likely as, in proportion to the likeliest."""
SENTENCE = 30
"""Characters of the shortest sentence that may be all of an article."""
LEAST = 0.08
"""Probability below which nothing is taken in between two units that are in."""
LINKED = 0.3
"""Share of a unit's characters inside links from which it leads elsewhere."""
_CLIMB = 4
_MARKED = frozenset(NoiseKind) - {
    NoiseKind.CAPTION,
    NoiseKind.CREDIT,
    NoiseKind.BYLINE,
    NoiseKind.LEGAL,
    NoiseKind.TICKER,
}
_PLAIN = frozenset(
    {"p", "ul", "ol", "li", "dl", "dt", "dd", "table", "thead", "tbody", "tfoot", "tr", "td", "th", "caption",
     "blockquote", "h2", "h3", "h4", "h5", "h6", "pre"}
)  # fmt: skip
_SPACES = str.maketrans("", "", " \n")


def choose(page: Page, source: str, title: str, description: str) -> Any:
    """The probability of each unit to be part of the article; `source` is read again for a second opinion."""
    chances = model.judge(page, title, description)
    for number, unit in enumerate(page.units):
        at = page.place(number)
        if at.caption or (at.level == 1 and _is_title(unit.text, title)):
            chances[number] = 0.0
    _rule_out_marked(page, chances)
    if _is_doubtful(page, chances):
        second = _membership(page, extract.text(source))
        ruled = chances == 0.0
        chances = (1 - WEIGHT) * chances + WEIGHT * second
        chances[ruled] = 0.0
    return chances


def _rule_out_marked(page: Page, chances: Any) -> None:
    """Takes out what is likely at best and stands in a small box that is called by a kind of noise."""
    inside = np.flatnonzero(chances >= model.KEEP).tolist()
    held = _held(page, inside)
    for number in inside:
        box = page.units[number].box
        for _ in range(_CLIMB if chances[number] < SURE else 0):
            if box < 0 or held[box] > SMALL * held[0]:
                break
            said = naming.meaning(page.boxes[box].names)
            if said is not None and said[0] in _MARKED and _is_so(page, inside, box, said[0]):
                chances[number] = 0.0
                break
            box = page.boxes[box].parent


def _is_so(page: Page, numbers: list[int], box: int, kind: NoiseKind) -> bool:
    """False for a paywall's box that holds the paid text itself, as its class often says."""
    if kind is not NoiseKind.PAYWALL:
        return True
    text = "\n".join(page.units[number].text for number in numbers if page.holds(box, number))
    return naming.is_wall(text, phrases.load())


def _held(page: Page, numbers: list[int]) -> dict[int, int]:
    """Characters of those units in every box."""
    found = {0: 0}
    for number in numbers:
        box = page.units[number].box
        while box >= 0:
            found[box] = found.get(box, 0) + len(page.units[number].text)
            box = page.boxes[box].parent
    return found


def kept(page: Page, chances: Any) -> list[int]:
    """The numbers of the units that are in: those likely enough, and lists, tables and the like between two of them."""
    inside = _likely(page, chances)
    numbers = np.flatnonzero(inside).tolist()
    for before, after in pairwise(numbers):
        if after - before > 1:
            common = _common(page, before, after)
            gap = range(before + 1, after)
            inside[[n for n in gap if _belongs(page, chances, n) and _is_plain(page, n, common)]] = True
    return [int(number) for number in np.flatnonzero(inside)]


def _likely(page: Page, chances: Any) -> Any:
    """True for every unit above the threshold; where next to nothing is, for the likeliest sentences: a flash."""
    inside = chances >= model.KEEP
    if sum(len(page.units[number].text) for number in np.flatnonzero(inside)) >= FLASH:
        return inside
    sentences = [n for n, unit in enumerate(page.units) if chances[n] >= LEAST and _is_sentence(unit)]
    if sentences:
        level = FLASH_SHARE * max(chances[number] for number in sentences)
        inside[[number for number in sentences if chances[number] >= level]] = True
    return inside


def _is_sentence(unit: Unit) -> bool:
    return len(unit.text) >= SENTENCE and unit.linked <= LINKED * len(unit.text) and shapes.ends_sentence(unit.text)


def _common(page: Page, first: int, second: int) -> int:
    """The smallest box that holds both units."""
    box = page.units[first].box
    while not page.holds(box, second):
        box = page.boxes[box].parent
    return box


def _is_plain(page: Page, number: int, outer: int) -> bool:
    """True if between the unit and `outer` there are only unnamed lists, tables, quotes, headings and paragraphs."""
    box = page.units[number].box
    while box > outer:
        here = page.boxes[box]
        if here.names or here.tag not in _PLAIN:
            return False
        box = here.parent
    return box == outer


def _belongs(page: Page, chances: Any, number: int) -> bool:
    unit = page.units[number]
    return bool(chances[number] >= LEAST and unit.linked <= LINKED * len(unit.text))


def _is_title(text: str, title: str) -> bool:
    mine, yours = characters.key(text), characters.key(title)
    return not yours or mine in yours or yours in mine


def _is_doubtful(page: Page, chances: Any) -> bool:
    size = np.fromiter((len(unit.text) for unit in page.units), dtype=np.float64, count=len(page.units))
    text = float(size[chances >= model.KEEP].sum())
    doubt = float((size * np.minimum(chances, 1 - chances)).sum()) * 2
    return text < SHORT or doubt > UNSURE * text


def _membership(page: Page, text: str) -> Any:
    """1 for every unit that stands in the other extractor's text, else 0."""
    whole = _squashed(text)
    return np.array([float(bool(key := _squashed(unit.text)) and key in whole) for unit in page.units])


def _squashed(text: str) -> str:
    return characters.key(text).translate(_SPACES)
