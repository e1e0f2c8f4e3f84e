import gzip
import tracemalloc
import zlib
from functools import partial

import brotli
import pytest
import zstandard

from services.fetcher import compression

packed = partial(gzip.compress, mtime=0)
"""The same bytes at every call: they name tests."""
TEXT = "Новини з Києва. ".encode() * 50


def naked(data: bytes) -> bytes:
    made = zlib.compressobj(wbits=-15)
    return made.compress(data) + made.flush()


@pytest.mark.parametrize(
    ("raw", "coding"),
    [
        (TEXT, ""),
        (TEXT, "identity"),
        (TEXT, "UTF-8"),
        (packed(TEXT), "gzip"),
        (packed(TEXT), " X-GZIP "),
        (packed(TEXT[:100]) + packed(TEXT[100:]), "gzip"),
        (packed(TEXT) + b"\0" * 100, "gzip"),
        (zlib.compress(TEXT), "deflate"),
        (naked(TEXT), "deflate"),
        (brotli.compress(TEXT), "br"),
        (brotli.compress(packed(TEXT)), "gzip, br"),
        (zstandard.compress(TEXT), "zstd"),
        (zstandard.compress(TEXT[:100]) + zstandard.compress(TEXT[100:]), "zstd"),
        (zstandard.compress(packed(TEXT)), "gzip, zstd"),
    ],
)
def test_every_offered_coding_is_undone(raw, coding):
    assert compression.expand(raw, coding, 10_000) == TEXT


def test_a_body_of_exactly_the_limit_passes_and_one_byte_more_does_not():
    assert compression.expand(packed(TEXT), "gzip", len(TEXT)) == TEXT
    with pytest.raises(compression.TooLarge):
        compression.expand(packed(TEXT), "gzip", len(TEXT) - 1)


def test_the_beginning_can_be_had_instead():
    assert compression.expand(packed(TEXT), "gzip", 100, cut=True) == TEXT[:100]


def test_a_truncated_body_gives_what_it_holds():
    data = bytes(range(256)) * 400
    assert data.startswith(compression.expand(packed(data, 1)[:-20], "gzip", 1_000_000))
    assert compression.expand(packed(data, 1)[:-20], "gzip", 1_000_000)


@pytest.mark.parametrize(
    ("raw", "coding"),
    [
        (b"no gzip", "gzip"),
        (b"no deflate", "deflate"),
        (b"no zstd", "zstd"),
        (b"x", "br"),
        (b"x", "compress"),
        (b"x", "gzip, gzip, gzip"),
        (packed(b"") * 1_000, "gzip"),
    ],
)
def test_a_body_that_cannot_be_unpacked_is_a_bad_coding(raw, coding):
    with pytest.raises(compression.BadCoding):
        compression.expand(raw, coding, 1_000)


def test_a_zstd_frame_that_wants_a_huge_window_is_refused():
    parameters = zstandard.ZstdCompressionParameters(window_log=27, compression_level=1)
    raw = zstandard.ZstdCompressor(compression_params=parameters).compressobj().compress(b"x")
    made = zstandard.ZstdCompressor(compression_params=parameters).compressobj()
    raw = made.compress(b"x" * 1_000) + made.flush()
    with pytest.raises(compression.BadCoding):
        compression.expand(raw, "zstd", 10_000)


BOMB = b"\0" * 30_000_000


@pytest.mark.parametrize(
    ("raw", "coding"),
    [
        (packed(BOMB), "gzip"),
        (zlib.compress(BOMB), "deflate"),
        (zstandard.compress(BOMB), "zstd"),
        (packed(packed(BOMB)), "gzip, gzip"),
    ],
)
def test_a_bomb_is_cut_at_the_bound_and_costs_no_more_memory_than_that(raw, coding):
    tracemalloc.start()
    try:
        with pytest.raises(compression.TooLarge):
            compression.expand(raw, coding, 1_000_000)
        assert tracemalloc.get_traced_memory()[1] < 5_000_000
    finally:
        tracemalloc.stop()


def test_a_brotli_bomb_is_too_large_and_takes_little_memory():
    bomb = brotli.compress(b"\0" * 100_000_000, quality=1)
    tracemalloc.start()
    try:
        with pytest.raises(compression.TooLarge):
            compression.expand(bomb, "br", 1_000_000)
        assert tracemalloc.get_traced_memory()[1] < 8_000_000
    finally:
        tracemalloc.stop()


def test_what_a_cut_brotli_body_still_holds_is_returned():
    text = b"".join(f"{number} ".encode() for number in range(200_000))
    body = compression.expand(brotli.compress(text, quality=1)[:-1_000], "br", 10_000_000)
    assert text.startswith(body)
    assert len(body) > len(text) / 2
