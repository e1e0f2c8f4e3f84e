"""Rules for news of one or two sentences, where one word is the whole difference.

"Two killed in Kherson" and "Three killed in Kherson" share four words of five. So nothing here measures likeness: a
flash repeats another text only if all of it stands there, whole sentences in one piece. And as the same words may be
news again ("Air alert in Kyiv"), only within half a day.
"""

from services.indexer import moments
from services.indexer.passages import Reading

FLASH = 60
"""Words: two long sentences."""

_AGAIN_AFTER = 12 * 3600.0
_BOUNDARY = frozenset(".!?…:;–—|。！？؟۔।\n")


def contains(known: Reading, flash: Reading) -> bool:
    """Whether `known` has all of the flash in one piece, from a sentence's start to a sentence's end.

    A wall may have cut the flash within its last word or sentence: then only the start must be one.
    """
    size, cut = len(flash.words), _is_cut(flash.text)
    if not size or size > len(known.words):
        return False
    return any(
        _matches(known, at, flash, cut) and _begins(known, at) and (cut or _begins(known, at + size))
        for at in range(len(known.words) - size + 1)
    )


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


def _matches(known: Reading, at: int, flash: Reading, cut: bool) -> bool:
    size = len(flash.words)
    if known.words[at] != flash.words[0] and size > 1:
        return False
    if known.words[at : at + size - 1] != flash.words[:-1]:
        return False
    theirs, last = known.words[at + size - 1], flash.words[-1]
    return theirs == last or (cut and last.isalpha() and theirs.startswith(last))


def _is_cut(text: str) -> bool:
    return text.rstrip(" \t\n\xa0)]").endswith(("…", "..."))


def _begins(reading: Reading, at: int) -> bool:
    """Whether a sentence begins at word `at`; the end of the text counts."""
    if at == 0 or at >= len(reading.words):
        return True
    gap = reading.text[reading.spans[at - 1][1] : reading.spans[at][0]]
    return not _BOUNDARY.isdisjoint(gap)
