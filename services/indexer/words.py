"""Words of a text in any script, folded so that spellings of one word compare equal."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from unicodedata import combining, normalize

_CJK = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
# Combining accents, Arabic vowel signs, soft hyphen and zero-width characters stand inside words but are not \w.
_MARKS = "\u0300-\u036f\u0610-\u061a\u064b-\u065f\u0670\u00ad\u200b-\u200f\u2060\ufe0e\ufe0f"
_MARK = re.compile(f"[{_MARKS}]")
_PLAIN = re.compile(rf"[{_CJK}]|[^\W_{_CJK}]+")
_MARKED = re.compile(rf"[{_CJK}]|(?:[^\W_{_CJK}]|[{_MARKS}])+")

# Letters that Unicode does not decompose, and the Arabic spellings that writers exchange freely.
_LETTERS = str.maketrans(
    {
        "ł": "l", "đ": "d", "ð": "d", "ø": "o", "æ": "ae", "œ": "oe", "þ": "th", "ħ": "h", "ı": "i", "ґ": "г",
        "ٱ": "ا", "ى": "ي", "ی": "ي", "ک": "ك", "ة": "ه", "ـ": None, "\u00ad": None, "\u2060": None,
        "\u200b": None, "\u200c": None, "\u200d": None, "\u200e": None, "\u200f": None,
        "\ufe0e": None, "\ufe0f": None,
    }
)  # fmt: skip

_CACHED_LENGTH = 40
"""Longer words are folded without being remembered: hostile text must not fill the cache with kilobytes."""


@dataclass(frozen=True, slots=True)
class Located:
    """Folded words and, in parallel, where each stands in the text: start and end offsets."""

    words: list[str]
    spans: list[tuple[int, int]]


def split(text: str) -> list[str]:
    """The words as they are written. Letters and digits only; each CJK character is a word."""
    return _pattern(text).findall(text)


def tokens(text: str) -> list[str]:
    """Folded words in the order of the text."""
    return [folded for word in split(text) if (folded := fold(word))]


def locate(text: str, limit: int | None = None) -> Located:
    """Folded words with their places, at most `limit` of them."""
    found = Located([], [])
    for match in _matches(text):
        folded = fold(match.group())
        if folded:
            found.words.append(folded)
            found.spans.append(match.span())
        if limit is not None and len(found.words) >= limit:
            break
    return found


def fold(word: str) -> str:
    """One word without case, accents and spelling variants. Empty when it was made of marks alone."""
    return _fold_cached(word) if len(word) <= _CACHED_LENGTH else _fold(word)


def _pattern(text: str) -> re.Pattern[str]:
    # The pattern that admits marks takes twice as long, and few texts carry any.
    return _MARKED if _MARK.search(text) else _PLAIN


def _matches(text: str) -> Iterator[re.Match[str]]:
    return _pattern(text).finditer(text)


def _fold(word: str) -> str:
    if word.isascii():
        return word.lower()
    bare = normalize("NFKD", word).casefold().translate(_LETTERS)
    return "".join(letter for letter in bare if not combining(letter))


_fold_cached = lru_cache(maxsize=200_000)(_fold)
