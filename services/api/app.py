"""The API's door: which route answers what, which headers every answer carries, what an error looks like.

Reads the store and the search index; the only thing it writes is how far a consumer has acknowledged.
"""

import logging
import time
from collections.abc import AsyncIterator, Callable, MutableMapping, Sequence
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import anyio.to_thread
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.api import articles, bodies, checks, metrics, openapi, pages, searches, stream
from services.api.asked import BadRequest
from services.api.checks import Check, Lengths
from services.api.head import Head
from services.api.lookups import Canonical
from services.api.search import Search
from services.store import Store, StoreError

log = logging.getLogger("vigie.api")

THREADS = 16
"""Requests that read at once; each thread has its own connection to the store, with its own cache."""

BODY_LIMIT = 10_000
"""Bytes of a request: the largest is an acknowledgement."""

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none';"
        " frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    # The outlets that people click on need not learn what was searched for.
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
}

_REASONS = {400: "bad_request", 404: "not_found", 405: "method_not_allowed", 413: "too_large", 503: "unavailable"}


def create_app(
    store: Store,
    search: Search,
    *,
    redis_lengths: Lengths | None = None,
    redis_writes: Callable[[], None] | None = None,
    folder: Path | None = None,
    canonical: Canonical = str.strip,
    unavailable: tuple[type[Exception], ...] = (),
    clock: Callable[[], float] = time.time,
    poll_seconds: float = 0.3,
    heartbeat_seconds: float = 15.0,
    hosts: Sequence[str] = ("*",),
) -> FastAPI:
    """The application over an open store and a search.

    `redis_lengths` tells how many jobs wait in each queue, `redis_writes` raises where Redis takes no more, `folder` is
    the data folder, which needs room, `canonical` the form of a URL in which items are known
    (ValueError where it is none), `unavailable` which errors of the search mean "try again", `hosts` under which names
    the service may be called.
    """
    app = FastAPI(
        title="vigie",
        description="Clean and deduplicated news about a topic: search, stream, feeds.",
        docs_url=None,
        redoc_url=None,
        lifespan=_lifespan,
        max_body_size=BODY_LIMIT,
    )
    head = Head(store, poll_seconds)
    app.include_router(searches.routes(search))
    app.include_router(articles.routes(store, canonical))
    app.include_router(stream.routes(store, search, head, clock, heartbeat_seconds))
    app.include_router(pages.routes(store, search, canonical))
    ready = partial(checks.run, store, search, redis_lengths, redis_writes, folder)
    _add_checks(app, ready, metrics.Books(store, search, redis_lengths))
    app.mount("/static", StaticFiles(packages=[("services.api", "static")]), name="static")
    app.add_middleware(_Headers)
    app.add_middleware(_Head)
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=list(hosts), www_redirect=False)
    _add_errors(app, unavailable)
    describe = app.openapi
    app.openapi = lambda: openapi.with_our_errors(describe())  # type: ignore[method-assign]
    return app


@asynccontextmanager
async def _lifespan(_: FastAPI) -> AsyncIterator[None]:
    anyio.to_thread.current_default_thread_limiter().total_tokens = THREADS
    yield


def _add_checks(app: FastAPI, ready: Callable[[], dict[str, Check]], books: metrics.Books) -> None:
    @app.get("/healthz", tags=["service"], summary="Whether the process answers")
    async def healthz() -> JSONResponse:
        return JSONResponse({"status": "ok"})

    @app.get("/readyz", tags=["service"], summary="Whether store, search and Redis answer too")
    def readyz() -> JSONResponse:
        """503 while one of them does not, or takes nothing, while the search is far behind or the disk full."""
        body = checks.body(ready())
        return JSONResponse(body, status_code=200 if body["ready"] else 503)

    @app.get("/metrics", tags=["service"], summary="Metrics for Prometheus", response_class=Response)
    def prometheus() -> Response:
        return Response(metrics.render(books), media_type=metrics.CONTENT_TYPE)


def _add_errors(app: FastAPI, unavailable: tuple[type[Exception], ...]) -> None:
    @app.exception_handler(HTTPException)
    async def refused(request: Request, error: HTTPException) -> Response:
        return _error(request, error.status_code, str(error.detail), dict(error.headers or {}))

    @app.exception_handler(RequestValidationError)
    async def invalid(request: Request, error: RequestValidationError) -> Response:
        wrong = "; ".join(f"{each['loc'][-1]}: {each['msg']}" for each in error.errors())
        return _error(request, 400, wrong)

    @app.exception_handler(BadRequest)
    async def unusable(request: Request, error: BadRequest) -> Response:
        return _error(request, 400, str(error))

    @app.exception_handler(Exception)
    async def failed(request: Request, error: Exception) -> Response:
        # The server logs what happened, with its traceback; it is nobody else's business.
        # Starlette answers this one outside of every middleware, so the headers are added here.
        return _error(request, 500, "something went wrong here; it has been logged", HEADERS)

    async def busy(request: Request, error: Exception) -> Response:
        log.warning("%s: %s", request.url.path, error)
        return _error(request, 503, "the store or the search cannot answer now; try again", {"Retry-After": "5"})

    kinds: tuple[type[Exception], ...] = (StoreError, *unavailable)
    for kind in kinds:
        app.add_exception_handler(kind, busy)


def _error(request: Request, status: int, detail: str, headers: dict[str, str] | None = None) -> Response:
    if _is_page(request):
        response: Response = pages.error_page(status, detail)
    else:
        response = JSONResponse(bodies.error(_REASONS.get(status, "error"), detail), status_code=status)
    response.headers.update(headers or {})
    return response


def _is_page(request: Request) -> bool:
    """Programs get JSON, under /v1 always; only a browser that asks for a page gets one."""
    return not request.url.path.startswith("/v1/") and "text/html" in request.headers.get("accept", "")


class _Headers:
    """Adds `HEADERS` to every answer, errors included, without holding back a stream."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                _add_headers(message)
            await send(message)

        await self._app(scope, receive, send_with_headers)


class _Head:
    """Answers HEAD with what GET would say, without its body: uptime checks ask that way."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "HEAD" or scope["path"] == "/v1/stream":
            await self._app(scope, receive, send)
            return

        async def send_without_body(message: Message) -> None:
            if message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        await self._app({**scope, "method": "GET"}, receive, send_without_body)


def _add_headers(message: MutableMapping[str, Any]) -> None:
    added = [(name.lower().encode(), value.encode()) for name, value in HEADERS.items()]
    message["headers"] = [*message.get("headers", []), *added]
