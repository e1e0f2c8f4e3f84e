"""Routes of the event stream: replay, long poll, server-sent events, durable consumers."""

from collections.abc import AsyncIterator, Callable
from typing import Annotated, Any, TypeVar

from anyio import to_thread
from fastapi import APIRouter, Depends, Header, HTTPException, Query
from fastapi.responses import JSONResponse, StreamingResponse
from pydantic import BaseModel

from services import codec
from services.api.asked import BadRequest, Filters, read_filters
from services.api.head import Head
from services.api.search import Search
from services.contracts import Article, Event
from services.store import Store, events
from services.store.times import seconds

BATCH = 100
WAIT_LIMIT = 60.0
"""Seconds of a long poll: proxies cut silent connections after about a minute."""

STREAM_LIMIT = 500
"""Live streams at once, per process; the next one is told to come back."""

T = TypeVar("T")
Accepts = Callable[[Article, float], bool] | None


class Acknowledgement(BaseModel):
    seq: int


def routes(store: Store, search: Search, head: Head, clock: Callable[[], float], heartbeat_seconds: float) -> APIRouter:
    router = APIRouter(prefix="/v1", tags=["events"])
    streams = _Streams()

    def read(after: int, limit: int) -> list[Event]:
        with store.read() as tx:
            return events.after(tx, after, limit)

    @router.get("/events", summary="Events in order, from any point")
    async def replay(
        after: Annotated[int, Query(ge=0, description="the last seq that you have")] = 0,
        limit: Annotated[int, Query(ge=1, le=1000)] = BATCH,
        wait: Annotated[float, Query(ge=0, le=WAIT_LIMIT, description="seconds to wait for the next event")] = 0,
    ) -> JSONResponse:
        """`head` is the last event there is. Ask again with the last `seq` that you received."""
        await _refuse_beyond(head, after)
        batch = await to_thread.run_sync(read, after, limit)
        if not batch and wait and await head.passes(after, wait):
            batch = await to_thread.run_sync(read, after, limit)
        return JSONResponse(await to_thread.run_sync(_batch, batch, head))

    @router.get("/stream", summary="Events as they happen (server-sent events)", response_class=StreamingResponse)
    async def live(
        filters: Annotated[Filters, Depends(read_filters)],
        after: Annotated[int | None, Query(ge=0, description="replay from here; without it, from now")] = None,
        last_event_id: Annotated[str | None, Header()] = None,
    ) -> StreamingResponse:
        """`id` is the seq, `data` the event. A filter leaves out events, never the progress of `id`."""
        start = await _start(head, after, last_event_id)
        accepts = filters.matcher(search)
        streams.enter()
        frames = _frames(read, head, start, accepts, heartbeat_seconds)
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        return StreamingResponse(streams.counted(frames), media_type="text/event-stream", headers=headers)

    @router.get("/consumers/{name}", summary="Where a named consumer stands")
    def consumer(name: str) -> JSONResponse:
        """`seq` is the last event that it acknowledged, `lag` how many have come since."""
        with store.read() as tx:
            return JSONResponse(codec.plain(_known(lambda: events.consumer(tx, name))))

    @router.get("/consumers/{name}/events", summary="The next events of a named consumer")
    async def next_events(
        name: str,
        limit: Annotated[int, Query(ge=1, le=1000)] = BATCH,
        wait: Annotated[float, Query(ge=0, le=WAIT_LIMIT)] = 0,
    ) -> JSONResponse:
        """The same answer again until you acknowledge."""

        def position() -> int:
            with store.read() as tx:
                return _known(lambda: events.consumer(tx, name)).seq

        return await replay(await to_thread.run_sync(position), limit, wait)

    @router.post("/consumers/{name}", summary="Acknowledge events")
    def acknowledge(name: str, body: Acknowledgement) -> JSONResponse:
        """Everything up to `seq` is done. Never goes back."""
        with store.write() as tx:
            return JSONResponse(codec.plain(_known(lambda: events.acknowledge(tx, name, body.seq, clock()))))

    return router


class _Streams:
    """Counts live streams."""

    def __init__(self) -> None:
        self._open = 0

    def enter(self) -> None:
        if self._open >= STREAM_LIMIT:
            raise HTTPException(503, "too many live streams; try again, or poll /v1/events", {"Retry-After": "10"})

    async def counted(self, frames: AsyncIterator[str]) -> AsyncIterator[str]:
        # Counted while it is read, because a response that is never read is never closed either.
        self._open += 1
        try:
            async for frame in frames:
                yield frame
        finally:
            self._open -= 1


async def _frames(
    read: Callable[[int, int], list[Event]], head: Head, cursor: int, accepts: Accepts, heartbeat_seconds: float
) -> AsyncIterator[str]:
    yield "retry: 2000\n\n"
    while True:
        batch = await to_thread.run_sync(read, cursor, BATCH)
        for frame in await to_thread.run_sync(_filter, batch, accepts):
            yield frame
        if batch:
            cursor = batch[-1].seq
        elif not await head.passes(cursor, heartbeat_seconds):
            yield ": still here\n\n"


def _filter(batch: list[Event], accepts: Accepts) -> list[str]:
    frames = [
        f"id: {event.seq}\ndata: {codec.dump(event).decode()}\n\n"
        for event in batch
        if accepts is None or accepts(event.article, seconds(event.at))
    ]
    if batch and len(frames) < len(batch):
        # An id without data moves the client's Last-Event-ID on and dispatches nothing (HTML standard, 9.2.6).
        frames.append(f"id: {batch[-1].seq}\n\n")
    return frames


async def _start(head: Head, after: int | None, last_event_id: str | None) -> int:
    if last_event_id:
        if not (last_event_id.isascii() and last_event_id.isdigit() and len(last_event_id) < 19):
            raise BadRequest("Last-Event-ID is not the id of an event: it is a whole number")
        after = int(last_event_id)
    if after is None:
        return await to_thread.run_sync(head.read)
    await _refuse_beyond(head, after)
    return after


async def _refuse_beyond(head: Head, after: int) -> None:
    """A cursor from another store, or from before a restore, would otherwise wait for ever."""
    last = await to_thread.run_sync(head.read)
    if after > last:
        raise BadRequest(f"after: {after} lies beyond the last event, {last}; this cursor is of another store")


def _batch(batch: list[Event], head: Head) -> dict[str, Any]:
    return {"events": [codec.plain(event) for event in batch], "head": head.read()}


def _known(ask: Callable[[], T]) -> T:
    try:
        return ask()
    except ValueError as error:
        raise BadRequest(str(error)) from error
