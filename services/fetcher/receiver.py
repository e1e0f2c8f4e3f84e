"""Where hubs call: an ASGI application of one path below a prefix, `…/TOKEN`.

GET is a hub's question whether we asked for a subscription; POST is a delivery. What is not signed as it should be
is acknowledged and thrown away (WebSub section 8): who forges learns nothing.
"""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import parse_qsl

from services.fetcher.subscriptions import Subscriptions

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

Take = Callable[[str, str | None, bytes], Awaitable[bool]]
"""Takes what was delivered: the feed's URL, the Content-Type and the body. False where it could not be saved now."""

_MAX_QUERY = 10_000
_BODY_S = 20.0
"""Seconds within which a delivery has to be here whole."""


class Receiver:
    """`limit_bytes` bounds a delivery."""

    def __init__(self, subscriptions: Subscriptions, take: Take, limit_bytes: int) -> None:
        self._subscriptions = subscriptions
        self._take = take
        self._limit_bytes = limit_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        token = str(scope["path"]).rstrip("/").rpartition("/")[2]
        if scope["method"] == "GET":
            await self._answer(token, scope, send)
        elif scope["method"] == "POST":
            await self._deliver(token, scope, receive, send)
        else:
            await _respond(send, 405)

    async def _answer(self, token: str, scope: Scope, send: Send) -> None:
        query = bytes(scope.get("query_string", b""))[:_MAX_QUERY].decode("latin-1")
        challenge = await self._subscriptions.answer(token, dict(parse_qsl(query, max_num_fields=20)))
        await _respond(send, *((404, b"") if challenge is None else (200, challenge.encode("utf-8", "replace"))))

    async def _deliver(self, token: str, scope: Scope, receive: Receive, send: Send) -> None:
        feed = await self._subscriptions.feed_of(token)
        if feed is None:
            await _respond(send, 410)  # the hub is to stop
            return
        try:
            async with asyncio.timeout(_BODY_S):
                body = await _body(receive, self._limit_bytes)
        except TimeoutError:
            await _respond(send, 408)
            return
        if body is None:
            await _respond(send, 413)
            return
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        genuine = await self._subscriptions.is_genuine(token, headers.get("x-hub-signature", ""), body)
        # A hub that is told 503 delivers again.
        saved = not genuine or await self._take(feed, headers.get("content-type"), body)
        await _respond(send, 202 if saved else 503)


async def _body(receive: Receive, limit: int) -> bytes | None:
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return None
        body += message.get("body", b"")
        if len(body) > limit:
            return None
        if not message.get("more_body"):
            return bytes(body)


async def _respond(send: Send, status: int, body: bytes = b"") -> None:
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
