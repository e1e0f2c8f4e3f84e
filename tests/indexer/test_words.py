import pytest
from hypothesis import given, settings
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


@settings(deadline=None)
@given(st.text(st.characters(max_codepoint=0xFFFF), max_size=60))
def test_a_line_holds_the_same_words(text):
    found = words.tokens(" ".join(words.tokens(text)))
    beyond = any(letter > "\uffff" for word in found for letter in word)
    assert beyond or words.line(text) == " ".join(["", *found, ""] if found else [" "])


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", " "),
        ("Straße, œuvre!", " strasse oeuvre "),
        ("中国abc人", " 中 国 abc 人 "),
        ("Її “Київ”\x00\ud800 😀 ok", " іі киів ok "),
        ("L’Ukraine–Krieg", " l ukraine krieg "),
        ("ﬁn ĳs", " fin ijs "),
    ],
)
def test_a_line_is_the_folded_words_with_one_space_around_each(text, line):
    assert words.line(text) == line
