import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.search.query import (
    LENGTH_LIMIT,
    Filed,
    Filters,
    Key,
    Not,
    Period,
    Words,
    moment,
    narrow,
    parse,
)


def words(*terms: str, **more: bool) -> Words:
    return Words(terms, **more)


@pytest.mark.parametrize(
    ("q", "clauses"),
    [
        ("", ()),
        ("   ", ()),
        ("war kyiv", ((words("war"),), (words("kyiv"),))),
        ('"air alert" now', ((words("air", "alert"),), (words("now"),))),
        ("„air alert“", ((words("air", "alert"),),)),
        ("war -drill", ((words("war"),), (Not(words("drill")),))),
        ('-"air alert"', ((Not(words("air", "alert")),),)),
        ("a OR b OR c d", ((words("a"), words("b"), words("c")), (words("d"),))),
        ("a or b", ((words("a"),), (words("or"),), (words("b"),))),
        ("missil*", ((words("missil", prefix=True),),)),
        ("covid-1*", ((words("covid", "1"),),)),
        ("title:kyiv", ((words("kyiv", title=True),),)),
        ('TITLE:"air alert"', ((words("air", "alert", title=True),),)),
        ("outlet:le-monde", ((Filed(Key.OUTLET, "le monde"),),)),
        ("topic:Ukraine-Crisis", ((Filed(Key.TOPIC, "ukraine crisis"),),)),
        ("outlet:a outlet:b x", ((words("x"),), (Filed(Key.OUTLET, "a"), Filed(Key.OUTLET, "b")))),
        ("lang:en-GB", ((Filed(Key.LANG, "en"),),)),
        ("-lang:ru", ((Not(Filed(Key.LANG, "ru")),),)),
        ("story:s1", ((Filed(Key.STORY, "s1"),),)),
        ("after:2026-03", ((Period(after=1_772_323_200.0),),)),
        ("before:2026-03-01T00:00:00Z", ((Period(before=1_772_323_200.0),),)),
        ("C++", ((words("c"),),)),
        ("U.S.", ((words("u", "s"),),)),
        ("covid-19", ((words("covid", "19"),),)),
        ("l'Ukraine", ((words("l", "ukraine"),),)),
        ("東京", ((words("東", "京"),),)),
        ("live:now", ((words("live", "now"),),)),
        ("war\0kyiv", ((words("war"),), (words("kyiv"),))),
    ],
)
def test_a_query_means(q: str, clauses: object) -> None:
    assert parse(q).clauses == clauses


@pytest.mark.parametrize(
    ("q", "said"),
    [
        ('"air alert', "quotation mark"),
        ("((((", "Parentheses"),
        ("!!!", "neither letters nor digits"),
        ("a*", "too short"),
        ("after:yesterday", "not a date"),
        ("before:2026-13", "not a date"),
        ("after:9999-12-31T23:59:59-23:59", ""),
        ("outlet:", "needs a value"),
        ("title: kyiv", "needs a value"),
        ("OR", "between two words"),
        ("a OR OR b", "between two words"),
        ("a OR", "between two words"),
        ("x" * 100_000, "first 2000 characters"),
        ("x " * 1000, "too long"),
    ],
)
def test_what_cannot_be_used_is_left_out_and_explained(q: str, said: str) -> None:
    assert any(said in notice for notice in parse(q).notices) or not said


def test_notices_quote_only_the_beginning_of_what_was_typed() -> None:
    assert all(len(notice) < 200 for notice in parse("after:" + "y" * 1900).notices)


def test_the_same_notice_is_given_once() -> None:
    assert len(parse("!!! (((").notices) == 3
    assert len(parse("((( (((").notices) == 2


@given(st.text(alphabet=st.characters() | st.sampled_from(' "-*:()ORtitle\0')))
def test_nothing_that_can_be_typed_is_an_error(q: str) -> None:
    query = parse(q)
    assert all(clause for clause in query.clauses)
    assert parse(q) == query


@pytest.mark.parametrize("char", ['"', "-", ":", "(", "a:", "*", "OR ", "-a", 'a"', "title:", "\0"])
def test_a_hundred_kilobytes_are_read_in_no_time(char: str) -> None:
    begin = time.process_time()
    query = parse(char * (100_000 // len(char)))
    assert time.process_time() - begin < 1
    assert str(LENGTH_LIMIT) in query.notices[0]


def test_only_what_is_wanted_is_highlighted() -> None:
    assert parse("war -drill lang:en OR kyiv").words == (words("war"), words("kyiv"))


def test_filters_narrow_a_query() -> None:
    narrowed = narrow(parse("war"), Filters(outlets=("A", "B"), languages=("uk",), topics=("T",), after=1.0))
    assert narrowed.clauses == (
        (words("war"),),
        (Filed(Key.OUTLET, "a"), Filed(Key.OUTLET, "b")),
        (Filed(Key.LANG, "uk"),),
        (Filed(Key.TOPIC, "t"),),
        (Period(1.0, None),),
    )


@pytest.mark.parametrize("text", ["", "soon", "2026-00", "0000", "2026-02-30", "99999", "٢٠٢٦"])
def test_what_is_not_a_moment_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        moment(text)
