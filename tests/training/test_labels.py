import math

from services.cleaner import walk
from training import labels

GOLD = """The bridge over the river was opened on Monday after two years of works.
Why so late
The county had to wait for steel from the other end of the country for a year."""


def units(body: str) -> list[walk.Unit]:
    return walk.walk(walk.parse(f"<html><body>{body}</body></html>")).units


def test_what_stands_in_the_text_is_in_and_the_rest_is_out() -> None:
    first, _, last = GOLD.split("\n")
    found = labels.from_text(
        units(f"<p>Read our newsletter every day of the week.</p><p>{first}</p><p>{last}</p>"), GOLD
    )
    assert found.round().tolist() == [0, 1, 1]


def test_a_short_heading_is_in_where_it_stands_beside_its_neighbour_in_the_text() -> None:
    first, heading, last = GOLD.split("\n")
    page = f"<h3>{heading}</h3><div>Menu</div><div>Sport</div>" + "<div>x y</div>" * 12
    body = f"{page}<p>{first}</p><h3>{heading}</h3><p>{last}</p>"
    found = labels.from_text(units(body), GOLD)
    assert found[-3:].round().tolist() == [1, 1, 1]
    assert found[0] == 0


def test_of_a_paragraph_that_stands_twice_the_one_in_company_is_in() -> None:
    first, _, last = GOLD.split("\n")
    between = "".join(f"<p>Another story entirely, number {n} of this list.</p>" for n in range(6))
    found = labels.from_text(units(f"<p>{first}</p>{between}<p>{first}</p><p>{last}</p>"), GOLD)
    assert found.round().tolist() == [0, *[0] * 6, 1, 1]


def test_passages_label_the_units_that_hold_them_and_nothing_else() -> None:
    found = labels.from_passages(
        units("<p>The bridge was opened on Monday.</p><p>Imprint</p><p>Nobody knows.</p>"),
        ["bridge was opened"],
        ["Imprint"],
    )
    assert found[:2].tolist() == [1, 0]
    assert math.isnan(found[2])
