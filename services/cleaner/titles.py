"""Which of the titles that a page gives is the headline, without the outlet's name."""

import re
from collections.abc import Iterable

from services.cleaner import characters

MAX_LENGTH = 500
"""Characters of a title that are kept; a longer one is cut at a word."""
_SEPARATOR = re.compile(r"\s+[|–—\-·•»«:/]+\s+|\s*[|]\s*")
_OUTLET_WORDS = 6
_HEADLINE_WORDS = 3


def choose(
    *, declared: Iterable[str], page_title: str, headings: Iterable[str], outlet: Iterable[str], feed: str | None
) -> str:
    """The headline, or an empty string. `outlet` are its names.

    An only heading is the headline (it was in nine of ten development pages, more often than any declared title); of
    several headings it is the first that a declared title confirms; without one, the first declared title.
    """
    names = [name for name in outlet if name]
    heads = [short for heading in headings if (short := tidy(heading))]
    claims = [strip_outlet(tidy(claim), names) for claim in declared if claim]
    whole = tidy(page_title)
    confirmed = [head for head in heads if _agrees(head, [*claims, whole, feed or ""])]
    if confirmed and len(heads) > 1:
        return confirmed[0]
    if len(heads) == 1 and (confirmed or len(heads[0].split()) >= _HEADLINE_WORDS) and not _is_name(heads[0], names):
        return heads[0]
    for choice in (*claims, strip_outlet(whole, names), *heads, tidy(feed or "")):
        if choice and not _is_name(choice, names):
            return choice
    return ""


def _is_name(title: str, names: Iterable[str]) -> bool:
    return characters.key(title) in {characters.key(name) for name in names}


def tidy(title: str) -> str:
    """One line, invisible characters gone, at most `MAX_LENGTH` characters."""
    title = characters.squeeze(characters.clean(title[: MAX_LENGTH * 4]))
    if len(title) <= MAX_LENGTH:
        return title
    return title[:MAX_LENGTH].rsplit(" ", 1)[0].rstrip()


def strip_outlet(title: str, names: Iterable[str]) -> str:
    """The title without a last or first part that is one of the outlet's names: "Headline | Outlet"."""
    known = {characters.key(name).replace(" ", "") for name in names} - {""}
    pieces = list(_SEPARATOR.finditer(title))
    for match in pieces:
        tail = title[match.end() :]
        if _names_outlet(tail, known):
            return title[: match.start()].strip() or title
    if pieces and _names_outlet(title[: pieces[0].start()], known):
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
        if other and (key in other or other in key) and len(mine) >= 2:
            return True
        if mine and len(mine & yours) >= 0.6 * len(mine | yours):
            return True
    return False
