"""Measures the cleaner against bare trafilatura on labelled pages, in the same run.

    python benchmarks/extraction.py ../shared/data/pages-fundus-dev.jsonl.xz --limit 100

Scores are 4-gram precision, recall and F1 over all pages (per page, true and false positives and false negatives are
divided by their sum; the scheme of Zyte's article-extraction benchmark). `wanted` and `unwanted` are the shares of
such passages found. The CPU ratio compares whole pages, ours with metadata and language, with
`bare_extraction` alone. Data files are JSON lines, xz-compressed:
{id, url, language, html, text, title, author, published, with, without}.
"""

import argparse
import json
import lzma
import re
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import trafilatura

from services.cleaner import characters, requests

TOKEN = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]|[^\W_]+?(?=[\u3040-\u30ff\u3400-\u9fff]|[\W_]|$)")
PAGE_LINES = 10
T = TypeVar("T")


@dataclass
class Score:
    tp: float = 0.0
    fp: float = 0.0
    fn: float = 0.0
    pages: int = 0
    wanted: list[int] = field(default_factory=lambda: [0, 0])
    unwanted: list[int] = field(default_factory=lambda: [0, 0])

    def add(self, truth: str, found: str) -> float:
        """Counts one page and returns its own F1."""
        want, got = grams(truth), grams(found)
        tp, fp, fn = (want & got).total(), (got - want).total(), (want - got).total()
        total = tp + fp + fn or 1
        self.tp, self.fp, self.fn = self.tp + tp / total, self.fp + fp / total, self.fn + fn / total
        self.pages += 1
        return 2 * tp / (2 * tp + fp + fn or 1)

    def add_segments(self, row: dict[str, Any], found: str) -> None:
        text = characters.key(found)
        for name, counts in (("with", self.wanted), ("without", self.unwanted)):
            for segment in row.get(name) or ():
                counts[0] += characters.key(segment) in text
                counts[1] += 1

    @property
    def precision(self) -> float:
        return self.tp / (self.tp + self.fp or 1)

    @property
    def recall(self) -> float:
        return self.tp / (self.tp + self.fn or 1)

    @property
    def f1(self) -> float:
        return 2 * self.precision * self.recall / (self.precision + self.recall or 1)

    def __str__(self) -> str:
        parts = [f"F1 {self.f1:.4f}  P {self.precision:.4f}  R {self.recall:.4f}  pages {self.pages}"]
        for name, (hits, total) in (("wanted", self.wanted), ("unwanted", self.unwanted)):
            if total:
                parts.append(f"{name} {hits / total:.3f}")
        return "  ".join(parts)


def grams(text: str) -> Counter[tuple[str, ...]]:
    # Composed letters and no soft hyphens on every side: how a page spells a letter is not what is measured.
    tokens = TOKEN.findall(characters.clean(text))
    if not tokens:
        return Counter()
    size = min(4, len(tokens))
    return Counter(tuple(tokens[i : i + size]) for i in range(len(tokens) - size + 1))


def ours(row: dict[str, Any]) -> dict[str, Any]:
    return requests.answer({"id": row["id"], "url": row["url"], "html": row["html"]})


def bare(row: dict[str, Any]) -> str:
    found = trafilatura.bare_extraction(row["html"], include_comments=False, include_tables=True)
    return (getattr(found, "text", None) or "") if found is not None else ""


def timed(work: Callable[[], T], clock: list[float]) -> T:
    start = time.process_time()
    result = work()
    clock.append(time.process_time() - start)
    return result


def read(path: Path, limit: int, skip: int) -> Iterable[dict[str, Any]]:
    with lzma.open(path, "rt", encoding="utf-8") as lines:
        for number, line in enumerate(lines):
            if skip <= number < skip + limit:
                yield json.loads(line)


def measure(path: Path, limit: int, skip: int) -> None:
    scores = {name: Score() for name in ("vigie", "trafilatura")}
    languages: dict[str, dict[str, Score]] = defaultdict(lambda: {name: Score() for name in scores})
    clocks: dict[str, list[float]] = {name: [] for name in scores}
    fields: Counter[str] = Counter()
    kinds: Counter[str] = Counter()
    pages = []
    requests.answer(
        {"id": "warm", "text": "Warm\n\nModels and rules are read once per process, before the clock starts."}
    )
    for row in read(path, limit, skip):
        answer = timed(lambda row=row: ours(row), clocks["vigie"])
        theirs = timed(lambda row=row: bare(row), clocks["trafilatura"])
        kinds.update(entry["kind"] for entry in answer["removed"])
        compare_fields(row, answer, fields)
        for name, text in (("vigie", answer["text"]), ("trafilatura", theirs)):
            scores[name].add_segments(row, text)
        if row["text"]:
            own = scores["vigie"].add(row["text"], answer["text"])
            other = scores["trafilatura"].add(row["text"], theirs)
            languages[row["language"]]["vigie"].add(row["text"], answer["text"])
            languages[row["language"]]["trafilatura"].add(row["text"], theirs)
            pages.append((own - other, own, other, row["id"], row["url"]))
    report(path, scores, languages, clocks, fields, kinds, pages)


def compare_fields(row: dict[str, Any], answer: dict[str, Any], fields: Counter[str]) -> None:
    if row.get("title"):
        fields["title total"] += 1
        fields["title"] += characters.key(row["title"]) == characters.key(answer["title"])
    if row.get("published"):
        fields["date total"] += 1
        fields["date"] += row["published"][:10] == (answer["meta"]["published"] or "")[:10]
    if row.get("author"):
        names = row["author"] if isinstance(row["author"], list) else [row["author"]]
        found = characters.key(answer["meta"]["author"] or "")
        fields["author total"] += 1
        fields["author"] += any(characters.key(name) in found for name in names if name)
    fields["errors"] += answer["error"] is not None


def report(
    path: Path,
    scores: dict[str, Score],
    languages: dict[str, dict[str, Score]],
    clocks: dict[str, list[float]],
    fields: Counter[str],
    kinds: Counter[str],
    pages: list[tuple[float, float, float, str, str]],
) -> None:
    print(path.name)
    for name, score in scores.items():
        print(f"  {name:12} {score}  CPU {1000 * sum(clocks[name]) / (len(clocks[name]) or 1):.1f} ms")
    print(f"  CPU ratio    {sum(clocks['vigie']) / (sum(clocks['trafilatura']) or 1):.2f}")
    for name in ("title", "date", "author"):
        if fields[f"{name} total"]:
            print(f"  {name:12} {fields[name] / fields[f'{name} total']:.3f} of {fields[f'{name} total']}")
    print(f"  errors       {fields['errors']}")
    for language, pair in sorted(languages.items(), key=lambda item: -item[1]["vigie"].pages):
        own, other = pair["vigie"], pair["trafilatura"]
        print(f"  {language:4} {own.pages:4}  F1 {own.f1:.3f}  trafilatura {other.f1:.3f}")
    print("  removed      " + ", ".join(f"{kind} {count}" for kind, count in kinds.most_common()))
    print("  where trafilatura did better:")
    for gain, mine, theirs, identity, url in sorted(pages)[:PAGE_LINES]:
        print(f"    {gain:+.3f}  {mine:.3f} {theirs:.3f}  {identity}  {url[:90]}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--limit", type=int, default=150, help="pages per file")
    parser.add_argument("--skip", type=int, default=0, help="pages to pass over first")
    arguments = parser.parse_args()
    for path in arguments.files:
        measure(path, arguments.limit, arguments.skip)


if __name__ == "__main__":
    main()
