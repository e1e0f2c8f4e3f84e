"""A named consumer as its makers would write it: keeps what it has read in a file, then acknowledges.

`python -m tests.torture.consumer PARENT ADDRESS FILE` reads until it is killed. After a kill the file tells how far it
is: what the service sends again is passed over, and a hole ends it with a message in the file.
"""

import json
import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

import httpx

from services import tether

NAME = "torture"


def kept(file: Path) -> list[tuple[int, str]]:
    """(seq, article) of every event read so far; a line that a kill has cut is not one."""
    if not file.exists():
        return []
    lines = file.read_text().split("\n")[:-1]
    return [(int(seq), article) for seq, _, article in (line.partition(" ") for line in lines)]


def read(client: httpx.Client, file: Path) -> None:
    file.touch()
    whole = file.read_bytes().rpartition(b"\n")
    os.truncate(file, len(whole[0] + whole[1]))
    place = len(kept(file))
    with file.open("a") as out:
        while True:
            told = _ask(client, "GET", f"/v1/consumers/{NAME}/events?limit=50&wait=5")["events"]
            for event in told:
                if event["seq"] > place + 1:
                    out.write(f"0 a hole: {place} is followed by {event['seq']}\n")
                    return
                if event["seq"] == place + 1:
                    out.write(f"{event['seq']} {event['article']['id']}\n")
                    place += 1
            out.flush()
            os.fsync(out.fileno())
            if told:
                _ask(client, "POST", f"/v1/consumers/{NAME}", {"seq": place})


def _ask(client: httpx.Client, method: str, path: str, body: dict[str, int] | None = None) -> Any:
    """The answer; a service that is away or not ready is waited for."""
    while True:
        try:
            answer = client.request(method, path, json=body)
            answer.raise_for_status()
            return json.loads(answer.content)
        except (httpx.HTTPError, ValueError):
            time.sleep(0.3)


if __name__ == "__main__":
    tether.bind(int(sys.argv[1]), signal.SIGKILL)
    with httpx.Client(base_url=sys.argv[2], timeout=30) as client_:
        read(client_, Path(sys.argv[3]))
