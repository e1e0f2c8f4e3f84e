"""SQLite FTS5 at its best: the order of time is the rowid, so that newest first needs no sort; filters are words.

Titles weigh as much as in vigie; words are folded by unicode61. It answers with a page of twenty, without a total.
"""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

from benchmarks.searching import folders
from benchmarks.searching.corpus import Corpus
from benchmarks.searching.questions import FACET, PAGE, Question
from benchmarks.searching.spent import Spent
from services.contracts import Event

BATCH = 20_000
"""Articles of a transaction, sorted by rowid: FTS5 writes out what it holds whenever a rowid is lower than the last."""
_SEQ_BITS = 24
FACETS = ("substr(article.filed, 8)", "substr(article.filed, 1, 6)", f"at / {86_400 << _SEQ_BITS}")
"""Outlet, language and day."""
_SCHEMA = """
CREATE TABLE article (at INTEGER PRIMARY KEY, url TEXT, title TEXT, text TEXT, filed TEXT, story TEXT);
CREATE VIRTUAL TABLE found USING fts5
    (title, text, filed, content='article', content_rowid='at', tokenize="unicode61 remove_diacritics 2");
INSERT INTO found (found, rank) VALUES ('rank', 'bm25(3.0, 1.0, 0.0)');
"""


class Fts5:
    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def build(self, made: Corpus) -> Spent:
        spent = Spent()
        waiting = made.events()
        with closing(self._connect()) as connection:
            connection.executescript(_SCHEMA)
            while batch := list(islice(waiting, BATCH)):
                rows = sorted(map(_row, batch))
                with spent.counted(), connection:
                    connection.executemany("INSERT INTO article VALUES (?,?,?,?,?,?)", rows)
                    connection.executemany(
                        "INSERT INTO found (rowid, title, text, filed) VALUES (?,?,?,?)",
                        ((at, title, text, filed) for at, _, title, text, filed, _ in rows),
                    )
        return spent

    def size(self) -> int:
        return folders.size(self._folder)

    def offers(self, question: Question) -> bool:
        return True

    @contextmanager
    def session(self) -> Iterator[Callable[[Question], list[str]]]:
        with closing(self._connect()) as connection:
            yield lambda question: ask(connection, question)

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._folder / "fts5.db")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute("PRAGMA cache_size = -200000")
        connection.execute("PRAGMA mmap_size = 4000000000")
        return connection


@contextmanager
def opened(folder: Path) -> Iterator[Fts5]:
    folder.mkdir(exist_ok=True)
    yield Fts5(folder)


def ask(connection: sqlite3.Connection, question: Question) -> list[str]:
    found: list[str] = []
    below = None
    if question.facets:
        for by in FACETS:
            connection.execute(*counts(question, by)).fetchall()
    for page in range(question.turned + 1):
        rows = connection.execute(*statement(question, below)).fetchall()
        if page or not question.turned:
            found += [url for _, url, *_ in rows[:PAGE]]
        if len(rows) <= PAGE:
            break
        below = rows[PAGE - 1][0]
    return found


def statement(question: Question, below: int | None = None) -> tuple[str, list[object]]:
    """SQL and values for the page behind the rowid `below`."""
    where, values = _where(question, below)
    shown = "snippet(found, 1, '<', '>', '…', 30)" if question.snippets else "article.text"
    newest = "max(at)" if question.collapse else "at"
    together = "GROUP BY story" if question.collapse else ""
    order = "rank" if question.ranked else f"{newest} DESC" if question.collapse else "found.rowid DESC"
    return (
        f"SELECT {newest}, url, article.title, {shown} FROM found JOIN article ON at = found.rowid"
        f" WHERE {where} {together} ORDER BY {order} LIMIT {PAGE + 1}",
        values,
    )


def counts(question: Question, by: str) -> tuple[str, list[object]]:
    where, values = _where(question, None)
    return (
        f"SELECT {by}, count(*) AS many FROM found JOIN article ON at = found.rowid"
        f" WHERE {where} GROUP BY 1 ORDER BY many DESC LIMIT {FACET}",
        values,
    )


def _where(question: Question, below: int | None) -> tuple[str, list[object]]:
    where, values = ["found MATCH ?"], list[object]([_match(question)])
    for day, sign in ((question.after, ">="), (question.before, "<")):
        if day:
            where.append(f"found.rowid {sign} ?")
            values.append(_at(datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp(), 0))
    if below is not None:
        where.append("found.rowid < ?")
        values.append(below)
    return " AND ".join(where), values


def _match(question: Question) -> str:
    match question.how:
        case "phrase":
            words = f'"{" ".join(question.words)}"'
        case "prefix":
            words = f'"{question.words[0]}" *'
        case how:
            words = (" OR " if how == "any" else " AND ").join(f'"{word}"' for word in question.words)
    filed = [f'"lang{question.language}"'] if question.language else []
    filed += [f'"{question.outlet.replace("-", "")}"'] if question.outlet else []
    return " AND ".join([f"{{title text}} : ({words})", *(f"filed : {each}" for each in filed)])


def _row(event: Event) -> tuple[int, str, str, str, str, str]:
    article = event.article
    moment = datetime.fromisoformat(article.published or event.at).timestamp()
    filed = f"lang{article.language} {article.outlet.replace('-', '')}"
    return _at(moment, event.seq), article.url, article.title, article.text, filed, article.story


def _at(moment: float, seq: int) -> int:
    return int(moment) << _SEQ_BITS | seq
