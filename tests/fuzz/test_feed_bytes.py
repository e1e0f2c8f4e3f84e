"""Feeds, sitemaps and robots.txt, damaged."""

import json

from hypothesis import given
from hypothesis import strategies as st

from services.contracts import Reason
from services.fetcher import feeds, robots, urls
from services.fetcher.polls import sighted
from tests.fetcher import polling
from tests.fuzz import mutations
from tests.fuzz.watching import in_time, storable
from tests.profile import bounded

FILES = ("atom.xml", "rdf.xml", "dtd.xml", "sitemap.xml", "feed.json", "robots.txt")
RSS = polling.rss("one", "two", channel="<ttl>5</ttl><skipHours><hour>3</hour></skipHours>").decode()
ATOM, RDF, DTD, SITEMAP, JSON, ROBOTS = map(mutations.seed, FILES)
SEEDS = (RSS, ATOM, RDF, DTD, SITEMAP, JSON)
WORDS = (
    "<item>", "</item>", "<entry>", "</channel>", "<link>", "</link>", "<title>",
    '<?xml version="1.1" encoding="utf-16"?>', "<!DOCTYPE x [", "]>",
    '<!ENTITY c "&c;">', "&c;", 'xmlns="http://www.w3.org/2005/Atom"', 'xml:base="http://["', "<pubDate>",
    "encoding='no-such'", '"items":', '"url":',
)  # fmt: skip
TYPES = (
    None,
    "application/xml",
    "text/xml; charset=koi8-r",
    "application/json",
    "text/html; charset=\0",
    "x/y; charset=utf-7",
    ";" * 200,
)


@bounded(120)
@given(body=mutations.data(SEEDS, WORDS), content_type=st.sampled_from(TYPES))
def test_a_damaged_feed_gives_what_can_be_read_or_a_reason(body: bytes, content_type: str | None) -> None:
    with in_time():
        reply = feeds.answer(
            feeds.request(body, content_type=content_type, url="https://news.example/feed", now=polling.NOW)
        )
    if "error" in reply:
        assert reply["error"]["reason"] in {*Reason}
        storable(reply)
        return
    storable(reply["feed"])
    feed = feeds.from_answer(json.loads(json.dumps(reply)))
    for entry in feed.entries:
        assert entry.url is None or urls.is_web(entry.url)
        item = sighted(entry, "https://news.example/feed")
        storable([item.key, item.canonical, item.url, item.host, item.guid or "", item.title, item.published or ""])
        assert len(item.key) == 32


@bounded(60)
@given(values=mutations.values(json.loads(JSON)))
def test_a_json_feed_of_odd_types_gives_what_can_be_read_or_a_reason(values: object) -> None:
    body = json.dumps(values).encode()
    reply = feeds.answer(feeds.request(body, content_type=None, url="https://news.example/feed", now=polling.NOW))
    storable(reply)
    assert "feed" in reply or reply["error"]["reason"] in {*Reason}


@bounded(60)
@given(
    body=mutations.data([ROBOTS], ("User-agent:", "Disallow:", "Allow:", "*", "$", "Crawl-delay: inf", "#")),
    path=mutations.texts(["/private/a.pdf?x=1"]),
)
def test_any_robots_txt_gives_rules(body: bytes, path: str) -> None:
    try:
        url = urls.canonical(f"https://news.example{path}")
    except urls.BadUrl:
        url = "https://news.example/"  # nothing else is ever asked for
    with in_time():
        rules = robots.parse(200, body, "vigie")
        allowed = rules.allow(url)
    assert isinstance(allowed, bool)
    assert rules.crawl_delay is None or rules.crawl_delay >= 0


@bounded(100)
@given(
    url=mutations.texts(
        ["https://user@news.example:443/a/../b%20c?utm_source=x&id=1#part", "HTTP://[::1]:80/", "//news.example/x"]
    )
)
def test_any_url_becomes_an_item_or_is_no_url(url: str) -> None:
    with in_time():
        try:
            made = urls.canonical(url)
        except urls.BadUrl:
            return
    storable(made)
    assert urls.canonical(made) == made
    assert urls.item_key(url) == urls.item_key(made)
