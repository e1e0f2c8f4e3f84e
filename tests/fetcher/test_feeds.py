"""Rows 16-18, 36 and 41 of the conduct table and rows 17, 21, 24, 25 and 28 of the fault table."""

import base64
import builtins
import json
import socket
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.contracts import Reason
from services.fetcher import entries, feeds
from services.fetcher.feeds import Feed, NotAFeed

URL = "https://outlet.example/feed/"
NOW = datetime(2025, 11, 20, 12, tzinfo=UTC).timestamp()


def parse(body: bytes | str, content_type: str | None = "application/xml") -> Feed:
    raw = body.encode() if isinstance(body, str) else body
    return feeds.parse(raw, content_type=content_type, url=URL, now=NOW)


def rss(*items: str, channel: str = "") -> str:
    return f'<rss version="2.0"><channel><title>Outlet</title>{channel}{"".join(items)}</channel></rss>'


def item(**fields: str) -> str:
    return f"<item>{''.join(f'<{name}>{value}</{name}>' for name, value in fields.items())}</item>"


ATOM = """<feed xmlns="http://www.w3.org/2005/Atom" xml:base="https://elsewhere.example/news/">
<title type="html">North &lt;b&gt;&amp;amp;&lt;/b&gt; South</title>
<link rel="self" href="https://outlet.example/self"/><link rel="hub" href="https://hub.example/"/>
<link rel="next" href="?page=2"/><link href="/"/>
<entry><id>tag:outlet.example,2025:1</id><title>Bridge reopened</title>
<link rel="enclosure" href="sound.mp3"/><link rel="alternate" href="bridge"/>
<updated>2025-11-20T10:00:00+02:00</updated><author><name>Ann</name></author><author><name>Bob</name></author>
<summary>The bridge is open.</summary></entry></feed>"""

RDF = """<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"
 xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:sy="http://purl.org/rss/1.0/modules/syndication/">
<channel rdf:about="https://outlet.example/"><title>Outlet</title><sy:updatePeriod>hourly</sy:updatePeriod>
<sy:updateFrequency>2</sy:updateFrequency><sy:updateBase>2000-01-01T12:00+00:00</sy:updateBase></channel>
<item rdf:about="https://outlet.example/1"><title>One</title><link>https://outlet.example/1</link>
<dc:date>2025-11-19T09:30:00Z</dc:date><dc:creator>Ann</dc:creator></item></rdf:RDF>"""

JSON = {
    "version": "https://jsonfeed.org/version/1.1",
    "title": "Outlet",
    "home_page_url": "/",
    "next_url": "/feed/2",
    "language": "de",
    "authors": [{"name": "Desk"}],
    "hubs": [{"type": "WebSub", "url": "https://hub.example/"}],
    "items": [
        {
            "id": 17,
            "url": "/17",
            "title": "Brücke <i>offen</i>",
            "date_published": "2025-11-20T10:00:00+02:00",
            "content_html": "<p>Die Brücke</p><p>ist offen.</p>",
        },
        {"id": "https://outlet.example/18", "content_text": "Kurz", "authors": [{"name": "Ann"}, {"name": "Bob"}]},
    ],
}


# Formats


def test_an_rss_feed_is_read():
    feed = parse(
        rss(
            item(
                title="Bridge &amp; road",
                link="https://outlet.example/1",
                guid="g1",
                pubDate="Thu, 20 Nov 2025 10:00:00 +0200",
                author="desk@outlet.example (Ann Lee)",
                description="&lt;p&gt;Open &lt;b&gt;again&lt;/b&gt;&lt;/p&gt;",
            )
        )
    )
    assert (feed.title, feed.format, feed.problem, feed.charset) == ("Outlet", "rss20", None, "utf-8")
    assert feed.entries == (
        entries.Entry(
            url="https://outlet.example/1",
            guid="g1",
            title="Bridge & road",
            published="2025-11-20T08:00:00Z",
            author="Ann Lee",
            summary="Open again",
        ),
    )


