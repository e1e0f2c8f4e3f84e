"""Gaps of feeds without an archive, filled from the news sitemap that the outlet's robots.txt names."""

from datetime import UTC, datetime

import pytest

from services.fetcher.newsmaps import MAX_SITEMAPS, named
from tests.fetcher.polling import DAY, HOUR, NOW, polls_of, rss

NAMES = "xmlns='http://www.sitemaps.org/schemas/sitemap/0.9' xmlns:n='http://www.google.com/schemas/sitemap-news/0.9'"


def names(first, count):
    return [f"n{number:03}" for number in range(first, first - count, -1)]


def sitemap(*names, at, every=HOUR):
    places = "".join(
        f"<url><loc>https://news.example/{name}</loc><n:news><n:publication_date>"
        f"{datetime.fromtimestamp(at - number * every, UTC).isoformat()}</n:publication_date><n:title>{name}</n:title>"
        "</n:news></url>"
        for number, name in enumerate(names)
    )
    return f"<urlset {NAMES}>{places}</urlset>".encode()


def says_robots(outlet, *paths):
    lines = "".join(f"Sitemap: {outlet.url(path)}\n" for path in paths)
    outlet.says("/robots.txt", f"User-agent: *\nAllow: /\n{lines}".encode())


def poll_with_a_gap(outlet, reader):
    """n001 to n010, an item an hour, then, thirty hours later, n031 to n040."""
    reader.reads(outlet.says("/feed", rss(*names(10, 10))))
    reader.poll()
    reader.now += 30 * HOUR
    outlet.says("/feed", rss(*names(40, 10), at=reader.now))
    reader.poll()


def test_a_gap_of_a_feed_without_an_archive_is_filled_from_the_news_sitemap(outlet, reader):
    says_robots(outlet, "/sitemap.xml", "/news-sitemap.xml")
    outlet.says("/news-sitemap.xml", sitemap(*names(41, 40), at=NOW + 31 * HOUR))
    poll_with_a_gap(outlet, reader)
    assert [seen.path for seen in outlet.seen] == ["/feed", "/feed", "/robots.txt", "/news-sitemap.xml"]
    assert reader.titles() == sorted(names(40, 40))  # n041 is newer than the feed: it will come with that
    assert "the gap is closed" in reader.row()["detail"]
    assert reader.asked_turns == [outlet.url("/robots.txt"), outlet.url("/news-sitemap.xml")]


def test_what_a_sitemap_holds_from_before_the_gap_is_not_taken(outlet, reader):
    says_robots(outlet, "/news.xml")
    outlet.says("/news.xml", sitemap(*names(31, 21), "of-another-section", at=NOW + 21 * HOUR))
    poll_with_a_gap(outlet, reader)
    assert "of-another-section" not in reader.titles()
    assert len(reader.titles()) == 40
    assert "entries may have been missed" in reader.row()["detail"]


@pytest.mark.parametrize("broken", ["/robots.txt", "/news.xml"])
def test_an_outlet_without_a_usable_sitemap_costs_nothing_of_the_poll(outlet, reader, broken):
    says_robots(outlet, "/news.xml")
    outlet.says("/news.xml", sitemap(*names(40, 40), at=NOW + 30 * HOUR))
    outlet.says(broken, b"<html>no</html>", 500)
    poll_with_a_gap(outlet, reader)
    assert len(reader.titles()) == 20
    assert reader.account() == {"ok": 1}


def test_robots_txt_is_asked_for_once_a_day_however_many_gaps_there_are(outlet, reader):
    says_robots(outlet)
    reader.reads(outlet.says("/feed", rss(*names(10, 10))))

    async def with_gaps(polls):
        for first in (10, 40, 70, 100):
            outlet.says("/feed", rss(*names(first, 10), at=reader.now, every=60.0))
            await polls.poll(reader.state(), reader.outlet)
            reader.now += HOUR
        reader.now += DAY
        outlet.says("/feed", rss(*names(130, 10), at=reader.now, every=60.0))
        await polls.poll(reader.state(), reader.outlet)

    reader.within(with_gaps)
    assert reader.row()["gaps"] == 4
    assert len(polls_of(outlet, "/robots.txt")) == 2


def test_without_a_gap_nothing_is_asked_but_the_feed(outlet, reader):
    says_robots(outlet, "/news.xml")
    reader.reads(outlet.says("/feed", rss(*names(10, 10))))
    reader.poll()
    outlet.says("/feed", rss(*names(15, 10)))
    reader.poll()
    assert {seen.path for seen in outlet.seen} == {"/feed"}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Sitemap: https://a.example/news.xml", ["https://a.example/news.xml"]),
        ("\ufeffSITEMAP:https://a.example/s/News/1.xml.gz\r\n", ["https://a.example/s/News/1.xml.gz"]),
        ("Sitemap: https://news.example/sitemap.xml", []),  # the host is no sign
        ("Sitemap: /news.xml\nSitemap: file:///news.xml\nSitemap:", []),
        ("Disallow: /news.xml", []),
        ("\n".join(f"Sitemap: https://a.example/news{n}.xml" for n in range(9)), MAX_SITEMAPS),
        ("Sitemap: https://a.example/news.xml\n" * 3, ["https://a.example/news.xml"]),
    ],
)
def test_news_sitemaps_are_those_whose_path_speaks_of_news(text, found):
    places = named(text.encode())
    assert len(places) == found if isinstance(found, int) else list(places) == found
