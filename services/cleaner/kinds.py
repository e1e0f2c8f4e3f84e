"""What a page is: an article, a flash, a live report, a page that only lists others, or something else."""

import re
from collections.abc import Sequence
from urllib.parse import SplitResult, urlsplit

from services.cleaner import characters, shapes
from services.cleaner.declared import Declared
from services.cleaner.phrases import Rules
from services.contracts import Block, BlockKind, PageKind

FLASH_SENTENCES = 2
FLASH_WORDS = 70
LIVE_ENTRIES = 5
"""Blocks that open with a time of day, from which a page is a live report."""
INDEX_LINKS = 20
"""Links of five words and more on a page that lists others."""
LISTED, LISTED_SHARE = 4, 0.8
"""Headlines that are links, and their share of a page's text, from which what stays of it is a listing."""
TEASER_WORDS = 50

_CLOCK = re.compile(r"^\W{0,3}(?:\d{1,2}[./]\d{1,2}(?:[./]\d{2,4})?,?\s{1,3})?\d{1,2}\s?[:.hг]\s?\d{2}\b")
_SLUG = re.compile(r"[^/]*[-_][^/]*[-_][^/]*[-_][^/]*|[^/]*\d{4,}[^/]*|[^/]+\.[a-z]{3,5}", re.IGNORECASE)
_LISTS = frozenset({"collectionpage", "itemlist", "searchresultspage", "profilepage"})
_OTHERS = frozenset(
    {
        "product",
        "recipe",
        "videoobject",
        "imagegallery",
        "jobposting",
        "event",
        "faqpage",
        "qapage",
        "discussionforumposting",
    }
)


def is_index(blocks: Sequence[Block], declared: Declared, url: str | None, headlines: Sequence[str]) -> bool:
    """True for a front or section page: it claims no article, its address names none, and it is made of headlines.

    `headlines` are the texts of the page's links of five words and more.
    """
    if declared.article or declared.meta.get("og:type", "").lower() == "article":
        return False
    headline_links = len(headlines)
    if _is_listing(blocks, headlines, named=_names_story(url)):
        return True
    running = sum(len(block.text.split()) for block in blocks if shapes.is_paragraph(block.text))
    if _is_front(url):
        return headline_links >= INDEX_LINKS / 2
    many = headline_links >= INDEX_LINKS and running < 8 * headline_links
    if _names_story(url):
        return False
    return many and (url is not None or bool(declared.types & _LISTS) or running < 100)


def _is_listing(blocks: Sequence[Block], headlines: Sequence[str], *, named: bool) -> bool:
    """True if what stays of a page is headlines that are links, each with a teaser at most.

    A page whose address names a story may head its chapters with links: it is a listing only without teasers.
    """
    keys = {characters.key(text) for text in headlines}
    body = " ".join(characters.key(block.text) for block in blocks)
    linked = [key for key in keys if key in body]
    text = [block for block in blocks if block.kind is not BlockKind.HEADING and characters.key(block.text) not in keys]
    longest = max((len(block.text.split()) for block in text), default=0)
    if len(linked) < LISTED:
        # The headlines may be gone already, and only the teasers below them are left.
        return (
            not named and LISTED - 1 <= len(text) <= len(keys) + 1 and len(keys) >= LISTED and longest <= TEASER_WORDS
        )
    if sum(map(len, linked)) >= LISTED_SHARE * len(body):
        return True
    return not named and len(text) <= len(linked) + 1 and longest <= TEASER_WORDS


def classify(blocks: Sequence[Block], declared: Declared, title: str, rules: Rules) -> PageKind:
    """The kind of a page that has blocks."""
    if "liveblogposting" in declared.types or _is_live(blocks, title, rules):
        return PageKind.LIVE
    if not declared.article and declared.types & _OTHERS:
        return PageKind.OTHER
    body = [block.text for block in blocks if block.kind is not BlockKind.HEADING]
    text = " ".join(body)
    if len(text.split()) <= FLASH_WORDS and len(shapes.sentences(text)) <= FLASH_SENTENCES:
        return PageKind.FLASH
    return PageKind.ARTICLE


def _is_live(blocks: Sequence[Block], title: str, rules: Rules) -> bool:
    timed = sum(1 for block in blocks if _CLOCK.match(block.text))
    said = f" {characters.key(title)} "
    promised = any(f" {word} " in said for word in rules.vocabulary["live"])
    return timed >= (LIVE_ENTRIES if promised else 2 * LIVE_ENTRIES)


def _is_front(url: str | None) -> bool:
    parts = _parts(url)
    return parts is not None and parts.path.strip("/") in {"", "index.html", "index.php"} and not parts.query


def _names_story(url: str | None) -> bool:
    """True if a step of the path or the query looks like that of one story: a slug, a number, a file."""
    parts = _parts(url)
    return parts is not None and (bool(parts.query) or any(_SLUG.fullmatch(step) for step in parts.path.split("/")))


def _parts(url: str | None) -> SplitResult | None:
    try:
        return urlsplit(url) if url else None
    except ValueError:
        return None  # "http://[": an address that names nothing
