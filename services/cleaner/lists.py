"""Lists and bars of short items: menus, footers, and lists whose items are noise."""

import re
from collections import Counter
from collections.abc import Sequence

from services.cleaner import characters, shapes
from services.cleaner.decisions import Decision, Hit
from services.cleaner.phrases import Rules
from services.contracts import NoiseKind

LONGEST = 60
"""Items beyond which a list is data."""
KNOWN = 0.6
"""Share of a menu's items that are rubrics of newspapers or lines of their footers."""
NOISY = 0.7
"""Share of a list's items that must be noise for all of it to go."""

_ITEM_WORDS = 4
_ITEMS = 3
_BARS = re.compile(r"\s*[|•·›»>→/\n–—]\s*|\s{2,}")
_OPENING = frozenset(
    {NoiseKind.RELATED, NoiseKind.TAGS, NoiseKind.SHARE, NoiseKind.NAVIGATION, NoiseKind.COMMENTS, NoiseKind.TICKER}
)
"""Kinds of which a label may head the list itself."""


def menu(text: str, rules: Rules) -> Hit | None:
    """A bar or list of at least three short items, most of them names of rubrics or of a footer's pages."""
    if len(text) > shapes.LABEL_LENGTH or shapes.ends_sentence(text):
        return None
    keys = [key for part in _BARS.split(text) if (key := characters.key(part))]
    if len(keys) == 1:
        return _bare_menu(keys[0].split(), rules)
    if len(keys) < _ITEMS or any(key.count(" ") >= _ITEM_WORDS for key in keys):
        return None
    rubrics = sum(key in rules.vocabulary["sections"] or key in rules.vocabulary["home"] for key in keys)
    footers = sum(key in rules.vocabulary["footer"] for key in keys)
    if rubrics + footers < KNOWN * len(keys):
        return None
    return _named(footers > rubrics)


def _bare_menu(words: Sequence[str], rules: Rules) -> Hit | None:
    """Rubrics with nothing but spaces between them; four at least, all of them known."""
    if len(words) <= _ITEMS or len(set(words)) < len(words):
        return None
    known = rules.vocabulary["sections"] | rules.vocabulary["home"]
    return _named(False) if all(word in known for word in words) else None


def _named(footer: bool) -> Hit:
    return (NoiseKind.LEGAL, "shape:pages of a footer") if footer else (NoiseKind.NAVIGATION, "shape:menu of rubrics")


def verdict(items: Sequence[Decision]) -> Hit | None:
    """What a list of items that were judged one by one is as a whole."""
    first = items[0]
    rest_is_titles = all(not item.kept or shapes.is_title_like(item.text) for item in items[1:])
    if first.kind in _OPENING and rest_is_titles:
        return first.kind, first.rule
    kinds = Counter(item.kind for item in items if item.kind is not None)
    if sum(kinds.values()) < NOISY * len(items):
        return None
    kind = kinds.most_common(1)[0][0]
    return kind, next(item.rule for item in items if item.kind is kind)
