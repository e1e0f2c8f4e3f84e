"""Rows 1-3, 8, 22-26 and 29-32 of the conduct table, over real sockets."""

from ipaddress import ip_network

import pytest

from services.contracts import Reason
from services.fetcher import web
from services.fetcher.web import Web
from tests.fetcher.serving import USER_AGENT, fetch, refused, with_web

# What the outlet sees


@pytest.mark.parametrize("etag", ['"a"', 'W/"a:b,c"', "naked", '"with space"', '"é-ÿ"', "''"])
def test_the_etag_is_echoed_byte_for_byte(outlet, etag):
    url = outlet.says("/feed", b"x", ETag=etag)
    known = fetch(url).headers["etag"]
    fetch(url, etag=known)
    assert outlet.seen[1].headers["if-none-match"] == etag


@pytest.mark.parametrize("date", ["Sat, 01 Nov 2025 10:00:00 GMT", "yesterday, about noon", "2025-11-01"])
def test_last_modified_is_echoed_byte_for_byte_even_where_it_is_no_date(outlet, date):
    url = outlet.says("/feed", b"x", Last_Modified=date)
    fetch(url, last_modified=fetch(url).headers["last-modified"])
    assert outlet.seen[1].headers["if-modified-since"] == date


def test_both_validators_are_sent_where_both_are_known(outlet):
    fetch(outlet.says("/feed"), etag='"1"', last_modified="then")
    assert outlet.seen[0].headers["if-none-match"] == '"1"'
    assert outlet.seen[0].headers["if-modified-since"] == "then"


def test_no_validator_is_sent_where_none_is_known(outlet):
    fetch(outlet.says("/feed"))
    assert not {"if-none-match", "if-modified-since"} & set(outlet.seen[0].headers)


def test_validators_go_only_to_the_url_that_issued_them(outlet):
    outlet.redirects("/old", "/new")
    outlet.says("/new", status=304)
    response = fetch(outlet.url("/old"), etag='"1"', validators_url=outlet.url("/new"))
    assert response.status == 304
    assert [seen.headers.get("if-none-match") for seen in outlet.seen] == [None, '"1"']


def test_the_user_agent_names_product_version_and_contact(outlet):
    fetch(outlet.says("/"))
    assert outlet.seen[0].headers["user-agent"] == USER_AGENT


def test_accept_names_the_feed_types_and_anything_last(outlet):
    fetch(outlet.says("/"), accept=web.ACCEPT_FEED)
    types = [part.strip() for part in outlet.seen[0].headers["accept"].split(",")]
    assert types[0] == "application/rss+xml"
    assert {"application/atom+xml", "application/feed+json"} <= set(types)
    assert types[-1].startswith("*/*")


def test_nothing_is_sent_that_could_follow_a_reader(outlet):
    url = outlet.says("/feed", Set_Cookie="id=1; Path=/")

    async def twice(client: Web) -> None:
        for _ in range(2):
            await client.get(url, accept="*/*", limit_bytes=100, deadline_s=5)

    with_web(twice)
    expected = {"host", "user-agent", "accept", "accept-encoding"}
    assert [set(seen.headers) for seen in outlet.seen] == [expected, expected]
    assert {seen.path for seen in outlet.seen} == {"/feed"}


def test_no_referer_is_sent_along_a_redirect(outlet):
    outlet.redirects("/a", "/b")
    outlet.says("/b")
    fetch(outlet.url("/a"))
    assert "referer" not in outlet.seen[1].headers


def test_an_outlets_own_headers_do_not_follow_a_redirect_to_another_host(outlet, other_outlet):
    outlet.redirects("/here", "/there")
    outlet.redirects("/there", other_outlet.says("/elsewhere"))
    fetch(outlet.url("/here"), headers={"x-key": "secret"})
    assert [seen.headers.get("x-key") for seen in outlet.seen] == ["secret", "secret"]
    assert "x-key" not in other_outlet.seen[0].headers


def test_one_poll_is_one_get(outlet):
    fetch(outlet.says("/feed"))
    assert [(seen.method, seen.path) for seen in outlet.seen] == [("GET", "/feed")]


