"""PostgreSQL's wire protocol (version 3) as far as a measurement needs it: statements and copies over a unix socket."""

import socket
import struct
from collections.abc import Iterable
from pathlib import Path

Row = tuple[str | None, ...]
_VERSION = 196_608


class Refused(Exception):
    """The server answered with an error."""


class Connection:
    """One session of `user` on the database `postgres`, let in without a password."""

    def __init__(self, address: Path, user: str) -> None:
        """`address` is the server's socket. Raises OSError where nobody listens, Refused while the server starts."""
        self._socket = socket.socket(socket.AF_UNIX)
        self._input = self._socket.makefile("rb", buffering=1 << 16)
        try:
            self._socket.connect(str(address))
            hello = b"".join(part.encode() + b"\0" for part in ("user", user, "database", "postgres", ""))
            self._socket.sendall(struct.pack("!II", len(hello) + 8, _VERSION) + hello)
            self._answer()
        except BaseException:
            self.close()
            raise

    def run(self, sql: str) -> list[Row]:
        """The rows of the last statement."""
        self._send(b"Q", sql.encode() + b"\0")
        return self._answer()

    def copy(self, sql: str, lines: Iterable[bytes]) -> None:
        """`COPY … FROM STDIN` with lines in PostgreSQL's text format."""
        self._send(b"Q", sql.encode() + b"\0")
        kind, body = self._read()
        if kind != b"G":
            raise Refused(_message(body))
        for line in lines:
            self._send(b"d", line)
        self._send(b"c", b"")
        self._answer()

    def close(self) -> None:
        self._input.close()
        self._socket.close()

    def _send(self, kind: bytes, body: bytes) -> None:
        self._socket.sendall(kind + struct.pack("!I", len(body) + 4) + body)

    def _read(self) -> tuple[bytes, bytes]:
        head = self._input.read(5)
        if len(head) < 5:
            raise ConnectionError("the server hung up")
        return head[:1], self._input.read(struct.unpack("!I", head[1:])[0] - 4)

    def _answer(self) -> list[Row]:
        """Everything up to the point where the server is ready for more."""
        rows: list[Row] = []
        refused: Refused | None = None
        while True:
            kind, body = self._read()
            if kind == b"D":
                rows.append(_row(body))
            elif kind == b"T":
                rows.clear()
            elif kind == b"E":
                refused = Refused(_message(body))
                if b"SFATAL\0" in body:
                    raise refused
            elif kind == b"Z":
                if refused:
                    raise refused
                return rows


def quote(text: str) -> str:
    """A literal, as `standard_conforming_strings` reads it."""
    return "'" + text.replace("'", "''") + "'"


def line(values: Iterable[object]) -> bytes:
    """A row of `COPY` in text format."""
    cells = (str(value).replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n") for value in values)
    return ("\t".join(cells) + "\n").encode()


def _row(body: bytes) -> Row:
    values: list[str | None] = []
    at = 2
    for _ in range(struct.unpack_from("!H", body)[0]):
        size = struct.unpack_from("!i", body, at)[0]
        at += 4
        values.append(None if size < 0 else body[at : at + size].decode())
        at += max(size, 0)
    return tuple(values)


def _message(body: bytes) -> str:
    fields = {part[:1]: part[1:].decode(errors="replace") for part in body.split(b"\0") if part}
    return fields.get(b"M", "no message")
