"""The cleaner for commands that need no server: its child process, one request, one answer."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from services.contracts import Reason
from services.sandbox import Sandbox, SandboxCrash, SandboxTimeout
from services.settings import Settings

Answer = dict[str, Any]


class NotJson(str):
    """What is wrong with a line that could not be read, in the place of its value."""

    __slots__ = ()


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


def written(answer: Answer) -> bytes:
    """An answer as one line of UTF-8, without its end."""
    try:
        return json.dumps(answer, ensure_ascii=False).encode()
    except UnicodeEncodeError:  # half a surrogate pair, from an id or a page, exists in JSON only as an escape
        return json.dumps(answer).encode()
