import pytest

from services.cleaner import walk
from services.cleaner.walk import Page, Unreadable


def units(body: str) -> list[str]:
    return [unit.text for unit in page(body).units]


def page(body: str) -> Page:
    return walk.walk(walk.parse(f"<html><body>{body}</body></html>"))


def test_every_box_ends_a_run_of_text_and_inline_elements_do_not() -> None:
    assert units("<div>One <b>two</b><p>three <a href='/'>four</a> five</p> six</div>seven") == [
        "One two",
        "three four five",
        "six",
        "seven",
    ]


def test_one_break_is_a_line_and_two_are_a_paragraph() -> None:
    assert units("<div>one<br>two<br> <br/>three</div>") == ["one\ntwo", "three"]


def test_what_no_reader_sees_as_text_is_left_out() -> None:
    hidden = "<script>x()</script><style>p{}</style><template><p>t</p></template><svg><text>s</text></svg>"
    assert units(f"<p>a{hidden}b</p><noscript>no</noscript>") == ["ab"]


def test_characters_inside_links_are_counted() -> None:
    [unit] = page("<p>See <a href='/x'>the <b>bridge</b></a> and <a href='/y'>us</a>.</p>").units
    assert (unit.linked, unit.links) == (len("the bridge") + len("us"), 2)


def test_a_link_around_boxes_links_all_that_they_hold() -> None:
    found = page("<a href='/x'><div><h3>Title</h3><p>Teaser</p></div></a>").units
    assert [(unit.text, unit.linked) for unit in found] == [("Title", 5), ("Teaser", 6)]


def test_a_unit_knows_its_heading_list_table_quote_and_caption() -> None:
    found = page(
        "<h2><div>Head</div></h2><ul><li><p>Item</p></li></ul><table><tr><td>Cell</td></tr></table>"
        "<blockquote><p>Said</p></blockquote><figure><figcaption>Shown</figcaption></figure><p>Text</p>"
    )
    places = [found.place(number) for number in range(len(found.units))]
    assert [place.level for place in places] == [2, 0, 0, 0, 0, 0]
    assert [place.list >= 0 for place in places] == [False, True, False, False, False, False]
    assert [place.row >= 0 for place in places] == [False, False, True, False, False, False]
    assert [place.quote for place in places] == [False, False, False, True, False, False]
    assert [place.caption for place in places] == [False, False, False, False, True, False]


def test_an_article_inside_a_list_is_no_item() -> None:
    found = page("<ul><li><article><p>Text of a story.</p></article></li></ul>")
    assert found.place(0).list == -1


def test_gaps_of_no_break_spaces_are_kept_beside_the_squeezed_text() -> None:
    [unit] = page("<p>Storm closes port&nbsp;&nbsp;&nbsp;Budget passed</p>").units
    assert unit.text == "Storm closes port Budget passed"
    assert "\u00a0\u00a0" in unit.raw


def test_a_deep_page_is_read_to_its_end() -> None:
    assert "at the bottom" in units("<div>" * 240 + "at the bottom" + "</div>" * 240)[-1]


def test_no_page_has_more_units_than_the_limit() -> None:
    assert len(page("<p>x</p>" * (walk.MAX_UNITS + 50)).units) == walk.MAX_UNITS


@pytest.mark.parametrize("nothing", ["", " \n", "\x00", "<!-- only a comment -->"])
def test_what_has_no_element_is_no_page(nothing: str) -> None:
    with pytest.raises(Unreadable):
        walk.parse(nothing)