def test_the_query_and_escapes_of_a_url_reach_the_outlet_unchanged(outlet):
    outlet.says("/a%2Fb/%D0%B0")
    fetch(outlet.url("/a%2Fb/%D0%B0?q=a%26b&x=%7C&y"))
    assert outlet.seen[0].path == "/a%2Fb/%D0%B0?q=a%26b&x=%7C&y"


# Statuses


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (200, None),
        (226, None),
        (304, None),
        (300, Reason.REDIRECTS),
        (400, Reason.FORBIDDEN),
        (401, Reason.FORBIDDEN),
        (403, Reason.FORBIDDEN),
        (404, Reason.NOT_FOUND),
        (410, Reason.GONE),
        (429, Reason.RATE_LIMITED),
        (451, Reason.LEGAL),
        (500, Reason.SERVER_ERROR),
        (503, Reason.SERVER_ERROR),
        (599, Reason.SERVER_ERROR),
    ],
)
def test_a_status_is_returned_and_has_a_verdict(outlet, status, reason):
    response = fetch(outlet.says("/", status=status))
    assert response.status == status
    assert web.verdict(response.status) is reason


def test_repeated_headers_are_joined_and_names_are_lower_case(outlet):
    def answer(handler):
        handler.wfile.write(b"HTTP/1.0 200 OK\r\nX-Robots-Tag: noai\r\nx-robots-tag: noindex\r\n\r\nbody")

    outlet.answers["/"] = answer
    assert fetch(outlet.url()).headers["x-robots-tag"] == "noai, noindex"


# Redirects


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_followed_and_recorded(outlet, status):
    outlet.redirects("/old", "/new", status)
    outlet.says("/new", b"here")
    response = fetch(outlet.url("/old"))
    assert (response.url, response.body) == (outlet.url("/new"), b"here")
    assert response.redirects == ((status, outlet.url("/old")),)
    assert response.moved_to == (outlet.url("/new") if status in {301, 308} else None)


def test_only_the_permanent_hops_before_the_first_passing_one_move_a_feed(outlet):
    outlet.redirects("/a", "/b", 301)
    outlet.redirects("/b", "/c", 302)
    outlet.redirects("/c", "/d", 301)
    outlet.says("/d")
    assert fetch(outlet.url("/a")).moved_to == outlet.url("/b")


def test_five_redirects_are_followed_and_a_sixth_is_not(outlet):
    for number in range(6):
        outlet.redirects(f"/{number}", f"/{number + 1}")
    outlet.says("/6", b"end")
    assert fetch(outlet.url("/1")).body == b"end"
    assert refused(outlet.url("/0")).reason is Reason.REDIRECTS
    assert not any(seen.path == "/6" for seen in outlet.seen[6:])


def test_a_loop_is_cut_at_its_first_repetition(outlet):
    outlet.redirects("/a", "/b")
    outlet.redirects("/b", "/a")
    error = refused(outlet.url("/a"))
    assert error.reason is Reason.REDIRECTS
    assert "loop" in error.detail
    assert len(outlet.seen) == 2


@pytest.mark.parametrize(
    "target", ["file:///etc/passwd", "ftp://example.org/", "javascript:1", "http://u:p@127.0.0.1/", "http://[::"]
)
def test_a_redirect_away_from_the_web_is_refused(outlet, target):
    assert refused(outlet.redirects("/", target)).reason is Reason.REDIRECTS


@pytest.mark.parametrize(
    "target", ["http://127.0.0.2:1/", "http://[::1]:1/", "http://0x7f.1/", "http://169.254.169.254/"]
)
def test_a_redirect_to_a_private_address_is_refused(outlet, target):
    allowed = (ip_network("127.0.0.1/32"),)
    assert refused(outlet.redirects("/", target), allow_private=allowed).reason is Reason.PRIVATE_ADDRESS


def test_a_location_in_raw_utf8_is_understood(outlet):
    outlet.answers["/"] = lambda handler: handler.wfile.write(
        "HTTP/1.0 302 Found\r\nLocation: /новина\r\n\r\n".encode()
    )
    outlet.says("/%D0%BD%D0%BE%D0%B2%D0%B8%D0%BD%D0%B0", b"x")
    assert fetch(outlet.url("/")).body == b"x"


def test_a_redirect_status_without_a_location_is_returned(outlet):
    response = fetch(outlet.says("/", status=302))
    assert response.status == 302
    assert web.verdict(302) is Reason.REDIRECTS
