import pytest

from services.cleaner import titles


@pytest.mark.parametrize(
    ("title", "names", "expected"),
    [
        ("Bridge reopens | The Daily", ["The Daily"], "Bridge reopens"),
        ("Bridge reopens - World - The Daily", ["The Daily"], "Bridge reopens - World"),
        ("The Daily: Bridge reopens", ["The Daily"], "The Daily: Bridge reopens"),
        ("The Daily | Bridge reopens", ["The Daily"], "Bridge reopens"),
        ("Міст відкрили — Вісник", ["Вісник"], "Міст відкрили"),
        ("Lviv - Kyiv: the new line", ["daily.example", "daily"], "Lviv - Kyiv: the new line"),
        ("The Daily", ["The Daily"], "The Daily"),
        ("Bridge reopens | daily.example", ["daily.example"], "Bridge reopens"),
    ],
)
def test_the_outlets_name_is_taken_off(title: str, names: list[str], expected: str) -> None:
    assert titles.strip_outlet(title, names) == expected


def choose(**given: object) -> str:
    asked = {"declared": [], "page_title": "", "headings": [], "outlet": ["The Daily"], "feed": None, **given}
    return titles.choose(**asked)  # type: ignore[arg-type]


def test_the_only_heading_is_the_headline() -> None:
    assert (
        choose(headings=["Old bridge reopens to traffic"], declared=["Bridge news!"]) == "Old bridge reopens to traffic"
    )


def test_of_several_headings_the_one_that_the_page_confirms_is_the_headline() -> None:
    found = choose(headings=["World", "Old bridge reopens"], declared=["Old bridge reopens after years"])
    assert found == "Old bridge reopens"


def test_the_outlets_own_name_is_never_the_headline() -> None:
    assert choose(headings=["The Daily"], declared=["Old bridge reopens | The Daily"]) == "Old bridge reopens"


def test_without_any_title_the_feeds_counts() -> None:
    assert choose(feed="Old bridge reopens") == "Old bridge reopens"
    assert choose() == ""


def test_a_title_of_a_megabyte_is_cut_at_a_word() -> None:
    found = titles.tidy("word " * 200_000)
    assert len(found) <= titles.MAX_LENGTH
    assert found.endswith("word")
