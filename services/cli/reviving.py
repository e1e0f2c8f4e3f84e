"""`vigie dead`: items that were given up: listed, shown, tried again, or ended for good."""

import argparse
import json
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import redis
from rich.console import Console
from rich.table import Table
from rich.text import Text

from services import codec
from services.cli.account import wide
from services.cli.progress import interruptible, progress
from services.cli.wiring import check_outlet, existing_store, redis_location, settings_from
from services.contracts import WAITS_FOR, Reason, Stage, State
from services.logs import escape
from services.runtime import open_runtime
from services.settings import Settings
from services.store import Row, Store, StoreError, Transaction, dead, ledger, refusals, sightings
from services.store.dead import Selection
from services.store.ledger import Item
from services.store.times import iso

_BATCH = 100
"""Items that are replayed or dropped in one transaction: some ten milliseconds, so that no writer waits for long."""
_REFUSALS = 5
"""Refused messages that a person is told of."""


def dead_items(arguments: argparse.Namespace) -> int:
    if wrong := _misuse(arguments):
        print(f"vigie: {wrong}", file=sys.stderr)
        return 2
    settings = settings_from(arguments)
    store = existing_store(settings)
    try:
        keys = _keys(store, arguments.what)
        if arguments.action == "show":
            return _show(store, keys[0], arguments.json)
        check_outlet(store, arguments.outlet)
        chosen = _chosen(arguments, keys)
        if arguments.action == "list":
            return _list(store, chosen, arguments.limit, arguments.json)
        return _change(settings, store, chosen, arguments)
    finally:
        store.close()


def _misuse(arguments: argparse.Namespace) -> str:
    """What is wrong with how the command was called; empty where nothing is."""
    if arguments.action == "show":
        return "" if len(arguments.what) == 1 else "`vigie dead show` is for one item: name its key or its URL"
    if unknown := [each for each in arguments.reason or () if each not in list(Reason)]:
        return f"no such reason: {', '.join(unknown)}; `vigie status` names those that occur"
    given = (arguments.what, arguments.reason, arguments.state, arguments.outlet, arguments.since)
    if arguments.action == "list" or arguments.all or any(given):
        return ""
    return (
        f"say which: keys, URLs, --reason, --state, --outlet, --since; `vigie dead {arguments.action} --all` is for all"
    )


def _chosen(arguments: argparse.Namespace, keys: Sequence[str]) -> Selection:
    chosen = Selection(
        tuple(map(State, arguments.state or (State.QUARANTINED,))),
        tuple(map(Reason, arguments.reason or ())),
        arguments.outlet,
        arguments.since or 0.0,
    )
    return dead.named(chosen, keys) if keys else chosen


def _keys(store: Store, what: Sequence[str]) -> list[str]:
    """The keys of the items that are named by key or URL. Raises StoreError for one that was never seen."""
    from services.fetcher import urls

    found = []
    with store.read() as tx:
        for name in what:
            item = ledger.get(tx, name) or ledger.find(tx, name)
            if item is None and urls.is_web(name):
                item = ledger.get(tx, urls.item_key(name))
            if item is None:
                raise StoreError(f"{escape(name)} is neither the key nor the URL of an item")
            found.append(item.key)
    return found


def _items(store: Store, chosen: Selection, limit: int | None = None) -> Iterator[list[Item]]:
    """What was chosen, some at a time, those first that have been dead longest."""
    place, left = dead.FIRST, limit
    while left is None or left > 0:
        with store.read() as tx:
            found = dead.select(tx, chosen, place, min(_BATCH, left or _BATCH))
        if not found:
            return
        yield found
        place = dead.place(found[-1])
        left = None if left is None else left - len(found)


# --- to look at


def _list(store: Store, chosen: Selection, limit: int | None, as_json: bool) -> int:
    found = [item for batch in _items(store, chosen, limit) for item in batch]
    with store.read() as tx:
        refused, latest = ledger.account(tx).refused_jobs, refusals.latest(tx, _REFUSALS)
        told = [{**codec.plain(item), "died": iso(item.changed), "begins": dead.begins(tx, item)} for item in found]
    if as_json:
        messages = {"count": refused, "latest": [codec.plain(each) for each in latest]}
        print(json.dumps({"items": told, "refused_messages": messages}, ensure_ascii=False))
        return 0
    if not found:
        print(
            f"no item is {' or '.join(chosen.states)}" + (", of those that were asked for" if _narrow(chosen) else "")
        )
    else:
        wide().print(_table(found))
    if refused:
        print(f"{refused} messages in Redis were refused; they cost no item anything. The latest:")
        for each in latest:
            print(f"  {each.at}  {each.queue}  {escape(each.detail)}")
    return 0


def _narrow(chosen: Selection) -> bool:
    return bool(chosen.reasons or chosen.outlet or chosen.since or chosen.keys)


