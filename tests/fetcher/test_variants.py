"""AMP and mobile pages lead to one article; pages that only look like them are left as they are."""

import time

import pytest

from services.contracts import State
from services.fetcher import urls, variants
from services.fetcher.rights import Policy
from services.store import pages
from tests.fetcher.polling import HOUR, NOW, polls_of, rss
from tests.fetcher.test_downloads import HTML, page
from tests.fetcher.test_revisits import settle

AMP, PLAIN = "<html amp lang=uk>", "<html lang=uk>"


def head(canonical, html=PLAIN, base=""):
    return f"<!doctype html>{html}<head>{base}<link rel='canonical' href='{canonical}'></head><body>…</body>".encode()


@pytest.mark.parametrize(
    ("url", "html", "canonical", "original"),
    [
        # AMP, in its spellings
        ("https://post.example/amp/1", AMP, "https://post.example/1", "https://post.example/1"),
        ("https://post.example/1?amp=1", "<html ⚡>", "https://post.example/1", "https://post.example/1"),
        ("https://post.example/1/amp", '<html lang="uk" amp="">', "/1", "https://post.example/1"),
        ("https://post.example/1/amp", "<HTML CLASS='x' AMP>", "/1", "https://post.example/1"),
        ("https://amp.post.example/1", AMP, "https://www.post.example/1", "https://www.post.example/1"),
        ("https://post.example/amp/1", AMP, "https://m.post.example/1", "https://m.post.example/1"),
        ("https://post-example.cdn.ampproject.org/c/s/post.example/amp/1", AMP, "https://post.example/1", "https://post.example/1"),
        # mobile
        ("https://m.post.example/1", PLAIN, "https://www.post.example/1", "https://www.post.example/1"),
        ("https://m.post.example/1", PLAIN, "https://post.example/news/1.html", "https://post.example/news/1.html"),
        ("https://mobile.post.example/1", PLAIN, "https://post.example/1", "https://post.example/1"),
        ("https://m.правда.укр/1", PLAIN, "https://правда.укр/1", "https://правда.укр/1"),
        # none of both
        ("https://post.example/1?page=2", PLAIN, "https://post.example/1", None),
        ("https://www.post.example/1", PLAIN, "https://post.example/1", None),
        ("https://post.example/amp/1", PLAIN, "https://post.example/1", None),
        ("https://post.example/1", '<html lang="amp">', "https://post.example/2", None),
        ("https://post.example/1", "<html data-x='a amp b'>", "https://post.example/2", None),
        ("https://post.example/1", "<html class=amphibian>", "https://post.example/2", None),
        ("https://m.example/1", PLAIN, "https://www.m.example/2", None),
        # it names itself, its front page, another site, or nothing
        ("https://post.example/1", AMP, "https://post.example/1?utm_source=amp#top", None),
        ("https://post.example/amp/1", AMP, "https://post.example/", None),
        ("https://m.post.example/1", PLAIN, "https://post.example", None),
        ("https://m.post.example/1", PLAIN, "https://m.post.example/2", None),
        ("https://post.example/amp/1", AMP, "https://other.example/1", None),
        ("https://m.post.example/1", PLAIN, "https://post.other.example/1", None),
        ("https://post-example.cdn.ampproject.org/c/1", PLAIN, "https://post.example/1", None),
        ("https://post.example/amp/1", AMP, "javascript:alert(1)", None),
        ("https://post.example/amp/1", AMP, "", None),
    ],
)  # fmt: skip
def test_a_variant_names_its_original(url, html, canonical, original):
    assert variants.original(url, head(canonical, html)) == original


def test_the_page_may_say_where_its_links_begin():
    body = head("1", AMP, "<base href='https://post.example/news/'>")
    assert variants.original("https://post.example/amp/1", body) == "https://post.example/news/1"


def test_an_original_is_its_own_original():
    assert variants.original("https://post.example/1", head("https://post.example/1")) is None


