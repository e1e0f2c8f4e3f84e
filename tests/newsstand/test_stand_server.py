"""The stand over real HTTP on loopback."""

import gzip
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from services.contracts import Outlet, State
from services.newsstand import expectation
from services.newsstand.server import Newsstand, open_stand

Reply = tuple[int, dict[str, str], bytes]


@pytest.fixture(scope="module")
def stand() -> Iterator[Newsstand]:
    with open_stand() as opened:
        yield opened


def get(url: str, method: str = "GET", **headers: str) -> Reply:
    parts = urlsplit(url)
    connection = HTTPConnection(parts.netloc, timeout=10)
    try:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, url.removeprefix(f"http://{parts.netloc}"), headers=named)
        reply = connection.getresponse()
        return reply.status, {name.lower(): value for name, value in reply.getheaders()}, reply.read()
    finally:
        connection.close()


def outlet(stand: Newsstand, name: str) -> Outlet:
    return next(each for each in stand.outlets if each.id == name)


def test_every_outlet_has_a_port_of_its_own_on_loopback(stand: Newsstand):
    assert len({each.url for each in stand.outlets}) == len(stand.outlets) >= 14
    assert all(each.url.startswith("http://127.0.0.1:") for each in stand.outlets)


def test_every_address_answers_as_the_story_is_meant_to(stand: Newsstand):
    meant = {"gone": {404, 410}}
    for e in expectation.expectations():
        status, headers, body = get(stand.url(e.outlet, e.path))
        assert status in meant.get(e.state, {200}), e.id
        if "not_a_page" in e.reasons:
            assert headers["content-type"] == "application/pdf"
            assert body.startswith(b"%PDF-")
        elif status == 200:
            assert headers["content-type"].startswith("text/html; charset=")


def test_one_page_is_missing_and_one_is_gone_for_good(stand: Newsstand):
    gone = [e for e in expectation.expectations() if e.state is State.GONE]
    assert sorted(get(stand.url(e.outlet, e.path))[0] for e in gone) == [404, 410]


def test_what_robots_txt_forbids_is_expected_to_be_refused(stand: Newsstand):
    for e in (e for e in expectation.expectations() if "robots" in e.reasons):
        status, _, body = get(stand.url(e.outlet, "/robots.txt"))
        assert status == 200
        rules = [line.partition("Disallow: ")[2] for line in body.decode().splitlines() if "Disallow: " in line]
        assert any(e.path.startswith(rule) for rule in rules)


def test_an_outlet_without_robots_txt_says_so(stand: Newsstand):
    assert get(stand.url("northgate", "/robots.txt"))[0] == 404


def test_a_broken_outlet_answers_500_to_everything(stand: Newsstand):
    for path in ("/", "/nieuws.xml", "/robots.txt", "/whatever"):
        assert get(stand.url("polderkaap", path))[0] == 500


def test_every_feed_answers_in_its_media_type(stand: Newsstand):
    for each in stand.outlets:
        for url in each.feeds:
            status, headers, _ = get(url)
            assert status in {200, 301, 500}
            assert status != 200 or headers["content-type"].startswith(("application/", "text/xml"))


def test_an_unchanged_feed_answers_304_to_what_it_gave_out(stand: Newsstand):
    answered = 0
    for each in stand.outlets:
        for url in each.feeds:
            _, given, _ = get(url)
            asked = {"etag": "If_None_Match", "last-modified": "If_Modified_Since"}
            headers = {asked[name]: value for name, value in given.items() if name in asked}
            if headers:
                answered += 1
                status, again, body = get(url, **headers)
                assert (status, body) == (304, b"")
                assert again.get("etag") == given.get("etag")
    assert answered >= 12


def test_validators_are_compared_as_rfc_9110_says(stand: Newsstand):
    url = outlet(stand, "northgate").feeds[0]
    _, given, _ = get(url)
    tag, date = given["etag"], given["last-modified"]
    assert get(url, If_None_Match=f'"other", W/{tag}')[0] == 304
    assert get(url, If_None_Match="*")[0] == 304
    assert get(url, If_None_Match='"other"', If_Modified_Since=date)[0] == 200
    assert get(url, If_Modified_Since=date)[0] == 304
    assert get(url, If_Modified_Since="Tue, 01 Jan 2019 00:00:00 GMT")[0] == 200


