"""Hubs call here: the WebSub receiver, served inside the fetcher's process, and the leases renewed beside it."""

import asyncio
import contextlib
import logging
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from errno import EADDRINUSE
from typing import TYPE_CHECKING

import uvicorn

from services.cli.wiring import ConfigError
from services.settings import Settings
from services.store import StoreError

if TYPE_CHECKING:
    from services.fetcher.subscriptions import Subscriptions

log = logging.getLogger("vigie.fetcher")

RENEW_SECONDS = 20.0
"""Between two looks at the leases; the shortest that a hub can give is a minute."""
PORT_SECONDS = 5.0
"""Between two looks at a port that another fetcher of this machine holds."""
CALLERS = 100
"""Connections at once; hubs beyond them are told to come again."""

Take = Callable[[str, str | None, bytes], Awaitable[None]]
"""Saves what was delivered: the feed's URL, the Content-Type and the body."""


@contextlib.asynccontextmanager
async def receiving(settings: Settings, subscriptions: "Subscriptions", take: Take) -> AsyncIterator[None]:
    """Answer hubs while the block runs, if there is a URL under which they reach this machine.

    Raises ConfigError where the address cannot be listened on; a port that is taken is waited for: any fetcher on the
    same store may answer.
    """
    if settings.websub_url is None:
        yield
        return
    from services.fetcher.receiver import Receiver

    server = _Server(
        uvicorn.Config(
            Receiver(subscriptions, _saving(take), settings.feed_bytes),
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            limit_concurrency=CALLERS,
            timeout_graceful_shutdown=5,
        )
    )
    place = (settings.websub_host, settings.websub_port)
    tasks = [
        asyncio.create_task(_serve(server, place, _listen(place))),
        asyncio.create_task(_renew(subscriptions)),
    ]
    try:
        yield
    finally:
        server.should_exit = True
        tasks[-1].cancel()
        if not server.started:
            tasks[0].cancel()
        for outcome in await asyncio.gather(*tasks, return_exceptions=True):
            if isinstance(outcome, Exception):
                log.error("answering hubs: %s", outcome)


def _saving(take: Take) -> "Callable[[str, str | None, bytes], Awaitable[bool]]":
    async def saved(feed: str, content_type: str | None, body: bytes) -> bool:
        try:
            await take(feed, content_type, body)
        except StoreError as error:
            log.error("%s: what its hub delivered cannot be saved (%s); the hub is asked to come again", feed, error)
            return False
        return True

    return saved


class _Server(uvicorn.Server):
    """One that leaves the signals to the fetcher: it is the fetcher that ends."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def _serve(server: uvicorn.Server, place: tuple[str, int], listener: socket.socket | None) -> None:
    if listener is None:
        log.warning("%s:%d is taken; hubs are answered here as soon as it is free", *place)
    while listener is None:
        await asyncio.sleep(PORT_SECONDS)
        listener = _listen(place)
    log.info("hubs are answered on %s:%d", *place)
    await server.serve([listener])


def _listen(place: tuple[str, int]) -> socket.socket | None:
    """A listener at host and port, None while somebody else has it. Raises ConfigError."""
    family = socket.AF_INET6 if ":" in place[0] else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(place)
        listener.listen(CALLERS)
    except OSError as error:
        listener.close()
        if error.errno == EADDRINUSE:
            return None
        raise ConfigError(f"VIGIE_WEBSUB_HOST: cannot listen on {place[0]}:{place[1]} ({error})") from error
    return listener


async def _renew(subscriptions: "Subscriptions") -> None:
    while True:
        try:
            await subscriptions.renew()
        except StoreError as error:
            log.error("renewing subscriptions: %s; it is taken up again", error)
        except Exception:
            log.exception("renewing subscriptions: failed; it is taken up again")
        await asyncio.sleep(RENEW_SECONDS)
