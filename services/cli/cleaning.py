"""The cleaner for commands that need no server: its child process, one request, one answer."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from services.cleaner import answers
from services.contracts import Reason
from services.sandbox import NotJson, Sandbox, SandboxCrash, SandboxTimeout
from services.settings import Settings

Answer = dict[str, Any]


@contextmanager
def cleaning(settings: Settings) -> Iterator[Sandbox]:
    """The child in which pages are cleaned."""
    sandbox = Sandbox("services.cleaner.requests:answer", timeout=settings.clean_timeout, memory=settings.clean_memory)
    try:
        yield sandbox
    finally:
        sandbox.close()


def ask_cleaner(sandbox: Sandbox, line: bytes, name: str) -> Answer:
    """The answer to a request, one line of JSON called `name`; one that stops the child is answered with the reason.

    The line is not read here: reading a page's JSON takes nearly as long as parsing the page.
    """
    try:
        return sandbox.pass_on(line)
    except NotJson as error:
        return answers.refuse(None, Reason.BAD_MESSAGE, f"{name} is not JSON: {error}")
    except SandboxTimeout as error:
        return answers.refuse(_identity(line), Reason.TIMEOUT, str(error))
    except SandboxCrash as error:
        return answers.refuse(_identity(line), Reason.POISON, str(error))


def _identity(line: bytes) -> Any:
    try:
        asked = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return asked.get("id") if isinstance(asked, dict) else None


def written(answer: Answer) -> bytes:
    """An answer as one line of UTF-8, without its end."""
    try:
        return json.dumps(answer, ensure_ascii=False).encode()
    except UnicodeEncodeError:  # half a surrogate pair, from an id or a page, exists in JSON only as an escape
        return json.dumps(answer).encode()
