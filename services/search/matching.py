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
            return _contains(document.title, node) or (not node.title and _contains(document.text, node))
        case Filed():
            filed = {Key.OUTLET: document.outlet, Key.LANG: document.language, Key.STORY: document.story}
            return filed[node.key] == node.value
        case Period():
            return (node.after is None or document.moment >= node.after) and (
                node.before is None or document.moment < node.before
            )


def _contains(terms: str, words: Words) -> bool:
    # Terms hold no spaces, so a space on both sides finds whole terms only.
    return f" {' '.join(words.terms)}{'' if words.prefix else ' '}" in f" {terms} "
