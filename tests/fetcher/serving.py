"""An outlet on loopback that does what a test tells it to, and a fetcher that asks it."""

import asyncio
import contextlib
import threading
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_network

import pytest

from services.fetcher.web import FetchError, Response, Web

USER_AGENT = "vigie/0.1 (+https://example.org/vigie)"
LOOPBACK = (ip_network("127.0.0.0/8"),)


@dataclass
class Seen:
    """A request as the outlet saw it; header names in lower case, values byte for byte (Latin-1)."""

    method: str
    path: str
    headers: dict[str, str]


Answer = Callable[[BaseHTTPRequestHandler], None]


@dataclass
class FakeOutlet:
    """`answers[path]` writes the response; every request is kept in `seen`."""

    port: int = 0
    scheme: str = "http"
    host: str = "127.0.0.1"
    answers: dict[str, Answer] = field(default_factory=dict)
    seen: list[Seen] = field(default_factory=list)

    def url(self, path: str = "/") -> str:
        return f"{self.scheme}://{self.host}:{self.port}{path}"

    def says(self, path: str, body: bytes = b"", status: int = 200, **headers: str) -> str:
        self.answers[path] = lambda handler: respond(handler, body, status, **headers)
        return self.url(path)

    def redirects(self, path: str, target: str, status: int = 302) -> str:
        return self.says(path, status=status, Location=target)


def respond(handler: BaseHTTPRequestHandler, body: bytes, status: int = 200, **headers: str) -> None:
    handler.send_response_only(status)
    for name, value in headers.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)


def server_for(outlet: FakeOutlet) -> ThreadingHTTPServer:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            headers = {name.lower(): value for name, value in self.headers.items()}
            outlet.seen.append(Seen(self.command, self.path, headers))
            answer = outlet.answers.get(self.path.split("?")[0])
            with contextlib.suppress(ConnectionError):  # the fetcher hangs up on what it does not want
                if answer is None:
                    respond(self, b"nothing here", 404)
                else:
                    answer(self)

        do_HEAD = do_POST = do_GET  # noqa: N815  the standard library calls them so

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    outlet.port = server.server_port
    return server


@contextlib.contextmanager
def serving(outlet: FakeOutlet, server: ThreadingHTTPServer) -> Iterator[FakeOutlet]:
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield outlet
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def with_web(work: Callable[[Web], Awaitable[object]], **arguments: object) -> object:
    async def run() -> object:
        async with Web(USER_AGENT, **{"allow_private": LOOPBACK, **arguments}) as web:
            return await work(web)

    return asyncio.run(run())


def fetch(url: str, **arguments: object) -> Response:
    """One GET through a Web of its own."""
    web_arguments = {name: arguments.pop(name) for name in ("allow_private", "tls") if name in arguments}
    given = {"accept": "*/*", "limit_bytes": 100_000, "deadline_s": 5.0, **arguments}
    answer = with_web(lambda web: web.get(url, **given), **web_arguments)
    assert isinstance(answer, Response)
    return answer


def refused(url: str, **arguments: object) -> FetchError:
    with pytest.raises(FetchError) as caught:
        fetch(url, **arguments)
    return caught.value
