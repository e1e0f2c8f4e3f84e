"""`python -m tests.torture`: the torture run, with its closing table. Exit code 1 where a promise was broken."""

import argparse
import random
import shutil
import signal
import sys
import tempfile
from collections import Counter
from pathlib import Path

import pytest
from rich.console import Console
from rich.table import Table

from tests.torture.books import NAMED
from tests.torture.faults import MISHAPS
from tests.torture.run import Report, Torture, Wish, percentile

RECOVERY_SECONDS = 90.0
RECONCILED_SECONDS = 60.0


def main() -> int:
    wish, keep = _asked()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(130))  # in order: the processes of the run end with it
    console = Console(highlight=False, soft_wrap=True)
    console.print(f"{wish.size} items, {wish.kills} kills, {wish.store}, seed {wish.seed}")
    folder = Path(tempfile.mkdtemp(prefix="vigie-torture-"))
    try:
        report = Torture(wish, folder, console.print).run()
    except pytest.skip.Exception as missing:
        console.print(str(missing))
        return 78
    passed = _show(console, report)
    if keep or not passed:
        console.print(f"Everything is still in {folder}")
    else:
        shutil.rmtree(folder)
    return 0 if passed else 1


def _asked() -> tuple[Wish, bool]:
    parser = argparse.ArgumentParser(prog="make torture", description=__doc__)
    parser.add_argument("--items", type=int, default=10_000)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 20))
    parser.add_argument("--store", choices=("sqlite", "postgres"), default="sqlite")
    parser.add_argument("--limit", type=float, default=3600.0, help="seconds after which the run is given up")
    parser.add_argument("--keep", action="store_true", help="leave the data folder in place")
    asked = parser.parse_args()
    return Wish(asked.items, asked.kills, asked.seed, asked.store, asked.limit), asked.keep


def _show(console: Console, report: Report) -> bool:
    table = Table("fault", "times", "measured", "median s", "p95 s", "longest s")
    for what, times in sorted(report.done.items()):
        took = report.recovered.get(what, [])
        figures = (
            [f"{figure:.1f}" for figure in (percentile(took, 0.5), percentile(took, 0.95), max(took))] if took else []
        )
        table.add_row(what, str(times), str(len(took)), *figures)
    console.print(table)
    kills = [seconds for what, took in report.recovered.items() if what not in MISHAPS for seconds in took]
    flushes = report.recovered.get("flush", [])
    slow = (
        *_beyond("recovery, p95", percentile(kills, 0.95) if kills else 0.0, RECOVERY_SECONDS, console),
        *_beyond("reconciled after FLUSHALL, longest", max(flushes, default=0.0), RECONCILED_SECONDS, console),
    )
    verdict = report.verdict
    console.print(
        f"{report.seconds:.0f} s, `vigie run` started {report.starts['run']} times, the consumer"
        f" {report.starts['consumer']} times; {len(report.tracebacks)} unforeseen errors in the logs;"
        f" nobody answered us: {dict(report.absences) or 'never'};"
        f" clock {'jumped' if report.clock else 'could not be made to jump here'}"
    )
    for error, times in Counter(report.tracebacks).most_common(NAMED):
        console.print(f"  {times} × {error}")
    console.print(f"lost: {len(verdict.lost)}, doubled: {len(verdict.doubled)}, else wrong: {len(verdict.wrong)}")
    complaints = [*verdict.lost[:NAMED], *verdict.doubled[:NAMED], *verdict.wrong[:NAMED], *slow]
    complaints += [f"not recovered from: {what}" for what in report.open]
    complaints += ["not finished within the limit"] * (not report.finished)
    complaints += [f"the index differs: {report.index}"] * bool(report.index)
    for complaint in complaints:
        console.print(f"  {complaint}")
    console.print("every promise kept" if not complaints else "BROKEN")
    return not complaints


def _beyond(what: str, seconds: float, limit: float, console: Console) -> list[str]:
    console.print(f"{what}: {seconds:.1f} s (at most {limit:.0f} s)")
    return [f"{what}: {seconds:.1f} s"] if seconds > limit else []


if __name__ == "__main__":
    sys.exit(main())