def test_feeds_without_validators_are_sent_anew_each_time(stand: Newsstand):
    url = outlet(stand, "horizon").feeds[0]
    _, given, _ = get(url)
    assert not {"etag", "last-modified"} & set(given)
    assert get(url, If_None_Match='"x"')[0] == 200


def test_a_moved_feed_points_to_its_place(stand: Newsstand):
    old = outlet(stand, "harbour").feeds[0]
    status, headers, _ = get(old)
    assert status == 301
    assert headers["location"] != old
    assert get(headers["location"])[0] == 200


def test_expected_feeds_are_the_ones_the_outlets_list(stand: Newsstand):
    listed = {(each.id, url.removeprefix(each.url)) for each in stand.outlets for url in each.feeds}
    assert {(f.outlet, f.path.lstrip("/")) for f in expectation.feeds()} == listed


def test_a_body_is_compressed_for_those_who_accept_it(stand: Newsstand):
    url = outlet(stand, "estuaire").feeds[0]
    _, headers, body = get(url, Accept_Encoding="gzip")
    assert headers["content-encoding"] == "gzip"
    assert gzip.decompress(body) == get(url)[2]


def test_head_answers_with_headers_alone(stand: Newsstand):
    status, headers, body = get(outlet(stand, "northgate").url, "HEAD")
    assert (status, body) == (200, b"")
    assert int(headers["content-length"]) > 0


@pytest.mark.parametrize("target", ["/%00", "/..%2f..%2fetc%2fpasswd", "/a" * 5000, "//x", "/?", "/%ff%fe"])
def test_odd_addresses_get_an_answer(stand: Newsstand, target: str):
    assert get(outlet(stand, "faro").url.rstrip("/") + target)[0] in {200, 404}


def test_the_stand_remembers_who_asked_for_what():
    with open_stand() as opened:
        each = outlet(opened, "faro")
        get(each.url + "nowhere?x=1", User_Agent="tester/1 (+https://example.org)")
        seen = opened.requests[-1]
    assert (seen.outlet, seen.path, seen.status) == ("faro", "/nowhere?x=1", 404)
    assert seen.headers["user-agent"] == "tester/1 (+https://example.org)"
    assert seen.at > 0


def test_a_closed_stand_frees_its_ports():
    with open_stand() as opened:
        url = opened.outlets[0].url
        get(url)
    with pytest.raises(ConnectionRefusedError):
        get(url)


def test_the_outlets_file_says_what_the_stand_has(stand: Newsstand, tmp_path: Path):
    file = tmp_path / "outlets.toml"
    stand.write_outlets_file(file)
    tables = tomllib.loads(file.read_text(encoding="utf-8"))["outlet"]
    assert tuple(Outlet(**{**table, "feeds": tuple(table["feeds"])}) for table in tables) == stand.outlets
    assert all(table["interval_min"] == 5 for table in tables)
    assert [table["id"] for table in tables if table["aggregator"]] == ["deuxrives", "riwaq"]


def test_an_unknown_outlet_has_no_address(stand: Newsstand):
    with pytest.raises(KeyError):
        stand.url("nobody", "/")


def test_it_runs_alone_and_stops_at_a_signal():
    process = subprocess.Popen(
        [sys.executable, "-m", "services.newsstand"],
        stdout=subprocess.PIPE,
        cwd=Path(__file__).parents[2],
        text=True,
    )
    try:
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(4)]
        url = next(line for line in lines if line.startswith("url")).split('"')[1]
        assert get(url)[0] == 200
        process.terminate()
        rest = process.stdout.read()
        process.wait(timeout=20)
    finally:
        process.kill()
        assert process.stdout is not None
        process.stdout.close()
    assert process.returncode == 0
    assert len(tomllib.loads("".join(lines) + rest)["outlet"]) >= 14
