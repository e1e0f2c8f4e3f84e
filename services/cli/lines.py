"""The batch commands: one JSON object a line in, one a line out, in the same order, no server needed."""

import argparse
import json
import sys
from collections.abc import Callable
from typing import Any

from services.cli.wiring import load_topic, settings_from
from services.contracts import Reason
from services.sandbox import Sandbox, SandboxCrash, SandboxTimeout

Answer = dict[str, Any]


class NotJson(str):
    """What is wrong with a line that could not be read, in the place of its value."""

    __slots__ = ()


def clean(arguments: argparse.Namespace) -> int:
    from services.cleaner import requests

    settings = settings_from(arguments)
    sandbox = Sandbox("services.cleaner.requests:answer", timeout=settings.clean_timeout, memory=settings.clean_memory)

    def answer(asked: Any) -> Answer:
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

    try:
        return _each_line(answer)
    finally:
        sandbox.close()


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
            sys.stdout.buffer.write(_written(answer(_parse(number, line))) + b"\n")
            sys.stdout.buffer.flush()
    return 0


def _written(answer: Answer) -> bytes:
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
