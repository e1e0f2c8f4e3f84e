"""What was typed, widened by the other forms and other names under which an article may say it."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise, takewhile

from services.search import stemming
from services.search.analysis import tokens
from services.search.query import Clause, Node, Not, Query, Words
from services.search.synonyms import Name, Synonyms

LIMIT = 16
"""Words of a query that are widened: each costs some dozen lists of postings."""

_APOSTROPHES = frozenset("'’‘‛ʼʹ′`´＇")
_HYPHENS = frozenset("-‐‑")


def widen(query: Query, synonyms: Synonyms) -> Query:
    """The query with stems and synonyms. Linear in its length; what was quoted, and a prefix, stay as they are."""
    return replace(query, clauses=tuple(_rename(list(_inflect(query.clauses)), synonyms)))


def _inflect(clauses: Iterable[Clause]) -> Iterator[Clause]:
    left = LIMIT
    for clause in clauses:
        nodes: list[Node] = []
        for node in clause:
            words = _words(node)
            if words is not None and words.typed:
                left -= 1
                words = replace(words, stems=_stems(words.typed)) if left >= 0 else replace(words, typed="")
                node = Not(words) if isinstance(node, Not) else words
            nodes.append(node)
        yield tuple(nodes)


def _words(node: Node) -> Words | None:
    inner = node.node if isinstance(node, Not) else node
    return inner if isinstance(inner, Words) else None


def _stems(typed: str) -> tuple[str, ...]:
    """Of the longest part where an apostrophe cuts off an article or an ending; of the whole where a hyphen joins."""
    found = tokens(typed)
    gaps = {typed[one.end : other.start] for one, other in pairwise(found)}
    if gaps <= _APOSTROPHES:
        word = max(found, key=lambda token: len(token.term))
        return stemming.of_typed(typed[word.start : word.end], word.term)
    if gaps <= _HYPHENS:
        joined = "".join(token.term for token in found)
        return stemming.of_typed(joined, joined)
    return ()


def _rename(clauses: Sequence[Clause], synonyms: Synonyms) -> Iterator[Clause]:
    """Every clause with the other names of what it holds; words that are a name together share its other names."""
    at = 0
    while at < len(clauses):
        length, names = _longest_name(clauses[at : at + synonyms.longest], synonyms)
        if length > 1:
            for clause in clauses[at : at + length]:
                yield (*clause, *names)
        else:
            yield from _alone(clauses[at], synonyms)
        at += max(length, 1)


def _longest_name(clauses: Sequence[Clause], synonyms: Synonyms) -> tuple[int, list[Words]]:
    """How many clauses from the first on are one name of several words, and its other names."""
    open_ones = list(takewhile(lambda clause: len(clause) == 1 and _may_join(clause[0]), clauses))
    for length in range(len(open_ones), 1, -1):
        typed = " ".join(words.typed for (node,) in open_ones[:length] if (words := _words(node)))
        if names := synonyms.of(typed):
            return length, [_named(name) for name in names]
    return 0, []


def _may_join(node: Node) -> bool:
    return isinstance(node, Words) and bool(node.typed) and not node.title


def _alone(clause: Clause, synonyms: Synonyms) -> Iterator[Clause]:
    """A clause with other names as alternatives; what may not be in an article may not be there by any name."""
    if len(clause) == 1 and isinstance(clause[0], Not):
        yield clause
        for words in _others(clause[0], synonyms):
            yield (Not(words),)
        return
    yield (*clause, *(words for node in clause if isinstance(node, Words) for words in _others(node, synonyms)))


def _others(node: Node, synonyms: Synonyms) -> list[Words]:
    words = _words(node)
    if words is None or not words.typed:
        return []
    return [_named(name, words.title) for name in synonyms.of(words.typed, words.stems)]


def _named(name: Name, title: bool = False) -> Words:
    return Words(name.terms, title, stems=name.stems, synonym=True)
