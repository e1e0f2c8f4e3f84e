"""Who a page's markup names as author outside its head: microdata, `rel=author`, links to a writer's page.

To be read before noise containers are taken out: the only place that names the writer of a blog is often the box
about the author.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from services.cleaner import hints, markup, shapes

MAX_LINKED = 3
"""Different writers that a page links before its links say nothing about who wrote this article."""
_MAX_NAME = 120


@dataclass(frozen=True, slots=True)
class Authorship:
    """`declared` stands in `itemprop` and `rel` attributes; `linked` are texts of links to pages of writers."""

    declared: tuple[str, ...] = ()
    linked: tuple[str, ...] = ()


def read(tree: Any) -> Authorship:
    """The names a page's markup gives, in its order, at most `MAX_LINKED` of each; none where it names more."""
    return Authorship(_few(_declared(tree)), _few(_linked(tree)))


def _few(names: Iterator[str]) -> tuple[str, ...]:
    found = tuple(dict.fromkeys(name for name in names if 1 < len(name) <= _MAX_NAME))
    return found if len(found) <= MAX_LINKED else ()


def _declared(tree: Any) -> Iterator[str]:
    for element in tree.iter("a", "span", "p", "div", "li", "address", "em", "strong", "b", "h4", "h5", "meta"):
        if element.get("itemprop") in {"author", "creator"}:
            if not _is_quoted(element):
                yield from _named(element)
        elif "author" in (element.get("rel") or "").lower().split():
            yield markup.text_of(element)


def _named(element: Any) -> Iterator[str]:
    """Texts of the parts that are the name, if some are marked so; else the text of the whole."""
    parts = [part for part in element.iter() if part is not element and part.get("itemprop") == "name"]
    for part in parts or [element]:
        yield part.get("content") or markup.text_of(part)


def _is_quoted(element: Any) -> bool:
    """True inside a comment or a review, whose authors did not write the article."""
    return any(
        (ancestor.get("itemprop") or "") in {"comment", "review"}
        or (ancestor.get("itemtype") or "").rsplit("/", 1)[-1] in {"Comment", "Review", "UserComments"}
        for ancestor in element.iterancestors()
    )


def _linked(tree: Any) -> Iterator[str]:
    segments = hints.load().author_pages
    for element in tree.iter("a"):
        steps = _path(element.get("href") or "").lower().split("/")
        if segments.intersection(steps):
            text = markup.text_of(element)
            if shapes.is_title_case_name(text):
                yield text


def _path(address: str) -> str:
    try:
        return urlsplit(address[:2_000]).path
    except ValueError:
        return ""  # "http://[": a link to nowhere
