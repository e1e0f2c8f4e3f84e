"""Serves the newsstand on loopback, one port per outlet, in threads of one process; remembers who asked for what."""

import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socket import socket
from sys import exception
from threading import Thread
from typing import Any

from services.contracts import Outlet
from services.newsstand import listing, paper, site
from services.newsstand.paper import Paper

_SHUTDOWN_POLL = 0.1
"""Seconds between two looks at whether a server is to stop."""


@dataclass(frozen=True, slots=True)
class Request:
    """One request as the outlet saw it; header names in lower case, `at` on the monotonic clock."""

    outlet: str
    path: str
    headers: dict[str, str]
    status: int
    at: float


@dataclass(frozen=True, slots=True)
class Newsstand:
    """A stand that is open. `requests` grows while it is."""

    outlets: tuple[Outlet, ...]
    requests: list[Request] = field(default_factory=list)

    def url(self, outlet: str, path: str) -> str:
        """Address of a path of an outlet. Raises KeyError for an outlet that the stand does not have."""
        return {each.id: each.url for each in self.outlets}[outlet] + path.lstrip("/")

    def write_outlets_file(self, path: Path) -> None:
        path.write_text(listing.outlets_toml(self.outlets), encoding="utf-8")


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], own: Paper) -> None:
        super().__init__(address, _Handler)
        self.paper = own
        self.requests: list[Request] = []
        self.base = f"http://{address[0]}:{self.server_port}/"

    def handle_error(self, request: socket | tuple[bytes, socket], client_address: Any) -> None:
        # A reader that hangs up in the middle of a page is daily life, not an error of the stand.
        if not isinstance(exception(), ConnectionError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "newsstand"
    timeout = 30
    server: _Server

    def do_GET(self) -> None:
        self._answer(with_body=True)

    def do_HEAD(self) -> None:
        self._answer(with_body=False)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the base class's
        """Silent: `Newsstand.requests` is the log."""

    def _answer(self, *, with_body: bool) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        found = site.answer(self.server.paper, self.server.base, self.path, headers)
        self.server.requests.append(Request(self.server.paper.id, self.path, headers, found.status, time.monotonic()))
        self.send_response(found.status)
        for name, value in found.headers:
            self.send_header(name, value)
        if found.status != 304:
            self.send_header("Content-Length", str(len(found.body)))
        self.end_headers()
        if with_body:
            self.wfile.write(found.body)


@contextmanager
def open_stand(host: str = "127.0.0.1", papers: Sequence[Paper] = ()) -> Iterator[Newsstand]:
    """Every outlet on a free port of `host`, until the block is left. Raises OSError where no port can be had.

    `papers` are other outlets than those that ship.
    """
    with ExitStack() as stack:
        servers = [stack.enter_context(_Server((host, 0), own)) for own in papers or paper.load()]
        stand = Newsstand(tuple(listing.outlet(server.paper, server.base) for server in servers))
        for server in servers:
            server.requests = stand.requests
            Thread(target=server.serve_forever, args=(_SHUTDOWN_POLL,), name=server.paper.id, daemon=True).start()
        try:
            yield stand
        finally:
            with ThreadPoolExecutor(len(servers)) as pool:
                list(pool.map(_Server.shutdown, servers))