def _table(found: Sequence[Item]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in ("died", "state", "reason", "outlet", "key", "url", "detail"):
        table.add_column(column, overflow="fold")
    for item in found:
        texts = (item.outlet, item.key, escape(item.url), escape(item.detail or ""))
        table.add_row(iso(item.changed), item.state, item.reason or "", *map(Text, texts))
    return table


def _show(store: Store, key: str, as_json: bool) -> int:
    with store.read() as tx:
        item = ledger.get(tx, key)
        assert item is not None, "it was found a moment ago"
        told = {
            "item": codec.plain(item),
            "begins": dead.begins(tx, item),
            "page": _page(tx, key),
            "history": [dict(zip(("at", "what", "detail"), line, strict=True)) for line in ledger.history(tx, key)],
            "sightings": [codec.plain(each) for each in sightings.of(tx, key)],
        }
    if as_json:
        print(json.dumps(told, ensure_ascii=False))
        return 0
    console = Console(highlight=False, soft_wrap=True)
    console.print(Text(escape(item.title or item.url), style="bold"))
    console.print(Text(f"{item.key}  {escape(item.url)}"))
    console.print(
        Text(f"state: {item.state}" + (f" ({item.reason}: {escape(item.detail or '')})" if item.reason else ""))
    )
    page = told["page"]
    if page:
        console.print(Text(f"page:  {page['size']:,} bytes of {page['fetched']} from {escape(page['url'])}"))
    console.print(Text(f"a replay begins at: {told['begins'] or 'nowhere, there is nothing to try again'}\n"))
    for line in told["history"]:
        console.print(Text(f"{line['at']}  {line['what']:<12} {escape(line['detail'])}"))
    return 0


def _page(tx: Transaction, key: str) -> dict[str, Any] | None:
    row: Row | None = tx.one("SELECT url, fetched, content_type, size FROM pages WHERE item = ?", key)
    if row is None:
        return None
    told = {name: row[name] for name in ("url", "content_type", "size")}
    return {**told, "fetched": iso(row["fetched"])}


# --- to change


@dataclass(slots=True)
class _Done:
    """What came of a run. `to` counts the states to which items went back."""

    action: str
    dry: bool
    stopped: bool = False
    to: Counter[State] = field(default_factory=Counter)
    dropped: int = 0
    left: list[Item] = field(default_factory=list)
    enqueued: int = 0
    queue: str = ""

    def plain(self) -> dict[str, Any]:
        return {
            "action": self.action,
            "dry_run": self.dry,
            "stopped": self.stopped,
            "replayed": self.to.total(),
            "to": {state.value: count for state, count in self.to.items()},
            "dropped": self.dropped,
            "left": [
                {"key": each.key, "url": each.url, "state": each.state, "reason": each.reason} for each in self.left
            ],
            "enqueued": self.enqueued,
        }


def _change(settings: Settings, store: Store, chosen: Selection, arguments: argparse.Namespace) -> int:
    done = _Done(arguments.action, arguments.dry_run)
    replayed: dict[State, list[str]] = {}
    try:
        with progress(Console(stderr=True)) as report, interruptible() as between:
            for batch in _items(store, chosen):
                between()
                _change_batch(store, batch, done, replayed)
                report(f"{done.to.total() + done.dropped} items {arguments.action}ed")
    except KeyboardInterrupt:
        done.stopped = True
    if not done.dry:
        _enqueue(settings, replayed, done)
    if arguments.json:
        print(json.dumps(done.plain(), ensure_ascii=False))
    else:
        _tell(done)
    return 130 if done.stopped else 0


def _change_batch(store: Store, batch: Sequence[Item], done: _Done, replayed: dict[State, list[str]]) -> None:
    now = time.time()
    with store.read() if done.dry else store.write() as tx:
        for item in batch:
            if done.action == "replay":
                to = dead.begins(tx, item) if done.dry else dead.replay(tx, item, now)
                if to is None:
                    done.left.append(item)
                else:
                    done.to[to] += 1
                    replayed.setdefault(to, []).append(item.key)
            elif item.state in dead.STATES and (done.dry or dead.drop(tx, item, now)):
                done.dropped += 1
            else:
                done.left.append(item)


def _enqueue(settings: Settings, replayed: dict[State, list[str]], done: _Done) -> None:
    """Hand on at once what waits for a worker. Without Redis the ledger alone knows, and the reconciler sees to it."""
    waiting = {stage: replayed[state] for stage, state in WAITS_FOR.items() if replayed.get(state)}
    if not waiting:
        return
    runtime = open_runtime(settings, redis_url=redis_location(settings), check=False)
    try:
        done.enqueued = sum(runtime.enqueue(Stage(stage), keys) for stage, keys in waiting.items())
    except redis.RedisError as error:
        done.queue = f"Redis does not answer ({error}); they are enqueued by themselves when `vigie run` is up"
    finally:
        runtime.close()


def _tell(done: _Done) -> None:
    would = "would be " if done.dry else ""
    if done.action == "drop":
        print(f"{done.dropped} items {would}dropped: they count as refused now, as `dropped`")
    else:
        to = ", ".join(f"{count} as {state}" for state, count in done.to.items())
        print(f"{done.to.total()} items {would}replayed" + (f": {to}" if to else ""))
        if done.enqueued:
            print(f"{done.enqueued} enqueued")
    if done.queue:
        print(done.queue, file=sys.stderr)
    for item in done.left:
        print(
            f"left alone: {escape(item.url or item.key)} is {item.state}" + (f" ({item.reason})" if item.reason else "")
        )
    if done.stopped:
        print("stopped; the next run does the rest")
