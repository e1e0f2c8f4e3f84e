"""`vigie export --warc`: what was stored can be read back by the tools of web archives."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
from warcio.archiveiterator import ArchiveIterator
from warcio.checker import Checker

from services.cli import main
from services.contracts import Outlet
from services.store import feeds, open_store, pages, sightings
from services.store.pages import Page
from services.store.sightings import Sighted
from tests.cli.commands import vigie

NOW = 1_772_360_100.25
OUTLETS = [
    Outlet("harbour", "Harbour", "https://harbour.example/", ("https://harbour.example/rss",)),
    Outlet("gazeta", "Газета", "https://gazeta.example/", ("https://gazeta.example/rss",)),
]
PAGES = {
    "a" * 32: ("harbour", NOW, Page("https://harbour.example/1", "text/html; charset=utf-8", "<p>Été</p>".encode())),
    "b" * 32: ("harbour", NOW + 90_000, Page("https://harbour.example/2", None, b"\x00\xff" * 90_000)),
    "c" * 32: (
        "gazeta",
        NOW,
        Page(
            "https://gazeta.example/порт?a=1",
            "text/html\r\nX-Forged: yes",
            "<p>Порт</p>".encode("windows-1251"),
            'W/"a:b,ü"',
            "Sun, 01 Mar 2026 10:15:00 GMT",
        ),
    ),
}


@pytest.fixture
def data(tmp_path: Path) -> Path:
    store = open_store(f"sqlite:///{tmp_path / 'vigie.db'}")
    with store.write() as tx:
        feeds.sync(tx, OUTLETS, NOW)
        for key, (outlet, fetched, page) in PAGES.items():
            sightings.sight(tx, outlet, "f", [Sighted(key, page.url, page.url, "e.example", None, "Ferry", None)], NOW)
            pages.save(tx, key, page, fetched, NOW + 9e9)
    store.close()
    return tmp_path


def export(data: Path, *arguments: str, to: Path | None = None) -> int:
    return main(["export", "--data", str(data), "--warc", str(to or data / "pages.warc.gz"), *arguments])


def records(file: Path) -> list[tuple[Any, bytes]]:
    with file.open("rb") as stream:
        return [(record, record.content_stream().read()) for record in ArchiveIterator(stream)]


def test_every_page_is_read_back_as_it_was_stored(data: Path) -> None:
    assert export(data) == 0
    (info, about), *found = records(data / "pages.warc.gz")
    assert (info.rec_type, info.rec_headers.protocol) == ("warcinfo", "WARC/1.1")
    assert b"software: vigie" in about
    assert [body for _, body in found] == [page.body for _, _, page in PAGES.values()]
    assert [record.rec_type for record, _ in found] == ["response"] * 3
    first, second, third = (record for record, _ in found)
    assert first.rec_headers["WARC-Target-URI"] == "https://harbour.example/1"
    assert first.rec_headers["WARC-Date"] == "2026-03-01T10:15:00.250000Z"
    assert first.rec_headers["WARC-Warcinfo-ID"] == info.rec_headers["WARC-Record-ID"]
    assert first.http_headers.get_statuscode() == "200"
    assert first.http_headers["Content-Type"] == "text/html; charset=utf-8"
    assert second.http_headers.headers == [("Content-Length", "180000")]
    assert third.http_headers["Last-Modified"] == "Sun, 01 Mar 2026 10:15:00 GMT"
    assert third.http_headers.get_header("X-Forged") is None
    assert third.http_headers["Content-Type"] == "text/html X-Forged: yes"


def test_the_digests_hold(data: Path) -> None:
    assert export(data) == 0

    class Asked:
        inputs = (str(data / "pages.warc.gz"),)
        verbose = False

    checker = Checker(Asked)
    checker.process_all()
    assert checker.exit_value == 0


def test_an_export_can_be_narrowed_and_overwrites_nothing(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def written(name: str, *arguments: str) -> list[bytes]:
        assert export(data, *arguments, "--json", to=data / name) == 0
        found = [body for _, body in records(data / name)[1:]]
        assert json.loads(capsys.readouterr().out)["pages"] == len(found)
        return found

    assert written("one.warc.gz", "--outlet", "gazeta") == [PAGES["c" * 32][2].body]
    assert written("two.warc.gz", "--since", "2026-03-02") == [PAGES["b" * 32][2].body]
    assert export(data, to=data / "two.warc.gz") == 78
    assert "overwrites nothing" in capsys.readouterr().err
    assert not list(data.glob("*.part"))


def test_it_streams_to_stdout(data: Path) -> None:
    done = vigie("export", "--warc", "-", "--data", str(data))
    assert done.returncode == 0, done.stderr
    kinds = [record.rec_type for record in ArchiveIterator(io.BytesIO(done.stdout))]
    assert kinds == ["warcinfo", "response", "response", "response"]
    assert b"3 pages" in done.stderr
