"""The conduct table, row by row, as an outlet on loopback sees it; docs/conduct.md lists the rows that stand elsewhere.

The clock is the test's; validators, hints and errors go through real HTTP, the child that reads feeds, and the store.
"""

import pytest

from services.contracts import Reason
from services.store import feeds, open_store
from tests.fetcher.polling import CEILING, DAY, FLOOR, HOUR, NOW, Reader, gmt, polls_of, rss
from tests.fetcher.serving import respond


def conditional(outlet, body, **headers):
    """A feed that answers 304 to whoever names its ETag."""

    def answer(handler):
        is_known = handler.headers.get("If-None-Match") == headers["ETag"]
        respond(handler, b"" if is_known else body, 304 if is_known else 200, **headers)

    outlet.answers["/feed"] = answer
    return outlet.url("/feed")


# Validators: rows 1 to 8


@pytest.mark.parametrize("etag", ['"a"', 'W/"a:b,c"', "naked", '"é-ÿ"'])
def test_row_1_the_etag_comes_back_byte_for_byte(outlet, reader, etag):
    reader.reads(conditional(outlet, rss("a"), ETag=etag))
    reader.poll()
    reader.poll()
    assert [headers.get("if-none-match") for headers in polls_of(outlet, "/feed")] == [None, etag]
    assert reader.row()["status"] == 304


@pytest.mark.parametrize("date", ["Sat, 01 Nov 2025 10:00:00 GMT", "yesterday, about noon"])
def test_row_2_last_modified_comes_back_byte_for_byte(outlet, reader, date):
    reader.reads(outlet.says("/feed", rss("a"), Last_Modified=date))
    reader.poll()
    reader.poll()
    assert polls_of(outlet, "/feed")[1]["if-modified-since"] == date


def test_row_3_both_validators_come_back_where_both_are_known(outlet, reader):
    reader.reads(outlet.says("/feed", rss("a"), Last_Modified="then", ETag='"1"'))
    reader.poll()
    reader.poll()
    second = polls_of(outlet, "/feed")[1]
    assert (second["if-none-match"], second["if-modified-since"]) == ('"1"', "then")


def test_row_4_the_same_body_with_new_validators_brings_the_new_ones(outlet, reader):
    reader.reads(outlet.says("/feed", rss("a"), ETag='"1"'))
    reader.poll()
    outlet.says("/feed", rss("a"), ETag='"2"')
    reader.poll()
    assert reader.state().etag == '"2"'


def test_row_5_a_304_with_a_new_etag_brings_it(outlet, reader):
    reader.reads(outlet.says("/feed", rss("a"), ETag='"1"', Last_Modified="then"))
    reader.poll()
    outlet.says("/feed", status=304, ETag='"2"')
    reader.poll()
    assert (reader.state().etag, reader.state().last_modified) == ('"2"', "then")


def test_row_6_validators_that_a_200_no_longer_carries_are_dropped(outlet, reader):
    reader.reads(outlet.says("/feed", rss("a"), ETag='"1"', Last_Modified="then"))
    reader.poll()
    outlet.says("/feed", rss("a", "b"))
    reader.poll()
    assert (reader.state().etag, reader.state().last_modified) == (None, None)


@pytest.mark.parametrize("status", [400, 403, 404, 429, 500, 503])
def test_row_7_an_error_leaves_the_validators_alone(outlet, reader, status):
    reader.reads(outlet.says("/feed", rss("a"), ETag='"1"', Last_Modified="then"))
    reader.poll()
    outlet.says("/feed", b"<html>sorry</html>", status, ETag='"error page"')
    reader.poll()
    assert (reader.state().etag, reader.state().last_modified) == ('"1"', "then")


def test_row_7_an_answer_that_breaks_off_leaves_the_validators_alone(outlet, reader):
    reader.reads(outlet.says("/feed", rss("a"), ETag='"1"'))
    reader.poll()
    outlet.answers["/feed"] = lambda handler: handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nx")
    reader.poll()
    assert reader.state().etag == '"1"'
    assert reader.account() == {"unreachable": 1}


