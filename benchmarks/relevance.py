"""How well the search answers: nDCG@10 on the judged set, by language, beside what it would be with less.

    python -m benchmarks.relevance                 a table; ten seconds
    python -m benchmarks.relevance --show 0.7      and the queries that score less, with what was found

vigie         as it is: stems and synonyms
no synonyms   without the names of a topic file
no stems      synonyms, every word in the form that was typed
terms only    neither: folded terms
FTS5          SQLite's full text on the same articles, unicode61 without diacritics, all words required, the title
              weighs twice

`tuned` are the queries on which the weights were chosen (every second one), `held out` the others.
"""

import argparse
import sqlite3
import sys
import tempfile
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from statistics import mean

from benchmarks import judged, tables
from services.contracts import Event
from services.search import analysis, forms, query
from services.search.index import SearchIndex
from services.search.query import Node, Not, Query, Words
from services.search.synonyms import NONE, Synonyms

Ask = Callable[[str], list[str]]


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.relevance", description=__doc__.split("\n")[0])
    parser.add_argument("--show", type=float, default=0.0, help="show the queries that score less than this")
    options = parser.parse_args(arguments)
    events, queries = judged.events(), judged.queries()
    with tempfile.TemporaryDirectory() as folder, closing(_sqlite(events)) as connection:
        index = _index(Path(folder), events)
        scores = {name: _scores(ask, queries) for name, ask in _engines(index, connection).items()}
        tables.show(_table(scores, queries))
        for one, score in zip(queries, scores["vigie"], strict=True):
            if score < options.show:
                print(f"{score:.2f}  {one.language} {one.kind}: {one.typed}  {' '.join(_found(index, one.typed))}")
        index.close()
    return 0


def _found(index: SearchIndex, typed: str) -> list[str]:
    return [hit.article.id for hit in index.find(typed, sort="relevance", limit=judged.DEPTH).hits]


def _engines(index: SearchIndex, connection: sqlite3.Connection) -> dict[str, Ask]:
    names = judged.names()
    return {
        "vigie": lambda typed: _asked(index, forms.widen(query.parse(typed), names)),
        "no synonyms": lambda typed: _asked(index, forms.widen(query.parse(typed), NONE)),
        "no stems": lambda typed: _asked(index, _unstemmed(typed, names)),
        "terms only": lambda typed: _asked(index, query.parse(typed)),
        "FTS5": lambda typed: _matched(connection, typed),
    }


def _index(folder: Path, events: Sequence[Event]) -> SearchIndex:
    index = SearchIndex(folder, synonyms=judged.names())
    index.apply(events)
    index.commit(events[-1].seq)
    return index


def _asked(index: SearchIndex, wanted: Query) -> list[str]:
    return [hit.article.id for hit in index.search(wanted, sort="relevance", limit=judged.DEPTH).hits]


def _unstemmed(typed: str, names: Synonyms) -> Query:
    widened = forms.widen(query.parse(typed), names)
    return replace(widened, clauses=tuple(tuple(map(_bare, clause)) for clause in widened.clauses))


def _bare(node: Node) -> Node:
    inner = node.node if isinstance(node, Not) else node
    if not isinstance(inner, Words):
        return node
    bare = replace(inner, stems=())
    return Not(bare) if isinstance(node, Not) else bare


def _sqlite(events: Sequence[Event]) -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:")
    connection.execute(
        'CREATE VIRTUAL TABLE article USING fts5(id UNINDEXED, title, text, tokenize="unicode61 remove_diacritics 2")'
    )
    rows = [(event.article.id, event.article.title, event.article.text) for event in events]
    connection.executemany("INSERT INTO article VALUES (?, ?, ?)", rows)
    return connection


def _matched(connection: sqlite3.Connection, typed: str) -> list[str]:
    words = " AND ".join(f'"{term}"' for term in analysis.terms(typed))
    found = "SELECT id FROM article WHERE article MATCH ? ORDER BY bm25(article, 0.0, 2.0, 1.0) LIMIT ?"
    return [key for (key,) in connection.execute(found, (words, judged.DEPTH))]


def _scores(ask: Ask, queries: Sequence[judged.Query]) -> list[float]:
    return [judged.ndcg(ask(one.typed), one) for one in queries]


def _table(scores: dict[str, list[float]], queries: Sequence[judged.Query]) -> list[list[str]]:
    languages = list(dict.fromkeys(one.language for one in queries))
    groups = {name: [at for at, one in enumerate(queries) if one.language == name] for name in languages}
    groups |= {"all": list(range(len(queries)))}
    groups |= {"tuned": groups["all"][::2], "held out": groups["all"][1::2]}
    rows = [["nDCG@10", "queries", *scores]]
    for name, places in groups.items():
        rows.append([name, str(len(places)), *(f"{mean(each[at] for at in places):.3f}" for each in scores.values())])
    return rows


if __name__ == "__main__":
    sys.exit(main())
