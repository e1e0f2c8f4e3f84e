"""Measures how duplicates are told from news, beside what others do, on streams whose truth is known.

    python -m benchmarks.dedup                       the stream, a fresh one, flashes, cost: some minutes
    python -m benchmarks.dedup --every 4 --only stream --worst 20
    python -m benchmarks.dedup --only stream --clean         without the sites' noise
    python -m benchmarks.dedup --only cost --million         a million articles: hours, and some 6 GB
    python -m benchmarks.dedup --dump stream.jsonl           writes the stream and its truth, decides nothing

The texts are the hand-made ones of the labelled pages in ../shared/data, republished by the edits that
`benchmarks/duplicates/edits.py` lists, in sites' noise (`sites.py`), among articles that only look alike
(`lookalikes.py`). Everything is drawn by `--seed`. Each method sees the same stream, one article at a time, and
remembers what it saw; `judgement.py` says how its decisions are counted.

stream    every method: precision and recall of repeats as they arrive, over pairs, adjusted Rand index, links to
          reused articles, CPU per article; ours by edit, by relation and by what merely looks alike
fresh     ours alone on a stream of another seed: edits, sites, times and orders that nobody tuned on
written   ours alone on texts of our own in twelve languages, made a stream in the same way
flashes   short news that differ in one word, bare and in noise: how many were merged that are not one
cost      CPU and memory per article as the corpus grows, on made-up articles
store     the same through the store on disk (only when asked for: --only store)
"""

import argparse
import json
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from benchmarks import tables
from benchmarks.duplicates import costs, flashes, methods, press, sources, stored, stream
from benchmarks.duplicates.arrivals import Arrival
from benchmarks.duplicates.costs import Cost
from benchmarks.duplicates.judgement import Decide, Decision, Failure, Report, judge
from benchmarks.duplicates.lookalikes import KINDS
from benchmarks.duplicates.sources import Material

DATA = Path(__file__).parents[2] / "shared" / "data"
TEXTS = ("pages-fundus-dev.jsonl.xz", "pages-wcxb-dev.jsonl.xz")
OWN = Path(__file__).parent / "topic" / "corpus"
SECTIONS = ("stream", "fresh", "written", "flashes", "cost", "store")
RELATIONS = ("exact", "near", "excerpt", "derived", "new")
HEAD = ("method", "prec", "rec", "pair P", "pair R", "ARI", "link P", "link R", "link F1")
FEW = 10
"""Repeats that a language must have to be shown."""
FRESH = 7_919
"""Added to the seed for the fresh stream."""


@dataclass(frozen=True, slots=True)
class Run:
    """What a method decided, and its CPU seconds per article."""

    decisions: list[Decision]
    seconds: float


def run(decide: Decide, arrivals: Sequence[Arrival]) -> Run:
    decisions = []
    spent = 0.0
    for arrival in arrivals:
        start = time.process_time()
        decision = decide(arrival)
        spent += time.process_time() - start
        decisions.append(decision)
    return Run(decisions, spent / max(1, len(arrivals)))


def open_methods(names: Sequence[str]) -> Iterator[tuple[str, Decide]]:
    """One after the other, so that only one index is in memory; says on stderr which are missing."""
    for name in names:
        try:
            yield name, methods.OPENERS[name]()
        except ImportError as error:
            _say(f"{name} is left out: {error} (make bench-setup installs the peers)")


def show_stream(arrivals: Sequence[Arrival], names: Sequence[str], worst: int) -> None:
    """Every method's figures, then ours in detail."""
    rows = [[*HEAD, "CPU ms", "ratio"]]
    ours: Report | None = None
    base = 0.0
    for name, decide in open_methods(names):
        _say(f"  {name}")
        found = run(decide, arrivals)
        report = judge(arrivals, found.decisions, lenient=name != methods.OURS)
        if name == methods.OURS:
            ours, base = report, found.seconds
        rows.append([name, *figures(report), f"{1000 * found.seconds:.2f}", f"{found.seconds / (base or 1):.2f}"])
    tables.show(rows, indent=2)
    if ours is not None:
        show_detail(ours, worst)


def figures(report: Report) -> list[str]:
    shares = (report.precision, report.recall, report.pair_precision, report.pair_recall, report.rand,
              report.link_precision, report.link_recall, report.link_f1)  # fmt: skip
    return [tables.text_share(each) for each in shares]