def test_an_atom_feed_is_read_and_its_links_follow_xml_base():
    feed = parse(ATOM)
    assert (feed.title, feed.format, feed.problem) == ("North & South", "atom10", None)
    assert (feed.self_url, feed.hub) == ("https://outlet.example/self", "https://hub.example/")
    assert feed.next_url == "https://elsewhere.example/news/?page=2"
    only = feed.entries[0]
    assert only.url == "https://elsewhere.example/news/bridge"
    assert (only.published, only.author) == ("2025-11-20T08:00:00Z", "Ann, Bob")


def test_an_rdf_feed_is_read_with_its_update_times():
    feed = parse(RDF)
    assert (feed.format, feed.problem) == ("rss10", None)
    assert (feed.update_period_s, feed.update_base) == (1_800.0, 946_728_000.0)
    assert (feed.entries[0].author, feed.entries[0].published) == ("Ann", "2025-11-19T09:30:00Z")


def test_a_json_feed_is_read():
    feed = parse(json.dumps(JSON), "application/feed+json")
    assert (feed.title, feed.format, feed.problem, feed.language) == ("Outlet", "json1.1", None, "de")
    assert feed.next_url == "https://outlet.example/feed/2"
    assert feed.hub == "https://hub.example/"
    first, second = feed.entries
    assert (first.url, first.guid, first.title) == ("https://outlet.example/17", "17", "Brücke offen")
    assert (first.published, first.author) == ("2025-11-20T08:00:00Z", "Desk")
    assert first.summary == "Die Brücke ist offen."
    assert (second.url, second.author) == ("https://outlet.example/18", "Ann, Bob")


@pytest.mark.parametrize(
    "content_type", [None, "", "text/html", "text/plain", "image/png", "application/json", "nonsense"]
)
def test_a_feed_is_told_by_its_content_whatever_its_content_type(content_type):
    assert len(parse(rss(item(title="a")), content_type).entries) == 1
    assert len(parse(json.dumps(JSON), content_type).entries) == 2


# What is no feed


@pytest.mark.parametrize(
    "body",
    [
        "<!DOCTYPE html><html><body>Service unavailable</body></html>",
        "<html><head><link rel='alternate' type='application/rss+xml' href='/rss'></head></html>",
        "<HTML><BODY>&lt;rss&gt; later</BODY></HTML>",
        "\n<!-- proxy --> <!doctype html><p>Sign in to the network<rss>",
        "<!-- <rss> --><html></html>",
        "",
        "   ",
        "plain words",
        "/etc/passwd",
        "http://127.0.0.1:1/feed",
        "<sitemapindex></sitemapindex>",
        "<opml></opml>",
        "<note>to you</note>",
        "{}",
        "[]",
        "{" * 200_000,
        "[" * 200_000,
        '{"version": "https://jsonfeed.org/version/1.1"}',
        '{"version": 1, "items": []}',
        "\x00\x01\x02",
    ],
)
def test_what_is_no_feed_is_an_error_and_not_an_empty_feed(body):
    with pytest.raises(NotAFeed) as caught:
        parse(body)
    assert caught.value.reason is Reason.NOT_A_FEED
    assert caught.value.detail


def test_an_empty_feed_is_a_feed():
    assert parse(rss()).entries == ()


# Damage


def test_a_truncated_feed_yields_what_can_be_read_and_the_reason():
    whole = rss(*(item(title=f"News {n}", link=f"https://outlet.example/{n}") for n in range(5)))
    feed = parse(whole[: whole.index("News 3")])
    assert [entry.title for entry in feed.entries][:3] == ["News 0", "News 1", "News 2"]
    assert "not well-formed" in feed.problem


def test_a_feed_with_a_bare_ampersand_is_read_with_the_reason():
    feed = parse(rss(item(title="Black & white", link="https://outlet.example/1?a=1&b=2")))
    assert (feed.entries[0].title, feed.entries[0].url) == ("Black & white", "https://outlet.example/1?a=1&b=2")
    assert "not well-formed" in feed.problem


def test_warnings_of_a_script_before_the_feed_do_no_harm():
    noise = "<br />\n<b>Warning</b>: mysql in /srv/x.php on line 3\n<?xml version='1.0'?>"
    assert parse(noise + rss(item(title="a"))).entries[0].title == "a"


def test_an_entry_without_a_web_link_is_kept_without_one():
    feed = parse(rss(item(title="a", link="javascript:alert(1)"), item(title="b"), item(title="c", link="file:///etc")))
    assert [(entry.title, entry.url) for entry in feed.entries] == [("a", None), ("b", None), ("c", None)]


