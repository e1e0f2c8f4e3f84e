"""Judgements: what each topic said of an article, kept or dropped, with its reasons."""

from collections.abc import Sequence
from typing import Any

from services import codec
from services.contracts import Judgement, Outcome, TopicTally
from services.store.engine import Transaction


def save(tx: Transaction, item: str, judged: Sequence[Judgement]) -> None:
    """Replace what was said of an article before. Its score is that of the first: they come best first."""
    tx.run("DELETE FROM judgements WHERE item = ?", item)
    tx.many(
        "INSERT INTO judgements (item, topic, outcome, data) VALUES (?,?,?,?)",
        [(item, each.topic, each.outcome, codec.dump(each).decode()) for each in judged],
    )
    tx.run("UPDATE articles SET verdict = NULL, score = ? WHERE item = ?", judged[0].score, item)


def of(tx: Transaction, item: str) -> tuple[Judgement, ...]:
    """Everything that was said of an article, best first; empty before it was judged."""
    rows = tx.all("SELECT data FROM judgements WHERE item = ?", item) or tx.all(
        "SELECT verdict AS data FROM articles WHERE item = ? AND verdict IS NOT NULL", item
    )
    return tuple(sorted((codec.load(Judgement, row["data"]) for row in rows), key=lambda each: each.rank))


def plain(judged: Judgement) -> dict[str, Any]:
    """As JSON, its outcome beside what led to it."""
    return {**codec.plain(judged), "outcome": judged.outcome.value}


def keeping(tx: Transaction, item: str) -> tuple[str, ...]:
    """The names of the topics that keep an article, in alphabetical order."""
    rows = tx.all("SELECT topic FROM judgements WHERE item = ? AND outcome = ? ORDER BY topic", item, Outcome.KEPT)
    return tuple(str(row["topic"]) for row in rows)


def tally(tx: Transaction) -> dict[str, TopicTally]:
    """By topic; answered from an index, but every article is counted."""
    counts: dict[str, dict[str, int]] = {}
    for row in tx.all("SELECT topic, outcome, count(*) AS n FROM judgements GROUP BY topic, outcome ORDER BY topic"):
        counts.setdefault(row["topic"], {})[row["outcome"]] = row["n"]
    return {topic: TopicTally(**found) for topic, found in counts.items()}
