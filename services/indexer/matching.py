"""Finds terms in the words of a text: a trie over words, entered only at words that begin some term.

A term is one or more words; `*` at the end of a word stands for any ending. Words are compared folded, and an
Arabic word is also tried without its proclitics (and, with, for, the), as is the term.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from services.indexer import words

_REMEMBERED_WORDS = 200_000
_REMEMBERED_LENGTH = 40
_ARABIC = ("\u0600", "\u06ff")
_CONJUNCTIONS = ("و", "ف")
_PREPOSITIONS = ("لل", "ال", "ب", "ك", "ل")
_SHORTEST_STEM = 3


class TermError(ValueError):
    """The term cannot match anything, or would match too much."""


@dataclass(frozen=True, slots=True)
class Hit:
    """Term number `term` stands in the `length` words from word number `at` on."""

    at: int
    term: int
    length: int = field(default=1, compare=False)


@dataclass(slots=True)
class _Node:
    children: "dict[str, _Node]" = field(default_factory=dict)
    terms: list[int] = field(default_factory=list)


_Entry = tuple[tuple[str, ...], tuple[_Node, ...]]
"""What a word of the text stands for in the trie: its keys, and the nodes at which terms begin with it."""


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
        self._root = _Node()
        self._exact: set[str] = set()
        self._stems: set[str] = set()
        self._remembered: dict[str, _Entry] = {}
        for term, number in terms:
            self._add(compile_term(term), number)
        self._lengths = sorted({len(stem) for stem in self._stems})

    def find(self, text_words: Sequence[str]) -> list[Hit]:
        """Hits in the order of the text, in words as `words.split` gives them; a term once per place."""
        entries = self._resolve(text_words)
        hits: dict[Hit, None] = {}
        for at, (_, starts) in enumerate(entries):
            if starts:
                for hit in self._walk(entries, at):
                    hits.setdefault(hit)
        return list(hits)

    def _resolve(self, text_words: Sequence[str]) -> list[_Entry]:
        remembered = self._remembered
        return [remembered.get(word) or self._learn(word) for word in text_words]

    def _learn(self, word: str) -> _Entry:
        keys = tuple(key for variant in _variants(words.fold(word)) for key in self._matching(variant))
        starts = tuple(self._root.children[key] for key in keys if key in self._root.children)
        if len(word) <= _REMEMBERED_LENGTH:
            if len(self._remembered) >= _REMEMBERED_WORDS:
                self._remembered = {}
            self._remembered[word] = (keys, starts)
        return keys, starts

    def _matching(self, word: str) -> list[str]:
        found = [word] if word in self._exact else []
        return found + [f"{word[:n]}*" for n in self._lengths if n <= len(word) and word[:n] in self._stems]

    def _walk(self, entries: Sequence[_Entry], at: int) -> list[Hit]:
        """Longest first, so that of one term's spellings at one place the fullest is reported."""
        nodes: Sequence[_Node] = entries[at][1]
        found = [Hit(at, term, 1) for node in nodes for term in node.terms]
        for end in range(at + 1, len(entries)):
            keys = entries[end][0]
            if not keys:
                break
            nodes = [node.children[key] for node in nodes for key in keys if key in node.children]
            if not nodes:
                break
            found += [Hit(at, term, end + 1 - at) for node in nodes for term in node.terms]
        return found[::-1]

    def _add(self, keys: tuple[str, ...], number: int) -> None:
        node = self._root
        for key in keys:
            if key.endswith("*"):
                self._stems.add(key[:-1])
            else:
                self._exact.add(key)
            node = node.children.setdefault(key, _Node())
        node.terms.append(number)


def _ends_word(term: str, at: int) -> bool:
    before, after = term[at - 1 : at], term[at + 1 : at + 2]
    return before.isalnum() and not after.isalnum() and after != "*"


def _keys(part: str) -> list[str]:
    found = [_base(word) for word in words.tokens(part)]
    if found and part.endswith("*"):
        found[-1] += "*"
    return found


def _base(word: str) -> str:
    """The shortest variant of an Arabic word that still is one: the article is taken off, nothing else is."""
    if word.startswith("ال") and len(word) - 2 >= _SHORTEST_STEM:
        return word[2:]
    return word


def _variants(word: str) -> list[str]:
    if not word or not _ARABIC[0] <= word[0] <= _ARABIC[1]:
        return [word]
    variants = [word]
    for prefixes in (_CONJUNCTIONS, _PREPOSITIONS, ("ال",)):
        variants += [v[len(p) :] for v in list(variants) for p in prefixes if _carries(v, p)]
    return list(dict.fromkeys(variants))


def _carries(word: str, prefix: str) -> bool:
    return word.startswith(prefix) and len(word) - len(prefix) >= _SHORTEST_STEM
