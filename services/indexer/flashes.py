"""Rules for news of one or two sentences, where one word is the whole difference.

"Two killed in Kherson" and "Three killed in Kherson" share four words of five. So nothing here measures likeness: a
flash repeats another text only if all of it stands there, whole sentences in one piece. And as the same words may be
news again ("Air alert in Kyiv"), only within half a day.
"""

import numpy as np

from services.indexer import letters, moments, words
from services.indexer.letters import Spans
from services.indexer.passages import Reading

FLASH = 60
"""Words: two long sentences."""

_AGAIN_AFTER = 12 * 3600.0
_BOUNDARY = frozenset(".!?…:;–—|。！？؟۔।\n")


def is_flash(reading: Reading) -> bool:
    return len(reading.words) < FLASH


def contains(known: Reading, flash: Reading) -> bool:
    """Whether `known` has all of the flash in one piece, from a sentence's start to a sentence's end.

    A wall may have cut the flash within its last word or sentence: then only the start must be one.
    """
    size, cut = len(flash.words), _is_cut(flash.text)
    if not size or size > len(known.words):
        return False
    places = _places(known, flash, cut)
    if not places:
        return False
    placed = letters.spans(known.text)
    return any(_begins(known, placed, at) and (cut or _begins(known, placed, at + size)) for at in places)


def may_repeat(arriving: str | None, known: str | None) -> bool:
    """Whether two moments (ISO 8601) are near enough for equal flashes to be one; unknown moments are.

    Where either is a date alone, the same day counts.
    """
    first, second = moments.parse(arriving), moments.parse(known)
    if first is None or second is None:
        return True
    if moments.is_day(arriving or "") or moments.is_day(known or ""):
        return first.date() == second.date()
    return abs((first - second).total_seconds()) <= _AGAIN_AFTER


def _places(known: Reading, flash: Reading, cut: bool) -> list[int]:
    """Where the flash begins in the known text, if all its words follow; of a cut one, its last word may go on."""
    size = len(flash.words)
    most = size - 1 if cut else size
    same = np.ones(len(known.words) - size + 1, np.bool_)
    for offset in range(most):
        same &= known.words[offset : offset + len(same)] == flash.words[offset]
    places: list[int] = np.flatnonzero(same).tolist()
    return [at for at in places if not cut or _goes_on(known, at + size - 1, flash)]


def _goes_on(known: Reading, at: int, flash: Reading) -> bool:
    if known.words[at] == flash.words[-1]:
        return True
    last, theirs = words.tokens(flash.text)[-1], words.tokens(known.text)
    return last.isalpha() and at < len(theirs) and theirs[at].startswith(last)


def _is_cut(text: str) -> bool:
    return text.rstrip(" \t\n\xa0)]").endswith(("…", "..."))


def _begins(reading: Reading, placed: Spans, at: int) -> bool:
    """Whether a sentence begins at word `at`; the end of the text counts."""
    if at == 0 or at >= len(placed.start):
        return True
    gap = reading.text[placed.end[at - 1] : placed.start[at]]
    return not _BOUNDARY.isdisjoint(gap)
