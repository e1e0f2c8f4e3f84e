"""Rows 34 and 36 of the conduct table, and polls that come too late: what a poll did not bring."""

import json

import pytest

from services.fetcher.backfill import MAX_PAGES
from tests.fetcher.polling import FLOOR, HOUR, polls_of, rss
from tests.fetcher.serving import respond

ATOM = "xmlns:atom='http://www.w3.org/2005/Atom'"


def linked(names, relation, target, **options):
    channel = f"<atom:link {ATOM} rel='{relation}' href='{target}'/>"
    return rss(*names, channel=channel, **options)


def names(first, count):
    return [f"n{number:03}" for number in range(first, first - count, -1)]


# Differences


def test_row_34_differences_are_asked_for_and_a_226_is_merged_not_taken_for_the_whole(outlet, reader):
    reader.chance = lambda: 0.5
    reader.reads(outlet.says("/feed", rss(*names(20, 10), channel="<ttl>5</ttl>"), ETag='"1"'))
    reader.poll()
    before = json.loads(reader.state().pace)
    outlet.says("/feed", rss("n021", at=reader.now + 60), 226, ETag='"2"', IM="feed")
    reader.now += 60
    reader.poll()
    second = polls_of(outlet, "/feed")[1]
    assert (second["a-im"], second["if-none-match"]) == ("feed", '"1"')
    assert len(reader.titles()) == 11
    assert reader.state().etag == '"2"'
    after = json.loads(reader.state().pace)
    assert after["recent"] == [reader.now, *before["recent"]][:10]
    assert (after["ttl_s"], after["entries"]) == (300, 10)
    assert reader.row()["gaps"] == 0


def test_row_34_no_difference_is_asked_for_before_there_is_something_to_differ_from(outlet, reader):
    reader.reads(outlet.says("/feed", rss("a")))
    reader.poll()
    reader.poll()
    assert not any("a-im" in headers for headers in polls_of(outlet, "/feed"))


def test_row_34_a_226_of_another_kind_is_refused_and_the_whole_is_asked_for(outlet, reader):
    reader.reads(outlet.says("/feed", rss("a"), ETag='"1"'))
    reader.poll()
    outlet.says("/feed", rss("b"), 226, ETag='"2"', IM="vcdiff")
    reader.poll()
    assert (reader.titles(), reader.state().etag) == (["a"], '"1"')
    reader.poll()
    assert ["a-im" in headers for headers in polls_of(outlet, "/feed")] == [False, True, False]


# Gaps


def test_a_poll_without_overlap_is_recorded_and_shortens_the_interval(outlet, reader):
    reader.chance = lambda: 0.5
    reader.reads(outlet.says("/feed", rss(*names(10, 10))))
    reader.poll()
    usual = reader.wait
    reader.now += 1_000
    outlet.says("/feed", rss(*names(40, 10), at=reader.now))
    reader.poll()
    assert (reader.row()["gaps"], reader.row()["gap"]) == (1, reader.now)
    assert "entries may have been missed" in reader.row()["detail"]
    assert reader.wait == 500 < usual
    reader.now += 500
    outlet.says("/feed", rss(*names(70, 10), at=reader.now))
    reader.poll()
    assert (reader.row()["gaps"], reader.wait) == (2, 250)


def test_the_shortened_interval_widens_again_and_has_a_floor(outlet, reader):
    reader.chance = lambda: 0.5
    reader.reads(outlet.says("/feed", rss(*names(10, 10))))
    reader.poll()
    for first in (40, 70, 100):
        reader.now += FLOOR
        outlet.says("/feed", rss(*names(first, 10), at=reader.now))
        reader.poll()
    assert reader.wait == FLOOR
    waits = []
    for first in range(101, 131):
        outlet.says("/feed", rss(*names(first, 10), at=reader.now))
        reader.poll()
        waits.append(reader.wait)
    assert waits == sorted(waits)
    assert waits[-1] == pytest.approx(0.45 * HOUR)
    assert json.loads(reader.state().pace)["brisk_s"] is not None
    assert reader.row()["detail"] is None


def test_a_gap_never_undercuts_what_the_outlet_announces(outlet, reader):
    reader.reads(outlet.says("/feed", rss(*names(10, 10)), Cache_Control="max-age=3600"))
    reader.poll()
    reader.now += 2 * HOUR
    outlet.says("/feed", rss(*names(40, 10)), Cache_Control="max-age=3600")
    reader.poll()
    assert reader.row()["gaps"] == 1
    assert reader.wait >= HOUR