def show_detail(report: Report, worst: int) -> None:
    print()
    tables.show([["vigie, by edit", "repeats", "found"], *by_kind(report)], indent=2)
    print()
    tables.show([["vigie, what became of", *RELATIONS], *by_relation(report.confusion)], indent=2)
    print("  false repeats: " + (_counts(report.false_repeats) or "none"))
    print("  false links: " + (_counts(report.false_links) or "none"))
    for line in worst_failures(report.failures, worst):
        print(f"  {line}")


def by_kind(report: Report) -> Iterator[list[str]]:
    for kind, (right, wanted) in report.kinds.items():
        yield [kind, str(wanted), tables.text_share(right / wanted)]


def by_relation(confusion: Counter[tuple[str, str]]) -> Iterator[list[str]]:
    kinds = sorted({kind for kind, _ in confusion}, key=lambda kind: (kind in KINDS, kind))
    for kind in kinds:
        yield [kind, *(str(confusion[kind, relation] or "·") for relation in RELATIONS)]


def worst_failures(failures: Iterable[Failure], count: int) -> Iterator[str]:
    """The gravest, some of each sort."""
    taken: Counter[str] = Counter()
    listed = sorted(failures, key=lambda failure: (-failure.weight, failure.arrival.id))
    for failure in listed:
        sort = f"{failure.what.split(' to ')[0]} {failure.arrival.kind}"
        taken[sort] += 1
        if taken[sort] <= count:
            arrival, decision = failure.arrival, failure.decision
            said = f"{decision.relation} of {decision.of} {decision.detail}" if decision.of else decision.relation
            yield f"{failure.what}: {arrival.id} on {arrival.host}: {said}"


def show_ours(arrivals: Sequence[Arrival], worst: int) -> None:
    report = judge(arrivals, run(methods.vigie(), arrivals).decisions)
    tables.show([HEAD, [methods.OURS, *figures(report)]], indent=2)
    spoken = (f"{name} {right / wanted:.2f}" for name, (right, wanted) in report.languages.items() if wanted >= FEW)
    print("  recall by language: " + ", ".join(spoken))
    for line in worst_failures(report.failures, worst):
        print(f"  {line}")


def show_flashes(material: Material, seed: int, names: Sequence[str]) -> None:
    """Distinct flashes that were merged, and repeats within the hour that were found."""
    bare = flashes.build(seed)
    builder = stream.Builder(material, seed)
    dressed = flashes.dress(bare, builder.wrap)
    kinds = Counter(arrival.kind for arrival in bare)
    counted = sum(not arrival.moot for arrival in dressed)
    print(f"  {kinds['flash']} distinct flashes, {kinds['repeat']} repeats, {kinds['next-day']} again after a day;")
    print(f"  in noise, {counted} of these {len(bare)} count: the others came before their site's noise could be known")
    rows = [["method", "false merges", "false links", "repeats found"]]
    for name, decide in open_methods(names):
        rows.append([name, *_flash_row(bare, run(decide, bare).decisions)])
    for name, decide in open_methods(names):
        rows.append([f"{name}, in noise", *_flash_row(dressed, run(decide, dressed).decisions)])
    tables.show(rows, indent=2)


def _flash_row(arrivals: Sequence[Arrival], decisions: Sequence[Decision]) -> list[str]:
    report = judge(arrivals, decisions)
    right, wanted = report.kinds.get("repeat", (0, 0))
    return [str(report.false_repeats.total()), str(report.false_links.total()), f"{right} of {wanted}"]


def show_cost(material: Material, seed: int, sizes: Sequence[int]) -> None:
    made = press.articles(material.sources, seed)
    _show_costs(costs.measure(methods.vigie(), made, sizes))


def show_store(material: Material, seed: int, sizes: Sequence[int]) -> None:
    with stored.opened() as (store, decide):
        made = stored.prepared(store, press.articles(material.sources, seed))
        _show_costs(costs.measure(decide, made, sizes))


