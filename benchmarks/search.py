"""Measures the search beside SQLite FTS5 and PostgreSQL's full text, on one corpus, with the same questions.

    python -m benchmarks.search                                  10 000 articles, three minutes
    python -m benchmarks.search --articles 1000000               half an hour and 20 GB; peers take a tenth
    python -m benchmarks.search --engines vigie --only answers
    python -m benchmarks.search --only laws                      how the made-up words are spread, beside real texts

The articles are made up from texts of our own in twelve languages (`searching/words.py`, `searching/corpus.py`), the
questions from what the articles hold (`searching/questions.py`): what an engine is asked is the same for all, in the
words of its own language. vigie answers as the API does, with a total, marked titles and snippets; the peers give a
page of twenty and nothing else, but for the snippets where those are asked for.

laws      spread of the words beside the labelled pages of ../shared/data (only when asked for)
built     articles per second from nothing: vigie by its follower from the events of a store; size and memory
answers   milliseconds by kind of question; first is the first time in a fresh process, the others are warm
threads   all kinds mixed, by one thread and by two
fresh     from the commit in the store until another process finds the article, while 100 a second arrive
"""

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from benchmarks import tables
from benchmarks.searching import engines, freshness, laws, questions, report, trials
from benchmarks.searching.corpus import Corpus
from benchmarks.searching.engines import OURS
from benchmarks.searching.laws import Law

DATA = Path(__file__).parents[2] / "shared" / "data"
SECTIONS = ("laws", "built", "answers", "threads", "fresh")
PEERS_MOST = 100_000
"""Articles that the peers take unless told otherwise: they are slower by orders of magnitude."""
COMPARED = ("en", "de")
"""Languages of which the labelled pages have texts enough."""


def compare_words(data: Path, seed: int) -> dict[str, Law]:
    """Real texts and made-up ones of as many words."""
    found: dict[str, Law] = {}
    real = laws.real(sorted(data.glob("*.jsonl.xz")))
    made = Corpus(100_000, seed)
    for language in COMPARED:
        if language in real:
            measured = laws.measure(real[language])
            found[f"{language}, real"] = measured
            found[f"{language}, made up"] = laws.measure(laws.made(made, language), measured.words)
    found["uk, made up"] = laws.measure(laws.made(made, "uk"), 500_000)
    return found


class Run:
    """One run in one folder; what was found under the sections' names."""

    def __init__(self, folder: Path, asked: argparse.Namespace) -> None:
        self._folder = folder
        self._asked = asked
        self.found: dict[str, Any] = {}

    def build(self, names: list[str]) -> list[str]:
        """Those that could be built."""
        built = self.found["built"] = {}
        for name in names:
            say(f"{name}: {self._articles(name)} articles")
            try:
                built[name] = trials.apart(
                    trials.build, name, self._folder / name, self._articles(name), self._asked.seed
                )
            except FileNotFoundError as error:
                say(f"{name} is left out: {error}")
        return list(built)

    def ask(self, names: list[str]) -> None:
        answers = self.found["answers"] = {}
        asked = questions.ask(Corpus(self._asked.articles, self._asked.seed), self._asked.questions)
        for name in names:
            say(f"{name}: {len(asked)} questions")
            answers[name] = trials.apart(
                trials.ask, name, self._folder / name, asked, self._asked.threads, self._asked.patience
            )

    def refresh(self) -> None:
        say(f"{OURS}: articles arrive")
        arguments = (self._folder / OURS, self._asked.articles, self._asked.seed, self._asked.seconds)
        self.found["fresh"] = trials.apart(freshness.measure, *arguments)

    def _articles(self, name: str) -> int:
        everything: int = self._asked.articles
        return everything if name == OURS else min(everything, self._asked.peer_articles)


def show(found: dict[str, Any], sections: list[str]) -> None:
    for section, rows in (
        ("laws", report.laws), ("built", report.built), ("answers", report.answers),
        ("threads", report.loads), ("fresh", report.fresh),
    ):  # fmt: skip
        key = "answers" if section == "threads" else section
        if section in sections and key in found:
            tables.show(rows(found[key]), indent=2)
            print()


@contextmanager
def working(folder: Path | None) -> Iterator[Path]:
    """A temporary folder, or an empty one that is kept."""
    if folder is None:
        with tempfile.TemporaryDirectory(prefix="vigie-search-") as made:
            yield Path(made)
        return
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise SystemExit(f"{folder} is not empty")
    yield folder


def say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def choose(asked: str) -> list[str]:
    names = [name.strip() for name in asked.split(",") if name.strip()]
    if unknown := set(names) - set(engines.OPENERS):
        raise SystemExit(f"no such engine: {', '.join(sorted(unknown))}; there are {', '.join(engines.OPENERS)}")
    return names


def read_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=int, default=10_000)
    parser.add_argument(
        "--peer-articles", type=int, default=PEERS_MOST, metavar="N", help="at most; default %(default)s"
    )
    parser.add_argument("--engines", default=",".join(engines.OPENERS), metavar="A,B", help="default %(default)s")
    parser.add_argument("--only", action="append", choices=SECTIONS, help="this section; may be repeated")
    parser.add_argument("--questions", type=int, default=questions.MANY, metavar="N", help="of each kind")
    parser.add_argument("--patience", type=float, default=10.0, metavar="S", help="seconds for each kind and engine")
    parser.add_argument("--threads", type=int, default=2, metavar="N", help="up to so many at once")
    parser.add_argument("--seconds", type=float, default=15.0, metavar="S", help="how long articles arrive")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--data", type=Path, default=DATA, help="folder of the labelled pages, for laws")
    parser.add_argument("--folder", type=Path, help="an empty folder to work in, kept afterwards")
    parser.add_argument("--json", action="store_true", help="everything as JSON, seconds and bytes")
    return parser.parse_args()


def main() -> None:
    asked = read_arguments()
    names = choose(asked.engines)
    sections = asked.only or list(SECTIONS[1:])
    begun = time.monotonic()
    with working(asked.folder) as folder:
        run = Run(folder, asked)
        if "laws" in sections:
            run.found["laws"] = compare_words(asked.data, asked.seed)
        if set(sections) - {"laws"}:
            usable = run.build(names)
            if {"answers", "threads"} & set(sections):
                run.ask(usable)
            if "fresh" in sections and OURS in usable:
                run.refresh()
    if asked.json:
        print(json.dumps({name: report.plain(found) for name, found in run.found.items()}, indent=2))
    else:
        show(run.found, sections)
        say(f"{time.monotonic() - begun:.0f} s")


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        main()