@pytest.mark.parametrize("after", [rss("a", "new"), rss("new", "a"), rss()], ids=["new last", "new first", "empty"])
def test_a_poll_that_overlaps_or_brings_nothing_is_no_gap(outlet, reader, after):
    reader.reads(outlet.says("/feed", rss("a", "b")))
    reader.poll()
    outlet.says("/feed", after)
    reader.poll()
    assert reader.row()["gaps"] == 0


def test_the_first_poll_and_the_first_entries_of_an_empty_feed_are_no_gap(outlet, reader):
    reader.reads(outlet.says("/feed", rss()))
    reader.poll()
    outlet.says("/feed", rss("a"))
    reader.poll()
    assert reader.row()["gaps"] == 0


# Archives


@pytest.mark.parametrize("relation", ["prev-archive", "next"])
def test_row_36_a_gap_is_filled_from_the_archive_up_to_what_is_known(outlet, reader, relation):
    reader.reads(outlet.says("/feed", rss(*names(10, 10))))
    reader.poll()
    outlet.says("/feed", linked(names(40, 10), relation, "/archive/3"))
    for page, first in ((3, 30), (2, 20), (1, 12), (0, 2)):
        outlet.says(f"/archive/{page}", linked(names(first, 10), relation, f"/archive/{page - 1}"))
    reader.poll()
    assert [seen.path for seen in outlet.seen] == ["/feed", "/feed", "/archive/3", "/archive/2", "/archive/1"]
    assert reader.titles() == sorted(names(40, 40))
    assert "the gap is closed" in reader.row()["detail"]
    assert reader.asked_turns == [outlet.url(f"/archive/{page}") for page in (3, 2, 1)]


def test_row_36_a_json_feed_is_filled_by_its_next_url(outlet, reader):
    def feed(first, following=None):
        items = [{"id": name, "url": f"https://news.example/{name}", "title": name} for name in names(first, 5)]
        form = {"version": "https://jsonfeed.org/version/1.1", "title": "News", "items": items, "next_url": following}
        return json.dumps(form).encode()

    reader.reads(outlet.says("/feed", feed(5)))
    reader.poll()
    outlet.says("/feed", feed(20, "/page/2"))
    outlet.says("/page/2", feed(15, "/page/3"))
    outlet.says("/page/3", feed(10, "/page/4"))
    outlet.says("/page/4", feed(5))
    reader.poll()
    assert reader.titles() == sorted(names(20, 20))


def test_row_36_without_a_gap_no_archive_is_asked_for(outlet, reader):
    reader.reads(outlet.says("/feed", linked(names(10, 10), "prev-archive", "/archive")))
    reader.poll()
    outlet.says("/feed", linked(names(15, 10), "prev-archive", "/archive"))
    reader.poll()
    assert polls_of(outlet, "/archive") == []


def test_row_36_the_archive_is_followed_within_a_bound_and_never_in_a_circle(outlet, reader):
    def endless(handler):
        page = int(handler.path.rpartition("/")[2])
        respond(handler, linked(names(5_000 + page * 10, 5), "next", f"/archive/{page + 1}"))

    reader.reads(outlet.says("/feed", rss(*names(10, 10))))
    reader.poll()
    for page in range(3 * MAX_PAGES):
        outlet.answers[f"/archive/{page}"] = endless
    outlet.says("/feed", linked(names(900, 10), "next", "/archive/0"))
    reader.poll()
    assert len(outlet.seen) == 2 + MAX_PAGES
    outlet.says("/feed", linked(names(800, 10), "next", "/circle"))
    outlet.says("/circle", linked(names(700, 10), "next", "/feed"))
    reader.poll()
    assert len(polls_of(outlet, "/circle")) == 1
    assert len(polls_of(outlet, "/feed")) == 3


@pytest.mark.parametrize("status", [404, 500])
def test_row_36_an_archive_that_fails_costs_nothing_of_the_poll(outlet, reader, status):
    reader.reads(outlet.says("/feed", rss(*names(10, 10))))
    reader.poll()
    outlet.says("/feed", linked(names(40, 10), "next", "/archive"), ETag='"2"')
    outlet.says("/archive", status=status)
    reader.poll()
    assert len(reader.titles()) == 20
    assert reader.state().etag == '"2"'
    assert reader.account() == {"ok": 1}
