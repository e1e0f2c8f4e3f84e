"""What each code unit of a text is, and from that where its words stand: numpy's speed instead of a pattern's."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

from services.indexer import words

Mask = npt.NDArray[np.bool_]
Places = npt.NDArray[np.int64]
Units = npt.NDArray[np.uint16]

_LETTER, _MARK, _CHARACTER, _CAPITAL, _CASELESS, _DIGIT, _END, _SEVERAL = (1 << bit for bit in range(8))
_ENDS = frozenset(".!?…\n")
_BEYOND = re.compile("[\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class Spans:
    """First unit and the unit behind the last, of each word."""

    start: Places
    end: Places


def units(text: str) -> Units:
    """UTF-16: as many units as characters where the text is `plain`."""
    return np.frombuffer(text.encode("utf-16-le", "surrogatepass"), np.dtype("<u2"))


def plain(text: str) -> str | None:
    """The text with a space for each emoji, so that every character is one unit; None where a letter takes two."""
    if len(text.encode("utf-16-le", "surrogatepass")) == 2 * len(text):
        return text
    bare = _BEYOND.sub(lambda found: found.group() if found.group().isalnum() else " ", text)
    return bare if _BEYOND.search(bare) is None else None


def spans(text: str) -> Spans:
    """Where the words of `words.tokens(text)` stand."""
    bare = plain(text)
    if bare is None:
        return _repeated(_located(text), text, words.fold)
    kinds = _kinds()[units(bare)]
    found = _found(kinds)
    return _repeated(found, text, words.line) if (kinds & _SEVERAL).any() else found


def names(text: str) -> list[str]:
    """Words with a capital that do not begin a sentence, and all words of scripts without capitals; in order."""
    kinds = _kinds()[units(plain(text) or _BEYOND.sub(" ", text))]
    placed = _found(kinds)
    first = kinds[placed.start]
    ended = np.concatenate(([0], np.cumsum((kinds & _END) != 0)))
    opening = np.ones(len(first), np.bool_)
    opening[1:] = ended[placed.start[1:]] != ended[placed.end[:-1]]
    telling = (first & _CASELESS != 0) | ((first & _CAPITAL != 0) & ~opening)
    found = zip(placed.start[telling].tolist(), placed.end[telling].tolist(), strict=True)
    return [text[start:end] for start, end in found]


def is_digit(values: Units) -> Mask:
    digits: Mask = _kinds()[values] & _DIGIT != 0
    return digits


def _found(kinds: npt.NDArray[np.uint8]) -> Spans:
    inside = np.zeros(len(kinds) + 2, np.bool_)
    inside[1:-1] = kinds & (_LETTER | _MARK | _CHARACTER) != 0
    alone = np.zeros(len(kinds) + 2, np.bool_)
    alone[1:-1] = kinds & _CHARACTER != 0
    apart = alone[1:] | alone[:-1]
    start = np.flatnonzero(inside[1:] & (~inside[:-1] | apart))[: None if inside[-1] else len(kinds)]
    end = np.flatnonzero(inside[:-1] & (~inside[1:] | apart))
    if len(start) and (kinds & _MARK).any():
        real = np.add.reduceat((kinds & (_LETTER | _CHARACTER) != 0).astype(np.int64), start) > 0
        start, end = start[real], end[real]
    return Spans(start, end)


def _repeated(found: Spans, text: str, fold: Callable[[str], str]) -> Spans:
    """A span as often as its word folds to words: one half is two."""
    places = zip(found.start.tolist(), found.end.tolist(), strict=True)
    times = [len(fold(text[start:end]).split()) for start, end in places]
    return Spans(np.repeat(found.start, times), np.repeat(found.end, times))


def _located(text: str) -> Spans:
    """As `spans`, word by word: for letters that take two units."""
    placed = words.locate(text).spans
    array = np.array(placed, np.int64).reshape(-1, 2)
    return Spans(array[:, 0], array[:, 1])


@cache
def _kinds() -> npt.NDArray[np.uint8]:
    """For every code unit: .2 s, once per process."""
    every = [chr(number) for number in range(0x10000)]
    twice = "".join(letter * 2 for letter in every if letter.isalnum())
    characters = frozenset(word for word in words.split(twice) if len(word) == 1)
    return np.array([_kind(letter, letter in characters) for letter in every], np.uint8)


def _kind(letter: str, is_character: bool) -> int:
    """`is_character`: it is a word of its own."""
    if letter in _ENDS:
        return _END
    if not letter.isalnum():
        written = words.split(letter * 2)
        if not written:
            return 0
        is_character = len(written) == 2
    folded = words.fold(letter)
    if not folded:
        return _MARK
    apart = folded != letter and (not folded.isalnum() or len(words.split(folded * 2)) != 1 + is_character)
    several = _SEVERAL if apart else 0
    if is_character:
        return several | _CHARACTER | _CASELESS
    if letter.isdigit():
        return several | _LETTER | _DIGIT
    return several | _LETTER | (_CASELESS if letter.lower() == letter.upper() else _CAPITAL if letter.isupper() else 0)
