"""The batch commands: one JSON object a line in, one a line out, in the same order, no server needed."""

import argparse
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from services.cli.wiring import load_topic, settings_from
from services.contracts import Reason
from services.sandbox import Sandbox, SandboxCrash, SandboxTimeout
from services.settings import Settings

Answer = dict[str, Any]


class NotJson(str):
    """What is wrong with a line that could not be read, in the place of its value."""

    __slots__ = ()


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


@contextmanager
def cleaning(settings: Settings) -> Iterator[Sandbox]:
    """The child in which pages are cleaned."""
    sandbox = Sandbox("services.cleaner.requests:answer", timeout=settings.clean_timeout, memory=settings.clean_memory)
    try:
        yield sandbox
    finally:
        sandbox.close()


def ask_cleaner(sandbox: Sandbox, asked: Any) -> Answer:
    """The answer to one request, whatever it is; a page that stops the child is answered with the reason."""
    from services.cleaner import requests

    if isinstance(asked, NotJson):
        return requests.refuse(None, Reason.BAD_MESSAGE, str(asked))
    if not isinstance(asked, dict):
        return requests.answer(asked)
    try:
        return sandbox.ask(asked)
    except SandboxTimeout as error:
        return requests.refuse(asked.get("id"), Reason.TIMEOUT, str(error))
    except SandboxCrash as error:
        return requests.refuse(asked.get("id"), Reason.POISON, str(error))


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


def written(answer: Answer) -> bytes:
    """An answer as one line of UTF-8, without its end."""
    try:
        return json.dumps(answer, ensure_ascii=False).encode()
    except UnicodeEncodeError:  # half a surrogate pair, from an id or a page, exists in JSON only as an escape
        return json.dumps(answer).encode()


def _parse(number: int, line: bytes) -> Any:
    try:
        return json.loads(line)
    except (ValueError, RecursionError) as error:
        return NotJson(f"line {number} is not JSON: {error}")


def _understood(asked: Any) -> Any:
    from services.indexer.requests import Malformed

    return Malformed(None, str(asked)) if isinstance(asked, NotJson) else asked
