"""Rows 38 and 39 of the conduct table."""

import asyncio
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.fetcher import robots, urls
from services.fetcher.robots import FRESH_S, MAX_BYTES, RETRY_S, Robots, parse

AGENT = "vigie/0.1 (+https://example.org/vigie)"
SITE = "https://outlet.example"


def allows(text: str | bytes, path: str) -> bool:
    body = text if isinstance(text, bytes) else text.encode()
    return parse(200, body, "vigie").allow(SITE + path)


def test_the_longest_match_wins():
    text = "User-agent: *\nDisallow: /news\nAllow: /news/open\n"
    assert not allows(text, "/news/closed")
    assert allows(text, "/news/open/1")
    assert allows(text, "/sport")


def test_wildcards_and_line_ends_are_understood():
    text = "User-agent: *\nDisallow: /*/print$\nDisallow: /*?session="
    assert not allows(text, "/a/print")
    assert allows(text, "/a/print/2")
    assert not allows(text, "/a?session=1")


def test_our_own_group_stands_alone():
    text = "User-agent: *\nDisallow: /\n\nUser-agent: Vigie\nDisallow: /private\n"
    assert allows(text, "/news")
    assert not allows(text, "/private/1")


def test_groups_of_the_same_agent_are_merged():
    text = "User-agent: vigie\nDisallow: /a\n\nUser-agent: other\nDisallow: /\n\nUser-agent: VIGIE\nDisallow: /b\n"
    assert not allows(text, "/a")
    assert not allows(text, "/b")
    assert allows(text, "/c")


def test_agents_that_share_a_group_share_its_rules():
    text = "User-agent: other\nUser-agent: vigie\nDisallow: /a\n"
    assert not allows(text, "/a")
    assert allows("User-agent: vigie\nUser-agent: other\nAllow: /\n\nUser-agent: *\nDisallow: /", "/a")


def test_rules_for_others_are_not_ours():
    assert allows("User-agent: otherbot\nDisallow: /\n", "/a")
    assert allows("User-agent: novigie\nDisallow: /\n", "/a")


def test_a_byte_order_mark_does_not_hide_the_first_group():
    assert not allows(b"\xef\xbb\xbfUser-agent: *\nDisallow: /a\n", "/a")


def test_paths_in_any_script_are_compared_by_their_bytes():
    assert not allows("User-agent: *\nDisallow: /новини", "/%D0%BD%D0%BE%D0%B2%D0%B8%D0%BD%D0%B8/1")


def test_an_empty_file_allows_everything():
    assert allows("", "/a")
    assert allows("User-agent: *\nDisallow:\n", "/a")


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 429, 451])
def test_a_client_error_allows_everything(status):
    assert parse(status, b"User-agent: *\nDisallow: /", "vigie").allow(SITE + "/a")


@pytest.mark.parametrize("status", [500, 502, 503, 599])
def test_a_server_error_allows_nothing(status):
    assert not parse(status, b"", "vigie").allow(SITE + "/a")