def test_an_entry_that_says_nothing_is_counted_and_left_out():
    feed = parse(rss("<item></item>", item(title="a")))
    assert len(feed.entries) == 1
    assert feed.problem == "1 without link, id and title"


def test_a_permalink_guid_stands_in_for_a_missing_link():
    feed = parse(rss(item(title="a", guid="https://outlet.example/g")))
    assert feed.entries[0].url == "https://outlet.example/g"


def test_a_guid_that_only_looks_like_a_permalink_is_no_link():
    entry = parse(rss(item(title="a", guid="news-17"))).entries[0]
    assert (entry.guid, entry.url) == ("news-17", None)


def test_a_relative_xml_base_is_followed():
    feed = parse(ATOM.replace("https://elsewhere.example/news/", "/archive/"))
    assert feed.entries[0].url == "https://outlet.example/archive/bridge"


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("Ann Lee", "Ann Lee"),
        ("desk@outlet.media (Ann Lee)", "Ann Lee"),
        ("Ann Lee &lt;desk@outlet.example&gt;", "Ann Lee"),
        ("Ann Lee (Reuters)", "Ann Lee (Reuters)"),
        ("Олена Коваль, desk@outlet.example", "Олена Коваль"),
        ("desk@outlet.example", None),
        ("", None),
    ],
)
def test_an_author_is_a_name_and_not_an_address(written, name):
    assert parse(rss(item(title="a", author=written))).entries[0].author == name


def test_a_relative_link_is_resolved_against_where_the_feed_came_from():
    assert parse(rss(item(link="../a?b=1"))).entries[0].url == "https://outlet.example/a?b=1"


@pytest.mark.parametrize(
    ("written", "problem"),
    [
        ("Thu, 01 Jan 1970 00:00:00 GMT", "too_old"),
        ("Mon, 01 Jan 1900 00:00:00 GMT", "too_old"),
        ("Fri, 01 Jan 2099 00:00:00 GMT", "in_the_future"),
        ("Sun, 23 Nov 2025 12:00:01 GMT", "in_the_future"),
        ("9999-12-31T23:59:59Z", "in_the_future"),
        ("the day before yesterday", "unreadable"),
        ("0000-00-00", "unreadable"),
    ],
)
def test_an_absurd_date_is_flagged_instead_of_believed(written, problem):
    entry = parse(rss(item(title="a", pubDate=written))).entries[0]
    assert (entry.published, entry.date_problem) == (None, problem)


def test_a_missing_date_is_no_problem_and_tomorrow_is_believed():
    missing, tomorrow = parse(rss(item(title="a"), item(title="b", pubDate="Fri, 21 Nov 2025 12:00:00 GMT"))).entries
    assert (missing.published, missing.date_problem) == (None, None)
    assert (tomorrow.published, tomorrow.date_problem) == ("2025-11-21T12:00:00Z", None)


def test_texts_are_one_line_of_valid_unicode():
    nasty = json.dumps(
        {**JSON, "items": [{"id": "1", "title": "a\ud800b\x00c\x1b[31md\ufeff\ne", "summary": "x\u0085y\uffffz"}]}
    )
    entry = parse(nasty).entries[0]
    assert entry.title == "a b c [31md e"
    assert entry.summary == "x y z"
    entry.title.encode("utf-8")


def test_everything_long_is_capped():
    long = "слово " * 50_000
    entry = parse(rss(item(title=long, description=long, guid="g" * 5_000))).entries[0]
    assert len(entry.title) <= entries.MAX_TITLE
    assert len(entry.summary) <= entries.MAX_SUMMARY
    assert len(entry.guid) == entries.MAX_GUID


def test_only_the_first_entries_are_read_and_the_rest_is_said():
    feed = parse(json.dumps({**JSON, "items": [{"id": str(n)} for n in range(entries.MAX_ENTRIES + 5)]}))
    assert len(feed.entries) == entries.MAX_ENTRIES
    assert "2005 items" in feed.problem


# Hints


def test_ttl_is_minutes():
    assert parse(rss(channel="<ttl>30</ttl>")).ttl_s == 1_800.0
    assert parse(rss(channel="<ttl>soon</ttl>")).ttl_s is None
    assert parse(rss(channel="<ttl>0</ttl>")).ttl_s is None