def test_row_8_validators_survive_a_restart(outlet, sandbox, tmp_path):
    url = conditional(outlet, rss("a"), ETag='W/"a:b,c"', Last_Modified="then")
    for _ in range(2):
        store = open_store(f"sqlite:///{tmp_path / 'kept.db'}")
        Reader(store, sandbox).reads(url).poll()
        store.close()
    second = polls_of(outlet, "/feed")[1]
    assert (second["if-none-match"], second["if-modified-since"]) == ('W/"a:b,c"', "then")


def test_row_8_validators_go_only_to_the_url_that_issued_them(outlet, reader):
    reader.reads(outlet.redirects("/feed", "/there", 302))
    outlet.says("/there", rss("a"), ETag='"there"')
    reader.poll()
    outlet.says("/feed", rss("a"), ETag='"here"')
    reader.poll()
    reader.poll()
    assert [headers.get("if-none-match") for headers in polls_of(outlet, "/feed")] == [None, None, '"here"']


# When the next poll comes: rows 9 to 21


def announced(outlet, reader, body=None, **headers):
    """Seconds up to the next poll after a response with these headers."""
    reader.reads(outlet.says("/feed", body or rss("a"), **headers))
    reader.poll()
    return reader.wait


def test_row_9_no_poll_before_max_age_is_over(outlet, reader):
    assert HOUR <= announced(outlet, reader, Cache_Control="public, max-age=3600") <= 1.1 * HOUR
    reader.now += HOUR - 1
    assert reader.poll_due() == []
    reader.now += 0.1 * HOUR + 1
    assert reader.poll_due() == [outlet.url("/feed")]


def test_row_9_max_age_is_capped_at_a_day(outlet, reader):
    assert announced(outlet, reader, Cache_Control="max-age=31536000") == DAY


def test_row_10_max_age_counts_on_a_304_too(outlet, reader):
    reader.reads(outlet.says("/feed", rss("a"), ETag='"1"'))
    reader.poll()
    outlet.says("/feed", status=304, Cache_Control="max-age=7200")
    reader.poll()
    assert 2 * HOUR <= reader.wait <= 2.2 * HOUR


def test_row_11_expires_is_read_against_date_so_that_a_wrong_clock_does_no_harm(outlet, reader):
    skewed = NOW - 500_000
    assert 900 <= announced(outlet, reader, Date=gmt(skewed), Expires=gmt(skewed + 900)) <= 990


@pytest.mark.parametrize("value", ["0", "-1", "never", "Thu, 99 Foo 2025 99:99:99 GMT"])
def test_row_11_an_expires_without_sense_is_no_hint(outlet, reader, value):
    assert announced(outlet, reader, Expires=value) <= CEILING


@pytest.mark.parametrize("value", ["no-cache, max-age=86400", "no-store, max-age=86400"])
def test_row_12_no_cache_and_no_store_are_no_hint_to_wait(outlet, reader, value):
    assert announced(outlet, reader, Cache_Control=value) <= CEILING


def test_row_12_age_is_taken_off(outlet, reader):
    assert 1_800 <= announced(outlet, reader, Cache_Control="max-age=3600", Age="1800") <= 1_980


def test_row_13_a_429_is_waited_out_in_seconds_and_as_a_date(outlet, reader):
    for value in ("1800", gmt(NOW + 1_800)):
        reader.reads(outlet.says("/feed", status=429, Retry_After=value, Date=gmt(NOW)))
        reader.poll()
        assert reader.wait == 1_800
        assert reader.row()["reason"] == Reason.RATE_LIMITED


def test_row_14_a_503_is_waited_out(outlet, reader):
    reader.reads(outlet.says("/feed", status=503, Retry_After="2400"))
    reader.poll()
    assert reader.wait == 2_400


