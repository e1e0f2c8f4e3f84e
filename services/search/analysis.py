"""Text to terms: one analysis, for documents and for queries, so that both agree by construction.

A term is a run of letters and digits, folded: case, diacritics, ligatures, letter variants, digits of other
scripts, invisible characters. Scripts that write no spaces are cut into single characters, which a query
then looks for as a phrase.

An apostrophe joins where it is part of Cyrillic spelling (п'ять), and separates everywhere else (l'Ukraine,
Ukraine's, Ukrayna'nın), which leaves the name itself as a term.
"""

import unicodedata
from collections.abc import Iterator
from functools import cache, lru_cache
from re import Match, Pattern
from re import compile as pattern
from typing import NamedTuple

VERSION = 3
"""Raised with every change of what a text yields: an index of another version is rebuilt."""

TERM_LIMIT = 100
"""Characters of a folded term that are kept. Longer runs are encoded data, and tantivy drops terms over 64 KB."""

_APOSTROPHES = "'’‘‛ʼʹ′`´＇"
_SEPARATORS = frozenset(_APOSTROPHES + "_")
CACHED_RUN = 48
"""Longest run worth remembering: longer ones are rarely words, and seldom come twice."""

_OWN_LETTERS = frozenset("йї")
"""Letters whose mark makes another letter of them; ё and ў are left out because the press writes them without."""

_VARIANTS = str.maketrans(
    {
        "ґ": "г", "ł": "l", "đ": "d", "ð": "d", "ø": "o", "æ": "ae", "œ": "oe", "þ": "th", "ħ": "h", "ı": "i",
        "ŧ": "t", "ŋ": "n", "ى": "ي", "ی": "ي", "ې": "ي", "ک": "ك", "ة": "ه", "ۀ": "ه", "ہ": "ه", "ٱ": "ا",
        "ـ": None,
    }
)  # fmt: skip

_UNSPACED = (
    (0x0E00, 0x0EFF), (0x1000, 0x109F), (0x1780, 0x17FF), (0x3005, 0x3007), (0x3040, 0x30FF), (0x31F0, 0x31FF),
    (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xAC00, 0xD7A3), (0xF900, 0xFAFF), (0x20000, 0x3FFFF),
)  # fmt: skip
"""Thai, Lao, Burmese, Khmer, kana, Han, and Hangul, whose particles are glued to the noun."""

_BORDERING = pattern(f"[{_APOSTROPHES}{''.join(f'{chr(first)}-{chr(last)}' for first, last in _UNSPACED)}]")


class Token(NamedTuple):
    """A term and where it stands in the original text: `text[start:end]`."""

    term: str
    start: int
    end: int


def tokens(text: str) -> list[Token]:
    """Every term of `text` in order, with its place."""
    return [
        Token(term, run.start() + start, run.start() + end)
        for run in _runs().finditer(text)
        for term, start, end in _analyse(run.group())
    ]


def terms(text: str) -> list[str]:
    """Every term of `text` in order."""
    return [term for run in _runs().findall(text) for term, _, _ in _analyse(run)]


def runs(text: str) -> list[str]:
    """The stretches of letters, digits, marks and apostrophes in which terms lie."""
    return _runs().findall(text)


def places(text: str, start: int = 0) -> Iterator[Match[str]]:
    """The same with their places, from `start` on."""
    return _runs().finditer(text, start)


def fold(word: str) -> str:
    """One spelling for all that differ in case, diacritics, ligatures and the like. May be empty."""
    return _fold(word)


def key(text: str) -> str:
    """One comparable string for a name such as an outlet's: its terms joined by a space, or the bare text."""
    return " ".join(terms(text)) or text.strip().casefold()


