"""Terms to stems, so that one form of a word finds the others: санкції finds санкцій, drone finds drones.

An article's words are stemmed by its language; a query has none, so its words get the stems of every language that
is written in their script.

Snowball's algorithms need the marks that people leave out when they type, so a word has up to two stems: the folded
stem of the word and the stem of the folded word. For Ukrainian, which Snowball lacks, see `ukrainian`.
"""

import threading
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache

import Stemmer

from services.search import analysis, ukrainian

_SNOWBALL = {
    "en": "english", "fr": "french", "de": "german", "es": "spanish", "it": "italian", "nl": "dutch",
    "pt": "portuguese", "pl": "polish", "tr": "turkish", "ru": "russian", "ar": "arabic",
}  # fmt: skip
_SCRIPTS = {
    "LATIN": ("en", "fr", "de", "es", "it", "nl", "pt", "pl", "tr"),
    "CYRILLIC": ("uk", "ru"),
    "ARABIC": ("ar",),
}
LANGUAGES = frozenset(code for codes in _SCRIPTS.values() for code in codes)
"""Whose words are stemmed. Words of other articles are their own stems."""

_LONGEST = 40
"""Letters of a word that may have a stem; longer runs are no words of these languages."""

_REMEMBERED = 40_000
"""Runs of a language in a table: some ten megabytes, and as much again for the one put aside."""

ACRONYM = 5
"""Letters up to which a word in capitals is taken for an acronym."""

_SHORTEST = {"ar": 2}
"""Letters of a stem that still says which word it was, where these are not three."""

_LOCAL = threading.local()
"""Snowball's stemmers keep their place in themselves: each thread needs its own."""


def analyse(text: str, language: str) -> tuple[str, str]:
    """The terms of a text in `language` (ISO 639-1, empty where unknown), and stems, each joined by spaces.

    A word that is its own stem has none: it is found as a term.
    """
    known = _READ.get(language, _PLAIN)
    found = [known[run] for run in analysis.runs(text)]
    return " ".join([terms for terms, _ in found if terms]), " ".join([stems for _, stems in found if stems])


def of_token(word: str, term: str, language: str) -> tuple[str, ...]:
    """The stems under which a word of an article is found; `term` is the word as `analysis` folds it."""
    return _stems(word, term, language if language in LANGUAGES else "")


@lru_cache(maxsize=10_000)
def of_typed(word: str, term: str) -> tuple[str, ...]:
    """The term and stems under which a typed word is looked for, in articles of any language.

    An acronym has no other form: the Italian stem of NATO is that of everybody who was born.
    """
    if word.isupper() and len(word) <= ACRONYM:
        return (term,)
    codes = _SCRIPTS.get(_script(term), ("",))
    return tuple(dict.fromkeys((term, *(stem for code in codes for stem in _stems(word, term, code)))))


class _Read(dict[str, tuple[str, str]]):
    """From a run of letters to its terms and stems in one language, each joined by spaces.

    Filled as runs are met. A full table is put aside and a new one begun, which takes over what is met again: common
    words stay, rare ones go.
    """

    def __init__(self, language: str) -> None:
        self._language = language
        self._older: dict[str, tuple[str, str]] = {}

    def __missing__(self, run: str) -> tuple[str, str]:
        found = self._older.get(run) or self._analyse(run)
        if len(run) <= analysis.CACHED_RUN:
            if len(self) >= _REMEMBERED:
                self._older = dict(self)
                self.clear()
            self[run] = found
        return found

    def _analyse(self, run: str) -> tuple[str, str]:
        terms: list[str] = []
        stems: list[str] = []
        for term, start, end in analysis.cut(run):
            terms.append(term)
            if self._language:
                stems += [stem for stem in _stems(run[start:end], term, self._language) if stem != term]
        return " ".join(terms), " ".join(stems)


def _stems(word: str, term: str, language: str) -> tuple[str, ...]:
    if not language or len(term) > _LONGEST or not term.isalpha():
        return (term,)
    least = _SHORTEST.get(language, 3)
    found = [stem if len(stem) >= least else term for stem in _cut(word, term, language)]
    return tuple(dict.fromkeys(found) if len(found) > 1 else found)


def _cut(word: str, term: str, language: str) -> Sequence[str]:
    if language == "uk":
        return ukrainian.stems(term)
    cut = _stemmer(language)
    lower = _lower(word, language)
    if language == "pt":
        lower, term = _singular(lower), _singular(term)
    found = [analysis.fold(cut(lower))]
    if language == "pl":
        found += _fleeting(found[0])
    if term != lower:
        found.append(cut(term))
    if language == "ar" and term.startswith("ال"):
        found.append(cut(term[2:]))
    return found


def _fleeting(stem: str) -> Iterator[str]:
    """Polish jeniec as jeńca, członek as członka: the e is in the nominative only."""
    if len(stem) > 4 and stem.endswith("iec"):
        yield stem[:-3] + "c"
    elif len(stem) > 4 and stem.endswith("ek"):
        yield stem[:-2] + "k"


def _singular(word: str) -> str:
    """Portuguese sanções as sanção: Snowball keeps the two apart."""
    for plural, singular in (("ões", "ão"), ("ães", "ão"), ("ãos", "ão"), ("oes", "ao"), ("aes", "ao")):
        if word.endswith(plural):
            return word[: -len(plural)] + singular
    return word


def _stemmer(language: str) -> Callable[[str], str]:
    known: Callable[[str], str] | None = getattr(_LOCAL, language, None)
    if known is None:
        known = Stemmer.Stemmer(_SNOWBALL[language], 0).stemWord
        setattr(_LOCAL, language, known)
    return known


def _lower(word: str, language: str) -> str:
    if word.isascii() and language != "tr":
        return word.lower()
    if language == "tr":
        word = word.replace("İ", "i").replace("I", "ı")
    return unicodedata.normalize("NFC", word.lower())


def _script(term: str) -> str:
    """The first word of the name of the first letter, which for letters is their script; empty without a letter."""
    return next((unicodedata.name(char, "").partition(" ")[0] for char in term if char.isalpha()), "")


_READ = {language: _Read(language) for language in LANGUAGES}
_PLAIN = _Read("")