@pytest.mark.parametrize(
    "body",
    [b"", b"\xff\xfe" * 1_000, b"<html " * 100_000, b"<html amp" + b" '" * 200_000, b"<html amp>" + b"<link " * 90_000],
    ids=["nothing", "bytes", "open", "quotes", "links"],
)
def test_a_hostile_head_names_nothing_and_costs_no_time(body):
    began = time.process_time()
    assert variants.original("https://m.post.example/1", body) is None
    assert time.process_time() - began < 2


def kept(downloader, url):
    with downloader.store.read() as tx:
        return pages.get(tx, urls.item_key(url))


def test_an_amp_page_and_its_original_end_as_the_same_text(outlet, downloader):
    whole = page(outlet, "/1", b"<html><body><p>The whole text.</p></body></html>")
    amp = page(outlet, "/amp/1", head(whole, AMP))
    downloader.sees(amp, whole)
    downloader.download_due()
    assert kept(downloader, amp).body == kept(downloader, whole).body
    assert kept(downloader, amp).url == whole
    assert len(polls_of(outlet, "/amp/1")) == 1


@pytest.mark.parametrize("status", [404, 302, 500])
def test_an_original_that_is_not_to_be_had_leaves_the_variant(outlet, other_outlet, downloader, status):
    whole = outlet.says("/1", b"gone", status=status, Location=other_outlet.url("/elsewhere"), Content_Type=HTML)
    amp = page(outlet, "/amp/1", head(whole, AMP))
    downloader.sees(amp)
    downloader.download_due()
    assert downloader.item(amp).state is State.FETCHED
    assert kept(downloader, amp).url == amp
    assert other_outlet.seen == []


def test_an_original_that_robots_txt_closes_is_not_asked_for(outlet, downloader):
    outlet.says("/robots.txt", b"User-agent: *\nDisallow: /1")
    amp = page(outlet, "/amp/1", head(page(outlet, "/1"), AMP))
    downloader.sees(amp)
    downloader.download_due()
    assert downloader.item(amp).state is State.FETCHED
    assert polls_of(outlet, "/1") == []


@pytest.mark.parametrize("answer", [{"status": 304}, {"status": 500}, {"body": b"<html><p>The whole text.</p></html>"}])
def test_an_article_that_was_made_of_the_original_is_not_made_of_the_variant_later(outlet, reader, downloader, answer):
    whole = outlet.says("/1", b"<html><p>The whole text.</p></html>", Content_Type=HTML, ETag='"1"')
    amp = page(outlet, "/amp/1", head(whole, AMP))
    reader.reads(outlet.says("/feed", rss("1", link=outlet.url("/amp/")))).poll()
    downloader.download_due()
    settle(downloader, amp)
    reader.now = downloader.now = NOW + HOUR
    outlet.says("/feed", rss("1", link=outlet.url("/amp/")).replace(b"<title>1", b"<title>One"))
    reader.poll()
    outlet.says("/1", **{"status": 200, "Content_Type": HTML, **answer})
    downloader.download_due()
    assert [headers.get("if-none-match") for headers in polls_of(outlet, "/1")] == [None, '"1"']
    assert downloader.item(amp).state is State.INDEXED
    assert downloader.history(amp)["asked again"] == "the page is as it was"


def test_what_an_original_reserves_counts(outlet, downloader):
    downloader.extra["policy"] = Policy.REFUSE
    whole = page(outlet, "/1", X_Robots_Tag="noai")
    amp = page(outlet, "/amp/1", head(whole, AMP))
    downloader.sees(amp)
    downloader.download_due()
    assert downloader.item(amp).state is State.REFUSED


def test_two_pages_that_name_each_other_are_asked_for_once_each(outlet, downloader):
    one = page(outlet, "/amp/1", head("/amp/2", AMP))
    page(outlet, "/amp/2", head("/amp/1", AMP))
    downloader.sees(one)
    downloader.download_due()
    assert [len(polls_of(outlet, path)) for path in ("/amp/1", "/amp/2")] == [1, 1]
