"""A TCP proxy on loopback before a Redis, that is slow, silent, half-open or loses an answer when a test says so."""

import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path


class Proxy:
    """Passes bytes between TCP clients and a unix socket.

    `delay` is seconds before each piece of an answer is passed on. `silent` connections take everything and answer
    nothing, as behind a cable that was pulled: `go_silent` makes those so that are open now. `lose` names bytes: the
    first request that holds them reaches Redis, and its connection ends before the answer.
    """

    def __init__(self, target: Path) -> None:
        self.delay = 0.0
        self.lose: bytes | None = None
        self.lost = 0
        self._target = str(target)
        self._server = socket.create_server(("127.0.0.1", 0))
        self._pairs: dict[tuple[socket.socket, socket.socket], bool] = {}
        self._lock = threading.Lock()
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self._server.getsockname()[1]}/0"

    def go_silent(self) -> int:
        """Make the connections silent that are open now; how many. Those opened later are well."""
        with self._lock:
            for pair in self._pairs:
                self._pairs[pair] = True
            return len(self._pairs)

    def close(self) -> None:
        self._server.close()
        with self._lock:
            pairs = list(self._pairs)
        for pair in pairs:
            self._end(pair)

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._server.accept()
                redis = socket.socket(socket.AF_UNIX)
                try:
                    redis.connect(self._target)
                except OSError:  # the server is away: so is whoever stands before it
                    client.close()
                    redis.close()
                    continue
                pair = (client, redis)
                with self._lock:
                    self._pairs[pair] = False
                threading.Thread(target=self._ask, args=(pair,), daemon=True).start()
                threading.Thread(target=self._answer, args=(pair,), daemon=True).start()

    def _ask(self, pair: tuple[socket.socket, socket.socket]) -> None:
        client, redis = pair
        for piece in _pieces(client):
            if self._pairs.get(pair):
                continue
            with contextlib.suppress(OSError):
                redis.sendall(piece)
            if self.lose and self.lose in piece:
                self.lose = None
                self.lost += 1
                time.sleep(0.2)  # Redis does what it was asked for, and nobody hears of it
                break
        self._end(pair)

    def _answer(self, pair: tuple[socket.socket, socket.socket]) -> None:
        client, redis = pair
        for piece in _pieces(redis):
            if self.delay:
                time.sleep(self.delay)
            if self._pairs.get(pair) or (self.lost and self.lose is None and pair not in self._pairs):
                continue
            with contextlib.suppress(OSError):
                client.sendall(piece)
        if not self._pairs.get(pair):
            self._end(pair)

    def _end(self, pair: tuple[socket.socket, socket.socket]) -> None:
        with self._lock:
            self._pairs.pop(pair, None)
        for end in pair:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()


def _pieces(source: socket.socket) -> Iterator[bytes]:
    with contextlib.suppress(OSError):
        while piece := source.recv(65_536):
            yield piece
