import pytest

from services.cleaner import titles
from services.cleaner.headlines import Heading
from services.cleaner.titles import Claims


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


def choose(*headings: str, outlet: str = "The Daily", **claims: str) -> str:
    return titles.choose(Claims(**claims), [Heading(1, heading) for heading in headings], [outlet])


def test_the_only_heading_is_the_headline() -> None:
    assert choose("Old bridge reopens to traffic", shared="Bridge news!") == "Old bridge reopens to traffic"


def test_of_several_headings_the_one_that_the_page_confirms_is_the_headline() -> None:
    found = choose("World", "Old bridge reopens", shared="Old bridge reopens after years")
    assert found == "Old bridge reopens"


def test_a_line_in_the_same_element_as_the_headline_is_left_out() -> None:
    assert choose("Region Old bridge reopens today", shared="Old bridge reopens today") == "Old bridge reopens today"
    whole = "Old bridge reopens today after years"
    assert choose(whole, shared="Old bridge reopens today …") == whole


def test_a_lower_heading_that_is_the_pages_title_is_the_headline_of_a_page_without_a_first() -> None:
    headings = [Heading(2, "Old bridge reopens"), Heading(2, "Ferry sinks in the lake")]
    assert titles.choose(Claims(page="Old bridge reopens – Notes by the river"), headings, []) == "Old bridge reopens"


def test_a_first_heading_that_ends_the_pages_title_is_the_sites_name() -> None:
    page = "Old bridge reopens - Notes by the river"
    assert choose("Notes by the river", page=page, shared="Old bridge reopens") == "Old bridge reopens"


def test_the_section_after_a_bar_is_no_part_of_the_headline() -> None:
    assert choose(page="The old bridge reopens today | District") == "The old bridge reopens today"


def test_the_outlets_own_name_is_never_the_headline() -> None:
    assert choose("The Daily", shared="Old bridge reopens | The Daily") == "Old bridge reopens"


def test_without_any_title_the_feeds_counts() -> None:
    assert choose(feed="Old bridge reopens") == "Old bridge reopens"
    assert choose() == ""


def test_a_title_of_a_megabyte_is_cut_at_a_word() -> None:
    found = titles.tidy("word " * 200_000)
    assert len(found) <= titles.MAX_LENGTH
    assert found.endswith("word")
