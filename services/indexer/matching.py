"""Finds terms in a folded text: one Aho-Corasick automaton for what terms begin with, a pattern for what follows.

A term is one or more words; `*` at the end of a word stands for any ending. A term up to its first `*` is its head and
stands in the automaton with the spaces around it; the words after that `*` are its tail. An Arabic word is also found
behind its proclitics (and, with, for, the), and a term with or without its article is one term.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from itertools import product
from typing import NamedTuple

from ahocorasick_rs import AhoCorasick, Implementation

from services.indexer import words

_ARABIC = ("\u0600", "\u06ff")
_ARTICLE = "ال"
_PROCLITICS = tuple(
    dict.fromkeys("".join(p) for p in product(("", "و", "ف"), ("", "لل", "ب", "ك", "ل"), ("", _ARTICLE)))
)
_SHORTEST_STEM = 3
_CACHED = 50_000
"""Terms remembered once compiled: those of every language stand in a dozen matchers."""


class TermError(ValueError):
    """The term cannot match anything, or would match too much."""


Hit = tuple[int, int, int]
"""A term in a folded text: the space it starts with, where it ends, and its number."""

_Match = Callable[[str, int], re.Match[str] | None]


class _Endings(NamedTuple):
    """The terms with one head: those that are all head, and those that go on; `goes_on` says whether any does."""

    whole: tuple[int, ...]
    goes_on: _Match | None
    tails: tuple[tuple[_Match, int], ...]


@lru_cache(maxsize=_CACHED)
def compile_term(term: str) -> tuple[str, ...]:
    """The folded words of a term, `*` kept. Raises TermError."""
    spaced = term.replace("*", "* ") if "*" in term else term
    if any(ch == "*" and not _ends_word(term, at) for at, ch in enumerate(term)):
        raise TermError("`*` may stand only at the end of a word")
    keys = tuple(key for part in spaced.split() for key in _keys(part))
    if not keys:
        raise TermError("it has no letters or digits")
    if len(keys) == 1 and keys[0].endswith("*") and len(keys[0]) <= _SHORTEST_STEM:
        raise TermError(f"it would match too much: a stem needs {_SHORTEST_STEM} letters")
    return keys


class Matcher:
    """Built once per topic; `find` may be called from any number of threads."""

    def __init__(self, terms: Iterable[tuple[str, int]]) -> None:
        """`terms` are pairs of a term as written and the number under which its hits are reported."""
        whole: defaultdict[str, dict[int, None]] = defaultdict(dict)
        tailed: defaultdict[str, dict[tuple[str, int], None]] = defaultdict(dict)
        for term, number in terms:
            heads, tail = _cut(compile_term(term))
            for head in heads:
                if tail:
                    tailed[head][tail, number] = None
                else:
                    whole[head][number] = None
        endings = list(dict.fromkeys([*whole, *tailed]))
        self._endings = [_endings(tuple(whole[head]), list(tailed[head])) for head in endings]
        self._automaton = AhoCorasick(endings, implementation=Implementation.ContiguousNFA)

    def find(self, line: str) -> list[Hit]:
        """Hits in a text as `words.line` gives it, in the order of where their heads end."""
        endings = self._endings
        found: list[Hit] = []
        for head, start, end in self._automaton.find_matches_as_indexes(line, overlapping=True):
            whole, goes_on, tails = endings[head]
            # A head that is a whole word was found with the space behind it.
            stop = end - 1 if line[end - 1] == " " else end
            for term in whole:
                found.append((start, stop, term))
            if goes_on and goes_on(line, stop):
                for match, term in tails:
                    if more := match(line, stop):
                        found.append((start, more.end(), term))
        return found


class Matchers:
    """The matchers of a topic by language, each built when it is first asked for: some milliseconds."""

    def __init__(self, terms: Iterable[tuple[str | None, str, int]]) -> None:
        """Like the terms of a `Matcher`, with the language of each first: None for every language."""
        self._terms = tuple(terms)
        self._languages = {language for language, _, _ in self._terms}
        self._built: dict[str | None, Matcher] = {}

    def of(self, language: str | None) -> Matcher:
        """The terms of a language and those of every language; all there are where it is unknown or has none."""
        if language not in self._languages:
            language = None
        # Two threads may build the same matcher; one of the two is kept.
        if language not in self._built:
            self._built[language] = Matcher(
                (term, number) for own, term, number in self._terms if language is None or own in (None, language)
            )
        return self._built[language]


def _endings(whole: tuple[int, ...], tails: Sequence[tuple[str, int]]) -> _Endings:
    if not tails:
        return _Endings(whole, None, ())
    any_of = _pattern_of("|".join(tail for tail, _ in tails))
    return _Endings(whole, any_of.match, tuple((_pattern_of(tail).match, number) for tail, number in tails))


_pattern_of = lru_cache(maxsize=_CACHED)(re.compile)


@lru_cache(maxsize=_CACHED)
def _cut(keys: tuple[str, ...]) -> tuple[list[str], str]:
    """What a term may begin with, each with the space before it, and a pattern for the words that follow."""
    stems = [at for at, key in enumerate(keys) if key.endswith("*")]
    arabic = [at for at, key in enumerate(keys) if at and _takes_proclitics(key)]
    last = min([*stems, *(at - 1 for at in arabic), len(keys) - 1])
    head = " ".join(keys[: last + 1])
    head = head[:-1] if head.endswith("*") else head + " "
    starts = [f" {proclitic}{head}" for proclitic in (_PROCLITICS if _takes_proclitics(keys[0]) else ("",))]
    rest = "".join(f" {_pattern(key)}" for key in keys[last + 1 :])
    # A head that is a whole word ends before its space; a stem runs on to the end of its word.
    return starts, (r"\S*+" + rest if keys[last].endswith("*") else rest) if rest else ""


def _pattern(key: str) -> str:
    before = f"(?:{'|'.join(_PROCLITICS)})" if _takes_proclitics(key) else ""
    return before + (re.escape(key[:-1]) + r"\S*+" if key.endswith("*") else re.escape(key) + "(?= )")


def _takes_proclitics(key: str) -> bool:
    return _ARABIC[0] <= key[0] <= _ARABIC[1] and len(key.rstrip("*")) >= _SHORTEST_STEM


def _ends_word(term: str, at: int) -> bool:
    before, after = term[at - 1 : at], term[at + 1 : at + 2]
    return before.isalnum() and not after.isalnum() and after != "*"


def _keys(part: str) -> list[str]:
    found = [_base(word) for word in words.tokens(part)]
    if found and part.endswith("*"):
        found[-1] += "*"
    return found


def _base(word: str) -> str:
    """An Arabic word without its article, unless too little would be left."""
    if word.startswith(_ARTICLE) and len(word) - len(_ARTICLE) >= _SHORTEST_STEM:
        return word[len(_ARTICLE) :]
    return word
