"""Headers of the outlets file: sent with polls and pages to the outlet's own origins, and to nobody else."""

from services.contracts import Outlet, State
from services.store import feeds
from tests.fetcher.polling import NOW, polls_of, rss

KEY = ("x-api-key", "secret")


def news(*urls):
    return Outlet("news", "News", urls[0], urls, headers=(KEY, ("accept-language", "uk")))


def test_a_poll_carries_the_headers_and_a_redirect_to_another_host_does_not(outlet, other_outlet, reader):
    reader.reads(outlet.redirects("/feed", other_outlet.says("/feed", rss("a"))))
    reader.within(lambda polls: polls.poll(reader.state(), news(*reader.urls)))
    (first,), (second,) = polls_of(outlet, "/feed"), polls_of(other_outlet, "/feed")
    assert (first["x-api-key"], first["accept-language"]) == ("secret", "uk")
    assert "x-api-key" not in second
    assert reader.titles() == ["a"]


def test_pages_carry_them_on_the_outlets_hosts_only(outlet, other_outlet, downloader):
    own = outlet.says("/own", b"<html><p>A page.</p></html>", Content_Type="text/html")
    foreign = other_outlet.says("/foreign", b"<html><p>A page.</p></html>", Content_Type="text/html")
    downloader.sees(own, foreign)
    with downloader.store.write() as tx:
        feeds.sync(tx, [news(outlet.url("/feed"))], NOW)
    downloader.download_due()
    assert downloader.item(own).state is downloader.item(foreign).state is State.FETCHED
    assert polls_of(outlet, "/own")[0]["x-api-key"] == "secret"
    assert [seen.path for seen in other_outlet.seen if "x-api-key" in seen.headers] == []
    assert "x-api-key" not in polls_of(outlet, "/robots.txt")[0]