def _show_costs(measured: Iterable[Cost]) -> None:
    """Prints a line as soon as it is known: the next may take long."""
    print("  articles   CPU ms   memory KB   text KB   repeats found")
    for cost in measured:
        memory, text = cost.memory / 1000, cost.text / 1000
        print(f"  {cost.size:8}   {1000 * cost.seconds:6.2f}   {memory:9.1f}   {text:7.1f}   {cost.found:12.3f}")
        sys.stdout.flush()


def dump(arrivals: Iterable[Arrival], path: Path) -> None:
    """Requests for `vigie dedup --jsonl`, each with its truth: kind, cluster, reuses."""
    with path.open("w", encoding="utf-8") as lines:
        for arrival in arrivals:
            truth = {"kind": arrival.kind, "cluster": arrival.cluster, "reuses": arrival.reuses}
            lines.write(json.dumps({**arrival.request, **truth}, ensure_ascii=False) + "\n")


def choose(asked: str | None) -> list[str]:
    """Ours and the peers asked for, all by default."""
    if asked is None:
        return list(methods.OPENERS)
    names = [methods.OURS, *(name.strip() for name in asked.split(",") if name.strip())]
    if unknown := set(names) - set(methods.OPENERS):
        raise SystemExit(f"no such peer: {', '.join(sorted(unknown))}; there are {', '.join(methods.OPENERS)}")
    return names


def read_material(folder: Path, seed: int, every: int) -> Material:
    paths = [folder / name for name in TEXTS]
    if missing := [str(path) for path in paths if not path.is_file()]:
        raise SystemExit(f"no texts to republish: {', '.join(missing)} is not there; name the folder with --data")
    return sources.load(paths, seed, every)


def describe(arrivals: Sequence[Arrival], material: Material, noise: bool) -> str:
    spoken = ", ".join(f"{name} {count}" for name, count in list(stream.languages(arrivals).items())[:8])
    dressed = "with the sites' noise" if noise else "without noise"
    return f"{len(arrivals)} articles of {len(material.sources)} sources, {dressed} ({spoken} …)"


def _counts(counted: Counter[str]) -> str:
    return ", ".join(f"{kind} {count}" for kind, count in counted.most_common() if count)


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=DATA, help="folder of the labelled pages")
    parser.add_argument("--only", action="append", choices=SECTIONS, help="this section; may be repeated")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--every", type=int, default=1, metavar="K", help="republish every K-th source only")
    parser.add_argument("--clean", action="store_true", help="without the sites' noise")
    parser.add_argument("--peers", metavar="A,B", help=f"which, of {', '.join(methods.OPENERS)}; '' for none")
    parser.add_argument("--worst", type=int, default=0, metavar="N", help="list N failures of each sort")
    parser.add_argument("--sizes", default="1000,10000,100000", metavar="A,B", help="articles, for cost and store")
    parser.add_argument("--million", action="store_true", help="and a million")
    parser.add_argument("--dump", type=Path, metavar="FILE", help="write the stream and its truth, and end")
    asked = parser.parse_args()
    names = choose(asked.peers)
    sizes = [*map(int, asked.sizes.split(",")), *([1_000_000] if asked.million else [])]
    material = read_material(asked.data, asked.seed, asked.every)
    arrivals = stream.Builder(material, asked.seed).build(not asked.clean)
    if asked.dump:
        dump(arrivals, asked.dump)
        return
    sections = asked.only or SECTIONS[:-1]
    if "stream" in sections:
        print(f"stream: {describe(arrivals, material, not asked.clean)}")
        show_stream(arrivals, names, asked.worst)
    if "fresh" in sections:
        print("\nfresh: the same sources with other draws")
        show_ours(stream.Builder(material, asked.seed + FRESH).build(not asked.clean), asked.worst)
    if "written" in sections:
        own = sources.written(OWN)
        arrivals = stream.Builder(own, asked.seed).build(not asked.clean)
        print(f"\nwritten: {describe(arrivals, own, not asked.clean)}")
        show_ours(arrivals, asked.worst)
    if "flashes" in sections:
        print("\nflashes")
        show_flashes(material, asked.seed, names)
    if "cost" in sections:
        print("\ncost: vigie in memory, made-up articles")
        show_cost(material, asked.seed, sizes)
    if "store" in sections:
        print("\nstore: vigie in the store on disk, made-up articles")
        show_store(material, asked.seed, sizes)


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        main()
