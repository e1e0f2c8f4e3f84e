"""`vigie migrate`: a store on one machine becomes one for many."""

import argparse
import json
from pathlib import Path

from rich.console import Console

from services.cli.progress import progress
from services.cli.wiring import ConfigError, settings_from
from services.settings import Settings
from services.store import moving, open_store


def migrate(arguments: argparse.Namespace) -> int:
    settings = settings_from(arguments)
    source, target = _places(settings, arguments.source, arguments.target)
    old = open_store(source)
    try:
        new = open_store(target)
        try:
            with progress(Console(stderr=True)) as report:
                moved = moving.move(old, new, lambda table, rows: report(f"{table}: {rows} rows"))
        finally:
            new.close()
    finally:
        old.close()
    if arguments.json:
        print(json.dumps({"items": moved.items, "events": moved.events, "rows": moved.rows}))
        return 0
    for table, rows in moved.rows.items():
        print(f"{table:<20} {rows:>12,}")
    print(f"Copied and counted: {moved.items:,} items, {moved.events:,} events; the account is the same in both.")
    print("Name the new store in VIGIE_STORE_URL; the old one is as it was. A search index stays valid.")
    return 0


def _places(settings: Settings, source: str | None, target: str | None) -> tuple[str, str]:
    """URLs of what is copied and where to. Raises ConfigError."""
    source = source or f"sqlite:///{settings.data.resolve() / 'vigie.db'}"
    if target is None and settings.store_url is not None:
        target = settings.store_url.get_secret_value()
    if target is None or not target.startswith(("postgresql://", "postgres://")):
        raise ConfigError("name the PostgreSQL to copy into: --to postgresql://…, or VIGIE_STORE_URL with a password")
    if not source.startswith("sqlite:///"):
        raise ConfigError("--from is a store of one machine: sqlite:///path/to/vigie.db")
    path = Path(source.removeprefix("sqlite:///"))
    if not path.is_file() or not path.stat().st_size:
        raise ConfigError(f"{source}: there is no such file; name another --from, or --data")
    return source, target
