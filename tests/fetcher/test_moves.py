"""Rows 22 and 23 of the conduct table: when a feed counts as moved."""

import pytest

from services.contracts import Reason
from services.fetcher import redirects
from services.fetcher.moves import ADOPT_AFTER, GIVE_UP_AFTER
from tests.fetcher.polling import NOW, polls_of, rss
from tests.fetcher.serving import respond
from tests.fetcher.test_tls import certificate, tls_outlet, trusting  # noqa: F401 - fixtures


def moved(outlet, reader, status=301, target="/new"):
    """A feed that was read where it is, and then redirects."""
    reader.reads(outlet.says("/feed", rss("a", "b")))
    reader.poll()
    outlet.redirects("/feed", target, status)
    return reader


def poll(reader, times):
    for _ in range(times):
        reader.poll()


@pytest.mark.parametrize("status", [301, 308])
def test_row_22_a_permanent_redirect_is_adopted_after_so_many_agreeing_polls(outlet, reader, status):
    moved(outlet, reader, status)
    outlet.says("/new", rss("c", "a"))
    poll(reader, ADOPT_AFTER - 1)
    assert reader.state().location == outlet.url("/feed")
    poll(reader, 1)
    assert reader.state().location == outlet.url("/new"), str(
        {k: reader.row()[k] for k in ("status", "reason", "detail", "moved_polls", "failures")}
    )
    asked = len(polls_of(outlet, "/feed"))
    poll(reader, 2)
    assert len(polls_of(outlet, "/feed")) == asked
    assert reader.account() == {"ok": 1}


def test_row_22_a_304_from_there_agrees_too(outlet, reader):
    def there(handler):
        is_known = handler.headers.get("If-None-Match") == '"1"'
        respond(handler, b"" if is_known else rss("b"), 304 if is_known else 200, ETag='"1"')

    moved(outlet, reader)
    outlet.answers["/new"] = there
    poll(reader, ADOPT_AFTER)
    assert reader.row()["status"] == 304
    assert reader.state().location == outlet.url("/new"), str(
        {k: reader.row()[k] for k in ("status", "reason", "detail", "moved_polls", "failures")}
    )


def test_row_22_polls_that_lead_elsewhere_in_between_begin_the_count_anew(outlet, reader):
    moved(outlet, reader)
    for path in ("/new", "/newer"):
        outlet.says(path, rss("a"))
    poll(reader, ADOPT_AFTER - 1)
    outlet.redirects("/feed", "/newer", 301)
    poll(reader, 1)
    outlet.redirects("/feed", "/new", 301)
    poll(reader, ADOPT_AFTER - 1)
    assert reader.state().location == outlet.url("/feed")


@pytest.mark.parametrize(
    "page",
    [b"<!doctype html><html><body>We are working on it</body></html>", b"<html>Log in to the Wi-Fi</html>", b"", b"{}"],
    ids=["maintenance page", "captive portal", "nothing", "JSON"],
)
@pytest.mark.parametrize("status", [200, 503])
def test_row_22_a_page_that_is_no_feed_is_never_adopted(outlet, reader, page, status):
    moved(outlet, reader)
    outlet.says("/new", page, status)
    poll(reader, 2 * ADOPT_AFTER)
    assert (reader.state().location, reader.row()["moved_to"]) == (outlet.url("/feed"), None)


def test_row_22_another_feed_is_never_adopted_and_the_operator_is_told(outlet, reader):
    moved(outlet, reader)
    for number in range(2 * ADOPT_AFTER):
        outlet.says("/new", rss(f"advertisement{number}", link="https://portal.example/"))
        poll(reader, 1)
    assert reader.state().location == outlet.url("/feed")
    assert "not the same feed" in reader.row()["detail"]


def test_row_22_http_to_https_at_the_same_place_is_adopted_at_once(outlet, tls_outlet, trusting, reader):  # noqa: F811
    outlet.host = "localhost"
    reader.tls = trusting
    reader.reads(outlet.redirects("/feed", tls_outlet.says("/feed", rss("a")), 301))
    poll(reader, 1)
    assert reader.state().location == tls_outlet.url("/feed")


def test_row_22_http_to_https_is_not_adopted_where_there_is_no_feed(outlet, tls_outlet, trusting, reader):  # noqa: F811
    outlet.host = "localhost"
    reader.tls = trusting
    reader.reads(outlet.redirects("/feed", tls_outlet.says("/feed", b"<html>soon</html>"), 301))
    poll(reader, 2 * ADOPT_AFTER)
    assert reader.state().location == outlet.url("/feed")


@pytest.mark.parametrize("status", [302, 303, 307])
def test_row_23_a_passing_redirect_leaves_the_stored_url_alone(outlet, reader, status):
    moved(outlet, reader, status)
    outlet.says("/new", rss("c", "a"))
    poll(reader, 2 * ADOPT_AFTER)
    assert reader.state().location == outlet.url("/feed")
    assert "c" in reader.titles()


def adopted(outlet, reader):
    moved(outlet, reader)
    outlet.says("/new", rss("a"))
    poll(reader, ADOPT_AFTER)
    assert reader.state().location == outlet.url("/new"), str(
        {k: reader.row()[k] for k in ("status", "reason", "detail", "moved_polls", "failures")}
    )


@pytest.mark.parametrize(("status", "after"), [(404, GIVE_UP_AFTER), (410, 1)])
def test_a_place_that_was_adopted_and_is_lost_is_given_up_for_the_one_in_the_outlets_file(
    outlet, reader, status, after
):
    adopted(outlet, reader)
    outlet.says("/new", status=status)
    poll(reader, after - 1)
    assert reader.state().location == outlet.url("/new"), str(
        {k: reader.row()[k] for k in ("status", "reason", "detail", "moved_polls", "failures")}
    )
    poll(reader, 1)
    assert reader.state().location == outlet.url("/feed")
    assert reader.wait > 0


def test_a_place_that_was_adopted_is_kept_through_a_failure_that_passes(outlet, reader):
    adopted(outlet, reader)
    outlet.says("/new", status=503)
    poll(reader, 5)
    assert reader.state().location == outlet.url("/new"), str(
        {k: reader.row()[k] for k in ("status", "reason", "detail", "moved_polls", "failures")}
    )
    assert reader.row()["reason"] == Reason.SERVER_ERROR


def test_a_restart_keeps_the_adopted_place(outlet, reader):
    adopted(outlet, reader)
    reader.reads(outlet.url("/feed"))
    reader.now = NOW + 10**6
    assert reader.poll_due() == [outlet.url("/feed")]
    assert outlet.seen[-1].path == "/new"


@pytest.mark.parametrize(
    ("here", "there", "is_one"),
    [
        ("http://a.example/feed", "https://a.example/feed", True),
        ("http://a.example", "https://a.example/", True),
        ("http://a.example:80/f?x=1", "https://A.example/f?x=1", True),
        ("https://a.example/feed", "http://a.example/feed", False),
        ("http://a.example/feed", "https://www.a.example/feed", False),
        ("http://a.example/feed", "https://a.example/", False),
        ("http://a.example/f?x=1", "https://a.example/f", False),
    ],
)
def test_an_upgrade_is_the_same_place_by_https(here, there, is_one):
    assert redirects.is_upgrade(here, there) is is_one
