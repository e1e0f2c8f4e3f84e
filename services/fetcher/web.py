"""The web, asked carefully: one deadline, bounded bodies, vetted addresses, nothing that follows an outlet around.

A status is no failure: whatever the outlet answered is returned, and `verdict` says what it means.
"""

import asyncio
import ssl
from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Self
from urllib.parse import urlencode

import httpcore
import httpx

from services.contracts import Reason
from services.fetcher import addresses, compression, redirects, requests, urls
from services.fetcher.guard import Guard
from services.fetcher.requests import Ask, Meter
from services.fetcher.responses import MOVED, FetchError, Response, verdict

__all__ = ["ACCEPT_FEED", "ACCEPT_JSON", "ACCEPT_PAGE", "ACCEPT_ROBOTS", "FetchError", "Response", "Web", "verdict"]

ACCEPT_FEED = (
    "application/rss+xml, application/atom+xml, application/feed+json, application/rdf+xml;q=0.9, "
    "application/xml;q=0.8, text/xml;q=0.8, application/json;q=0.7, */*;q=0.1"
)
ACCEPT_PAGE = "text/html, application/xhtml+xml, application/xml;q=0.8, */*;q=0.1"
ACCEPT_ROBOTS = "text/plain, */*;q=0.1"
ACCEPT_JSON = "application/json, */*;q=0.1"

_RESOLVERS = 16
_KEEP_ALIVE_S = 15.0
_KEPT = 10
"""Idle connections. The pool looks through all of them at every request, and few requests go to the host before."""


