"""Row 37 of the conduct table: a news sitemap as a source."""

import gzip
import time

import pytest

from services.contracts import Reason
from services.fetcher import feeds, sitemap
from services.fetcher.entries import MAX_ENTRIES, NotAFeed
from tests.fetcher.polling import DAY, NOW, polls_of

NAMES = (
    "xmlns='http://www.sitemaps.org/schemas/sitemap/0.9' xmlns:news='http://www.google.com/schemas/sitemap-news/0.9'"
)


def news(name, when="2025-11-20T10:00:00Z"):
    return (
        f"<url><loc>https://news.example/{name}</loc><news:news><news:publication><news:name>News</news:name>"
        f"<news:language>uk</news:language></news:publication><news:publication_date>{when}</news:publication_date>"
        f"<news:title>Новина {name} &amp; more</news:title></news:news></url>"
    )


def urlset(*urls, names=NAMES):
    return f"<?xml version='1.0' encoding='UTF-8'?>\n<urlset {names}>{''.join(urls)}</urlset>".encode()


def parse(body, content_type=None):
    return feeds.parse(body, content_type=content_type, url="https://news.example/sitemap.xml", now=NOW)


@pytest.mark.parametrize(
    ("path", "pack", "headers"),
    [
        ("/news.xml", bytes, {"Content_Type": "application/xml"}),
        ("/news.xml.gz", gzip.compress, {"Content_Type": "application/x-gzip"}),
        ("/news.xml", gzip.compress, {"Content_Type": "text/xml", "Content_Encoding": "gzip"}),
        ("/news.xml.gz", lambda body: gzip.compress(gzip.compress(body)), {"Content_Encoding": "gzip"}),
    ],
    ids=["plain", "a gzipped file", "gzipped on the way", "both"],
)
def test_row_37_a_news_sitemap_is_a_source_gzipped_too(outlet, reader, path, pack, headers):
    reader.reads(outlet.says(path, pack(urlset(news("a"), news("b"))), ETag='"1"', **headers))
    reader.poll()
    reader.poll()
    assert reader.titles() == ["Новина a & more", "Новина b & more"]
    assert polls_of(outlet, path)[1]["if-none-match"] == '"1"'
    assert reader.account() == {"ok": 1}


def test_row_37_a_file_that_unpacks_to_more_than_50_mb_is_refused(outlet, reader):
    bomb = gzip.compress(b"<urlset>" + b" " * (sitemap.MAX_BYTES + 1))
    reader.reads(outlet.says("/news.xml.gz", bomb))
    began = time.monotonic()
    reader.poll()
    assert time.monotonic() - began < 5
    assert reader.account() == {Reason.TOO_LARGE: 1}


def test_row_37_of_more_than_50_000_urls_the_first_are_read():
    began = time.monotonic()
    feed = parse(urlset(*(news(f"{number}") for number in range(sitemap.MAX_URLS + 10))))
    assert time.monotonic() - began < 5
    assert len(feed.entries) == MAX_ENTRIES
    assert "more than 50000 URLs" in feed.problem


def test_the_newest_come_first_with_date_and_language():
    feed = parse(urlset(news("old", "2025-11-18T10:00:00+02:00"), news("new"), news("undated", "soon")))
    assert [entry.url.rpartition("/")[2] for entry in feed.entries] == ["new", "old", "undated"]
    assert [entry.published for entry in feed.entries] == ["2025-11-20T10:00:00Z", "2025-11-18T08:00:00Z", None]
    assert feed.entries[2].date_problem == "unreadable"
    assert (feed.language, feed.format) == ("uk", "sitemap")


def test_of_a_plain_sitemap_only_what_changed_lately_is_taken():
    def plain(name, lastmod):
        return f"<url><loc>https://news.example/{name}</loc>{lastmod}</url>"

    feed = parse(
        urlset(
            plain("today", "<lastmod>2025-11-20</lastmod>"),
            plain("old", "<lastmod>2020-01-01T00:00:00Z</lastmod>"),
            plain("undated", ""),
        )
    )
    assert [entry.url for entry in feed.entries] == ["https://news.example/today"]
    assert "2 URLs without news" in feed.problem


def test_titles_of_pictures_and_films_are_not_those_of_the_news():
    picture = "<image:image><image:loc>https://cdn.example/p.jpg</image:loc><image:title>P</image:title></image:image>"
    (entry,) = parse(urlset(news("a").replace("</url>", f"{picture}</url>"))).entries
    assert (entry.url, entry.title) == ("https://news.example/a", "Новина a & more")


def test_prefixes_that_are_not_declared_or_are_called_otherwise_are_understood():
    body = (
        urlset(news("a"), names="")
        .replace(b"news:", b"n:")
        .replace(b"<urlset ", b"<s:urlset ")
        .replace(b"</urlset>", b"</s:urlset>")
    )
    assert [entry.url for entry in parse(body).entries] == ["https://news.example/a"]


def test_a_broken_sitemap_gives_what_can_be_read_and_says_so():
    feed = parse(urlset(news("a"), news("b"))[:-200])
    assert [entry.url for entry in feed.entries] == ["https://news.example/a"]
    assert "not well-formed" in feed.problem


def test_an_index_is_refused_and_its_newest_sitemaps_are_named():
    index = (
        "<sitemapindex><sitemap><loc>/2024.xml</loc><lastmod>2024-01-01</lastmod></sitemap>"
        "<sitemap><loc>/2025.xml</loc><lastmod>2025-01-01</lastmod></sitemap></sitemapindex>"
    )
    with pytest.raises(NotAFeed, match=r"https://news\.example/2025\.xml, https://news\.example/2024\.xml"):
        parse(index.encode())


@pytest.mark.parametrize(
    "body",
    [
        b"<!DOCTYPE u [<!ENTITY a 'aaaa'><!ENTITY b '&a;&a;'>]><urlset><url><loc>&b;</loc></url></urlset>",
        b"<urlset>" + b"<url>" * 100_000,
        b"<urlset><url><loc>" + b"x" * 5_000_000 + b"</loc></url></urlset>",
        b"<urlset><url>" + b"<news:news>" * 50_000 + b"</url></urlset>",
    ],
    ids=["entities", "deep", "long", "deep news"],
)
def test_hostile_sitemaps_cost_little_and_give_nothing(body):
    began = time.monotonic()
    feed = parse(body)
    assert time.monotonic() - began < 2
    assert not any(entry.url for entry in feed.entries)


def test_an_empty_sitemap_is_a_quiet_outlet_and_no_error(outlet, reader):
    reader.reads(outlet.says("/news.xml", urlset()))
    reader.poll()
    assert reader.account() == {"ok": 1}


def test_dates_of_news_are_judged_like_those_of_feeds():
    feed = parse(urlset(news("a", "1970-01-01"), news("b", "2031-01-01")))
    assert {entry.date_problem for entry in feed.entries} == {"too_old", "in_the_future"}
    assert sitemap.RECENT_S == 2 * DAY
