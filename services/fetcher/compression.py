"""A compressed body into what it says, never more than a bound of it."""

import io
import zlib

import brotli
import zstandard

ACCEPTED = "gzip, deflate, br, zstd"
"""What `Accept-Encoding` offers: what `expand` reads."""

MAX_LAYERS = 2
"""Codings on top of each other. Two happen by a misconfigured proxy; more only in bombs."""
MAX_MEMBERS = 100
"""Members of one gzip body. Each costs a copy of what follows it, and there is room for half a million empty ones."""
MAX_WINDOW = 8 * 1024 * 1024
"""Bytes a zstd frame may claim for its window (RFC 9659: 8 MB for HTTP)."""

_NO_CODING = {"", "identity", "none", "utf-8", "binary"}
"""The last three name no coding; servers that send them send the body as it is."""


class TooLarge(ValueError):
    """There is more behind the compression than the bound allows."""


class BadCoding(ValueError):
    """The coding is unknown, or the body is not in it."""


def expand(raw: bytes, coding: str, limit: int, *, cut: bool = False) -> bytes:
    """`raw` with the codings of a Content-Encoding header undone, the last one first; at most `limit` bytes.

    What a truncated body still holds is returned. Beyond `limit`: raises TooLarge or, with `cut`, returns the
    beginning. Raises BadCoding.
    """
    layers = [name for name in (part.strip().lower() for part in coding.split(",")) if name not in _NO_CODING]
    if len(layers) > MAX_LAYERS:
        raise BadCoding(f"{len(layers)} codings on top of each other")
    body = raw
    for layer in reversed(layers):
        body = _undo(body, layer, limit + 1)
    if len(body) <= limit:
        return body
    if cut:
        return body[:limit]
    raise TooLarge(f"more than {limit} bytes")


def _undo(body: bytes, coding: str, most: int) -> bytes:
    try:
        if coding in {"gzip", "x-gzip"}:
            return _inflate(body, 16 + zlib.MAX_WBITS, most)
        if coding == "deflate":
            return _deflate(body, most)
        if coding == "br":
            return _brotli(body, most)
        if coding == "zstd":
            return _zstd(body, most)
    except (zlib.error, zstandard.ZstdError, brotli.error) as error:
        raise BadCoding(f"broken {coding}: {error}") from error
    raise BadCoding(f"unknown coding {coding[:40]!r}")


def _deflate(body: bytes, most: int) -> bytes:
    """RFC 9110 means the zlib format; some servers send the naked stream instead."""
    try:
        return _inflate(body, zlib.MAX_WBITS, most)
    except zlib.error:
        return _inflate(body, -zlib.MAX_WBITS, most)


def _inflate(body: bytes, window: int, most: int) -> bytes:
    parts: list[bytes] = []
    room = most
    while body and room > 0:
        if len(parts) == MAX_MEMBERS:
            raise BadCoding(f"more than {MAX_MEMBERS} members")
        member = zlib.decompressobj(window)
        try:
            part = member.decompress(body, room)
        except zlib.error:
            if parts:  # after a whole member: padding, which gzip itself ignores too
                break
            raise
        parts.append(part)
        room -= len(part)
        body = member.unused_data if window > zlib.MAX_WBITS else b""
    return b"".join(parts)


def _brotli(body: bytes, most: int) -> bytes:
    decoder = brotli.Decompressor()
    parts = [decoder.process(body, output_buffer_limit=min(most, 65_536))]
    room = most - len(parts[0])
    # With its input taken whole, it gives the rest in pieces until it is done or wants bytes that were cut off.
    while room > 0 and not decoder.is_finished():
        part = decoder.process(b"", output_buffer_limit=min(room, 65_536))
        if not part:
            break
        parts.append(part)
        room -= len(part)
    if body and not any(parts) and not decoder.is_finished():
        raise BadCoding("br that ends before it says anything")
    return b"".join(parts)


def _zstd(body: bytes, most: int) -> bytes:
    reader = zstandard.ZstdDecompressor(max_window_size=MAX_WINDOW).stream_reader(
        io.BytesIO(body), read_across_frames=True
    )
    parts: list[bytes] = []
    room = most
    while room > 0 and (part := reader.read(min(room, 65_536))):
        parts.append(part)
        room -= len(part)
    return b"".join(parts)
