"""A few lines about the writer: a name, a profession, and what such lines tell of a life."""

import re
from collections.abc import Sequence
from functools import lru_cache

from services.cleaner import characters, shapes
from services.cleaner.decisions import Hit
from services.cleaner.phrases import Rules
from services.contracts import NoiseKind

MAX_WORDS = 90
INSIDE, OUTSIDE = 2, 1
"""Signs besides name and profession that a block needs inside the article's body and at its margins."""

_OPENING_WORDS = 14
_ROLE_WORDS, _ROLE_LINE = 3, 30
_STEM = 7
_CONTACT = re.compile(r"(?:^|[\s(:])@\w{3,30}\b|[\w.+-]{2,60}@[\w-]{2,60}\.\w{2,}")


def find(text: str, rules: Rules, *, margin: bool) -> Hit | None:
    """The hit for a block that introduces its author, or None; `margin` says that it stands outside the body."""
    size = text.count(" ") + 1
    if not 5 <= size <= MAX_WORDS or "\n" in text:
        return None
    words = characters.words(text)
    named = _begins_with_name(text)
    # "Economics editor, covers trade since 2015": the name stands on a line of its own.
    opening = words[:_OPENING_WORDS] if named else words[:_ROLE_WORDS] if margin and size <= _ROLE_LINE else ()
    if rules.vocabulary["role"].isdisjoint(opening) and not (margin and _is_inflected_role(opening, rules)):
        return None
    key = f" {' '.join(words)} "
    signs = sum(1 for phrase in rules.vocabulary["career"] if f" {phrase} " in key)
    signs += 2 * (_CONTACT.search(text) is not None)
    if signs < (OUTSIDE if margin else INSIDE):
        return None
    return NoiseKind.AUTHOR_BIO, "shape:name, profession and life"


def _is_inflected_role(opening: Sequence[str], rules: Rules) -> bool:
    """True if a word is a longer form of a profession, as of a case or a compound ("Wirtschaftsredakteurin")."""
    stems = _stems(rules.vocabulary["role"])
    return any(word.startswith(stems) or word.endswith(stems) for word in opening if len(word) > _STEM)


@lru_cache(maxsize=4)
def _stems(roles: frozenset[str]) -> tuple[str, ...]:
    return tuple(sorted(role for role in roles if len(role) >= _STEM and " " not in role))


def _begins_with_name(text: str) -> bool:
    parts = text.split(None, 2)[:2]
    if not any(char.isupper() or char.islower() for char in parts[0]):
        return True  # a script without capitals
    return all(shapes.is_name_part(part.strip('«»"“”:,–—-')) and part[:1].isupper() for part in parts)
