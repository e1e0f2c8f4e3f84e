"""Which of the titles that a page gives is the headline, without the outlet's name."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from services.cleaner import characters
from services.cleaner.headlines import Heading

MAX_LENGTH = 500
"""Characters of a title that are kept; a longer one is cut at a word."""
_SEPARATOR = re.compile(r"\s+[|–—\-·•»«:/]+\s+|\s*[|]\s*")
_OUTLET_WORDS = 6
_HEADLINE_WORDS = 3
_SITE_WORDS = 6
_SECTION_WORDS = 3
_LONG_WORD = 12


@dataclass(frozen=True, slots=True)
class Claims:
    """Titles that a page declares: `shared` with other sites, `headline` to search engines, `page` on its tab."""

    shared: str = ""
    headline: str = ""
    page: str = ""
    others: tuple[str, ...] = ()
    feed: str = ""


def choose(claims: Claims, headings: Sequence[Heading], outlet: Iterable[str]) -> str:
    """The headline, or an empty string. `outlet` are its names.

    A heading that a declared title confirms is the headline (on development pages a first-level heading was in six of
    seven, more often than any declared title), unless all declared titles say the same other thing. An only
    first-level heading is the headline without confirmation; else the first declared title.
    """
    names = list(dict.fromkeys(name for name in outlet if name))
    shared, headline = (strip_outlet(tidy(claim), names) for claim in (claims.shared, claims.headline))
    page = tidy(claims.page)
    short = strip_outlet(page, names)
    declared = [claim for claim in (headline, shared, short, *map(tidy, claims.others)) if claim]
    pieces = {characters.key(piece) for piece in (*declared, *_pieces(page))}
    heads = _heads(headings, declared, page, names)
    first = heads.get(1, [])
    exact = [head for level in (1, 2, 3) for head in heads.get(level, ()) if characters.key(head) in pieces]
    if exact and (exact[0] in first or not first):
        return exact[0]
    confirmed = next((head for head in first if _agrees(head, [*declared, page, tidy(claims.feed)])), "")
    inner = next((claim for claim in (headline, shared) if _is_part(claim, confirmed)), "")
    if inner:
        return inner
    if confirmed or (len(first) == 1 and (_is_long(first[0]) or not declared)):
        return confirmed or first[0]
    choices = (*exact, *map(_without_section, (headline, shared, short)), *first, tidy(claims.feed), *heads.get(2, ()))
    return next((choice for choice in choices if choice and not _is_name(choice, names)), "")


def _is_part(claim: str, heading: str) -> bool:
    """True if a heading is the declared title and a kicker, or a line below it, that stands in the same element."""
    key, whole = characters.key(claim), characters.key(heading)
    cut = claim.endswith(("...", "…"))
    if cut or len(key.split()) < _HEADLINE_WORDS:
        return False
    return whole.startswith(f"{key} ") or whole.endswith(f" {key}")


def _is_long(heading: str) -> bool:
    return len(characters.words(heading)) >= 2 or len(heading) >= _LONG_WORD


def _heads(headings: Sequence[Heading], declared: list[str], page: str, names: list[str]) -> dict[int, list[str]]:
    """Headings by level that may be the headline: the outlet's name and links to the front page are none."""
    found: dict[int, list[str]] = {}
    tail = _tail(page)
    for heading in headings:
        text = strip_outlet(tidy(_unkicked(heading, declared)), names)
        key = characters.key(text)
        if not key or _is_name(text, names):
            continue
        site = key == tail and len(text.split()) <= _SITE_WORDS
        if site and key not in map(characters.key, declared):
            continue
        if heading.home and (len(text.split()) <= _SITE_WORDS or site):
            continue
        found.setdefault(heading.level, []).append(text)
    return found


def _unkicked(heading: Heading, declared: list[str]) -> str:
    """The heading without its kicker, unless the page declares both together as its title."""
    whole = characters.key(heading.text)
    if not heading.bare or any(whole == characters.key(claim) for claim in declared):
        return heading.text
    return heading.bare if len(characters.key(heading.bare)) >= 8 else heading.text


def _tail(page: str) -> str:
    """The last part of a page's title, if it has several."""
    pieces = [piece for piece in _SEPARATOR.split(page) if piece.strip()]
    return characters.key(pieces[-1]) if len(pieces) > 1 else ""


def _pieces(page: str) -> list[str]:
    """Parts of a page's title, long enough to be a headline, and its beginnings."""
    cuts = [match.start() for match in _SEPARATOR.finditer(page)]
    parts = [part for part in _SEPARATOR.split(page) if len(part.split()) >= 2]
    return [*parts, *(page[:cut] for cut in cuts if len(page[:cut].split()) >= 2)] if cuts else [page]


def _without_section(title: str) -> str:
    """ "Headline | Section" without the short last part; other separators may belong to the headline."""
    head, bar, tail = title.rpartition("|")
    if bar and len(tail.split()) <= _SECTION_WORDS and len(head.split()) > _SECTION_WORDS:
        return head.strip()
    return title


def _is_name(title: str, names: Iterable[str]) -> bool:
    key = characters.key(title)
    return any(characters.key(name) == key for name in names)


def tidy(title: str) -> str:
    """One line, invisible characters gone, at most `MAX_LENGTH` characters."""
    title = characters.squeeze(characters.clean(title[: MAX_LENGTH * 4]))
    if len(title) <= MAX_LENGTH:
        return title
    return title[:MAX_LENGTH].rsplit(" ", 1)[0].rstrip()


def strip_outlet(title: str, names: Iterable[str]) -> str:
    """The title without a last or first part that is one of the outlet's names: "Headline | Outlet"."""
    pieces = list(_SEPARATOR.finditer(title))
    if not pieces:
        return title
    known = {characters.key(name).replace(" ", "") for name in names} - {""}
    for match in pieces:
        tail = title[match.end() :]
        if _names_outlet(tail, known):
            return title[: match.start()].strip() or title
    if _names_outlet(title[: pieces[0].start()], known):
        return title[pieces[0].end() :].strip() or title
    return title


def _names_outlet(part: str, known: set[str]) -> bool:
    found = characters.key(part).replace(" ", "")
    if not found or len(part.split()) > _OUTLET_WORDS:
        return False
    return found in known or any(
        len(name) >= 4 and (found.startswith(name) or (name.startswith(found) and len(found) >= 4)) for name in known
    )


def _agrees(head: str, claims: Iterable[str]) -> bool:
    key = characters.key(head)
    mine = set(key.split())
    for claim in claims:
        other = characters.key(claim)
        yours = set(other.split())
        if other and (key in other if len(mine) >= 2 else key in yours):
            return True
        if other and len(yours) >= 2 and other in key:
            return True
        if mine and len(mine & yours) >= 0.6 * len(mine | yours):
            return True
    return False
