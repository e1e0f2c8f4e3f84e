"""What the benchmarks print: figures to rows of text, rows to aligned columns."""

from collections.abc import Iterable, Mapping, Sequence
from statistics import mean, median
from typing import Any

from benchmarks.scores import Score
from benchmarks.tallies import Tally

FACTS = ("title", "date", "author", "author alone")
LANGUAGES = 20
"""Languages shown, the commonest first."""


def show(rows: Iterable[Sequence[str]], indent: int = 0) -> None:
    """Prints rows in columns, the first aligned left, the others right."""
    listed = [list(row) for row in rows]
    widths = [max(len(row[column]) for row in listed) for column in range(len(listed[0]))] if listed else []
    for row in listed:
        cells = [cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True)]
        print(" " * indent + "  ".join([row[0].ljust(widths[0]), *cells]).rstrip())


def figures(tally: Tally) -> dict[str, Any]:
    """The figures of one tool; CPU in milliseconds per page, shares from 0 to 1, None for what was not asked."""
    score, clock = tally.score, sorted(tally.clock)
    asked = {name: tally.facts[f"{name} asked"] for name in FACTS}
    return {
        "f1": score.f1 if score.pages else None,
        "precision": score.precision if score.pages else None,
        "recall": score.recall if score.pages else None,
        "with": share(score.wanted, score.wanted_of),
        "without": share(score.unwanted, score.unwanted_of),
        "cpu_mean": 1000 * mean(clock) if clock else None,
        "cpu_median": 1000 * median(clock) if clock else None,
        "cpu_p99": 1000 * clock[min(len(clock) - 1, int(0.99 * len(clock)))] if clock else None,
        "cpu_max": 1000 * clock[-1] if clock else None,
        **{name: share(tally.facts[name], asked[name]) for name in FACTS},
        "asked": {name: count for name, count in asked.items() if count},
        "errors": dict(tally.errors),
        "removed": dict(tally.removed),
        "languages": {name: {"pages": each.pages, **_quality(each)} for name, each in tally.languages.items()},
    }


def quality(tallies: Mapping[str, Tally], baseline: str) -> Iterable[list[str]]:
    """A row per tool; `ratio` is its mean CPU to the baseline's, `of med` that of the medians."""
    found = {name: figures(tally) for name, tally in tallies.items()}
    base = found.get(baseline, {})
    yield ["tool", "F1", "prec", "rec", "with", "without", "title", "date", "author", "alone",
           "CPU ms", "median", "p99", "max", "p99/med", "ratio", "of med"]  # fmt: skip
    for name, each in found.items():
        ratios = [share(each[key] or 0.0, base.get(key) or 0.0) for key in ("cpu_mean", "cpu_median")]
        spread = each["cpu_p99"] / each["cpu_median"] if each["cpu_median"] else None
        yield [
            name,
            *(text_share(each[key]) for key in ("f1", "precision", "recall", "with", "without", *FACTS)),
            *(_number(each[key], 1) for key in ("cpu_mean", "cpu_median", "cpu_p99", "cpu_max")),
            _number(spread, 1),
            *(_number(ratio, 2) for ratio in ratios),
        ]


def by_language(tallies: Mapping[str, Tally]) -> Iterable[list[str]]:
    """F1 of every tool, a row per language."""
    pages = {name: score.pages for tally in tallies.values() for name, score in tally.languages.items()}
    if not pages:
        return
    yield ["F1 by language", "pages", *tallies]
    for language in sorted(pages, key=lambda name: -pages[name])[:LANGUAGES]:
        own = [tally.languages[language] for tally in tallies.values()]
        yield [language, str(pages[language]), *(text_share(score.f1) for score in own)]


def removals(tally: Tally) -> Iterable[str]:
    total = tally.removed.total()
    yield f"removed by vigie: {total} blocks, {tally.removed_characters.total()} characters"
    if total:
        yield "  " + ", ".join(f"{kind} {count}" for kind, count in tally.removed.most_common())


def share(part: float, whole: float) -> float | None:
    return part / whole if whole else None


def _quality(score: Score) -> dict[str, float]:
    return {"f1": score.f1, "precision": score.precision, "recall": score.recall}


def text_share(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def _number(value: float | None, digits: int) -> str:
    return "-" if value is None else f"{value:.{digits}f}"