@cache
def _runs() -> Pattern[str]:
    """Letters, digits and apostrophes, joined by marks and invisible characters; underscores are cut out later.

    The two classes have nothing in common, so there is only one way to match, in linear time. Asking first
    whether the next character is ASCII saves the look into the large class after nearly every word.
    """
    joining = "".join(
        char
        for char in map(chr, range(0x20000))
        if unicodedata.category(char)[0] == "M" or unicodedata.category(char) == "Cf"
    )
    variation_selectors = "\U000e0100-\U000e01ef"
    word = rf"[\w{_APOSTROPHES}]"
    return pattern(rf"{word}+(?:(?![\x00-\x7f])[{joining}{variation_selectors}]+{word}*)*")


def _analyse(run: str) -> tuple[Token, ...]:
    return _remember(run) if len(run) <= CACHED_RUN else tuple(cut(run))


@lru_cache(maxsize=100_000)
def _remember(run: str) -> tuple[Token, ...]:
    return tuple(cut(run))


def cut(run: str) -> Iterator[Token]:
    """The terms of one run, with places relative to it."""
    start = 0
    for end, joins in ((len(run), 0),) if _is_whole(run) else _borders(run):
        term = _fold(run[start:end])[:TERM_LIMIT]
        if len(term) > 1 and _is_unspaced(term[0]):
            # A ligature (ヿ is コト) becomes several characters, each a term as if they had been written out.
            yield from (Token(part, start, end) for part in _characters(term))
        elif term:
            yield Token(term, start, end)
        start = end + joins


def _characters(term: str) -> list[str]:
    """The characters of a term of a script without spaces, each with the marks that belong to it."""
    found: list[str] = []
    for char in term:
        if found and unicodedata.category(char)[0] == "M":
            found[-1] += char
        else:
            found.append(char)
    return found


def _is_whole(run: str) -> bool:
    """Whether there can be no border within: so it is with nearly every run, and told much sooner than by looking."""
    return run.isalnum() and (run.isascii() or not _BORDERING.search(run))


def _borders(run: str) -> Iterator[tuple[int, int]]:
    """Where terms end, and how many characters to skip before the next one begins."""
    last = len(run) - 1
    for at, char in enumerate(run):
        if char in _SEPARATORS:
            if char == "_" or not (0 < at < last and _is_cyrillic(run[at - 1]) and _is_cyrillic(run[at + 1])):
                yield at, 1
        elif at and (_is_unspaced(char) or _is_unspaced(run[at - 1])) and unicodedata.category(char)[0] != "M":
            yield at, 0
    yield len(run), 0


def _is_cyrillic(char: str) -> bool:
    return "\u0400" <= char <= "\u052f"


def _is_unspaced(char: str) -> bool:
    point = ord(char)
    return point >= 0x0E00 and any(first <= point <= last for first, last in _UNSPACED)


def _fold(word: str) -> str:
    if word.isascii():
        return word.lower()
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", word).translate(_FOLDED))


class _Folded(dict[int, str]):
    """From a composed character to what is left of it: a table of those that were met."""

    def __missing__(self, point: int) -> str:
        folded = _fold_char(chr(point))
        if len(self) < _FOLDED_LIMIT:
            self[point] = folded
        return folded


_FOLDED = _Folded()
_FOLDED_LIMIT = 10_000


def _fold_char(char: str) -> str:
    """Nothing, of an apostrophe or an invisible one."""
    folded = char.casefold()
    if folded in _OWN_LETTERS:
        return folded
    if (digit := unicodedata.decimal(char, None)) is not None:
        return str(digit)
    bare = unicodedata.normalize("NFKD", folded.translate(_VARIANTS)).casefold().translate(_VARIANTS)
    return "".join(part for part in bare if _belongs(part))


def _belongs(char: str) -> bool:
    """Letters, digits, and the vowel signs of scripts that spell with them; not accents, which combine."""
    if unicodedata.category(char)[0] == "M":
        return unicodedata.combining(char) == 0 and not 0xFE00 <= ord(char) <= 0xFE0F
    return char.isalnum() and char not in _APOSTROPHES
