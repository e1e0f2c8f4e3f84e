import pytest

from services.cleaner import dates, phrases

MONTHS = phrases.load().months


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("2022-01-27T10:30:00+02:00", "2022-01-27T10:30:00+02:00"),
        ("2022-01-27T10:30:00.123Z", "2022-01-27T10:30:00+00:00"),
        ("2022-01-27T10:30+0200", "2022-01-27T10:30:00+02:00"),
        ("2022-01-27", "2022-01-27"),
        ("Thu, 27 Jan 2022 10:30:00 GMT", "2022-01-27T10:30:00+00:00"),
        ("1643279400", "2022-01-27T10:30:00+00:00"),
        ("27 - 01 - 2022", "2022-01-27"),
        ("27/01/2022", "2022-01-27"),
        ("27.01.2022, 10:30", "2022-01-27T10:30:00"),
        ("27.1.2022 um 10.30 Uhr", "2022-01-27T10:30:00"),
        ("27 janvier 2022 à 10h30", "2022-01-27T10:30:00"),
        ("1er février 2022", "2022-02-01"),
        ("January 27, 2022 10:30 pm", "2022-01-27T22:30:00"),
        ("27. Januar 2022", "2022-01-27"),
        ("27 de enero de 2022", "2022-01-27"),
        ("27 gennaio 2022", "2022-01-27"),
        ("27 stycznia 2022", "2022-01-27"),
        ("27 januari 2022", "2022-01-27"),
        ("27 de janeiro de 2022", "2022-01-27"),
        ("27 січня 2022, 10:30", "2022-01-27T10:30:00"),
        ("27 января 2022 года", "2022-01-27"),
        ("27 يناير 2022", "2022-01-27"),
        ("27 Ocak 2022", "2022-01-27"),
        ("27 OCAK 2022", "2022-01-27"),
        ("2022.01.27", "2022-01-27"),
        ("27-Jan-2022", "2022-01-27"),
        ("27.01.22", "2022-01-27"),
        ("2022年1月27日", "2022-01-27"),
        ("2022년 1월 27일", "2022-01-27"),
    ],
)
def test_dates_are_read_in_every_form_and_language(text: str, iso: str) -> None:
    assert dates.parse(text, MONTHS) == iso


@pytest.mark.parametrize(
    "text",
    [
        "",
        "yesterday",
        "31.02.2022",
        "1.2.3.4",
        "0000-00-00",
        "99999999999999",
        "T",
        "2022-13-45",
        "27 blub 2022",
        "9" * 5000,
    ],
)
def test_what_is_no_date_is_none(text: str) -> None:
    assert dates.parse(text, MONTHS) is None


@pytest.mark.parametrize(
    ("url", "iso"),
    [
        ("https://news.example/2022/01/26/story.html", "2022-01-26"),
        ("https://news.example/20220126/story-1054620635.html", "2022-01-26"),
        ("https://news.example/story-2022-01-26", "2022-01-26"),
        ("https://news.example/news/26-01-2022", "2022-01-26"),
        ("https://news.example/2022/story", None),
        ("https://news.example/id/99887766554433", None),
        ("https://news.example/?d=2022-01-26", None),
    ],
)
def test_the_day_that_an_address_names(url: str, iso: str | None) -> None:
    assert dates.from_url(url) == iso


def test_american_pages_put_the_month_first_where_both_orders_are_possible() -> None:
    assert dates.parse("3/9/2026", MONTHS, month_first=True) == "2026-03-09"
    assert dates.parse("27/1/2022", MONTHS, month_first=True) == "2022-01-27"
    assert dates.parse("3.9.2026", MONTHS, month_first=True) == "2026-09-03"


def test_several_dates_in_a_line_are_found_in_its_order() -> None:
    line = "Published January 27, 2022 10:30, updated 28/01/2022"
    assert [found.iso for found in dates.find_all(line, MONTHS)] == ["2022-01-27T10:30:00", "2022-01-28"]
