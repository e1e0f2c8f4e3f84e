"""`vigie retopic`: stored articles judged again, with a line of progress and a summary."""

import argparse
import json
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from rich.console import Console

from services.cli.progress import Report, interruptible, progress
from services.cli.wiring import check_outlet, existing_store, load_topics, settings_from
from services.indexer.retopic import Fate, Rejudged, Retopic
from services.logs import escape

_TOLD = 20
"""Articles that a person is told of by name."""
_NAMED = (Fate.RETRACTED, Fate.KEPT, Fate.ADOPTED)
_LABELS = {
    Fate.KEPT: "kept now",
    Fate.RETRACTED: "retracted",
    Fate.UPDATED: "other topics",
    Fate.ADOPTED: "copies related anew",
    Fate.JUDGED: "other reasons only",
    Fate.SAME: "as before",
    Fate.PASSED: "gone meanwhile",
}


@dataclass(slots=True)
class _Summary:
    """What came of a run so far; `changed` are the articles whose place in the stream is another now."""

    dry: bool
    stopped: bool = False
    fates: Counter[Fate] = field(default_factory=Counter)
    events: int = 0
    changed: list[Rejudged] = field(default_factory=list)

    def add(self, done: Rejudged) -> None:
        self.fates[done.fate] += 1
        self.events += done.event is not None
        if done.fate in _NAMED:
            self.changed.append(done)


def retopic(arguments: argparse.Namespace) -> int:
    settings = settings_from(arguments)
    topics = load_topics(settings)
    store = existing_store(settings)
    check_outlet(store, arguments.outlet)
    summary = _Summary(arguments.dry_run)
    try:
        with progress(Console(stderr=True)) as report:
            _work(Retopic(store, topics, time.time, dry=arguments.dry_run), summary, arguments, report)
    except KeyboardInterrupt:
        summary.stopped = True  # each article was done or not begun: the next run does the rest
    finally:
        store.close()
    if arguments.json:
        print(json.dumps(_plain(summary), ensure_ascii=False))
    else:
        _tell(summary)
    return 130 if summary.stopped else 0


def _work(retopic: Retopic, summary: _Summary, arguments: argparse.Namespace, report: Report) -> None:
    with interruptible() as between:
        for key in retopic.keys(arguments.outlet, arguments.since or 0.0):
            between()
            summary.add(retopic(key))
            fates = summary.fates
            report(f"{fates.total()} articles judged, {fates[Fate.KEPT]} kept now, {fates[Fate.RETRACTED]} retracted")
        between()


def _plain(summary: _Summary) -> dict[str, Any]:
    return {
        "dry_run": summary.dry,
        "stopped": summary.stopped,
        "looked_at": summary.fates.total(),
        **{fate.value: summary.fates[fate] for fate in Fate},
        "events": summary.events,
        "changed": [
            {"url": each.url, "title": each.title, "fate": each.fate, "detail": each.detail, "event": each.event}
            for each in summary.changed
        ],
    }


def _tell(summary: _Summary) -> None:
    stopped = "; stopped, the next run does the rest" if summary.stopped else ""
    print(f"{'articles judged again':<22} {summary.fates.total()}{stopped}")
    for fate, label in _LABELS.items():
        if summary.fates[fate] or fate in {Fate.KEPT, Fate.RETRACTED}:
            print(f"{label:<22} {summary.fates[fate]}")
    print(f"{'events':<22} {'none in a dry run' if summary.dry else summary.events}")
    for each in summary.changed[:_TOLD]:
        print(f"  {_LABELS[each.fate]:<20} {escape(each.title)[:80]}  {escape(each.url)}  {escape(each.detail)}")
    if len(summary.changed) > _TOLD:
        print(f"  … and {len(summary.changed) - _TOLD} more; --json lists them all")
