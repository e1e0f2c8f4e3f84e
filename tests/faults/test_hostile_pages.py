"""Rows 23, 25, 27 and 28 of the table of faults for pages: an outlet that means harm, and one good page at the end."""

import contextlib
import gzip
import os
import re
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import brotli
import pytest
import zstandard

from services import valkey
from services.contracts import Reason, State
from services.fetcher import urls
from services.store import articles
from services.store.ledger import Item
from tests.faults import press
from tests.faults.line import Line, open_line, running, tell
from tests.fetcher.serving import FakeOutlet, server_for, serving

MOST = 60_000_000
"""Bytes by which the fetcher may grow over four bombs of 100 MB; its limit for a page is set to 10 MB."""
BOMB = b"<p>" + b"\0" * 100_000_000
HTML = {"Content_Type": "text/html; charset=utf-8"}
HANGS = b"<div>" * 400_000
ODD = "A\x00 B\u202eC\u202c \x1b[31mred\x1b[0m \u200b"
LONG = "word " * 200_000


def drips(handler: BaseHTTPRequestHandler) -> None:
    with contextlib.suppress(OSError):
        handler.wfile.write(b"HTTP/1.0 200 OK\r\nContent-Type: text/html\r\n\r\n<p>")
        for _ in range(600):
            handler.wfile.write(b" ")
            handler.wfile.flush()
            time.sleep(0.1)


class Trial:
    """The line after it has met every page; `grew` is by how much the fetcher has."""

    def __init__(self, line: Line, grew: int) -> None:
        self.line, self.grew = line, grew

    def item(self, path: str) -> Item:
        (found,) = self.line.items([urls.item_key(self.line.outlet.url(path))])
        return found

    def text(self, path: str) -> tuple[str, str]:
        key = self.item(path).key
        with self.line.store.read() as tx:
            article = articles.get(tx, key)
        assert article is not None
        return article.title, article.text


@pytest.fixture(scope="module")
def trial(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trial]:
    data = tmp_path_factory.mktemp("hostile")
    made = FakeOutlet()
    with (
        running(data / "redis"),
        serving(made, server_for(made)) as outlet,
        open_line(data, outlet, valkey.url(data / "redis")) as line,
    ):
        line.start("cleaner", VIGIE_CLEAN_TIMEOUT="5")
        line.start("indexer")
        fetcher = line.start("fetcher", VIGIE_PAGE_TIMEOUT="3")
        line.wait(lambda: line.redis.scard("rq:workers") == 2)
        keys = press.sight(line.store, print_all(outlet))
        before = most = resident(fetcher.pid)

        def met() -> bool:
            nonlocal most
            most = max(most, resident(fetcher.pid))
            return all(item.state not in (State.SEEN, State.CLEANED) or item.attempts for item in line.items(keys))

        line.wait(met, every=0.02)
        keys += press.sight(line.store, press.prints(outlet, 99))
        line.wait(line.all_are(State.INDEXED, keys[-1:]))
        line.wait(lambda: not [i for i in line.items(keys) if i.state is State.FETCHED and not i.crashes])
        yield Trial(line, most - before)