def test_row_15_one_feed_that_is_told_to_wait_does_not_hold_its_host(outlet, reader):
    reader.reads(outlet.says("/a", status=429, Retry_After="600"), outlet.says("/b", rss("b")))
    assert reader.poll(outlet.url("/b")) == 0
    assert reader.poll(outlet.url("/a")) == 0
    reader.now += 120
    assert outlet.url("/a") not in reader.poll_due()


@pytest.mark.parametrize(
    ("status", "after", "held"), [(429, "600", 600), (503, "600", 600), (429, "", 60), (503, "", 0)]
)
def test_row_15_two_feeds_that_are_told_to_wait_hold_their_host(outlet, other_outlet, reader, status, after, held):
    first, second = (outlet.says(path, status=status, Retry_After=after) for path in ("/a", "/b"))
    elsewhere = other_outlet.says("/c", status=status, Retry_After=after)
    reader.reads(first, elsewhere, second)
    assert [reader.poll(url) for url in (first, elsewhere, second)] == [0, 0, held]


def test_row_15_a_failure_of_another_feed_that_is_long_past_holds_nothing(outlet, reader):
    first, second = (outlet.says(path, status=429, Retry_After="600") for path in ("/a", "/b"))
    reader.reads(first, second)
    reader.poll(first)
    reader.now += 2 * HOUR
    assert reader.poll(second) == 0


def test_row_16_ttl_is_waited_for(outlet, reader):
    assert 2 * HOUR <= announced(outlet, reader, rss("a", channel="<ttl>120</ttl>")) <= 2.2 * HOUR


def test_row_17_skipped_hours_and_days_are_left_out(outlet, reader):
    hours = "<skipHours><hour>13</hour><hour>14</hour></skipHours>"
    wait = announced(outlet, reader, rss("a", channel=f"<ttl>75</ttl>{hours}"))
    assert 3 * HOUR <= wait <= 3 * HOUR + 60  # from 12:00 to 15:00 GMT
    days = "<skipDays><day>Friday</day><day>Saturday</day></skipDays>"
    wait = announced(outlet, reader, rss("a", channel=f"<ttl>780</ttl>{days}"))
    assert 60 * HOUR <= wait <= 60 * HOUR + 60  # from Thursday 12:00 to Sunday 00:00 GMT


def test_row_18_the_update_period_is_waited_for_and_its_base_sets_the_moment(outlet, reader):
    def syndicated(base):
        sy = "<sy:updatePeriod>daily</sy:updatePeriod><sy:updateFrequency>8</sy:updateFrequency>"
        return rss("a", channel=sy + base).replace(
            b"<rss ", b"<rss xmlns:sy='http://purl.org/rss/1.0/modules/syndication/' "
        )

    assert 3 * HOUR <= announced(outlet, reader, syndicated("")) <= 3.3 * HOUR
    base = "<sy:updateBase>2025-01-01T01:00+00:00</sy:updateBase>"
    assert HOUR <= announced(outlet, reader, syndicated(base)) <= 1.1 * HOUR  # 01:00, 04:00 … 13:00


def test_row_19_without_hints_the_interval_follows_the_outlets_own_rhythm(outlet, reader):
    reader.chance = lambda: 0.5
    names = [f"n{number}" for number in range(10)]
    assert announced(outlet, reader, rss(*names, every=HOUR)) == pytest.approx(0.45 * HOUR)
    assert announced(outlet, reader, rss(*names, every=4 * HOUR)) == pytest.approx(1.8 * HOUR)


@pytest.mark.parametrize(("chance", "factor"), [(0.0, 0.9), (0.5, 1.0), (1.0, 1.1)])
def test_row_19_the_interval_has_a_floor_and_a_tenth_of_jitter(outlet, reader, chance, factor):
    reader.chance = lambda: chance
    assert announced(outlet, reader, rss("a", "b", every=0)) == pytest.approx(FLOOR * factor)


