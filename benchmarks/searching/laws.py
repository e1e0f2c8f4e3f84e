"""How words are spread in a set of texts: what made-up texts should share with real ones."""

import json
import lzma
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.searching.corpus import Corpus
from services.search import analysis

WINDOW = 300
"""Words over which the share of distinct ones is taken: it falls with length."""
FEWEST = 20
"""Real texts that a language must have to be compared with."""


@dataclass(frozen=True, slots=True)
class Law:
    """`distinct` is the mean share of distinct words in a window; `upper` and `lower` are the slopes of log frequency
    over log rank, ranks 10 to 1000 and 1000 to 10 000 (None where there are not so many); `top` is the share of all
    words that the 1000 commonest make up, `once` the share of the vocabulary that comes once."""

    texts: int
    words: int
    vocabulary: int
    distinct: float | None
    upper: float | None
    lower: float | None
    top: float
    once: float


def measure(texts: Iterable[str], limit: int | None = None) -> Law:
    """Of all texts, or of so many that they hold `limit` words."""
    counts: Counter[str] = Counter()
    shares: list[float] = []
    seen = total = 0
    for text in texts:
        words = analysis.terms(text)
        counts.update(words)
        shares.extend(len(set(words[at : at + WINDOW])) / WINDOW for at in range(0, len(words) - WINDOW + 1, WINDOW))
        seen += 1
        total += len(words)
        if limit is not None and total >= limit:
            break
    ranked = sorted(counts.values(), reverse=True)
    return Law(
        texts=seen,
        words=total,
        vocabulary=len(ranked),
        distinct=float(np.mean(shares)) if shares else None,
        upper=slope(ranked, 10, 1000),
        lower=slope(ranked, 1000, 10_000),
        top=sum(ranked[:1000]) / max(1, total),
        once=sum(count == 1 for count in ranked) / max(1, len(ranked)),
    )


def slope(ranked: Sequence[int], first: int, last: int) -> float | None:
    """Least squares over ranks that are equally far apart in the logarithm."""
    if len(ranked) < last:
        return None
    ranks = np.unique(np.geomspace(first, last, 40).astype(int))
    return float(np.polyfit(np.log(ranks), np.log(np.asarray(ranked)[ranks - 1]), 1)[0])


def real(paths: Iterable[Path]) -> dict[str, list[str]]:
    """Texts of the labelled pages by language, most texts first."""
    found: dict[str, list[str]] = defaultdict(list)
    for path in paths:
        with lzma.open(path, "rt", encoding="utf-8") as lines:
            for row in map(json.loads, lines):
                if row.get("text") and row.get("language"):
                    found[row["language"]].append(row["text"])
    enough = {language: texts for language, texts in found.items() if len(texts) >= FEWEST}
    return dict(sorted(enough.items(), key=lambda pair: -len(pair[1])))


def made(corpus: Corpus, language: str) -> Iterator[str]:
    for event in corpus.events():
        if event.article.language == language:
            yield f"{event.article.title}\n{event.article.text}"
