"""The batch commands: one JSON object a line in, one a line out, in the same order, no server needed."""

import argparse
import json
import sys
from collections.abc import Callable
from typing import Any

from services.cli.cleaning import Answer, NotJson, ask_cleaner, cleaning, written
from services.cli.wiring import load_topic, settings_from


def clean(arguments: argparse.Namespace) -> int:
    if arguments.place is not None:
        from services.cli import viewing

        return viewing.clean(arguments)
    if arguments.json or arguments.removed_only:
        print("vigie: --json and --removed-only are for one page: vigie clean FILE|URL", file=sys.stderr)
        return 2
    from services.cleaner import requests

    with cleaning(settings_from(arguments)) as sandbox:
        return _each_line(lambda asked: requests.published(ask_cleaner(sandbox, asked)))


def topic(arguments: argparse.Namespace) -> int:
    from services.indexer import requests

    topic = load_topic(settings_from(arguments))
    return _each_line(lambda asked: requests.topic_answer(topic, _understood(asked)))


def dedup(arguments: argparse.Namespace) -> int:
    from services.indexer import requests
    from services.indexer.memory_corpus import MemoryCorpus

    corpus = MemoryCorpus()
    return _each_line(lambda asked: requests.dedup_answer(corpus, _understood(asked)))


def _each_line(answer: Callable[[Any], Answer]) -> int:
    """Answer stdin line by line, each at once. A line that is not JSON is answered too; an empty one is not one."""
    for number, line in enumerate(sys.stdin.buffer, start=1):
        if line.strip():
            sys.stdout.buffer.write(written(answer(_parse(number, line))) + b"\n")
            sys.stdout.buffer.flush()
    return 0


def _parse(number: int, line: bytes) -> Any:
    try:
        return json.loads(line)
    except (ValueError, RecursionError) as error:
        return NotJson(f"line {number} is not JSON: {error}")


def _understood(asked: Any) -> Any:
    from services.indexer.requests import Malformed

    return Malformed(None, str(asked)) if isinstance(asked, NotJson) else asked
