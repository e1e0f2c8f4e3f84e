"""Measures the cleaner beside open extractors on labelled pages, all in the same run.

    python -m benchmarks.extraction                           everything in ../shared/data, every tool: some 15 minutes
    python -m benchmarks.extraction --every 8 --peers trafilatura,readability --worst 20

Per file: 4-gram F1, precision and recall and shares of segments found (`benchmarks/scores.py` says how), F1 per
language, title, date and author where a page has them, CPU per page, what was removed by kind, the worst pages. The
tools take turns page by page, each page in another order, after pages that are not counted; the clock is CPU time of
this process. `ratio` is to `trafilatura`, which here does what vigie does: text, metadata and language. A tool that
is not installed (`make bench-setup`) is named and left out.

Data are JSON lines, xz-compressed: {id, url, language, html, text, title, author, published, with, without}.

vigie's block model is trained on such pages. `--model-for FILE` names weights that have not seen a page's publisher:
a JSON object from `scores.host` of the page to the path of a weights file, `*` standing for every other host.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from benchmarks import scores, tables
from benchmarks.peers import OPENERS, Tool, open_tool
from benchmarks.scores import Row
from benchmarks.tallies import Page, Result, Tally

DATA = Path(__file__).parents[2] / "shared" / "data"
OURS, BASELINE = "vigie", "trafilatura"
WARM_PAGES = 3
PROGRESS = 25
"""Pages between two lines of progress on stderr."""


def measure(rows: Iterator[Row], tools: Mapping[str, Tool], prepare: Callable[[Row], None]) -> Result:
    """Runs every tool on every page, in another order on each."""
    tallies = {name: Tally() for name in tools}
    pages = []
    names = list(tools)
    for number, row in enumerate(rows):
        prepare(row)
        own = {}
        turn = number % len(names)
        for name in names[turn:] + names[:turn]:
            start = time.process_time()
            found = tools[name](row)
            seconds = time.process_time() - start
            quality = tallies[name].add(row, found, seconds)
            if quality is not None:
                own[name] = quality
        if own:
            pages.append(Page(str(row["id"]), row["url"] or "", row["language"], own))
        if number % PROGRESS == PROGRESS - 1:
            _say(f"  {number + 1} pages  " + "  ".join(f"{n} {_running(t)}" for n, t in tallies.items()))
    return Result(tallies, pages)


def _running(tally: Tally) -> str:
    """F1 so far, or the share of wanted segments where no page has a hand-made text."""
    score = tally.score
    return f"{score.f1:.3f}" if score.pages else tables.text_share(tables.share(score.wanted, score.wanted_of))


def choose_models(path: Path | None) -> Callable[[Row], None]:
    """What makes vigie use the weights that have not seen a page's publisher; does nothing without a file."""
    if path is None:
        return lambda row: None
    from services.cleaner import model

    weights: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
    current: list[str] = []

    def prepare(row: Row) -> None:
        chosen = weights.get(scores.host(row), weights.get("*"))
        if chosen is None:
            raise SystemExit(f"{path}: names no weights for {scores.host(row)}, and none for *")
        if current != [chosen]:
            model.use(Path(chosen))
            current[:] = [chosen]

    return prepare


def open_tools(asked: str | None) -> dict[str, Tool]:
    """vigie and the peers asked for, all by default; says on stderr which of them are missing."""
    names = list(OPENERS) if asked is None else [OURS, *filter(None, asked.split(","))]
    if unknown := set(names) - set(OPENERS):
        raise SystemExit(f"no such peer: {', '.join(sorted(unknown))}; there are {', '.join(OPENERS)}")
    tools = {}
    for name in dict.fromkeys(names):
        try:
            tools[name] = open_tool(name)
        except ImportError as error:
            if name == OURS:
                raise
            _say(f"{name} is left out: {error} (make bench-setup installs the peers)")
    return tools


