"""The words of a text that begin with certain letters, found without looking at the others.

Nearly every word of a text is passed over for its first two letters. That takes a pattern which knows how these may be
written; it knows the letters of Latin, Greek, Cyrillic, Hebrew and Arabic. Of texts with other characters, scripts
without spaces among them, every run is looked at.
"""

import re
from collections.abc import Iterable, Iterator
from functools import cache, lru_cache

from services.search import analysis

LENGTH = 2
"""Letters that a word shares with its stem, but for what a language puts before it."""

_KNOWN = 0x700
"""First character beyond the alphabets that are known."""

_TOLD = re.compile("[\x00-\u02af\u0300-\u06ff\u2000-\u206f]*")
"""Nothing but letters of which we know how they are written, and punctuation. Left out are also letters that count as
apostrophes."""

_BREAKS = frozenset(" \n\t\r.,;:!?()[]«»“”„\"-–—…/")  # fmt: skip
"""What commonly stands beside a word and never belongs to a run."""

_COMPOSED = {"й": "и", "ї": "і"}
"""Letters of their own that may be written as another letter and a mark."""

_PREFIXES = {"nl": ("ge",), "ar": ("ا", "و", "ف", "ب", "ك", "س", "ل", "يس", "تس", "نس")}
"""With what words begin whose stems have lost their beginning: seen in all words of the benchmark's corpus."""

_DUTCH_LONG = frozenset({"aa", "ee", "oo", "uu"})
"""open has the stem oop."""

_ARABIC = 6
"""Letters of an Arabic word in which its stem begins, unless with hamza or, as يستعمل does, with است."""

_HAMZA = "ء"
"""Arabic stems have it where words may have other letters."""


class Beginnings:
    """Where something may stand that was wanted: `terms` as analysed, and `stems` of words in `language`."""

    def __init__(self, terms: Iterable[str], stems: Iterable[str], language: str) -> None:
        self._language = language
        self._stems = {stem[:LENGTH] for stem in stems}
        heads = {term[:LENGTH] for term in terms} | _heads(self._stems, language)
        self._heads = _Heads(heads)
        self._words = _words_from({head[0] for head in heads})

    def runs(self, text: str) -> Iterator[tuple[int, str]]:
        """The runs of letters in which something wanted may stand, with their places, in order."""
        if self._words is not None and (text.isascii() or _TOLD.fullmatch(text)):
            return self._likely(text, self._words)
        return ((found.start(), found.group()) for found in analysis.places(text))

    def may_have_stem(self, term: str) -> bool:
        """Whether one of the stems may be that of a word with this term."""
        match self._language:
            case "nl":
                return bool(self._stems)
            case "ar":
                return any(head in term[:_ARABIC] or _HAMZA in head or head == "اس" for head in self._stems)
            case _:
                return term[:LENGTH] in self._stems

    def _likely(self, text: str, words: re.Pattern[str]) -> Iterator[tuple[int, str]]:
        done = 0
        heads = self._heads
        for found in words.finditer(text):
            start, end = found.span()
            word = found.group()
            # Behind a word of two letters may stand a mark that makes another letter of the second.
            if start < done or (len(word) > LENGTH and not heads[word[:LENGTH]]):
                continue
            if (start and text[start - 1] not in _BREAKS) or (end < len(text) and text[end] not in _BREAKS):
                start, word = _whole(text, done, start)
            done = start + len(word)
            yield start, word


class _Heads(dict[str, bool]):
    """From the first letters of a word, as they are written, to whether something wanted may begin so."""

    def __init__(self, wanted: set[str]) -> None:
        self._wanted = wanted

    def __missing__(self, head: str) -> bool:
        folded = _fold(head)
        self[head] = any(folded.startswith(each) or each.startswith(folded[:LENGTH]) for each in self._wanted)
        return self[head]


_fold = lru_cache(maxsize=20_000)(analysis.fold)


def _heads(stems: set[str], language: str) -> set[str]:
    """How words may begin whose stems begin so."""
    if not stems:
        return set()
    heads = {*stems, *_PREFIXES.get(language, ())}
    if language == "nl":
        heads |= {head[0] for head in stems if head in _DUTCH_LONG}
    if language == "ar":
        heads |= {letter for head in stems if _HAMZA in head for letter in (head[0], "ي")}
    return heads


def _words_from(letters: set[str]) -> re.Pattern[str] | None:
    """Words, or their parts behind an apostrophe, that begin with a folded letter; None where one is unknown."""
    if not letters <= _ways().keys():
        return None
    return _pattern("".join(sorted({way for letter in letters for way in _ways()[letter]})))


@lru_cache(maxsize=1_000)
def _pattern(letters: str) -> re.Pattern[str]:
    # The letter comes before the look behind it: so it is what the text is searched for.
    return re.compile(rf"[{letters}](?<![^\W_].)\w*" if letters else "(?!)", re.DOTALL)


def _whole(text: str, least: int, at: int) -> tuple[int, str]:
    """The run around a letter; nothing before `least` belongs to it."""
    begin = at
    while begin > least and text[begin - 1] not in _BREAKS:
        begin -= 1
    return next((run.start(), run.group()) for run in analysis.places(text, begin) if run.end() > at)


@cache
def _ways() -> dict[str, str]:
    """From a folded letter to the characters that become it, or begin with it when they are folded."""
    ways: dict[str, str] = {}
    for char in filter(str.isalnum, map(chr, range(_KNOWN))):
        for first in analysis.fold(char)[:1]:
            ways[first] = ways.get(first, "") + char
    for letter, other in _COMPOSED.items():
        ways[letter] += other + other.upper()
    return ways
