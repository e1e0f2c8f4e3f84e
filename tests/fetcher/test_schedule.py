"""Rows 9-20, 25 and 26 of the conduct table, as decisions with the clock in the test's hand."""

from dataclasses import replace
from datetime import UTC, datetime
from email.utils import formatdate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.contracts import Reason
from services.fetcher import schedule
from services.fetcher.entries import Entry, Feed
from services.fetcher.schedule import DAY, HOUR, Pace

NOW = datetime(2025, 11, 20, 12, 30, tzinfo=UTC).timestamp()  # a Thursday


def low() -> float:
    return 0.0


def middle() -> float:
    return 0.5


def high() -> float:
    return 0.999999


UNKNOWN = Pace()


def next_poll(headers=None, known=UNKNOWN, chance=middle, least=60.0, most=DAY):
    return schedule.after_success(known, headers or {}, now=NOW, interval_min=least, interval_max=most, chance=chance)


def wait(**arguments) -> float:
    return next_poll(**arguments).at - NOW


def gmt(seconds: float) -> str:
    return formatdate(seconds, usegmt=True)


# What the outlet announces


@pytest.mark.parametrize("chance", [low, middle, high])
def test_no_poll_before_max_age_is_over(chance):
    assert 3_600 <= wait(headers={"cache-control": "public, max-age=3600"}, chance=chance) <= 3_600 * 1.1


@pytest.mark.parametrize("chance", [low, middle, high])
@pytest.mark.parametrize("value", ["max-age=31536000", "max-age=99999999999999999999", 'max-age="999999"'])
def test_max_age_is_capped_at_a_day(chance, value):
    assert wait(headers={"cache-control": value}, chance=chance) == DAY


def test_age_is_taken_off_max_age():
    assert schedule.fresh_for({"cache-control": "max-age=600", "age": "200"}, NOW) == 400
    assert schedule.fresh_for({"cache-control": "max-age=600", "age": "900"}, NOW) == 0
    assert schedule.fresh_for({"cache-control": "max-age=600", "age": "-5"}, NOW) == 600


def test_expires_is_read_against_date_so_that_a_wrong_clock_does_no_harm():
    skewed = NOW - 500_000
    assert schedule.fresh_for({"date": gmt(skewed), "expires": gmt(skewed + 900)}, NOW) == 900
    assert schedule.fresh_for({"expires": gmt(NOW + 900)}, NOW) == 900


@pytest.mark.parametrize(
    "headers",
    [
        {"expires": "0"},
        {"expires": "-1"},
        {"expires": ""},
        {"expires": "never"},
        {"expires": "Thu, 99 Foo 2025 99:99:99 GMT"},
        {"expires": gmt(NOW - 100)},
        {"cache-control": "no-cache"},
        {"cache-control": "no-store, max-age=600"},
        {"cache-control": "no-cache, max-age=600"},
        {"cache-control": "max-age=-1"},
        {"cache-control": "max-age=soon", "expires": gmt(NOW + 600)},
        {"cache-control": ",,,=,max-age"},
        {"cache-control": "max-age=0", "expires": gmt(NOW + 600)},
    ],
)
def test_what_says_stale_or_nonsense_is_no_hint(headers):
    assert schedule.fresh_for(headers, NOW) == 0
    assert next_poll(headers=headers).because.startswith("own rhythm")


def test_max_age_wins_over_expires():
    assert schedule.fresh_for({"cache-control": "max-age=60", "expires": gmt(NOW + 900)}, NOW) == 60


def test_ttl_holds_a_poll_back_and_is_capped_at_a_day():
    assert 1_800 <= wait(known=Pace(ttl_s=1_800.0)) <= 1_980
    assert wait(known=Pace(ttl_s=1e9)) == DAY


def test_of_several_hints_the_longest_counts():
    assert 7_200 <= wait(headers={"cache-control": "max-age=60"}, known=Pace(ttl_s=7_200.0)) <= 7_920


def test_the_update_period_is_waited_for():
    assert 1_800 <= wait(known=Pace(update_period_s=1_800.0)) <= 1_980
    assert wait(known=Pace(update_period_s=30 * DAY)) == DAY


def test_the_update_base_sets_the_moment():
    base = datetime(2000, 1, 1, tzinfo=UTC).timestamp()
    known = Pace(update_period_s=HOUR, update_base=base)
    assert wait(known=known, chance=low) == 1_800  # half past twelve: the next full hour is meant
    assert wait(known=replace(known, update_base=NOW + 10 * DAY), chance=low) == HOUR


def test_a_floor_stands_under_every_hint():
    assert wait(headers={"cache-control": "max-age=1"}, chance=low) == 60


def test_skipped_hours_are_left_out():
    decision = next_poll(known=Pace(ttl_s=3_600.0, skip_hours=(13, 14)), chance=low)
    assert decision.at == datetime(2025, 11, 20, 15, tzinfo=UTC).timestamp()
    assert "skipHours" in decision.because


def test_skipped_days_are_left_out():
    decision = next_poll(known=Pace(ttl_s=DAY, skip_days=(4, 5)), chance=low)
    assert decision.at == datetime(2025, 11, 23, tzinfo=UTC).timestamp()


def test_a_feed_that_skips_every_hour_is_polled_all_the_same():
    assert wait(known=Pace(ttl_s=HOUR, skip_hours=tuple(range(24))), chance=low) == HOUR


# The outlet's own rhythm


def busy(gap: float, since: float = 0.0, count: int = 10) -> Pace:
    return Pace(recent=tuple(NOW - since - gap * number for number in range(1, count + 1)))


def test_a_busy_outlet_is_polled_more_often_than_a_quiet_one():
    assert wait(known=busy(600)) == pytest.approx(300)
    assert wait(known=busy(7_200)) == pytest.approx(3_600)


