"""Line breaks that came from outside make no line of their own: not in a request, an answer, a stream or a log."""

import http.client
import json
import logging
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, urlsplit

import httpx
import pytest

from services.api.app import create_app
from services.fetcher import outlets
from services.fetcher.entries import resolve
from services.fetcher.web import FetchError
from services.logs import SafeFormatter
from services.search.index import SearchIndex
from services.settings import SettingsError, from_environment
from services.store import Store
from tests.api.conftest import NOON, Newsroom, serve
from tests.fetcher.serving import FakeOutlet, fetch, refused
from tests.fuzz.watching import explained

BREAKS = ["\r\n", "\n", "\r", "\0", "\x0b", "\x85", "\u2028"]
INJECTED = "X-Injected: 1"

# requests


@pytest.mark.parametrize("broken", BREAKS)
def test_no_setting_or_file_puts_a_line_break_into_a_request(broken: str) -> None:
    with pytest.raises(SettingsError, match="VIGIE_USER_AGENT"):
        from_environment(user_agent=f"vigie/1{broken}{INJECTED}")
    value = json.dumps(f"a{broken}{INJECTED}")
    table = '[[outlet]]\nid = "a"\nname = "A"\nurl = "http://a.example/"\nfeeds = ["http://a.example/f"]\n'
    for line in (f"headers = {{X-Key = {value}}}", f"headers = {{{value} = 'x'}}"):
        with pytest.raises(outlets.OutletsError, match="headers"):
            outlets.load(table + line)


@pytest.mark.parametrize("broken", ["%0d%0a", "%0A", "%00"])
def test_an_escaped_line_break_in_a_redirect_stays_escaped(outlet: FakeOutlet, broken: str) -> None:
    target = f"/a{broken}X-Injected:%201"
    outlet.says(target)
    fetch(outlet.redirects("/", target))
    assert [seen.path for seen in outlet.seen] == ["/", target]
    assert all("x-injected" not in seen.headers for seen in outlet.seen)


def test_a_raw_line_break_in_a_redirect_reaches_nobody(outlet: FakeOutlet) -> None:
    """A server that speaks no proper HTTP may send one: a bare CR, or a folded line."""
    for raw in (b"/next\rX-Injected: 1", b"/next\x00", b"/ne\n xt"):

        def answer(handler: object, raw: bytes = raw) -> None:
            handler.wfile.write(b"HTTP/1.1 302 Found\r\nLocation: " + raw + b"\r\nContent-Length: 0\r\n\r\n")  # type: ignore[attr-defined]

        outlet.answers["/"] = answer
        outlet.seen.clear()
        try:
            fetch(outlet.url("/"))
        except FetchError as error:
            explained(error)
        assert all("x-injected" not in seen.headers for seen in outlet.seen)


def test_a_validator_cannot_carry_a_line_break(outlet: FakeOutlet) -> None:
    """A store that somebody else wrote to is not trusted either."""
    error = refused(outlet.says("/"), etag=f'"1"\r\n{INJECTED}', validators_url=outlet.url("/"))
    assert len(str(error).splitlines()) == 1
    assert outlet.seen == []


def test_a_link_of_a_feed_loses_its_line_breaks() -> None:
    assert resolve("https://a.example/", f"/x\r\n{INJECTED}\0\ud800") == f"https://a.example/x{INJECTED}"


# answers


@pytest.fixture
def client(store: Store, tmp_path: Path) -> Iterator[httpx.Client]:
    index = SearchIndex(tmp_path / "search")
    newsroom = Newsroom(store, index)
    text = f"Ferry\r\n\r\nevent: forged\r\ndata: {{}}\r\n{INJECTED}"
    newsroom.publish("a1", text, text, outlet="harbour-post", author=text)
    newsroom.follow()
    index.close()
    app = create_app(
        store,
        SearchIndex(tmp_path / "search", check=False),
        hosts=("127.0.0.1",),
        clock=lambda: NOON,
        poll_seconds=0.05,
        heartbeat_seconds=0.2,
    )
    with serve(app) as opened:
        yield opened


def raw(client: httpx.Client, path: str, method: str = "GET", **headers: str) -> http.client.HTTPResponse:
    """A request that no library has tidied."""
    place = urlsplit(str(client.base_url))
    connection = http.client.HTTPConnection(place.hostname or "", place.port, timeout=20)
    connection.putrequest(method, path, skip_host="Host" in headers)
    for name, value in headers.items():
        connection.putheader(name, value)
    connection.endheaders()
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer


@pytest.mark.parametrize("broken", ["%0d%0a", "%0a", "%0d", "%00", "%E2%80%A8"])
def test_what_is_asked_for_makes_no_header_of_the_answer(client: httpx.Client, broken: str) -> None:
    injected = f"a{broken}X-Injected:%201{broken}{broken}<p>"
    for path in (
        f"/v1/consumers/{injected}",
        f"/v1/articles/{injected}",
        f"/v1/articles/a1{broken}/",
        f"/v1/export.csv?q={injected}&outlet={injected}",
        f"/v1/export.jsonl?q={injected}",
        f"/v1/feed.atom?q={injected}",
        f"/?q={injected}&cursor={injected}",
        f"/v1/why?url={injected}",
        f"/static/{injected}",
    ):
        answer = raw(client, path)
        assert answer.status < 500, path
        assert answer.getheader("X-Injected") is None
        named = answer.getheader("Content-Disposition", "")
        assert named in {"", 'attachment; filename="vigie.csv"', 'attachment; filename="vigie.jsonl"'}, named


def test_a_consumers_name_is_letters_digits_dots_dashes_and_underscores(client: httpx.Client) -> None:
    for name in ("a\r\nb", "a b", "a/b", "é", "a\0", "a" * 65, "..%2f"):
        assert client.get(f"/v1/consumers/{quote(name, safe='')}").status_code in {400, 404}


def test_a_host_that_the_service_is_not_called_by_is_refused_and_not_repeated(client: httpx.Client) -> None:
    """A page elsewhere that had its own name point here (DNS rebinding) reads nothing, and no redirect names it."""
    for host in ("evil.example", "127.0.0.1.evil.example", "evil.example:80@127.0.0.1"):
        answer = raw(client, "/v1/articles/a1/", Host=host)
        assert answer.status == 400
        assert "evil" not in (answer.getheader("Location") or "")


def test_an_article_makes_no_event_of_its_own_in_the_stream(client: httpx.Client) -> None:
    with client.stream("GET", "/v1/stream", params={"after": 0}) as stream:
        lines: list[str] = []
        for line in stream.iter_lines():
            lines.append(line)
            if line.startswith("data:"):
                break
    assert [line for line in lines if line.startswith("event:")] in ([], ["event: new"])
    assert json.loads(lines[-1].removeprefix("data:"))["article"]["id"] == "a1"
    assert not any(line.startswith("X-Injected") for line in lines)


@pytest.mark.parametrize("broken", BREAKS)
def test_a_line_of_the_log_stays_one_line(broken: str) -> None:
    record = logging.LogRecord("vigie", logging.INFO, "", 0, "%s", (f"a{broken}2026-01-01 ERROR forged\x1b[2J",), None)
    told = SafeFormatter("%(message)s").format(record)
    assert len(told.splitlines()) == 1
    assert "\x1b" not in told
