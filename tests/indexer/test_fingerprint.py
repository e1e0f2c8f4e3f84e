import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.indexer import fingerprint, letters, words


@pytest.fixture
def article(sentences):
    return lambda seed, count=15: " ".join(sentences(seed, count))


def prints(text):
    return set(placed(text).numbers.tolist())


def placed(text):
    return fingerprint.select(fingerprint.grams(fingerprint.words_of(text)))


def exact(text):
    return fingerprint.exact(fingerprint.words_of(text))


def test_case_accents_spacing_and_punctuation_do_not_change_anything():
    plain, other = "Les Etats-Unis ont repondu.", "  les ÉTATS  unis,\nont répondu !"
    assert prints(plain) == prints(other)
    assert exact(plain) == exact(other)


def test_another_word_is_another_hash():
    assert exact("two killed") != exact("three killed")
    assert exact("ab c") != exact("a bc")


def test_fingerprints_are_stable_over_processes_and_have_forty_bits(article):
    assert all(0 <= number < 2**40 for number in prints(article(1)))
    assert prints("one two three four five") == {FIVE_WORDS}
    assert exact("one two three four five") == EXACT


def test_texts_that_share_twelve_words_in_a_row_share_a_fingerprint(article):
    for seed in range(50):
        common = " ".join(article(seed).split()[:12])
        first = prints(f"{article(seed + 100)} {common} {article(seed + 200)}")
        assert first & prints(f"{article(seed + 300)} {common} {article(seed + 400)}")


def test_unrelated_texts_share_none(article):
    assert not prints(article(1, 60)) & prints(article(2, 60))


def test_a_long_text_has_at_most_four_hundred_spread_over_all_of_it(article):
    text = article(3, 400)
    places = placed(text).at.tolist()
    assert len(prints(text)) == 400
    size = len(text.split())
    assert all(any(begin <= at < begin + 700 for at in places) for begin in range(0, size - 700, 700))


def test_short_and_empty_texts_have_what_they_can():
    assert prints("") == set()
    assert prints("\x00 … \ud800") == set()
    assert len(prints("Kyiv")) == 1
    assert len(prints("Air alert in Kyiv")) == 1


@pytest.mark.parametrize("text", ["in 2022 there", "٣٤ صاروخا", "12"])
def test_the_lowest_bit_tells_numbers(text):
    told = (fingerprint.words_of(text) & np.uint64(1)).tolist()
    assert told == [int(word[0].isdigit()) for word in words.split(text)]


def test_packed_fingerprints_come_back():
    numbers = np.array([0, 1, 2**40 - 1, 123_456_789_012], np.uint64)
    assert len(fingerprint.pack(numbers)) == 20
    assert fingerprint.unpack(fingerprint.pack(numbers)).tolist() == numbers.tolist()
    assert fingerprint.unpack(b"").tolist() == []


ODD_TEXTS = [
    "مدرسهٔ بزرگ ﷺ و", "中文字 abc中d。", "a\u0301b e\u0301 \u0301 x", "😀 air 𝐀lert 😀", "½ x² ٣٤ a_b", "", "\u0301",
    "ß ﬁsh Œuvre", "don't—stop", "\ud800 a \udfff b", "Луганськ, Ї́жа", "ปลา อร่อย", "हिन्दी में",
]  # fmt: skip


@pytest.mark.parametrize("text", ODD_TEXTS)
def test_the_places_of_words_are_those_of_the_words_that_are_hashed(text):
    placed = letters.spans(text)
    folded = [part for word in words.tokens(text) for part in words.line(word).split()]
    written = [text[start:end] for start, end in zip(placed.start, placed.end, strict=True)]
    assert len(written) == len(folded) == len(fingerprint.words_of(text))
    assert all(part in words.fold(word) for part, word in zip(folded, written, strict=True))


@settings(deadline=None, max_examples=400)
@given(st.text(st.characters() | st.sampled_from("aé 12.½ﹰﷺ中ヿ〸\u0301\u0651😀𝐀"), max_size=20))
def test_any_text_has_as_many_places_as_words(text):
    assert len(letters.spans(text).start) == len(fingerprint.words_of(text))


def test_names_are_capitals_within_a_sentence_and_all_words_of_scripts_without():
    assert letters.names("The mayor of Kherson spoke. Later Hlushchenko left Kyiv!") == [
        "Kherson",
        "Hlushchenko",
        "Kyiv",
    ]
    assert letters.names("قصف الجسر") == ["قصف", "الجسر"]
    assert letters.names("") == []


FIVE_WORDS = 53507025302
EXACT = "eb45c9c777ea06a8709bc62f3fbc2956"
