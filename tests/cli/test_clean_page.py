"""`vigie clean FILE|URL`: what a person is shown of one page, from a file, from stdin, and over HTTP on loopback."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.cli.commands import vigie

LOOPBACK = {"VIGIE_ALLOW_PRIVATE": '["127.0.0.1/32"]'}
PARAGRAPHS = [
    f"Paragraph number {n} of the story tells what happened at the bridge on day {n}, and who saw it happen there."
    for n in range(6)
]
LABEL = "Read also: Ferry returns to the northern pier"
TEXT = "\n".join(["What happened at the bridge", *PARAGRAPHS[:3], LABEL, *PARAGRAPHS[3:], "Share this article"])
BODY = "".join(f"<p>{line}</p>" for line in TEXT.split("\n")[1:])
PAGE = f"<html lang='en'><head><title>What happened at the bridge</title></head><body><article>\
<h1>What happened at the bridge</h1>{BODY}</article></body></html>"


class Outlet(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = PAGE.encode() if self.path == "/story" else b"<p>nothing</p>"
        self.send_response(200 if self.path == "/story" else 404)
        self.send_header("content-type", "text/html; charset=utf-8")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Quiet: a test's output is what the command prints."""


@pytest.fixture
def outlet() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Outlet)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_text_is_shown_with_what_was_kept_and_what_was_struck_out(tmp_path: Path) -> None:
    (tmp_path / "story.txt").write_text(TEXT)
    done = vigie("clean", str(tmp_path / "story.txt"))
    told = done.stdout.decode()
    assert done.returncode == 0, done.stderr
    assert told.startswith("What happened at the bridge\n")
    assert all(line in told for line in PARAGRAPHS)
    assert f"]  {LABEL}" in told
    assert "6 blocks kept; struck out: " in told
    assert "1 share" in told


def test_no_colour_goes_into_a_pipe(tmp_path: Path) -> None:
    (tmp_path / "story.txt").write_text(TEXT)
    assert b"\x1b" not in vigie("clean", str(tmp_path / "story.txt")).stdout


def test_html_is_told_from_text_by_its_content_and_stdin_is_a_dash() -> None:
    record = json.loads(vigie("clean", "-", "--json", given=PAGE.encode("utf-16")).stdout)
    assert record["title"] == "What happened at the bridge"
    assert [block["text"] for block in record["blocks"]] == PARAGRAPHS
    plain = json.loads(vigie("clean", "-", "--json", given=TEXT.encode()).stdout)
    assert [block["text"] for block in plain["blocks"]] == PARAGRAPHS
    assert {entry["kind"] for entry in plain["removed"]} == {"related", "share"}
    assert {name for entry in plain["removed"] for name in entry} == {"kind", "rule", "text"}


def test_removed_only_shows_no_line_of_the_article() -> None:
    told = vigie("clean", "-", "--removed-only", given=TEXT.encode()).stdout.decode()
    assert LABEL in told
    assert "related (1)" in told
    assert not any(line in told for line in PARAGRAPHS)


def test_a_page_is_fetched_from_a_network_that_is_allowed(outlet: str) -> None:
    done = vigie("clean", f"{outlet}/story", **LOOPBACK)
    assert done.returncode == 0, done.stderr
    assert PARAGRAPHS[0].encode() in done.stdout
    missing = vigie("clean", f"{outlet}/gone", **LOOPBACK)
    assert (missing.returncode, missing.stdout) == (1, b"")
    assert b"the server answered 404" in missing.stderr


def test_a_private_address_is_refused_with_what_to_do(outlet: str) -> None:
    done = vigie("clean", f"{outlet}/story")
    assert (done.returncode, done.stdout) == (1, b"")
    assert b"private_address" in done.stderr
    assert b"VIGIE_ALLOW_PRIVATE" in done.stderr


def test_what_cannot_be_read_or_holds_no_article_is_explained(tmp_path: Path) -> None:
    assert b"is not there" in vigie("clean", str(tmp_path / "nothing.html")).stderr
    assert b"cannot be read" in vigie("clean", str(tmp_path)).stderr
    assert b"is empty" in vigie("clean", "-", given=b" \n").stderr
    done = vigie("clean", "-", given=b"<html><body></body></html>")
    assert done.returncode == 1
    assert b"no_article" in done.stderr or b"not_a_page" in done.stderr


@pytest.mark.parametrize("arguments", [("--jsonl", "story.txt"), ("--jsonl", "--removed-only"), ("--json",)])
def test_what_does_not_go_together_is_wrong_usage(arguments: tuple[str, ...]) -> None:
    assert vigie("clean", *arguments).returncode == 2


def test_control_characters_of_a_page_do_not_reach_the_terminal() -> None:
    text = TEXT.replace(LABEL, f"{LABEL}\x1b[31m\u202e")
    assert b"\x1b" not in vigie("clean", "-", given=text.encode()).stdout
