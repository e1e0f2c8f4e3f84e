"""Puts known noise into real pages and measures what the cleaner leaves of it, and what it costs the article.

    python -m benchmarks.noise                                    every kind in every language: two minutes
    python -m benchmarks.noise --languages fr,uk --kinds related,promo --show-missed 30

One entry of `benchmarks/noise/` at a time goes into a real page (of that language, or of another where the data have
too few; in memory only), at one place and in one markup, or into the page's article as plain text (`injection.py`).
The page is cleaned with and without it. Draws are seeded: the same pages, places and markups every time.

recall      share of the blocks put in of which nothing is left: no 4-gram of the block (all of it, if it is shorter)
            stands in `text` more often than it does without
told        share of the blocks gone that stand in `removed`, and
kind        the share there under the right kind (`fates.ALIKE` kinds pass for one another)
article     share of the article's 4-grams, counted block by block, that are still there with the noise on the page; of
            pages with a hand-made text only its grams count
precision   4-grams of noise that went / (these + 4-grams of the article that went with them)
unharmed    share of the injections that cost the article nothing

Negatives are sentences of articles, sub-headings and quotes that speak of newsletters, advertising, cookies, copyright
and the like, put among the paragraphs; a `flash` takes the place of all of them. `kept` is the share that stays whole;
`plain` ones say what any sentence loses there.
"""

import argparse
import json
import random
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from benchmarks import examples, fates, hosts, injection, scores, tables
from benchmarks.examples import Negative, Noise
from benchmarks.extraction import DATA, choose_models, data_files
from benchmarks.fates import HEAD, Baseline, Report
from benchmarks.injection import Host, Setting
from services.cleaner import requests
from services.contracts import NoiseKind

PROGRESS = 200
"""Injections between two lines of progress on stderr."""

Taker = Callable[[str], Baseline]


def take_turns(found: dict[str, list[Host]], prepare: Callable[[scores.Row], None]) -> Taker:
    """The hosts of a language in turn, forever; `prepare` chooses the model for each."""
    bases: dict[str, Baseline] = {}
    turns: Counter[str] = Counter()

    def take(language: str) -> Baseline:
        host = found[language][turns[language] % len(found[language])]
        turns[language] += 1
        prepare({"id": host.id, "url": host.url})
        if host.id not in bases:
            asked = {False: injection.request(host, html=host.html), True: injection.plain(host)}
            answers = {is_text: requests.answer(request) for is_text, request in asked.items()}
            bases[host.id] = fates.baseline(host, answers)
        return bases[host.id]

    return take


def runs(noise: Iterable[Noise], rounds: int, seed: int) -> Iterator[tuple[Noise, Setting, random.Random]]:
    """Every entry `rounds` times; the entries of a kind and language take the settings of that kind in turn."""
    settings: dict[tuple[str, str], Iterator[Setting]] = {}
    for number, entry in enumerate(noise):
        chance = random.Random(f"{seed} {number}")
        name = entry.kind, entry.language
        if name not in settings:
            settings[name] = _endless(injection.settings(entry.kind), random.Random(f"{seed} {name}"))
        for _ in range(rounds):
            yield entry, next(settings[name]), chance


def _endless(found: list[Setting], chance: random.Random) -> Iterator[Setting]:
    while True:
        chance.shuffle(found)
        yield from found


def measure(noise: Sequence[Noise], negatives: Sequence[Negative], take: Taker, rounds: int, seed: int) -> Report:
    """Puts every entry and every negative into the page that `take` gives for its language."""
    report = Report()
    for number, (written, setting, chance) in enumerate(runs(noise, rounds, seed)):
        base = take(written.language)
        is_own = written.kind is NoiseKind.DUPLICATE
        entry = injection.duplicate(base.host, written.language, chance) if is_own else written
        report.count(entry, setting, base, requests.answer(injection.inject(base.host, entry, setting, chance)))
        if number % PROGRESS == PROGRESS - 1:
            _say(f"  {number + 1} blocks")
    for number, negative in enumerate(negatives):
        base = take(negative.language)
        for markup in ("html", "text"):
            chance = random.Random(f"{seed} {number} {markup}")
            answer = requests.answer(injection.embed(base.host, negative, markup, chance))
            report.count_negative(negative, markup, base, answer)
    return report


def show(report: Report, missed: int) -> None:
    for name in ("kind", "language", "markup", "place"):
        table = report.by[name]
        tables.show(
            [[name, *HEAD], *(table[each].row(each) for each in sorted(table)), report.by["all"]["all"].row("all")]
        )
        print()
    tables.show(_negatives(report))
    if report.lost_as:
        print("lost as: " + ", ".join(f"{why} {count}" for why, count in report.lost_as.most_common()))
    for title, lines in (
        ("left in the text", report.missed),
        ("cost the article", report.harmed),
        ("lost", report.lost),
    ):
        if missed and lines:
            print(f"\n{title}, {min(missed, len(lines))} of {len(lines)}:")
            for line in random.Random(len(lines)).sample(lines, min(missed, len(lines))):
                print(f"  {line}")


def _negatives(report: Report) -> Iterator[list[str]]:
    yield ["article text that looks like noise", "html", "kept", "text", "kept"]
    for shape in examples.SHAPES:
        cells = [shape]
        for markup in ("html", "text"):
            asked = report.asked[shape, markup]
            cells += [str(asked), tables.text_share(tables.share(report.kept[shape, markup], asked))]
        yield cells


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", nargs="+", type=Path, default=[DATA], help="pages to put noise into, or folders")
    parser.add_argument("--languages", metavar="A,B", help=f"of {', '.join(examples.languages())}")
    parser.add_argument("--kinds", metavar="A,B", help="these kinds only, and no negatives")
    parser.add_argument("--only", choices=("noise", "negatives"), help="one half of the measurement")
    parser.add_argument("--pages", type=int, default=8, metavar="N", help="pages per language")
    parser.add_argument("--rounds", type=int, default=1, metavar="N", help="settings per entry")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--show-missed", type=int, default=0, metavar="N", help="list what was left and what was lost")
    parser.add_argument("--model-for", type=Path, metavar="FILE", help="as for benchmarks.extraction")
    parser.add_argument("--json", action="store_true", help="every figure and every miss as one JSON object")
    asked = parser.parse_args()
    chosen = asked.languages.split(",") if asked.languages else examples.languages()
    if unknown := set(chosen) - set(examples.languages()):
        parser.error(f"nothing is written for {', '.join(sorted(unknown))}")
    noise, negatives = examples.load(chosen)
    if asked.kinds:
        noise = [entry for entry in noise if entry.kind in asked.kinds.split(",")]
    if asked.only == "negatives":
        noise = []
    if asked.only == "noise" or asked.kinds:
        negatives = []
    found = hosts.find(data_files(asked.files), chosen, asked.pages, asked.seed)
    report = measure(noise, negatives, take_turns(found, choose_models(asked.model_for)), asked.rounds, asked.seed)
    print(json.dumps(report.as_json(), ensure_ascii=False)) if asked.json else show(report, asked.show_missed)


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        main()
