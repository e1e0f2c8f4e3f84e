"""Connections to vetted addresses only."""

import asyncio
import socket
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor

import httpcore

from services.contracts import Reason
from services.fetcher import addresses
from services.fetcher.responses import FetchError

CONNECT_S = 5.0
"""Seconds for one of a host's addresses, so that a dead one leaves time for the next within the deadline."""


class Guard(httpcore.AsyncNetworkBackend):
    """A network for httpcore that refuses what is not public, unless it is in `allowed`.

    The name is resolved here, every address it has is vetted, and the connection goes to one of those very
    addresses: a name that resolves differently a moment later gains nothing. TLS and the Host header still use the
    name, because the pool above knows only that.
    """

    def __init__(self, allowed: Sequence[addresses.Network], resolvers: ThreadPoolExecutor) -> None:
        self._allowed = allowed
        self._resolvers = resolvers
        self._wire = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        last: Exception | None = None
        for address in await self._vetted(host, port):
            try:
                return await self._wire.connect_tcp(address, port, CONNECT_S, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                last = error
        raise FetchError(Reason.UNREACHABLE, f"no connection to {host}:{port}: {last!r}") from last

    async def _vetted(self, host: str, port: int) -> list[str]:
        found = await self._resolve(host, port)
        for address in found:
            why = addresses.refusal(address, self._allowed)
            if why is not None:
                raise FetchError(Reason.PRIVATE_ADDRESS, f"{host} is {address}: {why}")
        return [str(address) for address in found]

    async def _resolve(self, host: str, port: int) -> list[addresses.Address]:
        given = addresses.literal(host)
        if given is not None:
            return [given]
        loop = asyncio.get_running_loop()
        try:
            answers = await loop.run_in_executor(
                self._resolvers, lambda: socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            )
        except (OSError, UnicodeError) as error:
            raise FetchError(Reason.UNREACHABLE, f"{host} has no address: {error}") from error
        # A link-local answer carries its zone (`fe80::1%eth0`); ipaddress reads it, and the guard refuses it.
        found = [addresses.literal(str(sockaddr[0])) for *_, sockaddr in answers]
        return list(dict.fromkeys(address for address in found if address is not None))