def test_all_skipped_hours_and_days_are_read_and_hour_24_is_midnight():
    skips = (
        "<skipHours><hour>24</hour><hour> 5 </hour><hour>77</hour></skipHours><skipDays><day>Sunday</day></skipDays>"
    )
    feed = parse(rss(channel=skips))
    assert (feed.skip_hours, feed.skip_days) == ((0, 5), (6,))
    behind = parse(rss(item(title="a" * 300_000)).replace("</channel>", skips + "</channel>"))
    assert behind.skip_hours == (0, 5)


def test_hours_outside_skip_hours_are_not_skipped():
    assert parse(rss(item(title="a", hour="5"))).skip_hours == ()


# Hostility


BOMB = """<!DOCTYPE rss [<!ENTITY a "lol"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">
<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;"><!ENTITY d "&c;&c;&c;&c;&c;&c;&c;&c;&c;&c;">
<!ENTITY file SYSTEM "file:///etc/passwd"><!ENTITY % dtd SYSTEM "http://127.0.0.1:1/x.dtd"> %dtd;]>"""


def test_no_entity_is_expanded_and_no_file_or_socket_is_opened(monkeypatch):
    def forbidden(*arguments, **_):
        raise AssertionError(f"opened {arguments[0]!r}")

    body = BOMB + rss(item(title="x&d;&file;y", link="https://outlet.example/1"))
    parse(rss(item(title="warm")))  # what feedparser imports late is not the feed's doing
    with monkeypatch.context() as patched:
        patched.setattr(socket, "socket", forbidden)
        patched.setattr(builtins, "open", forbidden)
        feed = parse(body)
    assert "root:" not in feed.entries[0].title
    assert "lollol" not in feed.entries[0].title


@pytest.mark.parametrize("body", ["/etc/hostname", "file:///etc/hostname", "https://outlet.example/feed"])
def test_a_body_that_names_a_file_or_url_is_not_opened(body, monkeypatch):
    def forbidden(*arguments, **_):
        raise AssertionError(f"opened {arguments[0]!r}")

    with monkeypatch.context() as patched:
        patched.setattr(socket, "socket", forbidden)
        patched.setattr(builtins, "open", forbidden)
        with pytest.raises(NotAFeed):
            parse(body)


@given(st.binary(max_size=300))
def test_any_bytes_give_a_feed_or_a_reason(body):
    reply = feeds.answer(feeds.request(body, content_type=None, url=URL, now=NOW))
    assert set(reply) in ({"feed"}, {"error"})


@given(st.binary(max_size=60), st.integers(0, 400))
def test_any_damage_to_a_feed_gives_a_feed_or_a_reason(noise, place):
    body = ATOM.encode()
    at = min(place, len(body))
    reply = feeds.answer(feeds.request(body[:at] + noise + body[at:], content_type=None, url=URL, now=NOW))
    assert set(reply) in ({"feed"}, {"error"})


# Through the child's door


def test_a_feed_survives_the_way_through_json():
    for body in (ATOM, RDF, json.dumps(JSON)):
        asked = json.loads(json.dumps(feeds.request(body.encode(), content_type=None, url=URL, now=NOW)))
        reply = json.loads(json.dumps(feeds.answer(asked)))
        assert feeds.from_answer(reply) == parse(body, None)


def test_an_error_survives_the_way_through_json():
    reply = feeds.answer(feeds.request(b"<html>", content_type=None, url=URL, now=NOW))
    assert reply["error"]["reason"] == "not_a_feed"
    with pytest.raises(NotAFeed) as caught:
        feeds.from_answer(reply)
    assert (caught.value.reason, caught.value.detail) == (Reason.NOT_A_FEED, reply["error"]["detail"])


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"body_b64": "%", "content_type": None, "url": URL, "now": NOW},
        {"body_b64": base64.b64encode(b"x").decode(), "content_type": None, "url": URL, "now": "noon"},
        {"body_b64": 7, "content_type": None, "url": URL, "now": NOW},
    ],
)
def test_a_question_of_the_wrong_form_is_answered_with_an_error(asked):
    assert feeds.answer(asked)["error"]["reason"] == "bad_message"
