"""`vigie export`: the stored pages as a web archive, streamed."""

import argparse
import json
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import BinaryIO

from rich.console import Console

from services.cli.progress import Report, interruptible, progress
from services.cli.wiring import ConfigError, check_outlet, existing_store, settings_from
from services.store import Store, pages
from services.warc import Archive

_BATCH = 10
"""Pages that are in memory at a time: a hundred megabytes where all are as large as can be."""


def export(arguments: argparse.Namespace) -> int:
    store = existing_store(settings_from(arguments))
    try:
        check_outlet(store, arguments.outlet)
        with progress(Console(stderr=True)) as report, _growing(arguments.warc) as file:
            archive = Archive(file, Path(arguments.warc).name, f"vigie {version('vigie')}", time.time())
            written = _write(store, archive, arguments.outlet, arguments.since or 0.0, report)
    finally:
        store.close()
    size = None if arguments.warc == "-" else Path(arguments.warc).stat().st_size
    said = json.dumps({"file": arguments.warc, "pages": written, "bytes": size})
    told = f"{written:,} pages" + (f" in {size:,} bytes: {arguments.warc}" if size is not None else "")
    print(said if arguments.json else told, file=sys.stderr if arguments.warc == "-" else sys.stdout)
    return 0


def _write(store: Store, archive: Archive, outlet: str | None, since: float, report: Report) -> int:
    with store.read() as tx:
        all_of_them = pages.count(tx, outlet, since)
    written, place = 0, ""
    with interruptible() as between:
        while True:
            with store.read() as tx:
                batch = pages.kept(tx, outlet, since, place, _BATCH)
            if not batch:
                return written
            for kept in batch:
                between()
                archive.add(kept)
            written, place = written + len(batch), batch[-1].item
            report(f"{written:,} of {all_of_them:,} pages")


@contextmanager
def _growing(name: str) -> Iterator[BinaryIO]:
    """What is written to; a file gets its name when it is whole. Raises ConfigError."""
    if name == "-":
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    target = Path(name)
    growing = target.with_name(f"{target.name}.{os.getpid()}.part")
    if target.exists():
        raise ConfigError(f"{target} is there already; an export overwrites nothing")
    try:
        file = growing.open("xb")
    except OSError as error:
        raise ConfigError(f"{growing}: cannot be made ({error.strerror})") from error
    try:
        with file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        growing.rename(target)
    finally:
        growing.unlink(missing_ok=True)
