import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.search.analysis import TERM_LIMIT, key, terms, tokens


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Kyiv", "KYIV"),
        ("Łódź", "lodz"),
        ("Straße", "STRASSE"),
        ("ёлка", "елка"),
        ("Ґанок", "ганок"),
        ("п'ять", "п’ять"),
        ("п`ять", "пʼять"),
        ("İstanbul", "istanbul"),
        ("IŞIK", "ışık"),
        ("été", "e\u0301te\u0301"),
        ("й", "и\u0306"),
        ("ΤΕΛΟΣ", "τέλος"),
        ("أوكرانيا", "اوكرانيا"),
        ("الْحَرْبُ", "الحرب"),
        ("كتــاب", "كتاب"),
        ("ﬁnance", "finance"),
        ("۱۲۳", "123"),
        ("soft\u00adhyphen", "softhyphen"),
        ("bi\u200edi", "bidi"),
        ("São Tomé", "sao tome"),
    ],
)
def test_spellings_of_one_word_give_one_term(one: str, other: str) -> None:
    assert terms(one) == terms(other)


@pytest.mark.parametrize(("one", "other"), [("мий", "мии"), ("їх", "их"), ("war", "wars"), ("كتب", "كتاب")])
def test_different_words_stay_different(one: str, other: str) -> None:
    assert terms(one) != terms(other)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("l'Ukraine", ["l", "ukraine"]),
        ("Ukrayna'nın", ["ukrayna", "nin"]),
        ("об'єкт", ["обєкт"]),
        ("U.S. C++ covid-19", ["u", "s", "c", "covid", "19"]),
        ("a\0b", ["a", "b"]),
        ("snake_case __x__", ["snake", "case", "x"]),
        ("東京タワー", ["東", "京", "タ", "ワ", "ー"]),
        ("서울은", ["서", "울", "은"]),
        ("A東B", ["a", "東", "b"]),
        ("…!? — «»", []),
        ("'''", []),
        ("", []),
    ],
)
def test_a_text_is_cut_into_these_terms(text: str, expected: list[str]) -> None:
    assert terms(text) == expected


@given(st.text())
def test_tokens_and_terms_agree_and_places_lie_inside_the_text_in_order(text: str) -> None:
    found = tokens(text)
    assert [token.term for token in found] == terms(text)
    places = [(token.start, token.end) for token in found]
    for (_, before), (start, end) in pairwise([(0, 0), *dict.fromkeys(places)]):
        assert before <= start < end <= len(text)
    assert places == sorted(places)  # the characters of a ligature share its place


@given(st.text())
def test_terms_hold_no_spaces_and_folding_them_again_changes_nothing(text: str) -> None:
    found = terms(text)
    assert all(term and not any(char.isspace() for char in term) for term in found)
    assert terms(" ".join(found)) == found


def test_a_ligature_of_a_script_without_spaces_is_the_characters_it_stands_for() -> None:
    assert terms("ヿ") == terms("コト") == ["コ", "ト"]


def test_a_term_is_cut_where_it_is_longer_than_any_word() -> None:
    assert terms("x" * 5000) == ["x" * TERM_LIMIT]


@pytest.mark.parametrize("char", ["a", "'", "_", "\u0301", "é", "\u00ad", "a'", "東", "\0"])
def test_a_very_long_run_of_one_character_is_analysed_in_linear_time(char: str) -> None:
    def seconds(size: int) -> float:
        begin = time.process_time()
        terms(char * (size // len(char)))
        return time.process_time() - begin

    seconds(1000)
    assert seconds(300_000) < 100 * max(seconds(30_000), 0.01)


def test_a_name_without_letters_still_has_a_key() -> None:
    assert key(" !!! ") == "!!!"
    assert key("Le Monde") == key("le-monde") == "le monde"
