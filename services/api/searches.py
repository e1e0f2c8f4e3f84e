"""Routes of everything that is a search: results, feeds, exports."""

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import JSONResponse, StreamingResponse

from services.api import bodies, exports, feeds
from services.api.asked import PAGE_LIMIT, Asked, read
from services.api.search import Results, Search
from services.contracts import Article

FEED_SIZE = 50
EXPORT_LIMIT = 10_000
"""Articles in one export; more is what /v1/events is for."""

_Asked = Annotated[Asked, Depends(read)]
_Count = Annotated[int, Query(ge=1, le=EXPORT_LIMIT, description="articles, newest first")]


def routes(search: Search) -> APIRouter:
    router = APIRouter(prefix="/v1", tags=["search"])

    @router.get("/search", summary="Search the articles")
    def find(
        asked: _Asked,
        limit: Annotated[int, Query(ge=1, le=PAGE_LIMIT)] = 20,
        cursor: Annotated[str, Query(description="from the answer before; everything else unchanged")] = "",
        facets: Annotated[bool, Query(description="count all matches by outlet, language, topic and day")] = False,
    ) -> JSONResponse:
        """Hits carry the whole article, and title and snippet in parts, matches marked. Follow `cursor` for more.

        Where `exact` is false there are more than `total`. With `collapse=story`, `others` counts the rest of a story.
        """
        return JSONResponse(bodies.results(replace(asked, facets=facets).answer(search, limit, cursor)))

    @router.get("/feed.atom", summary="Any search as an Atom feed", response_class=Response)
    def atom(request: Request, asked: _Asked) -> Response:
        found = asked.newest().answer(search, FEED_SIZE)
        return _cacheable(request, feeds.atom(found.hits, **_addresses(request, asked)), feeds.ATOM_TYPE)

    @router.get("/feed.json", summary="Any search as a JSON Feed")
    def json_feed(request: Request, asked: _Asked) -> Response:
        found = asked.newest().answer(search, FEED_SIZE)
        body: bytes = JSONResponse(feeds.json_feed(found.hits, **_addresses(request, asked))).body  # type: ignore[assignment]
        return _cacheable(request, body, feeds.JSON_TYPE)

    @router.get("/export.jsonl", summary="Any search as JSON lines", response_class=StreamingResponse)
    def jsonl(asked: _Asked, limit: _Count = 1000) -> StreamingResponse:
        return _download(exports.jsonl(_articles(search, asked, limit)), "application/x-ndjson", "vigie.jsonl")

    @router.get("/export.csv", summary="Any search as CSV", response_class=StreamingResponse)
    def csv(asked: _Asked, limit: _Count = 1000) -> StreamingResponse:
        """Cells that a spreadsheet would compute begin with an apostrophe."""
        rows = exports.csv_rows(_articles(search, asked, limit))
        return _download(rows, "text/csv; charset=utf-8", "vigie.csv")

    return router


def _articles(search: Search, asked: Asked, limit: int) -> Iterator[Article]:
    """The first page is searched for at once, so that a bad request is answered with an error and not a file."""
    ordered = asked.newest()
    first = ordered.answer(search, min(limit, PAGE_LIMIT))
    return _pages(search, ordered, first, limit)


def _pages(search: Search, asked: Asked, page: Results, limit: int) -> Iterator[Article]:
    left = limit
    while True:
        yield from (hit.article for hit in page.hits)
        left -= len(page.hits)
        if left < 1 or page.cursor is None:
            return
        page = asked.answer(search, min(left, PAGE_LIMIT), page.cursor)


def _addresses(request: Request, asked: Asked) -> dict[str, str]:
    base = str(request.base_url).rstrip("/")
    said = asked.url_query()
    tail = f"?{said}" if said else ""
    title = f"vigie: {asked.filters.q}" if asked.filters.q else "vigie"
    return {"title": title, "home": f"{base}/{tail}", "here": f"{base}{request.url.path}{tail}"}


def _cacheable(request: Request, body: bytes, media_type: str) -> Response:
    """A feed that says so when nothing has changed: we ask the same of the outlets."""
    headers = {"ETag": f'"{hashlib.blake2b(body, digest_size=12).hexdigest()}"', "Cache-Control": "no-cache"}
    if headers["ETag"] in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    return Response(body, media_type=f"{media_type}; charset=utf-8", headers=headers)


def _download(lines: Iterator[bytes], media_type: str, name: str) -> StreamingResponse:
    headers: dict[str, Any] = {"Content-Disposition": f'attachment; filename="{name}"'}
    return StreamingResponse(lines, media_type=media_type, headers=headers)