def test_an_outlet_that_fell_silent_is_polled_less_and_less():
    assert wait(known=busy(600, since=DAY)) > wait(known=busy(600, since=HOUR)) > wait(known=busy(600))


def test_the_rhythm_has_a_floor_and_a_ceiling():
    assert wait(known=busy(1)) == 60
    assert wait(known=busy(30 * DAY), most=6 * HOUR) == 6 * HOUR


def test_jitter_is_at_most_a_tenth_either_way():
    assert wait(known=busy(7_200), chance=low) == pytest.approx(3_240)
    assert wait(known=busy(7_200), chance=high) == pytest.approx(3_960, rel=1e-5)


def test_a_feed_without_dates_or_with_dates_to_come_has_a_usual_interval():
    assert wait() == schedule.UNKNOWN_RHYTHM
    assert wait(known=Pace(recent=(NOW + HOUR,))) == schedule.UNKNOWN_RHYTHM


@given(
    st.floats(0, 1, exclude_max=True),
    st.floats(0, 1e9),
    st.lists(st.floats(NOW - 1e9, NOW + 1e6), max_size=10),
    st.frozensets(st.integers(0, 23)),
    st.frozensets(st.integers(0, 6)),
    st.text(max_size=30),
)
def test_the_next_poll_is_never_before_the_floor_nor_more_than_some_days_away(chance, ttl, dates, hours, days, cache):
    known = Pace(ttl_s=ttl, recent=tuple(dates), skip_hours=tuple(hours), skip_days=tuple(days))
    seconds = wait(known=known, headers={"cache-control": cache}, chance=lambda: chance)
    assert 54 <= seconds <= 10 * DAY


def test_a_pace_comes_from_a_feed_and_survives_storage():
    dated = [Entry(None, None, "", published=f"2025-11-{day:02}T10:00:00Z") for day in range(1, 20)]
    feed = Feed("", (*dated, Entry(None, None, "")), "rss20", ttl_s=60.0, skip_hours=(1, 2), update_base=5.0)
    known = schedule.pace(feed)
    assert len(known.recent) == schedule.RECENT
    assert known.recent[0] == datetime(2025, 11, 19, 10, tzinfo=UTC).timestamp()
    assert Pace.from_json(known.to_json()) == known
    assert Pace.from_json(None) == Pace()


# Failures


def after(reason, failures=1, headers=None, chance=middle):
    return schedule.after_failure(reason, failures, headers or {}, now=NOW, interval_min=60.0, chance=chance)


def test_errors_back_off_exponentially_and_never_beyond_a_day():
    waits = [after(Reason.SERVER_ERROR, failures).at - NOW for failures in range(1, 2_000, 1)]
    assert waits[:4] == [60, 120, 240, 480]
    assert max(waits) == DAY
    assert waits == sorted(waits)


@pytest.mark.parametrize("reason", [Reason.RATE_LIMITED, Reason.SERVER_ERROR])
def test_retry_after_is_honoured_in_seconds_and_as_a_date(reason):
    assert after(reason, headers={"retry-after": "900"}).at == NOW + 900
    assert after(reason, headers={"retry-after": gmt(NOW + 900)}).at == NOW + 900


def test_a_retry_after_date_is_read_against_the_outlets_own_clock():
    skewed = NOW + 40_000
    assert schedule.retry_after({"retry-after": gmt(skewed + 300), "date": gmt(skewed)}, NOW) == 300


@pytest.mark.parametrize("value", ["", "soon", "-5", "1.5", "1e9", "٣", "Thu, 99 Foo 2025"])
def test_a_nonsense_retry_after_is_no_hint(value):
    assert schedule.retry_after({"retry-after": value}, NOW) is None


def test_retry_after_is_capped_at_a_day_and_never_negative():
    assert schedule.retry_after({"retry-after": "9" * 50}, NOW) == DAY
    assert schedule.retry_after({"retry-after": gmt(NOW - 500)}, NOW) == 0


def test_a_short_retry_after_does_not_shorten_the_back_off():
    assert after(Reason.SERVER_ERROR, failures=8, headers={"retry-after": "1"}).at > NOW + HOUR


def test_a_410_stops_the_feed_and_says_so():
    decision = after(Reason.GONE)
    assert decision.at is None
    assert "410" in decision.because


def test_a_404_backs_off():
    assert after(Reason.NOT_FOUND, 5).at > after(Reason.NOT_FOUND, 1).at > NOW


@pytest.mark.parametrize("reason", [Reason.FORBIDDEN, Reason.LEGAL])
def test_a_refusal_is_tried_again_slowly(reason):
    assert after(reason).at - NOW >= 5 * HOUR
    assert after(reason, 9).at - NOW == DAY


# Pages


def page(reason, attempts=1, headers=None):
    return schedule.page_again(reason, attempts, headers or {}, now=NOW, chance=middle)


@pytest.mark.parametrize("reason", sorted(schedule.PASSING))
def test_a_page_is_tried_again_after_what_passes_and_not_for_ever(reason):
    waits = [page(reason, attempts).at - NOW for attempts in range(1, schedule.PAGE_ATTEMPTS)]
    assert waits == sorted(waits)
    assert waits[0] == 60
    assert page(reason, schedule.PAGE_ATTEMPTS).at is None


@pytest.mark.parametrize("reason", sorted(set(Reason) - schedule.PASSING))
def test_a_page_is_not_tried_again_after_what_stays(reason):
    assert page(reason).at is None


def test_a_page_waits_for_retry_after():
    assert page(Reason.RATE_LIMITED, headers={"retry-after": "600"}).at == NOW + 600
