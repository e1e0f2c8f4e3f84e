"""Stored pages as a web archive: WARC/1.1 (ISO 28500), a compressed record each, that replay and research tools read.

The store has a page decoded from its transfer, and of its headers those that it needs itself. A record says as much and
no more: `Content-Type`, `ETag` and `Last-Modified` as they came, the length of what is there, status 200.
"""

from datetime import UTC, datetime
from io import BytesIO
from typing import BinaryIO

from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from services.store.pages import Kept

_INFO = {
    "format": "WARC File Format 1.1",
    "conformsTo": "https://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/",
    "description": "Pages of news articles as vigie stored them: decoded from their transfer; of their headers only"
    " content-type, etag and last-modified are known.",
}


class Archive:
    """Writes to a file that need not be seekable; nothing is held back but the page at hand."""

    def __init__(self, file: BinaryIO, name: str, software: str, now: float) -> None:
        """`name` is what the file will be called, `software` a name with its version."""
        self._writer = WARCWriter(file, gzip=True, warc_version="1.1")
        info = self._writer.create_warcinfo_record(name, {"software": software, **_INFO})
        info.rec_headers.replace_header("WARC-Date", _iso(now))
        self._info = info.rec_headers.get_header("WARC-Record-ID")
        self._writer.write_record(info)

    def add(self, kept: Kept) -> None:
        """One response record."""
        page = kept.page
        known = {"Content-Type": page.content_type, "ETag": page.etag, "Last-Modified": page.last_modified}
        headers = [(name, _line(value)) for name, value in known.items() if value]
        headers.append(("Content-Length", str(len(page.body))))
        record = self._writer.create_warc_record(
            page.url,
            "response",
            payload=BytesIO(page.body),
            length=len(page.body),
            http_headers=StatusAndHeaders("200 OK", headers, protocol="HTTP/1.1"),
            warc_headers_dict={"WARC-Date": _iso(kept.fetched), "WARC-Warcinfo-ID": self._info},
        )
        self._writer.write_record(record)


def _line(value: str) -> str:
    """A header has one line, whatever an outlet has sent."""
    return " ".join(value.split())


def _iso(seconds: float) -> str:
    """As WARC/1.1 has it: up to nine digits of a second, Z for UTC."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