def data_files(asked: list[Path]) -> list[Path]:
    """Every file asked for, folders opened."""
    found = [file for path in asked for file in (sorted(path.glob("*.jsonl*")) if path.is_dir() else [path])]
    if missing := [str(path) for path in found if not path.is_file()] or (not found and [str(p) for p in asked]):
        raise SystemExit(f"no labelled pages in {', '.join(missing)}; name files with --files")
    return found


def report(name: str, result: Result, worst: int) -> None:
    tallies, pages = result.tallies, result.pages
    size = len(next(iter(tallies.values())).clock)
    print(f"{name}: {size} pages, {len(pages)} with a hand-made text")
    tables.show(tables.quality(tallies, BASELINE), indent=2)
    tables.show(tables.by_language(tallies), indent=2)
    if OURS in tallies:
        for line in tables.removals(tallies[OURS]):
            print(f"  {line}")
    for tool, tally in tallies.items():
        if tally.errors:
            print(f"  {tool} gave nothing: " + ", ".join(f"{why} {n}" for why, n in tally.errors.most_common()))
    if worst and pages:
        for line in worst_pages(pages, worst):
            print(f"  {line}")
    print(flush=True)


def worst_pages(pages: list[Page], count: int) -> Iterator[str]:
    """Where our F1 is lowest, and where the baseline is furthest ahead."""
    yield "worst pages (F1 precision recall, the baseline's F1):"
    for page in sorted(pages, key=lambda page: page.own[OURS][0])[:count]:
        yield _line(page)
    if all(BASELINE in page.own for page in pages):
        yield "where the baseline is furthest ahead:"
        for page in sorted(pages, key=_behind)[:count]:
            yield f"{_behind(page):+.3f} {_line(page)}"


def _behind(page: Page) -> float:
    """By how much our F1 differs from the baseline's; negative where the baseline did better."""
    return page.own[OURS][0] - page.own[BASELINE][0]


def _line(page: Page) -> str:
    own = " ".join(f"{value:.3f}" for value in page.own[OURS])
    other = f"{page.own[BASELINE][0]:.3f}" if BASELINE in page.own else "-"
    return f"  {own}  {other}  {page.language}  {page.id}  {page.url[:90]}"


def as_json(result: Result) -> dict[str, Any]:
    return {
        "tools": {name: tables.figures(tally) for name, tally in result.tallies.items()},
        "pages": [{"id": p.id, "url": p.url, "language": p.language, "own": p.own} for p in result.pages],
    }


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", nargs="+", type=Path, default=[DATA], help="data files, or folders of them")
    parser.add_argument("--limit", type=int, metavar="N", help="at most N pages per file")
    parser.add_argument("--skip", type=int, default=0, metavar="N", help="pass over the first N pages of each file")
    parser.add_argument("--every", type=int, default=1, metavar="K", help="take every K-th page only")
    parser.add_argument("--peers", metavar="A,B", help=f"which peers, of {', '.join(OPENERS)}; '' for none")
    parser.add_argument("--worst", type=int, default=0, metavar="N", help="list the N worst pages of each file")
    parser.add_argument("--model-for", type=Path, metavar="FILE", help="JSON: host to weights that never saw it")
    parser.add_argument("--json", action="store_true", help="everything as one JSON object, page by page")
    asked = parser.parse_args()
    if asked.every < 1:
        parser.error("--every takes 1 or more")
    tools = open_tools(asked.peers)
    prepare = choose_models(asked.model_for)
    results = {}
    for path in data_files(asked.files):
        _say(path.name)
        for row in scores.read(path, limit=WARM_PAGES):
            prepare(row)
            for tool in tools.values():
                tool(row)
        result = measure(scores.read(path, every=asked.every, skip=asked.skip, limit=asked.limit), tools, prepare)
        results[path.name] = as_json(result)
        if not asked.json:
            report(path.name, result, asked.worst)
    if asked.json:
        print(json.dumps(results, ensure_ascii=False))


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        main()