class Web:
    """A client without memory: no cookies, no Referer, no proxy of the environment, no validators of its own.

    `allow_private` names the networks that may be asked although they are not public. `tls` adds authorities to
    trust (an ssl.SSLContext that verifies); without it the usual ones count. Use as an async context manager.
    """

    def __init__(
        self,
        user_agent: str,
        allow_private: Sequence[addresses.Network] = (),
        connections: int = 20,
        *,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        if not (user_agent.isascii() and user_agent.isprintable() and user_agent.strip()):
            raise ValueError(f"a User-Agent must be printable ASCII, such as vigie/0.1 (+https://…): {user_agent!r}")
        self._user_agent = user_agent
        self._places = asyncio.Semaphore(connections)
        self._dns = ThreadPoolExecutor(_RESOLVERS, thread_name_prefix="dns")
        # The transport without httpx's client around it: that one keeps cookies and looks into redirects.
        self._transport = _Transport(_vetting(tls), Guard(tuple(allow_private), self._dns), connections)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._transport.aclose()
        self._dns.shutdown(wait=False, cancel_futures=True)

    async def get(
        self,
        url: str,
        *,
        accept: str,
        limit_bytes: int,
        deadline_s: float,
        headers: Mapping[str, str] | None = None,
        etag: str | None = None,
        last_modified: str | None = None,
        validators_url: str | None = None,
        max_redirects: int = 5,
        cut: bool = False,
        follows: Callable[[str], bool] | None = None,
        hops: Sequence[tuple[int, str]] = (),
    ) -> Response:
        """GET `url` and the redirects it leads through. Raises FetchError.

        `deadline_s` covers everything from the name's look-up to the last byte, not the wait for a free connection.
        `limit_bytes` bounds the body both as transferred and decoded; `cut` keeps that much instead of failing.
        `etag` and `last_modified` go only to `validators_url` (by default `url`): they mean nothing to another URL.
        `headers` go only to the host that was asked first. A redirect to a URL that `follows` refuses is returned with
        its `leads_to` instead of followed; to follow it after all, ask for that URL with its redirects as `hops`.
        """
        ask = Ask(
            headers={"user-agent": self._user_agent, "accept": accept, **(headers or {})},
            validators=requests.conditions(etag, last_modified),
            validators_url=validators_url or url,
            limit=limit_bytes,
            cut=cut,
            redirects=max_redirects,
            follows=follows,
        )
        return await self._within(deadline_s, url, ask, hops)

    async def post(
        self, url: str, form: Mapping[str, str], *, accept: str, limit_bytes: int, deadline_s: float
    ) -> Response:
        """POST a form, as WebSub asks for; no redirect is followed. Raises FetchError."""
        ask = Ask(
            headers={
                "user-agent": self._user_agent,
                "accept": accept,
                "content-type": "application/x-www-form-urlencoded",
            },
            validators={},
            validators_url="",
            limit=limit_bytes,
            cut=True,
            redirects=0,
            form=urlencode(form).encode("ascii"),
        )
        return await self._within(deadline_s, url, ask, ())

    async def _within(self, deadline_s: float, url: str, ask: Ask, hops: Sequence[tuple[int, str]]) -> Response:
        try:
            async with self._places:
                try:
                    async with asyncio.timeout(deadline_s):
                        return await self._follow(url, ask, list(hops))
                except TimeoutError as error:
                    raise FetchError(Reason.TIMEOUT, f"no whole answer within {deadline_s:g} s: {url}") from error
        except FetchError as error:
            error.transferred = ask.meter.transferred
            raise

    async def _follow(self, url: str, ask: Ask, hops: list[tuple[int, str]]) -> Response:
        at = url
        while True:
            response = await self._exchange(at, requests.headers_for(at, url, ask), ask)
            target = response.headers.get("location")
            if response.status not in MOVED or target is None or ask.form is not None:
                return replace(response, redirects=tuple(hops))
            hops.append((response.status, at))
            there = redirects.next_hop(at, target, hops, ask.redirects)
            if ask.follows is not None and not ask.follows(there):
                return replace(response, redirects=tuple(hops), leads_to=there)
            at = there

    async def _exchange(self, url: str, headers: list[tuple[bytes, bytes]], ask: Ask) -> Response:
        try:
            method = "GET" if ask.form is None else "POST"
            request = httpx.Request(method, _vetted_url(url), headers=headers, content=ask.form)
            answer = await self._transport.handle_async_request(request)
            try:
                return await _receive(url, answer, ask)
            finally:
                await answer.aclose()
        except (httpx.InvalidURL, httpcore.LocalProtocolError, UnicodeError) as error:
            raise FetchError(Reason.BAD_URL, f"cannot be asked for: {url[:200]!r} ({error})") from error
        except (httpx.HTTPError, httpcore.NetworkError, httpcore.ProtocolError, OSError) as error:
            raise _failure(url, error) from error


def _vetted_url(url: str) -> str:
    try:
        asked, name = urls.request_url(url), urls.host(url)
    except urls.BadUrl as error:
        raise FetchError(Reason.BAD_URL, f"{error}: {url[:200]!r}") from error
    if addresses.is_oddly_spelled(name.partition(":")[0]):
        raise FetchError(Reason.PRIVATE_ADDRESS, f"{name} spells an address in a way that no outlet does")
    return asked


async def _receive(url: str, answer: httpx.Response, ask: Ask) -> Response:
    headers = _lower(answer.headers.raw)
    if answer.status_code in MOVED and "location" in headers:
        return Response(url, answer.status_code, headers, b"")
    announced = headers.get("content-length", "")
    if not ask.cut and announced.isdigit() and len(announced) < 20 and int(announced) > ask.limit:
        raise FetchError(Reason.TOO_LARGE, f"{announced} bytes announced, {ask.limit} accepted: {url}")
    raw, more = await _read(answer.aiter_raw(), ask.limit, ask.meter)
    if more and not ask.cut:
        raise FetchError(Reason.TOO_LARGE, f"more than {ask.limit} bytes: {url}")
    try:
        body = compression.expand(raw, headers.get("content-encoding", ""), ask.limit, cut=ask.cut)
    except compression.TooLarge as error:
        raise FetchError(Reason.TOO_LARGE, f"{error} when unpacked: {url}") from error
    except compression.BadCoding as error:
        raise FetchError(Reason.BAD_ENCODING, f"{error}: {url}") from error
    return Response(url, answer.status_code, headers, body, (), ask.meter.transferred, more)


async def _read(chunks: AsyncIterator[bytes], limit: int, meter: Meter) -> tuple[bytes, bool]:
    """The first `limit` bytes, and whether there were more."""
    body = bytearray()
    async for chunk in chunks:
        body += chunk
        meter.transferred += len(chunk)
        if len(body) > limit:
            return bytes(body[:limit]), True
    return bytes(body), False


def _lower(raw: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    headers: dict[str, str] = {}
    for name_bytes, value_bytes in raw:
        name, value = name_bytes.decode("latin-1").lower(), value_bytes.decode("latin-1")
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return headers


def _failure(url: str, error: Exception) -> FetchError:
    causes: list[BaseException] = [error]
    while (cause := causes[-1].__cause__ or causes[-1].__context__) is not None and cause not in causes:
        causes.append(cause)
    tls = next((cause for cause in causes if isinstance(cause, ssl.SSLError)), None)
    if tls is not None:
        return FetchError(Reason.TLS, f"{tls}: {url}")
    return FetchError(Reason.UNREACHABLE, f"{type(error).__name__} {error}: {url}")


def _vetting(tls: ssl.SSLContext | None) -> ssl.SSLContext:
    context = tls or httpx.create_ssl_context(trust_env=False)
    if context.verify_mode != ssl.CERT_REQUIRED or not context.check_hostname:
        raise ValueError("this TLS context does not verify certificates and host names; vigie never goes without")
    return context


class _Transport(httpx.AsyncBaseTransport):
    """httpx on a connection pool whose every connection the guard opens."""

    def __init__(self, tls: ssl.SSLContext, guard: Guard, connections: int) -> None:
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=tls,
            max_connections=connections,
            max_keepalive_connections=_KEPT,
            keepalive_expiry=_KEEP_ALIVE_S,
            network_backend=guard,
        )

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        answer = await self._pool.handle_async_request(
            httpcore.Request(
                method=request.method,
                url=httpcore.URL(
                    scheme=request.url.raw_scheme,
                    host=request.url.raw_host,
                    port=request.url.port,
                    target=request.url.raw_path,
                ),
                headers=request.headers.raw,
                content=request.stream,
                extensions=request.extensions,
            )
        )
        assert isinstance(answer.stream, AsyncIterable)
        return httpx.Response(
            status_code=answer.status,
            headers=answer.headers,
            stream=_Stream(answer.stream, answer),
            extensions=answer.extensions,
        )

    async def aclose(self) -> None:
        await self._pool.aclose()


class _Stream(httpx.AsyncByteStream):
    def __init__(self, chunks: AsyncIterable[bytes], answer: httpcore.Response) -> None:
        self._chunks = chunks
        self._answer = answer

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for chunk in self._chunks:
            yield chunk

    async def aclose(self) -> None:
        await self._answer.aclose()
