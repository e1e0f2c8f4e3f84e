"""The command line: flags here, wiring in the files beside; each command imports what it needs when it runs.

Data goes to stdout, talk to stderr. Exit codes: 0 done, 1 failed, 2 wrong usage, 78 wrong configuration.
"""

import argparse
import io
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Any

Command = Callable[[argparse.Namespace], int]

CONFIG = 78


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; its exit code."""
    arguments = _parser().parse_args(argv)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # a terminal that knows no Cyrillic is no reason to stop
    try:
        return _load(arguments.command)(arguments)
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        sys.stderr.close()  # the reader of our output left; Python would complain about it at exit
        return 0
    except Exception as error:
        from services.cli.failures import explain

        explained = explain(error)
        if explained is None:
            raise
        code, message = explained
        print(f"vigie: {message}", file=sys.stderr)
        return code


def _load(place: str) -> Command:
    module, _, name = place.partition(":")
    command: Command = getattr(import_module(f"services.cli.{module}"), name)
    return command


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="vigie",
        description="A lookout over the news: feeds in, clean and deduplicated articles about a crisis out.",
        epilog="Settings are environment variables VIGIE_*; `vigie config` lists them. Start with `vigie demo`.",
    )
    parser.add_argument("--version", action="version", version=f"vigie {version('vigie')}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)

    def add(name: str, command: str, help_text: str, **options: Any) -> argparse.ArgumentParser:
        made = commands.add_parser(name, help=help_text, description=help_text, **options)
        made.set_defaults(command=command)
        if not command.startswith("lines:"):
            usual = "a temporary one" if name == "demo" else "VIGIE_DATA, or vigie-data"
            made.add_argument("--data", type=Path, metavar="DIR", help=f"data folder (default: {usual})")
        return made

    _add_running(add)
    _add_asking(add)
    _add_keeping(add)
    _add_lines(add)
    return parser


def _add_running(add: Callable[..., argparse.ArgumentParser]) -> None:
    run = add("run", "run:run", "everything on this machine: polls the outlets file, serves the search page")
    _add_topic(run)
    run.add_argument("--outlets", type=Path, metavar="FILE", help="outlets file (VIGIE_OUTLETS; default outlets.toml)")
    demo = add("demo", "run:demo", "the same over a bundled newsstand of invented outlets, on loopback only")
    for each in (run, demo):
        each.add_argument("--port", type=int, metavar="N", help="port of the search page (default 8765; 0: any)")
        each.add_argument("--cleaners", type=int, metavar="N", help="cleaner processes (default 2)")
    demo.add_argument("--once", action="store_true", help="stop when everything is indexed and print the account")
    demo.add_argument("--json", action="store_true", help="print the account as JSON")
    add("fetcher", "roles:fetcher", "one role: poll feeds, download pages")
    add("cleaner", "roles:cleaner", "one role: strip pages; start as many as there are cores to spare")
    _add_topic(add("indexer", "roles:indexer", "one role: topics, duplicates, events"))
    add("api", "roles:api", "one role: search page, HTTP API, stream")


def _add_asking(add: Callable[..., argparse.ArgumentParser]) -> None:
    search = add("search", "asking:search", "search the articles")
    search.add_argument(
        "query",
        nargs="*",
        metavar="Q",
        help='in quotes: words, "a phrase", -not, OR, start*, title: outlet: lang: topic: story: after: before:',
    )
    search.add_argument("--limit", type=_natural(1, 100), default=10, metavar="N", help="how many hits (default 10)")
    search.add_argument("--sort", choices=("newest", "relevance"), default="newest", help="default: newest")
    search.add_argument("--collapse", action="store_true", help="one hit a story: its newest, or its best")
    search.add_argument("--facets", action="store_true", help="counts by outlet, language, topic and day")
    tail = add("tail", "asking:tail", "print the stream of events, oldest first, and go on as they come")
    tail.add_argument(
        "--after",
        type=_natural(0, 2**63 - 1),
        default=0,
        metavar="SEQ",
        help="start behind this event (default 0: all)",
    )
    tail.add_argument("--once", action="store_true", help="stop at the last event instead of waiting for more")
    why = add("why", "asking:why", "everything that happened to a URL")
    why.add_argument("url", metavar="URL")
    status = add("status", "asking:status", "the account: where every item ever seen stands")
    outlets = add("outlets", "checking:outlets", "list, check (robots, hints, items, topic), import or export outlets")
    outlets.add_argument("action", nargs="?", choices=("list", "check", "import", "export"), default="list")
    outlets.add_argument(
        "what",
        nargs="*",
        metavar="URL|ID|FILE",
        help="of `check`: feeds, home pages, ids (default: all); of `import`: an OPML file, - is stdin",
    )
    outlets.add_argument(
        "--into", type=Path, metavar="FILE", help="of `import`: append to this outlets file what it does not have yet"
    )
    reclean = add(
        "reclean",
        "recleaning:reclean",
        "clean stored pages again by today's rules and learned template; what changes becomes `updated` events",
    )
    reclean.add_argument("--outlet", metavar="ID", help="only this outlet's pages")
    reclean.add_argument("--since", type=_date, metavar="DATE", help="only pages fetched on this day (UTC) or later")
    reclean.add_argument("--dry-run", action="store_true", help="say what would change, write nothing")
    retopic = add(
        "retopic",
        "rejudging:retopic",
        "judge stored articles again by today's topic files; what is kept now, or no longer, becomes events",
    )
    retopic.add_argument("--outlet", metavar="ID", help="only this outlet's articles")
    retopic.add_argument(
        "--since", type=_date, metavar="DATE", help="only articles that came on this day (UTC) or later"
    )
    retopic.add_argument("--dry-run", action="store_true", help="say what would change, write nothing")
    reindex = add(
        "reindex",
        "reindexing:reindex",
        "build the search index anew beside the one in use and put it in its place; goes on where a stopped run ended",
    )
    reindex.add_argument("--anew", action="store_true", help="begin again instead of going on with a stopped run")
    reindex.add_argument("--check", action="store_true", help="build nothing: compare the index with the events")
    check = add(
        "check", "asking:check", "look at settings, store, Redis, outlets and topic files, and say what is wrong"
    )
    config = add("config", "asking:config", "every setting with its value and meaning")
    migrate = add("migrate", "migrating:migrate", "copy a store of one machine into PostgreSQL, and count it there")
    migrate.add_argument("--from", dest="source", metavar="URL", help="sqlite:///path (default: that of --data)")
    migrate.add_argument("--to", dest="target", metavar="URL", help="postgresql://… (default: VIGIE_STORE_URL)")
    for each in (outlets, check):
        each.add_argument("--outlets", type=Path, metavar="FILE", help="outlets file (VIGIE_OUTLETS)")
    for each in (retopic, check, outlets):
        _add_topic(each)
    for each in (search, tail, why, status, outlets, reclean, retopic, reindex, check, config, migrate):
        each.add_argument("--json", action="store_true", help="one JSON document (tail and search: one a line)")


def _add_keeping(add: Callable[..., argparse.ArgumentParser]) -> None:
    what = "write all that the store holds into one file, while everything runs; the file is a store itself"
    backup = add("backup", "keeping:backup", what)
    backup.add_argument("target", type=Path, metavar="TARGET", help="new file, or a folder: the file is named by time")
    restore = add(
        "restore", "keeping:restore", "make the store what a backup holds; the search index follows by itself"
    )
    restore.add_argument("source", type=Path, metavar="BACKUP", help="file that `vigie backup` wrote, of any version")
    restore.add_argument("--force", action="store_true", help="move a store that is there aside, unread")
    export = add("export", "exporting:export", "write the stored pages, as they came, into a web archive (WARC/1.1)")
    export.add_argument("--warc", required=True, metavar="FILE.warc.gz", help="new file; - is stdout")
    export.add_argument("--outlet", metavar="ID", help="only this outlet's pages")
    export.add_argument("--since", type=_date, metavar="DATE", help="only pages fetched on this day (UTC) or later")
    for each in (backup, restore, export):
        each.add_argument("--json", action="store_true", help="one JSON document")
    _add_dead(add("dead", "reviving:dead_items", "items that were given up: list, show, replay or drop them"))


def _add_dead(dead: argparse.ArgumentParser) -> None:
    actions = dead.add_subparsers(title="actions", metavar="ACTION", dest="action", required=True)
    for name, what in (
        ("list", "those that were given up, the longest dead first"),
        ("show", "one of them, with all that happened to it"),
        ("replay", "try them again, from the furthest place for which the store has what is needed"),
        ("drop", "end them for good: they count as refused, as `dropped`"),
    ):
        made = actions.add_parser(name, help=what, description=what)
        made.add_argument("what", nargs="*", metavar="KEY|URL", help="these items, in whichever dead state")
        # the data folder may be named before the action or behind it
        made.add_argument("--data", type=Path, default=argparse.SUPPRESS, metavar="DIR", help="data folder")
        made.add_argument("--json", action="store_true", help="one JSON document")
        if name != "show":
            _add_selection(made)
        if name == "list":
            made.add_argument("--limit", type=_natural(1, 10**9), metavar="N", help="at most so many")
        if name in ("replay", "drop"):
            made.add_argument("--all", action="store_true", help="all that are quarantined")
            made.add_argument("--dry-run", action="store_true", help="say what would be done, do nothing")


def _add_selection(made: argparse.ArgumentParser) -> None:
    states = ("quarantined", "refused", "gone")
    made.add_argument("--reason", action="append", metavar="R", help="only of this reason, e.g. poison; repeatable")
    made.add_argument("--state", action="append", choices=states, help="default: quarantined; repeatable")
    made.add_argument("--outlet", metavar="ID", help="only this outlet's items")
    made.add_argument("--since", type=_date, metavar="DATE", help="only those that died on this day (UTC) or later")


def _add_lines(add: Callable[..., argparse.ArgumentParser]) -> None:
    for name, what in (
        ("clean", "strip pages: HTML or text in, blocks and removals out"),
        ("topic", "judge texts: is it about the topic, and why"),
        ("dedup", "compare texts in the order of a stream: new, exact, near, excerpt or derived"),
    ):
        made = add(name, f"lines:{name}", f"{what}; JSON lines, stdin to stdout, no server needed")
        if name == "clean":
            _add_page(made)
            continue
        if name == "topic":
            _add_test(made)
        made.add_argument(
            "--jsonl", action="store_true", required=name != "topic", help="one JSON object a line, both ways"
        )


def _add_test(topic: argparse.ArgumentParser) -> None:
    _add_topic(topic)
    what = "run the tests inside topic files; each failure with its score, threshold, clause and terms"
    test = topic.add_subparsers(title="without --jsonl", metavar="[test]").add_parser(
        "test", help=what, description=what
    )
    test.add_argument("files", nargs="*", type=Path, metavar="FILE", help="or folder (default: those of VIGIE_TOPIC)")
    test.add_argument("--json", action="store_true", help="one JSON document")
    test.set_defaults(command="trying:test")


def _add_topic(made: argparse.ArgumentParser) -> None:
    what = "topic file, or folder of *.toml; may be repeated (VIGIE_TOPIC; default: the Ukraine crisis)"
    made.add_argument("--topic", type=Path, action="append", metavar="FILE", help=what)


def _add_page(clean: argparse.ArgumentParser) -> None:
    what = clean.add_mutually_exclusive_group(required=True)
    what.add_argument("--jsonl", action="store_true", help="one JSON object a line, both ways")
    what.add_argument(
        "place", nargs="?", metavar="FILE|URL", help="show one page, what was kept and what was struck out; - is stdin"
    )
    clean.add_argument("--removed-only", action="store_true", help="of one page: only what was struck out, by kind")
    clean.add_argument("--json", action="store_true", help="of one page: the record that --jsonl gives")


def _date(text: str) -> float:
    """Unix seconds at which a day, or a time, of ISO 8601 begins; UTC where no zone is named."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is not a date such as 2026-03-01") from error
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _natural(least: int, most: int) -> Callable[[str], int]:
    """A type for whole numbers within bounds."""

    def number(text: str) -> int:
        if not text.isascii() or not text.isdigit() or not least <= int(text[:20]) <= most:
            raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from {least} to {most}")
        return int(text)

    return number
