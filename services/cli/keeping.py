"""`vigie backup` and `vigie restore`: a store in one file, and back in its place."""

import argparse
import json
import time
from pathlib import Path

from rich.console import Console

from services import codec
from services.cli.progress import progress
from services.cli.run import RunError, only_one
from services.cli.wiring import existing_store, settings_from
from services.search import follower, generations
from services.settings import Settings
from services.store import backup as backups
from services.store import open_store
from services.store.backup import Backup, Told


def backup(arguments: argparse.Namespace) -> int:
    settings = settings_from(arguments)
    store = existing_store(settings)
    target: Path = arguments.target
    if target.is_dir():
        target = target / backups.name(time.time())
    try:
        with progress(Console(stderr=True)) as report:
            written = backups.write(store, target, report)
    finally:
        store.close()
    if arguments.json:
        print(json.dumps(_plain(written)))
    else:
        print(f"{written.path}: {written.size:,} bytes, {_holds(written)}; checked")
    return 0


def restore(arguments: argparse.Namespace) -> int:
    settings = settings_from(arguments)
    with only_one(settings.data), follower.writing(settings.index_folder) as idle:
        if not idle:
            raise RunError(f"an api follows the store of {settings.data}; end it first")
        with progress(Console(stderr=True)) as report:
            restored = _restore(settings, arguments.source, report, force=arguments.force)
        # The index may hold events that the store no longer has, or has otherwise under the same numbers.
        for pointer in (generations.NEXT, generations.CURRENT):
            generations.drop(settings.index_folder, pointer)
    if arguments.json:
        print(json.dumps(_plain(restored)))
        return 0
    print(f"{_holds(restored)} restored from {arguments.source}; the account is that of the backup")
    if restored.aside:
        print(f"The store that was here is kept as {restored.aside}.")
    print("The search index is built anew from the events when vigie starts.")
    if settings.store_url is not None:
        print("On every other host that searches, delete the folder `search` in its data folder before it starts.")
    return 0


def _restore(settings: Settings, source: Path, told: Told, *, force: bool) -> Backup:
    scheme, _, place = settings.store_location.partition("://")
    if scheme == "sqlite":
        target = Path(place[1:])
        target.parent.mkdir(parents=True, exist_ok=True)
        return backups.restore(source, target, time.time(), told, force=force)
    store = open_store(settings.store_location)
    try:
        return backups.restore_rows(source, store, settings.data, time.time(), told, force=force)
    finally:
        store.close()


def _holds(made: Backup) -> str:
    return f"{made.account.seen:,} items and {made.account.events:,} events"


def _plain(made: Backup) -> dict[str, object]:
    return {
        "path": str(made.path),
        "bytes": made.size,
        "account": codec.plain(made.account),
        "aside": made.aside,
    }
