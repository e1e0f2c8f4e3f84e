import time

import pytest

from services.fetcher import discover

HOME = "https://news.example/en/"


def found(markup, content_type="text/html; charset=utf-8"):
    return [each.url for each in discover.read(markup.encode(), content_type, HOME).candidates]


@pytest.mark.parametrize(
    ("link", "url"),
    [
        (
            '<link rel="alternate" type="application/rss+xml" title="News" href="/rss.xml">',
            "https://news.example/rss.xml",
        ),
        ("<LINK HREF=atom.xml TYPE='application/atom+xml' REL='alternate'/>", "https://news.example/en/atom.xml"),
        ('<link type="application/feed+json" rel="feed" href="//cdn.example/f.json">', "https://cdn.example/f.json"),
        (
            '<link rel="home alternate" type="text/xml; charset=utf-8" href="/a?x=1&amp;y=2">',
            "https://news.example/a?x=1&y=2",
        ),
        ('<a href="/feeds/world.rss">World</a>', "https://news.example/feeds/world.rss"),
        ('<a class="x" href="https://news.example/rss">RSS</a>', "https://news.example/rss"),
        ('<a type="application/rss+xml" href="/export/1">Abo</a>', "https://news.example/export/1"),
    ],
)
def test_a_feed_that_a_page_names_is_found(link, url):
    assert found(f"<html><head>{link}</head></html>") == [url]


@pytest.mark.parametrize(
    "link",
    [
        '<link rel="stylesheet" type="text/css" href="/rss.css">',
        '<link rel="alternate" hreflang="fr" href="/fr/">',
        '<link rel="alternate" type="application/json" href="/wp-json/wp/v2/pages/2">',
        '<link rel="alternate" type="application/rss+xml" href="javascript:1">',
        '<link rel="alternate" type="application/rss+xml">',
        '<a href="/press/">Press</a><a href="/feedback">Tell us</a><a href="/grass">Grass</a>',
    ],
)
def test_what_is_no_feed_is_not_taken_for_one(link):
    assert found(link) == []


def test_declared_feeds_come_first_and_those_of_comments_last():
    markup = (
        '<a href="/rss/sport">Sport</a>'
        '<link rel="alternate" type="application/rss+xml" title="Коментарі" href="/comments/feed/">'
        '<link rel="alternate" type="application/rss+xml" title="Новини" href="/feed/">'
        '<a href="/feed/">RSS</a>'
    )
    home = "https://news.example"
    assert found(markup) == [f"{home}/feed/", f"{home}/rss/sport", f"{home}/comments/feed/"]


def test_the_base_of_the_page_is_followed_and_its_language_is_told():
    page = discover.read(
        b'<html lang="uk-UA"><base href="https://cdn.example/x/"><link rel=alternate type=application/rss+xml href=f>',
        None,
        HOME,
    )
    assert page.language == "uk-UA"
    assert [(each.url, each.declared) for each in page.candidates] == [("https://cdn.example/x/f", True)]


def test_a_page_that_names_nothing_leaves_the_usual_places():
    assert found("<p>Hello</p>") == []
    assert "https://news.example/feed/" in discover.usual(HOME)


@pytest.mark.parametrize("unit", ["<a ", "<link rel='alternate' ", "<a href=", "<a x=' ", "<", "<a href=/rss>"])
def test_a_hostile_page_costs_no_time(unit):
    began = time.monotonic()
    page = discover.read((unit * (2_500_000 // len(unit))).encode(), None, HOME)
    assert time.monotonic() - began < 3
    assert len(page.candidates) <= discover.MAX_FOUND
