"""The headings of a page, and which of them is the headline."""

import re
from dataclasses import dataclass
from itertools import islice
from typing import Any

from services.cleaner import characters, vicinity

FRONT_PAGE = re.compile(r"(?:https?://([^/?#]+)/?|/)(?:index\.\w{3,5})?$")
"""Addresses of front pages; the group is the host, where one is given."""
_MAX_HEADINGS = 40
_SHORT = 30
_DECLARED_LENGTH = 8
_KICKER = re.compile(
    r"kicker|overline|topline|eyebrow|dachzeile|roofline|supertitle|pre-?title|spitzmarke|surtit|over-?title|flashline"
    r"|catchline|ober-?zeile|headline-?intro|antetitulo|volanta|occhiello|badge|label|visually-?hidden|sr-?only",
    re.IGNORECASE,
)
_HEADED = re.compile(r"entry-?title|post-?title|article-?title|headline|story-?title|news-?title", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Heading:
    """`bare` is the text without a kicker that stands in an element of its own; empty where there is none.

    `home` says that it is a link to the front page, `marked` that the markup calls it the headline.
    """

    level: int
    text: str
    bare: str = ""
    home: bool = False
    marked: bool = False


def choose(headings: list[tuple[Any, Heading]], titles: list[str]) -> Any:
    """The heading that the page's declared titles contain; else the first that is marked; else the first."""
    best: tuple[int, int] = (0, 0)
    chosen = None
    for element, heading in headings:
        if heading.home and len(heading.text) < _SHORT:
            continue
        declared = _is_declared(heading.text, titles)
        rank = (2 * declared + heading.marked, len(heading.text) if declared else 0)
        if chosen is None or rank > best:
            chosen, best = element, rank
    return chosen


def read(tree: Any, titles: list[str]) -> list[tuple[Any, Heading]]:
    """Headings with their elements: those of the first level, and lower ones if no first is among the page's titles.

    `titles` are `characters.key`s of what the page declares.
    """
    first = _read(tree, ("h1",))
    if any(_is_declared(heading.text, titles) for _, heading in first):
        return first
    return first + _read(tree, ("h2", "h3"))


def _read(tree: Any, tags: tuple[str, ...]) -> list[tuple[Any, Heading]]:
    found = [(element, _heading(element)) for element in islice(tree.iter(*tags), _MAX_HEADINGS)]
    return [(element, heading) for element, heading in found if heading.text]


def _is_declared(heading: str, titles: list[str]) -> bool:
    key = characters.key(heading)
    return len(key) >= _DECLARED_LENGTH and any(title and (key in title or title in key) for title in titles)


def _heading(element: Any) -> Heading:
    text = vicinity.text_of(element)
    names = f"{element.get('class') or ''} {element.get('itemprop') or ''}"
    marked = element.tag == "h1" or _HEADED.search(names) is not None
    return Heading(int(element.tag[1]), text, _bare(element, text), _is_home(element), marked)


def _bare(element: Any, text: str) -> str:
    """The heading without the kicker in its first child, or in the first child of a wrapper around all of it."""
    while len(element) == 1 and not (element.text or "").strip() and not (element[0].tail or "").strip():
        element = element[0]
    if not len(element) or (element.text or "").strip():
        return ""
    first = element[0]
    kicker = vicinity.text_of(first)
    if not kicker or not text.startswith(kicker):
        return ""
    if first.tag in vicinity.INLINE and not _KICKER.search(first.get("class") or ""):
        return ""
    return text[len(kicker) :].strip(" :|–-—•\u00a0")


def _is_home(element: Any) -> bool:
    link = element.find(".//a")
    if link is None:
        link = next((parent for parent in element.iterancestors("a")), None)
    return link is not None and FRONT_PAGE.match((link.get("href") or "")[:300]) is not None
