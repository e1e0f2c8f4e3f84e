"""`vigie outlets import FILE.opml` and `vigie outlets export`: the outlets file and other readers' lists of feeds."""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from services import codec
from services.cli.wiring import ConfigError, load_outlets, settings_from
from services.contracts import Outlet
from services.fetcher import opml, outlets
from services.logs import escape

FAILED, USAGE = 1, 2


def take(arguments: argparse.Namespace) -> int:
    """Print what an OPML file names as entries of an outlets file, or append to one what it does not have yet."""
    if len(arguments.what) != 1:
        return _say("outlets import takes one OPML file; - is stdin", USAGE)
    (place,) = arguments.what
    try:
        read = opml.parse(_bytes(place))
    except OSError as error:
        return _say(f"{place} cannot be read: {error.strerror}", FAILED)
    except opml.NotOpml as error:
        return _say(f"{place} is no OPML with feeds in it: {error}", FAILED)
    text = _text(arguments.into) if arguments.into else ""
    fresh = opml.to_outlets(read.outlines, _load(text, arguments.into) if text.strip() else ())
    if read.problem:
        _say(f"{place}: {read.problem}")
    feeds = sum(len(each.feeds) for each in fresh)
    _say(f"{len(read.outlines)} subscriptions; {feeds} feeds of {len(fresh)} outlets are new")
    if arguments.into:
        _append(arguments.into, text, fresh)
    if arguments.json:
        print(json.dumps([codec.plain(each) for each in fresh], ensure_ascii=False))
    elif not arguments.into:
        sys.stdout.write(_entries(fresh))
    return 0


def give(arguments: argparse.Namespace) -> int:
    """Print the outlets file as OPML."""
    if arguments.what or arguments.json:
        return _say("outlets export takes no names and writes only OPML; --outlets FILE names another file", USAGE)
    sys.stdout.write(opml.write(load_outlets(settings_from(arguments)), "Outlets of vigie"))
    return 0


def _bytes(place: str) -> bytes:
    if place == "-":
        return sys.stdin.buffer.read(opml.MAX_BYTES + 1)
    with Path(place).open("rb") as file:
        return file.read(opml.MAX_BYTES + 1)


def _text(into: Path) -> str:
    try:
        return into.read_text(encoding="utf-8") if into.exists() else ""
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{into} cannot be read: {error}") from error


def _load(text: str, into: Path) -> tuple[Outlet, ...]:
    try:
        return outlets.load(text)
    except outlets.OutletsError as error:
        lines = str(error).replace("\n", "\n       ")
        raise ConfigError(f"{into} is no outlets file, and is left as it is:\n       {lines}") from error


def _append(into: Path, text: str, fresh: Sequence[Outlet]) -> None:
    """Behind what stands in the file, of which nothing is touched; only if the whole then loads."""
    if not fresh:
        return
    added = ("\n" if text.endswith("\n") else "\n\n") * bool(text) + _entries(fresh)
    _load(text + added, into)
    try:
        with into.open("a", encoding="utf-8") as file:
            file.write(added)
    except OSError as error:
        raise ConfigError(f"{into} cannot be written: {error.strerror}") from error


def _entries(known: Sequence[Outlet]) -> str:
    return "\n".join(map(outlets.write, known))


def _say(line: str, code: int = 0) -> int:
    print(f"vigie: {escape(line)}", file=sys.stderr)
    return code