def test_only_the_first_500_kib_count():
    filler = b"# filler\n" * (MAX_BYTES // 9 + 1)
    assert allows(b"User-agent: *\nAllow: /\n" + filler + b"Disallow: /a\n", "/a")
    assert not allows(b"User-agent: *\nDisallow: /a\n" + filler, "/a")


def test_a_crawl_delay_is_honoured_up_to_a_cap():
    assert parse(200, b"User-agent: *\nCrawl-delay: 7\n", "vigie").crawl_delay == 7.0
    assert parse(200, b"User-agent: *\nCrawl-delay: 86400\n", "vigie").crawl_delay == robots.MAX_CRAWL_DELAY_S
    assert parse(200, b"User-agent: *\nCrawl-delay: nan\n", "vigie").crawl_delay is None
    assert parse(200, b"User-agent: *\nCrawl-delay: -1\n", "vigie").crawl_delay is None
    assert parse(404, b"User-agent: *\nCrawl-delay: 7\n", "vigie").crawl_delay is None


def test_the_product_token_is_what_a_file_calls_us():
    assert robots.product(AGENT) == "vigie"
    assert robots.product("Vigie (contact)") == "vigie"


@pytest.mark.parametrize(
    "body",
    [
        b"".join(b"User-agent: a%d\n" % n for n in range(30_000)) * 2,
        b"User-agent: *\n" + b"Disallow: /*a*b*c*d*e*f*g$\n" * 18_000,
        b"User-agent: *\nDisallow: /" + b"*a" * 250_000,
        b"User-agent" * 50_000,
        b"\x00\xff" * 250_000,
    ],
)
def test_a_hostile_file_costs_little_time(body):
    began = time.process_time()
    parse(200, body, "vigie").allow(SITE + "/" + "abcdefg" * 100)
    assert time.process_time() - began < 3


@given(st.binary(max_size=400))
def test_any_bytes_are_some_rules(body):
    assert parse(200, body, "vigie").allow(SITE + "/a") in {True, False}


# The cache


class Site:
    """Answers for robots.txt and counts the questions; `clock` is the test's."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.asked = []
        self.now = 0.0
        self.robots = Robots(self.fetch, AGENT, lambda: self.now)

    async def fetch(self, url):
        self.asked.append(url)
        await asyncio.sleep(0)
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]

    def allowed(self, path="/a", site=SITE):
        return asyncio.run(self.robots.allowed(site + path))


CLOSED = (200, b"User-agent: *\nDisallow: /a\nCrawl-delay: 3\n")
OPEN = (200, b"")


def test_a_file_is_asked_for_once_a_day():
    site = Site(CLOSED, OPEN)
    assert not site.allowed()
    site.now = FRESH_S - 1
    assert not site.allowed()
    assert site.asked == [SITE + "/robots.txt"]
    site.now = FRESH_S + 1
    assert site.allowed()
    assert len(site.asked) == 2


def test_every_origin_has_a_file_of_its_own():
    site = Site(OPEN)
    for origin in ("https://a.example", "http://a.example", "https://a.example:8443", "https://b.example"):
        site.allowed(site=origin)
    assert len(set(site.asked)) == 4


def test_many_pages_at_once_ask_once():
    site = Site(CLOSED)

    async def many():
        return await asyncio.gather(*(site.robots.allowed(f"{SITE}/a{n}") for n in range(20)))

    assert asyncio.run(many()) == [False] * 20
    assert len(site.asked) == 1


@pytest.mark.parametrize("failure", [None, (503, b"")])
def test_an_origin_that_does_not_answer_is_closed_and_asked_again_soon(failure):
    site = Site(failure, OPEN)
    assert not site.allowed()
    site.now = RETRY_S - 1
    assert not site.allowed()
    site.now = RETRY_S + 1
    assert site.allowed()


@pytest.mark.parametrize("failure", [None, (503, b"")])
def test_an_old_copy_serves_while_the_file_cannot_be_had(failure):
    site = Site(CLOSED, failure)
    site.allowed()
    site.now = FRESH_S + 1
    assert not site.allowed("/a")
    assert site.allowed("/b")


def test_a_fetch_that_breaks_leaves_the_origin_askable():
    site = Site(OPEN)
    broken = [True]
    answer = site.fetch

    async def sometimes(url):
        if broken.pop():
            raise ConnectionError("gone")
        return await answer(url)

    broken.insert(0, False)
    site.robots = Robots(sometimes, AGENT, lambda: 0.0)
    with pytest.raises(ConnectionError):
        site.allowed()
    assert site.allowed()


def test_the_crawl_delay_can_be_asked_for():
    site = Site(CLOSED)
    assert asyncio.run(site.robots.crawl_delay(SITE + "/x")) == 3.0


def test_what_is_no_url_is_refused():
    with pytest.raises(urls.BadUrl):
        Site(OPEN).allowed(site="file://")
