"""Whether one article answers a query, without an index: what a live stream needs."""

from services.search.documents import Document
from services.search.query import Clause, Filed, Key, Node, Not, Period, Query, Words


def accepts(query: Query, document: Document) -> bool:
    """True where an index that held only this document would find it."""
    return all(_any(clause, document) for clause in query.clauses)


def _any(clause: Clause, document: Document) -> bool:
    return any(_holds(node, document) for node in clause)


def _holds(node: Node, document: Document) -> bool:
    match node:
        case Not():
            return not _holds(node.node, document)
        case Words():
            terms = (document.title,) if node.title else (document.title, document.text)
            stems = (document.title_stems,) if node.title else (document.title_stems, document.text_stems)
            return any(_contains(each, node) for each in terms) or any(
                _contains_stem(each, node) for each in (*terms, *stems)
            )
        case Filed():
            return node.value in _filed(node.key, document)
        case Period():
            return (node.after is None or document.moment >= node.after) and (
                node.before is None or document.moment < node.before
            )


def _filed(key: Key, document: Document) -> tuple[str, ...]:
    match key:
        case Key.OUTLET:
            return (document.outlet,)
        case Key.LANG:
            return (document.language,)
        case Key.TOPIC:
            return document.topics
        case Key.STORY:
            return (document.story,)


def _contains(terms: str, words: Words) -> bool:
    # Terms hold no spaces, so a space on both sides finds whole terms only.
    return f" {' '.join(words.terms)}{'' if words.prefix else ' '}" in f" {terms} "


def _contains_stem(stems: str, words: Words) -> bool:
    spaced = f" {stems} "
    return any(f" {stem} " in spaced for stem in words.stems)
