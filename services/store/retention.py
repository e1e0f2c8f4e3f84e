"""Retention: what is let go because of its age. The account stays true: an item's row and its end stay for ever.

An article that is let go leaves the store, the texts of the stream, and, by an event of its own, the search index and
every consumer. Its old events keep their numbers, types and facts, without the text: whoever reads the stream from the
first event on meets no hole, and ends with what everybody else has.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import zstandard

from services import codec
from services.contracts import END_STATES, Article, EventType, Reason, State
from services.store import comparisons, events, ledger
from services.store.engine import Store, Transaction
from services.store.locks import DECIDING

ARTICLES = 50
"""Articles in one transaction: less than a tenth of a second for which nobody else can write to SQLite."""
ROWS = 500
"""Rows of history, or sightings, that are looked at in one transaction."""

_ENDS = sorted(END_STATES)
_ENDED = f"(SELECT i.state FROM items i WHERE i.key = {{}}.item) IN ({','.join('?' * len(_ENDS))})"  # noqa: S608
"""Asked of each old row: led by the states, in which nearly all items stand, a search would read the whole table."""


@dataclass(frozen=True, slots=True)
class Keep:
    """For how many seconds articles, and the history and sightings of items that have ended, stay; None: for ever."""

    articles_s: float | None = None
    history_s: float | None = None


@dataclass(frozen=True, slots=True)
class Swept:
    """How much was let go: articles, and items of which history or sightings went."""

    articles: int = 0
    histories: int = 0
    sightings: int = 0


def sweep(store: Store, keep: Keep, now: float) -> Swept:
    """Let some of what is too old go, in short transactions of their own; called again, the next. Several may."""
    gone, past, places = 0, 0, 0
    if keep.articles_s is not None:
        gone = _expire(store, now - keep.articles_s, now)
    if keep.history_s is not None:
        past = _prune(store, "history", now - keep.history_s)
        places = _prune(store, "sightings", now - keep.history_s)
    return Swept(gone, past, places)


# --- articles


def _expire(store: Store, before: float, now: float) -> int:
    with store.read() as tx:
        if not _aged(tx, before, 1):
            return 0
    with store.write(exclusive=DECIDING) as tx:  # nobody finds an original that is going at this moment
        keys = _aged(tx, before, ARTICLES)
        for key in keys:
            let_go(tx, key, now)
    return len(keys)


def _aged(tx: Transaction, before: float, limit: int) -> list[str]:
    ended = _ENDED.format("articles")
    sql = f"SELECT item FROM articles WHERE cleaned < ? AND {ended} ORDER BY cleaned, item LIMIT ?"  # noqa: S608
    return [row["item"] for row in tx.all(sql, before, *_ENDS, limit)]


def let_go(tx: Transaction, key: str, now: float) -> None:
    """Forget the text of an article that has ended: page, versions, judgements and what it is compared with too."""
    last = events.last(tx, key)
    for told in tx.all("SELECT seq, article FROM events WHERE item = ?", key):
        article = codec.load(Article, zstandard.decompress(told["article"]))
        if article.text or article.changes:
            blob = zstandard.compress(codec.dump(_bare(article)), 3)
            tx.run("UPDATE events SET article = ? WHERE seq = ?", blob, told["seq"])
    comparisons.forget(tx, key)
    for table in ("articles", "versions", "judgements", "pages"):
        tx.run(f"DELETE FROM {table} WHERE item = ?", key)  # noqa: S608 - one of the above
    tx.run("UPDATE items SET revisit = NULL WHERE key = ?", key)
    tx.run("UPDATE items SET reason = ? WHERE key = ? AND state = ?", Reason.EXPIRED, key, State.INDEXED)
    detail = "its text was let go because of its age"
    if last is not None and last.type is not EventType.RETRACTED:
        left = last.article.topics
        seq = events.append(tx, EventType.RETRACTED, replace(_bare(last.article), topics=(), left_topics=left), now)
        detail += f"; retracted as event {seq}"
    ledger.note(tx, key, Reason.EXPIRED, detail, now)


def _bare(article: Article) -> Article:
    """What is known of an article without what it says."""
    return replace(article, text="", changes=(), expired=True)


# --- history and sightings


def _prune(store: Store, table: str, before: float) -> int:
    with store.read() as tx:
        if not _past(tx, table, before, 1):
            return 0
    with store.write() as tx:
        keys = sorted(set(_past(tx, table, before, ROWS)))
        tx.many(f"DELETE FROM {table} WHERE item = ? AND at < ?", [(key, before) for key in keys])  # noqa: S608
    return len(keys)


def _past(tx: Transaction, table: str, before: float, limit: int) -> Sequence[str]:
    """Items that have ended and of which something in `table` is older than `before`, the oldest first."""
    ended = _ENDED.format(table)
    sql = f"SELECT item FROM {table} WHERE at < ? AND {ended} ORDER BY at LIMIT ?"  # noqa: S608 - one of two tables
    return [row["item"] for row in tx.all(sql, before, *_ENDS, limit)]