def print_all(outlet: FakeOutlet) -> list[str]:
    story = press.page(1).decode()
    title = re.search("<title>(.*)</title>", story)
    assert title is not None
    bodies: dict[str, tuple[bytes, dict[str, str]]] = {
        "/zip": (b"PK\x03\x04" + b"\0" * 1000, HTML),
        "/pdf": (b"%PDF-1.7\n" + b"\0" * 1000, HTML),
        "/gzip": (gzip.compress(BOMB, 1), {**HTML, "Content_Encoding": "gzip"}),
        "/gzip-in-gzip": (gzip.compress(gzip.compress(BOMB, 1), 1), {**HTML, "Content_Encoding": "gzip, gzip"}),
        "/br": (brotli.compress(BOMB, quality=1), {**HTML, "Content_Encoding": "br"}),
        "/zstd": (zstandard.compress(BOMB, 1), {**HTML, "Content_Encoding": "zstd"}),
        "/hangs": (HANGS, HTML),
        "/comments": (story.encode().replace(b"<p>", b"<!-- x -->" * 200_000 + b"<p>", 1), HTML),
        "/attributes": (
            story.encode().replace(b"<p>", b"<p " + b" ".join(b"a%d=1" % n for n in range(50_000)) + b">", 1), HTML,
        ),
        "/odd": (story.replace(title[1], ODD + title[1]).encode(), HTML),
        "/long": (press.page(2).replace(press.title(2).encode(), LONG.encode()), HTML),
        "/path": (b"/etc/passwd", HTML),
    }  # fmt: skip
    found = [outlet.says(path, body, **headers) for path, (body, headers) in bodies.items()]
    outlet.answers["/drips"] = drips
    outlet.redirects("/loop", outlet.url("/loop"))
    outlet.redirects("/file", "file:///etc/passwd")
    return [*found, *map(outlet.url, ("/drips", "/loop", "/file"))]


def resident(pid: int) -> int:
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1]) if Path("/proc").exists() else 0
    return pages * os.sysconf("SC_PAGE_SIZE")


def test_row_22_a_page_that_drips_is_cut_at_the_deadline_and_tried_again_later(trial: Trial) -> None:
    item = trial.item("/drips")
    assert (item.state, item.reason, item.attempts) == (State.SEEN, Reason.TIMEOUT, 1)


@pytest.mark.parametrize("path", ["/zip", "/pdf"])
def test_row_23_what_is_no_page_is_refused_by_what_it_is(trial: Trial, path: str) -> None:
    item = trial.item(path)
    assert (item.state, item.reason) == (State.REFUSED, Reason.NOT_A_PAGE)


@pytest.mark.parametrize("path", ["/gzip", "/gzip-in-gzip", "/br", "/zstd"])
def test_row_23_a_bomb_is_refused_and_costs_little_memory(trial: Trial, path: str) -> None:
    item = trial.item(path)
    assert (item.state, item.reason) == (State.REFUSED, Reason.TOO_LARGE)
    assert trial.grew < MOST
    tell(23, 0.0, f"{path}: 100 MB refused; over all pages the fetcher grew by {trial.grew / 1e6:.0f} MB")


def test_row_24_a_body_that_is_a_path_opens_no_file(trial: Trial) -> None:
    item = trial.item("/path")
    assert item.state is State.REFUSED
    assert "root:" not in str(item.detail)


def test_row_25_a_page_that_hangs_the_parser_is_stopped_and_the_worker_lives(trial: Trial) -> None:
    item = trial.item("/hangs")
    assert item.reason in {Reason.POISON, Reason.NO_ARTICLE, Reason.TOO_LARGE}
    assert trial.item("/99").state is State.INDEXED, "the page behind it is read"
    assert [process.poll() for process in trial.line.processes] == [None] * 3


@pytest.mark.parametrize("path", ["/comments", "/attributes"])
def test_row_25_a_page_of_too_many_parts_is_read_or_has_a_reason(trial: Trial, path: str) -> None:
    item = trial.item(path)
    assert item.state in (State.INDEXED, State.DUPLICATE) or item.reason is not None


def test_row_27_a_loop_and_a_way_out_of_the_web_have_a_reason(trial: Trial) -> None:
    assert trial.item("/loop").reason is Reason.REDIRECTS
    assert trial.item("/file").reason in {Reason.REDIRECTS, Reason.BAD_URL}


def test_row_28_what_must_not_be_shown_is_not_stored_and_not_logged(trial: Trial) -> None:
    title, text = trial.text("/odd")
    (title + text).encode()
    assert not {"\x00", "\x1b", "\u202e"} & set(title + text)
    assert not {"\x00", "\x1b", "\u202e"} & set(trial.line.log)
    assert len(trial.text("/long")[0]) <= 500
