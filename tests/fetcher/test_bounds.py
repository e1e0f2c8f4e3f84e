"""Rows 27 and 28 of the conduct table and rows 22 and 23 of the fault table: sizes and times."""

import asyncio
import contextlib
import gzip
import threading
import time

import brotli
import pytest
import zstandard

from services.contracts import Reason
from services.fetcher.web import FetchError, Web
from tests.fetcher.serving import fetch, refused, respond, with_web


@pytest.mark.parametrize(
    ("coding", "pack"), [("gzip", gzip.compress), ("br", brotli.compress), ("zstd", zstandard.compress)]
)
def test_a_compressed_body_is_accepted_and_unpacked(outlet, coding, pack):
    text = "Київ ".encode() * 100
    response = fetch(outlet.says("/", pack(text), Content_Encoding=coding))
    assert response.body == text
    assert response.transferred == len(pack(text))
    assert coding in outlet.seen[0].headers["accept-encoding"]


def test_a_bomb_is_too_large(outlet):
    bomb = gzip.compress(b"\0" * 20_000_000)
    assert refused(outlet.says("/", bomb, Content_Encoding="gzip")).reason is Reason.TOO_LARGE


def test_an_unknown_coding_is_a_bad_encoding(outlet):
    assert refused(outlet.says("/", b"x", Content_Encoding="compress")).reason is Reason.BAD_ENCODING


def test_an_announced_size_above_the_limit_is_refused_before_the_body_is_read(outlet):
    sent = []

    def endless(handler):
        handler.wfile.write(b"HTTP/1.0 200 OK\r\nContent-Length: 999999999\r\n\r\n")
        with contextlib.suppress(OSError):
            while True:
                sent.append(handler.wfile.write(b"x" * 65_536))

    outlet.answers["/"] = endless
    assert refused(outlet.url()).reason is Reason.TOO_LARGE


def test_an_endless_body_is_cut_at_the_limit(outlet):
    def endless(handler):
        handler.wfile.write(b"HTTP/1.0 200 OK\r\n\r\n")
        while True:
            handler.wfile.write(b"x" * 65_536)

    outlet.answers["/"] = endless
    assert refused(outlet.url()).reason is Reason.TOO_LARGE


def test_the_beginning_of_a_long_body_can_be_had(outlet):
    response = fetch(outlet.says("/robots.txt", b"x" * 5_000), limit_bytes=1_000, cut=True)
    assert len(response.body) == 1_000
    assert response.truncated


def test_a_body_of_exactly_the_limit_is_whole(outlet):
    response = fetch(outlet.says("/", b"x" * 1_000), limit_bytes=1_000)
    assert len(response.body) == 1_000
    assert not response.truncated


def dripping(head: bytes, drop: bytes):
    def answer(handler):
        handler.wfile.write(head)
        with contextlib.suppress(OSError):
            for _ in range(200):
                handler.wfile.write(drop)
                handler.wfile.flush()
                time.sleep(0.05)

    return answer


@pytest.mark.parametrize(
    ("head", "drop"),
    [(b"HTTP/1.0 200 OK\r\n\r\n", b"x"), (b"HTTP/1.0 200 OK\r\n", b"X-Drip: 1\r\n"), (b"HTTP/1.0 200 O", b"K")],
)
def test_one_deadline_stands_over_headers_and_body_however_they_drip(outlet, head, drop):
    outlet.answers["/"] = dripping(head, drop)
    began = time.monotonic()
    assert refused(outlet.url(), deadline_s=0.4).reason is Reason.TIMEOUT
    assert time.monotonic() - began < 2


def test_the_deadline_covers_all_redirects_together(outlet):
    def slow(handler):
        time.sleep(0.2)
        number = int(handler.path.strip("/"))
        respond(handler, b"", 302, Location=f"/{number + 1}")

    outlet.answers.update({f"/{number}": slow for number in range(6)})
    assert refused(outlet.url("/0"), deadline_s=0.5).reason is Reason.TIMEOUT


def test_endless_headers_are_refused(outlet):
    def endless(handler):
        handler.wfile.write(b"HTTP/1.0 200 OK\r\n")
        for number in range(1_000_000):
            handler.wfile.write(b"X-%d: %s\r\n" % (number, b"x" * 1_000))

    outlet.answers["/"] = endless
    assert refused(outlet.url()).reason is Reason.UNREACHABLE


@pytest.mark.parametrize(
    "reply", [b"", b"garbage\r\n\r\n", b"HTTP/9.9 what\r\n\r\n", b"HTTP/1.1 200 OK\r\n\x00: x\r\n\r\n"]
)
def test_an_answer_that_is_no_http_is_unreachable(outlet, reply):
    outlet.answers["/"] = lambda handler: handler.wfile.write(reply)
    assert refused(outlet.url()).reason is Reason.UNREACHABLE


def test_a_body_that_breaks_off_is_unreachable(outlet):
    outlet.answers["/"] = lambda handler: handler.wfile.write(b"HTTP/1.0 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
    assert refused(outlet.url()).reason is Reason.UNREACHABLE


def test_no_more_connections_are_open_than_allowed(outlet):
    under_way, most = [], []
    lock = threading.Lock()

    def count(handler):
        with lock:
            under_way.append(handler)
            most.append(len(under_way))
        time.sleep(0.05)
        with lock:
            under_way.remove(handler)
        respond(handler, b"x")

    outlet.answers["/"] = count

    async def many(client: Web) -> None:
        await asyncio.gather(
            *(client.get(outlet.url(), accept="*/*", limit_bytes=100, deadline_s=5) for _ in range(12))
        )

    with_web(many, connections=3)
    assert len(most) == 12
    assert max(most) == 3


def test_a_slow_outlet_takes_no_time_from_another(outlet, other_outlet):
    outlet.answers["/"] = dripping(b"HTTP/1.0 200 OK\r\n\r\n", b"x")
    other_outlet.says("/", b"quick")

    async def both(client: Web) -> float:
        given = {"accept": "*/*", "limit_bytes": 1_000, "deadline_s": 1.0}
        slow = asyncio.create_task(client.get(outlet.url(), **given))
        began = time.monotonic()
        await client.get(other_outlet.url(), **given)
        took = time.monotonic() - began
        with pytest.raises(FetchError):
            await slow
        return took

    assert with_web(both) < 0.7
