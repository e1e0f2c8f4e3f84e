"""Jobs that are no messages, put into a queue in the name of an item; `trap` is a file that exists once one ran."""

import os
import pickle
from collections.abc import Callable
from pathlib import Path

from rq import Callback, Queue
from rq.webhook import Webhook

from services.jobs import NAME

OTHER = f"{2:032x}"
"""The key of another item."""


def function(queue: Queue, key: str, trap: Path) -> None:
    queue.enqueue("os.system", f"touch {trap}", job_id=f"{queue.name}-{key}")


def callback(queue: Queue, key: str, trap: Path) -> None:
    job_id = f"{queue.name}-{key}"
    queue.enqueue(NAME, args=(queue.name, key, 1), job_id=job_id, on_success=Callback("os.system"), ttl=100)


def webhook(queue: Queue, key: str, trap: Path) -> None:
    hook = Webhook("http://127.0.0.1:1/", "finished")
    queue.enqueue(NAME, args=(queue.name, key, 1), job_id=f"{queue.name}-{key}", webhooks=[hook])


def builtin(queue: Queue, key: str, trap: Path) -> None:
    queue.enqueue("builtins.exec", f"open({str(trap)!r}, 'w')", job_id=f"{queue.name}-{key}")


def other_item(queue: Queue, key: str, trap: Path) -> None:
    queue.enqueue(NAME, args=(queue.name, OTHER, 1), job_id=f"{queue.name}-{key}")


def version(queue: Queue, key: str, trap: Path) -> None:
    queue.enqueue(NAME, args=(queue.name, key, 99), job_id=f"{queue.name}-{key}")


def types(queue: Queue, key: str, trap: Path) -> None:
    queue.enqueue(NAME, args=({queue.name: 1}, [key], None), job_id=f"{queue.name}-{key}")


def pickled(queue: Queue, key: str, trap: Path) -> None:
    class Bomb:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return os.system, (f"touch {trap}",)

    data = pickle.dumps(("os.system", None, (Bomb(),), {}))
    _push(queue, key, {"data": data, "status": "queued", "origin": queue.name})


def garbage(queue: Queue, key: str, trap: Path) -> None:
    _push(queue, key, {"data": b"\x00\xff{", "timeout": "soon", "webhooks": "{", "created_at": "yesterday"})


def _push(queue: Queue, key: str, fields: dict[str, object]) -> None:
    queue.connection.hset(f"rq:job:{queue.name}-{key}", mapping=fields)  # type: ignore[arg-type]
    queue.connection.rpush(queue.key, f"{queue.name}-{key}")


Forgery = Callable[[Queue, str, Path], None]
FORGERIES: dict[str, Forgery] = {
    "a function": function,
    "a callback": callback,
    "a webhook": webhook,
    "a builtin": builtin,
    "another item": other_item,
    "another version": version,
    "wrong types": types,
    "a pickle": pickled,
    "no job at all": garbage,
}
"""The first four and the pickle want something run."""
