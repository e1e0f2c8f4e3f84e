"""`vigie outlets check` as a person runs it, against outlets on loopback."""

import gzip
import json
import time

import pytest

from tests.cli.commands import vigie
from tests.fetcher.polling import HOUR, rss
from tests.fetcher.serving import respond

ALLOWED = {"VIGIE_ALLOW_PRIVATE": '["127.0.0.0/8"]', "VIGIE_PAGE_SPACING": "0"}
STORY = "".join(
    f"<p>Paragraph {n} of the story tells what was seen at the bridge on day {n}, and by whom.</p>" for n in range(6)
)
PAGE = f"<html lang='en'><head><title>At the bridge</title></head><body><article><h1>At the bridge</h1>{STORY}\
<p>Share this article</p></article></body></html>".encode()  # fmt: skip


def check(*what, code=0, **environment):
    """The reports of `--json`; the exit code is part of the answer."""
    done = vigie("outlets", "check", *what, "--json", **{**ALLOWED, **environment})
    assert done.returncode == code, done.stderr.decode()
    return json.loads(done.stdout)


def lively(outlet, path="/feed", *names, channel="<language>en</language><ttl>30</ttl>", **headers):
    """A feed of today that honours its validators, and its pages."""
    names = names or ("a", "b", "c")
    for name in names:
        outlet.says(f"/{name}", PAGE, Content_Type="text/html")
    body = rss(*names, at=time.time() - HOUR, channel=channel, link=outlet.url("/"))

    def answer(handler):
        is_known = handler.headers.get("If-None-Match") == '"1"'
        respond(handler, b"" if is_known else body, 304 if is_known else 200, ETag='"1"', **headers)

    outlet.answers[path] = answer
    return outlet.url(path)


def test_a_good_feed_is_called_good_and_everything_is_told(outlet):
    (report,) = check(lively(outlet, Cache_Control="max-age=600"))
    assert (report["ok"], report["verdict"], report["format"], report["language"]) == (True, "good", "rss20", "en")
    assert (report["items"], report["conditional"], report["etag"]) == (3, True, '"1"')
    assert (report["ttl_s"], report["robots"]) == (1_800, {"sampled": 3, "allowed": 3})
    assert 590 <= report["fresh_s"] <= 600
    assert report["oldest"] < report["newest"]
    assert report["sample"]["title"] == "At the bridge"
    assert "Paragraph 5" in report["sample"]["text"]
    assert [cut["kind"] for cut in report["sample"]["removed"]] == ["share"]


def test_a_person_gets_the_same_in_words(outlet):
    done = vigie("outlets", "check", lively(outlet), **ALLOWED)
    told = done.stdout.decode()
    assert done.returncode == 0
    for word in ("good", "rss20", "answers 304", "3 of 3 sampled pages allowed", "ttl 1800 s", "Share this article"):
        assert word in told


def test_the_feeds_of_a_home_page_are_found(outlet):
    lively(outlet, "/feed.xml")
    home = outlet.says("/", b"<html lang=fr><link rel=alternate type=application/rss+xml href=/feed.xml></html>")
    (report,) = check(home)
    assert (report["url"], report["found_on"], report["ok"]) == (outlet.url("/feed.xml"), home, True)


def test_a_page_that_names_no_feed_cannot_be_used(outlet):
    (report,) = check(outlet.says("/", b"<html><p>Hello</p></html>"), code=1)
    assert "names no feed" in report["verdict"]


def test_remarks_say_what_an_operator_should_know(outlet):
    outlet.says("/robots.txt", b"User-agent: *\nDisallow: /b")
    lively(outlet, "/new")
    body = (
        rss("a", "b")
        .replace(b"<pubDate>", b"<x>")
        .replace(b"</pubDate>", b"</x>")
        .replace(b"https://news.example", outlet.url().encode()[:-1])
    )
    outlet.says("/new", body)
    (report,) = check(outlet.redirects("/feed", "/new", 301))
    for remark in (
        "has moved",
        outlet.url("/new"),
        "no validators",
        "2 of 2 entries have no usable date",
        "allows 1 of 2",
    ):
        assert remark in report["verdict"]
    assert report["redirects"] == [[301, outlet.url("/feed")]]


@pytest.mark.parametrize(
    ("robots", "verdict"), [(b"User-agent: vigie\nDisallow: /", "robots.txt allows none"), (b"", "good")]
)
def test_what_robots_txt_closes_cannot_be_used_and_no_page_is_asked_for(outlet, robots, verdict):
    outlet.says("/robots.txt", robots)
    (report,) = check(lively(outlet), code=0 if verdict == "good" else 1)
    assert verdict in report["verdict"]
    assert any(seen.path == "/a" for seen in outlet.seen) is (verdict == "good")


@pytest.mark.parametrize(("status", "reason"), [(404, "not_found"), (403, "forbidden"), (500, "server_error")])
def test_an_answer_that_is_no_feed_says_why(outlet, status, reason):
    (report,) = check(outlet.says("/feed", status=status), code=1)
    assert reason in report["verdict"]


def test_a_private_address_is_refused_unless_it_is_allowed(outlet):
    (report,) = check(lively(outlet), code=1, VIGIE_ALLOW_PRIVATE="[]")
    assert "private_address" in report["verdict"]
    assert outlet.seen == []


def test_outlets_are_checked_by_their_ids(outlet, tmp_path):
    feeds = [lively(outlet, "/1"), outlet.url("/missing")]
    file = tmp_path / "outlets.toml"
    file.write_text(f'[[outlet]]\nid = "news"\nname = "News"\nurl = "{outlet.url()}"\nfeeds = {json.dumps(feeds)}\n')
    reports = check("news", code=1, VIGIE_OUTLETS=str(file))
    assert [(report["url"], report["ok"]) for report in reports] == [(feeds[0], True), (feeds[1], False)]
    unknown = vigie("outlets", "check", "newz", VIGIE_OUTLETS=str(file), **ALLOWED)
    assert unknown.returncode == 78
    assert b"no outlet 'newz'" in unknown.stderr


@pytest.mark.parametrize(
    "body",
    [gzip.compress(b"\0" * 60_000_000), b"<rss>" * 200_000, b"{" * 200_000, b"\xff\xfe" * 1_000, b""],
    ids=["bomb", "deep", "JSON", "bytes", "nothing"],
)
def test_a_hostile_feed_costs_seconds_and_gets_a_verdict(outlet, body):
    began = time.monotonic()
    (report,) = check(outlet.says("/feed", body), code=1)
    assert "cannot be used" in report["verdict"]
    assert time.monotonic() - began < 20  # five seconds for the child; starting the command and it count too
