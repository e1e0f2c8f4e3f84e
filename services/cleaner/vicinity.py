"""The neighbourhood of a headline: the elements behind and in front of it, and what of a page is of other stories."""

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import chain, islice
from typing import Any

from lxml import etree

from services.cleaner import characters

AFTER, BEFORE = 260, 70
"""Elements behind and in front of the headline that are its neighbourhood."""
MAX_TEXT = 300
"""Characters of an element's text that are looked at, roughly: bylines and headings are shorter."""

SILENT = frozenset({"script", "style", "noscript", "template", "svg", "iframe", "select", "button", "textarea"})
INLINE = frozenset(
    {"a", "abbr", "b", "bdi", "bdo", "cite", "code", "em", "font", "i", "mark", "q", "s", "small", "span", "strong",
     "sub", "sup", "time", "u", "wbr"}
)  # fmt: skip
_FOREIGN = re.compile(
    r"comment|related|teaser|sidebar|recommend|recent|popular|footer|widget|more-?(?:news|stories|posts)|most-?read|trending"
    r"|card(?:$|[\s_-])|review|prev|next|latest",
    re.IGNORECASE,
)
_CLIMB = 6
_ANCESTORS = 8


def text_of(element: Any, gap: str = "") -> str:
    """Visible text of an element, squeezed, at most a few hundred characters; `gap` divides inline elements."""
    if not len(element):
        return characters.squeeze(characters.clean((element.text or "")[:MAX_TEXT]))
    parts: list[str] = []
    _texts(element, parts, 0, gap)
    return characters.squeeze(characters.clean("".join(parts)[: 4 * MAX_TEXT]))


def _texts(element: Any, parts: list[str], depth: int, gap: str) -> None:
    parts.append(element.text or "")
    if depth > 12 or len(parts) > 200:
        return
    for child in element:
        if child.tag not in SILENT:
            space = gap if child.tag in INLINE else " "
            parts.append(space)
            _texts(child, parts, depth + 1, gap)
            parts.append(space)
        parts.append(child.tail or "")


def after(head: Any) -> Iterator[Any]:
    """Elements behind the headline in the order of the page, no further than the end of its article."""
    return islice(_following(head), AFTER)


def _following(element: Any) -> Iterator[Any]:
    while element is not None and element.tag not in {"article", "body", "html"}:
        for sibling in element.itersiblings():
            yield from sibling.iter(etree.Element)
        element = element.getparent()


def before(head: Any) -> Iterator[Any]:
    """Elements in front of the headline under its nearest ancestors, nearest ancestor first."""
    return islice(_preceding(head), BEFORE)


def _preceding(element: Any) -> Iterator[Any]:
    for _ in range(_CLIMB):
        if element is None or element.tag in {"article", "body", "main"}:
            return
        for sibling in element.itersiblings(preceding=True):
            if sibling.tag not in {"nav", "aside", "header", "footer"}:
                yield from sibling.iter(etree.Element)
        element = element.getparent()


def own(tree: Any) -> Iterator[Any]:
    """Elements of the page that are not in what holds other stories, comments or the frame of the page."""
    waiting = list(tree.iterchildren("body"))
    while waiting:
        element = waiting.pop()
        if element.tag in SILENT or not isinstance(element.tag, str) or _frames(element):
            continue
        yield element
        waiting.extend(reversed(element))


def is_foreign(element: Any) -> bool:
    """True inside what holds other stories, comments or the frame of the page."""
    return any(_frames(ancestor) for ancestor in chain((element,), islice(element.iterancestors(), _ANCESTORS)))


def _frames(element: Any) -> bool:
    if element.tag in {"footer", "aside", "nav", "head"}:
        return True
    names = element.get("class")
    return bool(names) and element.tag not in {"body", "html", "article", "main"} and _foreign(names)


@lru_cache(maxsize=4096)
def _foreign(names: str) -> bool:
    return _FOREIGN.search(names[:300]) is not None