def test_row_20_errors_back_off_up_to_a_day_and_never_for_ever(outlet, reader):
    reader.chance = lambda: 0.5
    reader.reads(outlet.says("/feed", status=500))
    waits = []
    for _ in range(14):
        reader.poll()
        waits.append(reader.wait)
    assert waits[:4] == [60, 120, 240, 480]
    assert waits[-3:] == [DAY, DAY, DAY]


def test_row_21_a_restart_does_not_poll_everything_again(outlet, sandbox, tmp_path):
    urls = [outlet.says(f"/feed{number}", rss("a"), Cache_Control="max-age=3600") for number in range(5)]
    store = open_store(f"sqlite:///{tmp_path / 'kept.db'}")
    assert sorted(Reader(store, sandbox).reads(*urls).poll_due()) == sorted(urls)
    store.close()
    store = open_store(f"sqlite:///{tmp_path / 'kept.db'}")
    again = Reader(store, sandbox, now=NOW + 600).reads(*urls)
    assert again.poll_due() == []
    assert len(outlet.seen) == 5
    again.now = NOW + 1.2 * HOUR
    assert len(again.poll_due()) == 5
    store.close()


# What an answer means: rows 25, 26, 41


def test_row_25_a_410_stops_the_feed_and_tells_the_operator(outlet, reader):
    reader.reads(outlet.says("/feed", status=410))
    reader.poll()
    reader.now += 1_000 * DAY
    assert reader.poll_due() == []
    with reader.store.read() as tx:
        (problem,) = feeds.problems(tx)
    assert (problem["reason"], problem["status"]) == (Reason.GONE, 410)


def test_row_25_a_404_backs_off(outlet, reader):
    reader.chance = lambda: 0.5
    reader.reads(outlet.url("/feed"))
    waits = []
    for _ in range(3):
        reader.poll()
        waits.append(reader.wait)
    assert waits == [60, 120, 240]


@pytest.mark.parametrize(("status", "reason"), [(401, Reason.FORBIDDEN), (403, Reason.FORBIDDEN), (451, Reason.LEGAL)])
def test_row_26_a_refusal_is_a_status_of_its_own_asked_again_slowly_as_ourselves(outlet, reader, status, reason):
    reader.reads(outlet.says("/feed", status=status, WWW_Authenticate="Basic"))
    reader.poll()
    assert reader.wait >= 5 * HOUR
    reader.poll()
    assert (reader.row()["status"], reader.row()["reason"]) == (status, reason)
    assert len({headers["user-agent"] for headers in polls_of(outlet, "/feed")}) == 1
    assert not any("authorization" in headers for headers in polls_of(outlet, "/feed"))


def test_rows_29_to_32_a_poll_is_one_get_that_says_who_asks_and_what_for(outlet, reader):
    reader.reads(outlet.says("/feed", rss("a"), Set_Cookie="id=1"))
    reader.poll()
    reader.poll()
    assert [(seen.method, seen.path) for seen in outlet.seen] == [("GET", "/feed")] * 2
    for headers in polls_of(outlet, "/feed"):
        assert headers["user-agent"].startswith("vigie/0.1 (+https://")
        assert headers["accept"].startswith("application/rss+xml")
        assert headers["accept"].endswith("*/*;q=0.1")
        assert set(headers) == {"host", "user-agent", "accept", "accept-encoding"}


@pytest.mark.parametrize("content_type", ["text/html", "text/plain", "application/octet-stream", "image/png"])
def test_row_41_a_feed_is_recognised_whatever_it_is_called(outlet, reader, content_type):
    reader.reads(outlet.says("/feed", rss("a"), Content_Type=content_type))
    reader.poll()
    assert reader.titles() == ["a"]


def test_row_41_an_html_error_page_is_an_error_and_not_an_empty_feed(outlet, reader):
    reader.reads(outlet.says("/feed", rss("a"), ETag='"1"'))
    reader.poll()
    outlet.says("/feed", b"<!doctype html><html><body>Back soon</body></html>", Content_Type="application/rss+xml")
    reader.poll()
    assert reader.account() == {"not_a_feed": 1}
    assert reader.state().etag == '"1"'
