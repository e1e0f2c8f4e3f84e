"""The judged set of tests/search/relevance: short articles, queries, and how well each article answers each query."""

import fnmatch
import math
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from services.contracts import Article, Event, EventType, Relation
from services.search import synonyms
from services.search.synonyms import Synonyms

FOLDER = Path(__file__).parents[1] / "tests" / "search" / "relevance"
DEPTH = 10


@dataclass(frozen=True, slots=True)
class Query:
    """`grades` by article id, 1 to 3; an article without one is irrelevant."""

    language: str
    kind: str
    typed: str
    grades: Mapping[str, int]


def events() -> list[Event]:
    """One per article of `articles/LANGUAGE.txt` (id | title | text); ids are LANGUAGE:id, all of one moment."""
    return [
        Event(number, EventType.NEW, "2026-03-01T12:00:00+00:00", article)
        for number, article in enumerate(_articles(), 1)
    ]


def _articles() -> Iterator[Article]:
    for path in sorted((FOLDER / "articles").glob("*.txt")):
        for line in path.read_text(encoding="utf-8").splitlines():
            name, title, text = line.split(" | ")
            key = f"{path.stem}:{name}"
            yield Article(
                id=key, url=f"https://judged.example/{path.stem}/{name}", title=title, text=text, outlet="judged",
                author=None, published=None, language=path.stem, paywalled=False, story=key, relation=Relation.NEW,
                of=None, score=1.0,
            )  # fmt: skip


def queries() -> list[Query]:
    """Every line of `queries.txt`. Raises ValueError where a judgement names no article."""
    known = [article.id for article in _articles()]
    lines = (FOLDER / "queries.txt").read_text(encoding="utf-8").splitlines()
    return [_query(line, known) for line in lines if not line.startswith("#")]


def _query(line: str, known: Sequence[str]) -> Query:
    language, kind, typed, judgements = line.split(" | ")
    grades: dict[str, int] = {}
    for judgement in judgements.split():
        name, _, grade = judgement.partition("=")
        found = fnmatch.filter(known, name if ":" in name else f"{language}:{name}")
        if not found:
            raise ValueError(f"{line}: {name} is no article")
        grades.update({key: max(int(grade), grades.get(key, 0)) for key in found})
    return Query(language, kind, typed, grades)


def names() -> Synonyms:
    """`synonyms.toml`: what a topic file would say."""
    table = tomllib.loads((FOLDER / "synonyms.toml").read_text(encoding="utf-8"))
    return synonyms.build(table["synonyms"].values())


def forms(language: str) -> list[list[str]]:
    """`forms.txt`: the forms of each word of a language."""
    lines = (FOLDER / "forms.txt").read_text(encoding="utf-8").splitlines()
    return [line.split(" | ")[1].split() for line in lines if line.startswith(f"{language} | ")]


def ndcg(found: Sequence[str], query: Query) -> float:
    """Normalized discounted cumulative gain of the first ten, gains 2^grade - 1 (Burges et al., 2005), 0 to 1."""
    gains = [2 ** query.grades.get(key, 0) - 1 for key in found[:DEPTH]]
    ideal = sorted((2**grade - 1 for grade in query.grades.values()), reverse=True)[:DEPTH]
    return _discounted(gains) / _discounted(ideal)


def _discounted(gains: Sequence[int]) -> float:
    return sum(gain / math.log2(rank + 2) for rank, gain in enumerate(gains))
