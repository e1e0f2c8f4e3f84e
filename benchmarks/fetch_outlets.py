"""Outlets on loopback: one server, a port per outlet, any of them asked for what a function answers.

    python -m benchmarks.fetch_outlets FOLDER    serves the files of a folder, each on a port of its own

A port is a host of its own to the fetcher: its own gate, its own robots.txt, its own connections.
"""

import asyncio
import json
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from email.utils import formatdate
from hashlib import blake2b
from pathlib import Path

REASONS = {200: "OK", 301: "Moved Permanently", 304: "Not Modified", 404: "Not Found", 429: "Too Many Requests"}
BACKLOG = 128
LAST_CHANGE = 1_763_640_000.0
"""Unix seconds; what the files of a folder say of themselves."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A GET as the outlet saw it: `outlet` is its number, header names are in lower case."""

    outlet: int
    path: str
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Answer:
    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


class Outlets:
    """`count` outlets; use as an async context manager. `answer` runs on the event loop."""

    def __init__(self, count: int, answer: Callable[[Asked], Answer]) -> None:
        self._count = count
        self._answer = answer
        self._servers: list[asyncio.Server] = []
        self.ports: list[int] = []

    def url(self, outlet: int, path: str = "/") -> str:
        return f"http://127.0.0.1:{self.ports[outlet]}{path}"

    async def __aenter__(self) -> "Outlets":
        for number in range(self._count):
            await self._open(number)
        return self

    async def __aexit__(self, *_: object) -> None:
        for server in self._servers:
            server.close()

    async def _open(self, number: int) -> None:
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: _Exchange(number, self._answer), "127.0.0.1", 0, backlog=BACKLOG)
        self._servers.append(server)
        self.ports.append(server.sockets[0].getsockname()[1])


class _Exchange(asyncio.Protocol):
    """One connection, kept open: a request without a body, then its answer."""

    def __init__(self, outlet: int, answer: Callable[[Asked], Answer]) -> None:
        self._outlet = outlet
        self._answer = answer
        self._came = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._came += data
        while b"\r\n\r\n" in self._came:
            head, _, self._came = self._came.partition(b"\r\n\r\n")
            self._transport.write(_written(self._answer(_read(self._outlet, head))))


def _read(outlet: int, head: bytes) -> Asked:
    first, *rest = head.decode("latin-1").split("\r\n")
    pairs = (line.partition(":") for line in rest)
    return Asked(outlet, first.split(" ")[1], {name.lower(): value.strip() for name, _, value in pairs})


def _written(answer: Answer) -> bytes:
    lines = [f"HTTP/1.1 {answer.status} {REASONS.get(answer.status, 'As Told')}"]
    lines += [f"{name}: {value}" for name, value in answer.headers.items()]
    if answer.status != 304:
        lines.append(f"Content-Length: {len(answer.body)}")
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + answer.body


def from_files(files: Sequence[Path]) -> Callable[[Asked], Answer]:
    """Each outlet has one file, whatever the path, and answers 304 to its validators; robots.txt is not there."""
    bodies = [path.read_bytes() for path in files]
    tags = [f'"{blake2b(body, digest_size=8).hexdigest()}"' for body in bodies]

    def answer(asked: Asked) -> Answer:
        if asked.path == "/robots.txt":
            return Answer(status=404)
        validators = {"ETag": tags[asked.outlet], "Last-Modified": formatdate(LAST_CHANGE, usegmt=True)}
        if asked.headers.get("if-none-match") == tags[asked.outlet]:
            return Answer(status=304, headers=validators)
        return Answer(bodies[asked.outlet], headers={"Content-Type": "application/xml; charset=utf-8", **validators})

    return answer


async def _serve(folder: Path) -> None:
    files = sorted(folder.iterdir())
    stop = asyncio.Event()
    for ending in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(ending, stop.set)
    async with Outlets(len(files), from_files(files)) as outlets:
        print(json.dumps([outlets.url(number, "/feed") for number in range(len(files))]), flush=True)
        await stop.wait()


if __name__ == "__main__":
    asyncio.run(_serve(Path(sys.argv[1])))
