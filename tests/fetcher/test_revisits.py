"""A page is asked for again where its feed says that the article has changed, and never else (row 42)."""

from itertools import pairwise

import pytest

from services.contracts import Reason, State
from services.fetcher import urls
from services.store import ledger, pages
from tests.fetcher.polling import DAY, HOUR, NOW, gmt, polls_of

HTML = "text/html; charset=utf-8"
FIRST = b"<!doctype html><html><body><p>The dam holds.</p></body></html>"
SECOND = b"<!doctype html><html><body><p>The dam has given way.</p></body></html>"
OWN = {f"extra{number}": f"Another {number}" for number in range(8)}
"""Entries beside the one that a test is about."""


def feed_of(outlet, title="The dam", *, updated="", summary="", others=OWN):
    entries = {"/dam": (title, updated, summary), **{f"/{path}": (said, "", "") for path, said in others.items()}}
    items = "".join(
        f"<entry><id>{outlet.url(path)}</id><link href='{outlet.url(path)}'/><title>{said}</title>"
        f"<published>2025-11-20T08:00:00Z</published>{f'<updated>{when}</updated>' if when else ''}"
        f"<summary>{what}</summary></entry>"
        for path, (said, when, what) in entries.items()
    )
    body = f"<feed xmlns='http://www.w3.org/2005/Atom'><title>News</title>{items}</feed>"
    return outlet.says("/feed", body.encode(), Content_Type="application/atom+xml")


@pytest.fixture
def dam(outlet, reader, downloader):
    """An article whose page was had and indexed, and whose feed is polled again an hour later."""
    reader.reads(feed_of(outlet)).poll()
    url = outlet.says("/dam", FIRST, Content_Type=HTML, ETag='"one"')
    downloader.download_due()
    settle(downloader, url)
    downloader.now = reader.now = NOW + HOUR
    outlet.seen.clear()
    return url


def settle(downloader, url, end=State.INDEXED):
    with downloader.store.write() as tx:
        key = urls.item_key(url)
        ledger.advance(tx, key, State.FETCHED, State.CLEANED, downloader.now)
        if end is State.INDEXED:
            ledger.advance(tx, key, State.CLEANED, end, downloader.now)
        else:
            ledger.end(tx, key, State.CLEANED, end, Reason.OFF_TOPIC, "no term", downloader.now)


def asked(outlet):
    return polls_of(outlet, "/dam")


def test_row_42_a_feed_that_says_the_same_has_no_page_asked_for_again(outlet, reader, downloader, dam):
    feed_of(outlet)
    for _ in range(3):
        reader.now = downloader.now = reader.now + DAY
        reader.poll()
        downloader.download_due()
    assert asked(outlet) == []


@pytest.mark.parametrize(
    "said",
    [{"title": "The dam is gone"}, {"updated": "2025-11-20T12:30:00Z"}, {"summary": "It gave way at noon."}],
    ids=["title", "updated", "summary"],
)
def test_a_changed_entry_has_its_page_asked_for_again_once_and_conditionally(outlet, reader, downloader, dam, said):
    feed_of(outlet, **said)
    reader.poll()
    outlet.says("/dam", status=304)
    for _ in range(3):
        downloader.download_due()
    assert [headers.get("if-none-match") for headers in asked(outlet)] == ['"one"']
    assert downloader.item(dam).state is State.INDEXED
    assert downloader.history(dam)["asked again"] == "the page is as it was"


def test_a_changed_page_goes_through_the_line_again_and_remembers_where_it_stood(outlet, reader, downloader, dam):
    feed_of(outlet, "The dam is gone")
    reader.poll()
    outlet.says("/dam", SECOND, Content_Type=HTML)
    downloader.handed_on.clear()
    downloader.download_due()
    item = downloader.item(dam)
    assert (item.state, item.settled, item.title) == (State.FETCHED, State.INDEXED, "The dam is gone")
    assert downloader.handed_on == [item.key]
    with downloader.store.read() as tx:
        assert pages.get(tx, item.key).body == SECOND
        assert ledger.account(tx).seen == 1 + len(OWN)


