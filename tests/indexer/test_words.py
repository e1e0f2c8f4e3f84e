import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.indexer import words


@pytest.mark.parametrize(
    ("written", "folded"),
    [
        ("Kijów", "kijow"),
        ("ŁÓDŹ", "lodz"),
        ("IŞIK", "isik"),
        ("ışık", "isik"),
        ("İstanbul", "istanbul"),
        ("STRASSE", "strasse"),
        ("Straße", "strasse"),
        ("Ёлка", "елка"),
        ("أوكرانيا", "اوكرانيا"),
        ("الحربُ", "الحرب"),
        ("Œuvre", "oeuvre"),
        ("e\u0301tat", "etat"),
        ("co\u00adoperate", "cooperate"),
    ],
)
def test_spellings_of_one_word_fold_to_one(written, folded):
    assert words.tokens(written) == [folded]


def test_apostrophes_and_hyphens_separate_words():
    assert words.tokens("l’Ukraine, d'abord; Ukraine-Krieg") == ["l", "ukraine", "d", "abord", "ukraine", "krieg"]


def test_words_glued_by_a_lost_line_break_come_apart_at_punctuation():
    assert words.tokens("presse.Quels terrains")[:2] == ["presse", "quels"]


def test_each_chinese_character_is_a_word():
    assert words.tokens("中国abc人") == ["中", "国", "abc", "人"]


@given(st.text(st.characters(), max_size=60))
def test_any_text_survives_and_every_span_holds_its_word(text):
    located = words.locate(text)
    assert located.words == words.tokens(text)
    for folded, (start, end) in zip(located.words, located.spans, strict=True):
        assert words.fold(text[start:end]) == folded


def test_a_limit_stops_the_reading():
    assert words.locate("one two three four", 2).words == ["one", "two"]
