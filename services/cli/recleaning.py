"""`vigie reclean`: stored pages cleaned again, with a line of progress and a summary."""

import argparse
import json
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from rich.console import Console

from services.cleaner.job import TARGET, WARM_UP
from services.cleaner.reclean import Outcome, Recleaned, Recleaner
from services.cli.progress import Report, interruptible, progress
from services.cli.wiring import check_outlet, existing_store, settings_from
from services.indexer.settling import republish
from services.logs import escape
from services.sandbox import Sandbox

_TOLD = 20
"""Pages that a person is told of by name."""


@dataclass(slots=True)
class _Summary:
    """What came of a run so far; `open` is how many pages were not looked at."""

    dry: bool
    open: int = 0
    learned: int = 0
    outcomes: Counter[Outcome] = field(default_factory=Counter)
    events: int = 0
    template: int = 0
    kept_old: list[Recleaned] = field(default_factory=list)

    def add(self, done: Recleaned) -> None:
        self.open -= 1
        self.outcomes[done.outcome] += 1
        self.events += done.event is not None
        self.template += done.template
        if done.outcome in {Outcome.EMPTY, Outcome.FAILED}:
            self.kept_old.append(done)


def reclean(arguments: argparse.Namespace) -> int:
    settings = settings_from(arguments)
    store = existing_store(settings)
    check_outlet(store, arguments.outlet)
    sandbox = Sandbox(TARGET, timeout=settings.clean_timeout, memory=settings.clean_memory)
    summary, stopped = _Summary(arguments.dry_run), False
    recleaner = Recleaner(store, sandbox, republish, time.time, dry=arguments.dry_run)
    try:
        sandbox.ask(WARM_UP)
        with progress(Console(stderr=True)) as report:
            _work(recleaner, summary, arguments.outlet, arguments.since or 0.0, report)
    except KeyboardInterrupt:
        stopped = True  # each item was finished or not begun: what is done is told, and the next run does the rest
    finally:
        sandbox.close()
        store.close()
    if arguments.json:
        print(json.dumps(_plain(summary, stopped), ensure_ascii=False))
    else:
        _tell(summary, stopped)
    return 130 if stopped else 0


def _work(recleaner: Recleaner, summary: _Summary, outlet: str | None, since: float, report: Report) -> None:
    with interruptible() as between:
        for learned in recleaner.learn(outlet):
            summary.learned = learned
            report(f"learning from stored articles: {learned}")
            between()
        keys = recleaner.keys(outlet, since)
        summary.open = len(keys)
        for number, key in enumerate(keys, start=1):
            between()
            summary.add(recleaner(key))
            report(f"{number} of {len(keys)} pages, {summary.outcomes[Outcome.CHANGED]} changed")
        between()


def _plain(summary: _Summary, stopped: bool) -> dict[str, Any]:
    return {
        "dry_run": summary.dry,
        "stopped": stopped,
        "looked_at": summary.outcomes.total(),
        "not_looked_at": summary.open,
        "learned_from": summary.learned,
        **{outcome.value: summary.outcomes[outcome] for outcome in Outcome},
        "updated_events": summary.events,
        "template_blocks": summary.template,
        "kept_old": [{"url": each.url, "outcome": each.outcome, "detail": each.detail} for each in summary.kept_old],
    }


def _tell(summary: _Summary, stopped: bool) -> None:
    would = "would be " if summary.dry else ""
    print(f"pages cleaned again  {summary.outcomes.total()}" + (f", {summary.open} left undone" if stopped else ""))
    if summary.learned:
        print(f"learned from         {summary.learned} articles stored before")
    print(f"changed              {summary.outcomes[Outcome.CHANGED]}" + (" (nothing written)" if summary.dry else ""))
    print(f"updated events       {'none in a dry run' if summary.dry else summary.events}")
    print(f"template blocks      {summary.template} {would}struck on these pages")
    if summary.outcomes[Outcome.PASSED]:
        print(f"gone meanwhile       {summary.outcomes[Outcome.PASSED]}")
    if summary.kept_old:
        print(f"kept the old text    {len(summary.kept_old)}")
    for each in summary.kept_old[:_TOLD]:
        print(f"  {escape(each.url)}  {each.outcome}: {escape(each.detail)}")
    if len(summary.kept_old) > _TOLD:
        print(f"  … and {len(summary.kept_old) - _TOLD} more; --json lists them all")