def test_a_page_that_comes_with_the_same_bytes_is_no_change(outlet, reader, downloader, dam):
    feed_of(outlet, "The dam is gone")
    reader.poll()
    downloader.download_due()
    assert len(asked(outlet)) == 1
    assert downloader.item(dam).state is State.INDEXED


@pytest.mark.parametrize(
    ("path", "answer"),
    [
        ("/dam", {"status": 404}),
        ("/dam", {"status": 410}),
        ("/dam", {"body": b"%PDF-1.4", "Content_Type": "application/pdf"}),
        ("/robots.txt", {"body": b"User-agent: *\nDisallow: /dam"}),
    ],
    ids=["404", "410", "pdf", "robots"],
)
def test_whatever_a_second_look_runs_into_the_article_stays(outlet, reader, downloader, dam, path, answer):
    feed_of(outlet, "The dam is gone")
    reader.poll()
    outlet.says(path, **answer)
    downloader.download_due()
    outlet.seen.clear()
    downloader.now += DAY
    downloader.download_due()
    assert asked(outlet) == []
    assert downloader.item(dam).state is State.INDEXED
    assert "the article stays as it was" in downloader.history(dam)["asked again"]


def test_a_second_look_that_fails_for_now_is_tried_again_a_few_times(outlet, reader, downloader, dam):
    feed_of(outlet, "The dam is gone")
    reader.poll()
    outlet.says("/dam", status=503)
    for _ in range(20):
        downloader.now += DAY
        downloader.download_due()
    assert 1 < len(asked(outlet)) < 8
    assert downloader.item(dam).state is State.INDEXED
    with downloader.store.read() as tx:
        row = tx.one("SELECT revisit, attempts FROM items WHERE key = ?", urls.item_key(dam))
    assert dict(row) == {"revisit": None, "attempts": 0}


def test_an_article_that_changes_all_the_time_is_asked_for_less_and_less(outlet, reader, downloader, dam):
    looks = []
    for minute in range(0, 8 * 60, 5):
        reader.now = downloader.now = NOW + HOUR + 60 * minute
        feed_of(outlet, updated=gmt(reader.now))
        reader.poll()
        before = len(asked(outlet))
        downloader.download_due()
        looks += [minute] * (len(asked(outlet)) - before)
    pauses = [later - sooner for sooner, later in pairwise(looks)]
    assert looks[0] == 0
    assert pauses == sorted(pauses)
    assert pauses[0] >= 10
    assert len(looks) <= 7


def test_a_feed_that_writes_itself_anew_each_time_says_nothing_of_its_articles(outlet, reader, downloader, dam):
    for poll in range(3):
        feed_of(outlet, f"The dam, {poll}", others={path: f"{said}, {poll}" for path, said in OWN.items()})
        reader.poll()
        downloader.download_due()
    assert asked(outlet) == []


def test_a_dropped_article_is_asked_for_again_too_and_a_page_still_to_be_had_is_not_asked_for_twice(
    outlet, reader, downloader
):
    reader.reads(feed_of(outlet)).poll()
    feed_of(outlet, "The dam is gone")
    reader.poll()  # before its page was had
    url = outlet.says("/dam", FIRST, Content_Type=HTML)
    downloader.download_due()
    settle(downloader, url, State.OFF_TOPIC)
    downloader.download_due()
    assert len(asked(outlet)) == 1
    feed_of(outlet, "The dam is gone, and the war goes on")
    reader.poll()
    outlet.says("/dam", SECOND, Content_Type=HTML)
    downloader.download_due()
    assert (downloader.item(url).state, downloader.item(url).settled) == (State.FETCHED, State.OFF_TOPIC)


def test_a_store_from_before_marks_asks_for_nothing_again(outlet, reader, downloader, dam):
    with reader.store.write() as tx:
        tx.run("UPDATE sightings SET mark = NULL")
    feed_of(outlet, "The dam is gone")
    reader.poll()
    downloader.download_due()
    assert asked(outlet) == []
    feed_of(outlet, "The dam is gone for good")
    reader.poll()
    downloader.download_due()
    assert len(asked(outlet)) == 1
