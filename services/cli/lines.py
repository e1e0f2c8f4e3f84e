"""The batch commands: one JSON object a line in, one a line out, in the same order, no server needed."""

import argparse
import json
import sys
from collections.abc import Callable
from typing import Any

from services.cli.cleaning import Answer, ask_cleaner, cleaning, written
from services.cli.wiring import load_topics, settings_from


def clean(arguments: argparse.Namespace) -> int:
    if arguments.place is not None:
        from services.cli import viewing

        return viewing.clean(arguments)
    if arguments.json or arguments.removed_only:
        print("vigie: --json and --removed-only are for one page: vigie clean FILE|URL", file=sys.stderr)
        return 2
    from services.cleaner import answers

    with cleaning(settings_from(arguments)) as sandbox:
        return _each_line(lambda number, line: answers.published(ask_cleaner(sandbox, line, f"line {number}")))


def topic(arguments: argparse.Namespace) -> int:
    if not arguments.jsonl:
        print("vigie: either `vigie topic --jsonl`, or `vigie topic test [FILE …]`; see --help", file=sys.stderr)
        return 2
    from services.indexer import requests

    topics = load_topics(settings_from(arguments)).topics
    return _each_line(lambda number, line: requests.best_answer(topics, _understood(number, line)))


def dedup(arguments: argparse.Namespace) -> int:
    from services.indexer import requests
    from services.indexer.memory_corpus import MemoryCorpus

    corpus = MemoryCorpus()
    return _each_line(lambda number, line: requests.dedup_answer(corpus, _understood(number, line)))


def _each_line(answer: Callable[[int, bytes], Answer]) -> int:
    """Answer stdin line by line, each at once. A line that is not JSON is answered too; an empty one is not one."""
    for number, line in enumerate(sys.stdin.buffer, start=1):
        if line.strip():
            sys.stdout.buffer.write(written(answer(number, line)) + b"\n")
            sys.stdout.buffer.flush()
    return 0


def _understood(number: int, line: bytes) -> Any:
    from services.indexer.requests import Malformed

    try:
        return json.loads(line)
    except (ValueError, RecursionError) as error:
        return Malformed(None, f"line {number} is not JSON: {error}")
