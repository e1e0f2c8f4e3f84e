"""Functions that a sandbox runs in the tests, one for each way to go wrong."""

import os
import time
from typing import Any


def answer(asked: dict[str, Any]) -> dict[str, Any]:
    if asked["do"] == "echo":
        return {"said": asked["say"], "pid": os.getpid()}
    if asked["do"] == "nap":
        time.sleep(1.0)
        return {"said": asked["say"]}
    if asked["do"] == "hang":
        time.sleep(60)
    if asked["do"] == "spin":
        while True:
            pass
    if asked["do"] == "die":
        os._exit(3)
    if asked["do"] == "segfault":
        import ctypes

        ctypes.string_at(0)
    if asked["do"] == "eat":
        kept = []
        while True:
            kept.append(bytearray(50_000_000))
    if asked["do"] == "print":
        print("a parser that talks")  # noqa: T201 - the point of the test
    return {}
