"""`vigie reindex`: the search index built anew beside the one in use, or compared with the events."""

import argparse
import json
import time

from rich.console import Console

from services.cli.progress import Report, progress
from services.cli.wiring import existing_store, settings_from
from services.logs import escape
from services.search import rebuilding
from services.search.index import SearchIndex
from services.settings import Settings
from services.store import Store

_NAMED = 10
"""Articles of each kind that a person is told of."""


def reindex(arguments: argparse.Namespace) -> int:
    settings = settings_from(arguments)
    store = existing_store(settings)
    try:
        return _check(settings, store, arguments.json) if arguments.check else _rebuild(settings, store, arguments)
    finally:
        store.close()


def _rebuild(settings: Settings, store: Store, arguments: argparse.Namespace) -> int:
    begun = time.monotonic()
    stopped = False
    applied = 0
    try:
        with progress(Console(stderr=True)) as report:
            applied = rebuilding.rebuild(
                store, settings.index_folder, anew=arguments.anew, progress=_Progress(report, begun)
            )
    except KeyboardInterrupt:
        stopped = True
    seconds = time.monotonic() - begun
    index = SearchIndex(settings.index_folder)
    if arguments.json:
        told = {"stopped": stopped, "applied": applied, "seconds": round(seconds, 2), "event": index.cursor()}
        print(json.dumps(told))
    elif stopped:
        print("stopped; the index in use is as it was, and the next run goes on from here")
    else:
        print(f"{applied:,} events in {seconds:.1f} s; the new index is in use and holds event {index.cursor():,}")
    return 130 if stopped else 0


class _Progress:
    """Events done, their pace in this run, and how long the rest will take."""

    def __init__(self, report: Report, begun: float) -> None:
        self._report = report
        self._begun = begun
        self._first: int | None = None

    def __call__(self, done: int, last: int) -> None:
        if self._first is None:
            self._first, self._begun = done, time.monotonic()
        pace = (done - self._first) / max(time.monotonic() - self._begun, 1e-6)
        left = f", {(last - done) / pace:,.0f} s left" if pace and last > done else ""
        self._report(f"event {done:,} of {last:,} ({done / max(last, 1):.0%}), {pace:,.0f} a second{left}")


def _check(settings: Settings, store: Store, as_json: bool) -> int:
    found = rebuilding.compare(store, SearchIndex(settings.index_folder))
    kinds = ("missing", "surplus", "outdated", "doubled")
    if as_json:
        counted = {"event": found.position, "last_event": found.head, "articles": found.indexed}
        print(json.dumps({"same": found.none, **counted, **{kind: list(getattr(found, kind)) for kind in kinds}}))
        return 0 if found.none else 1
    print(f"{found.indexed:,} articles as of event {found.position:,}; the store ends with event {found.head:,}")
    for kind in kinds:
        _tell(kind, getattr(found, kind))
    print("the index holds what the events say" if found.none else "they differ; `vigie reindex` builds the index anew")
    return 0 if found.none else 1


def _tell(kind: str, keys: tuple[str, ...]) -> None:
    if keys:
        more = f" and {len(keys) - _NAMED:,} more" if len(keys) > _NAMED else ""
        print(f"{kind:<9} {len(keys):,}: {', '.join(map(escape, keys[:_NAMED]))}{more}")
