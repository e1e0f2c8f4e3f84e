"""The scorer of the benchmarks: what a page's figures are made of."""

import pytest

from benchmarks import scores
from benchmarks.scores import Score


def test_tokens_are_runs_of_letters_and_digits_and_every_cjk_character():
    assert scores.tokens("L'été 2022, co-op_x") == ["L", "été", "2022", "co", "op", "x"]
    assert scores.tokens("东京abc大会 서울") == ["东", "京", "abc", "大", "会", "서", "울"]
    assert scores.tokens("Київ, Стамбул; مدينة") == ["Київ", "Стамбул", "مدينة"]


def test_a_text_of_fewer_than_four_tokens_is_one_gram():
    assert scores.grams("two words") == {("two", "words"): 1}
    assert not scores.grams(" … ")


def test_a_repeated_gram_counts_as_often_as_it_stands_there():
    assert scores.compare("a b c d", "a b c d a b c d") == (1, 4, 0)
    assert scores.compare("a b c d a b c d", "a b c d") == (1, 0, 4)


def test_every_page_weighs_the_same_however_long_it_is():
    score = Score()
    score.add(" ".join(map(str, range(1000))), " ".join(map(str, range(1000))))
    score.add("a b c d", "")
    assert (score.precision, score.recall) == (1.0, 0.5)
    assert score.f1 == pytest.approx(2 / 3)


def test_a_page_tells_its_own_f1_precision_and_recall():
    assert Score().add("a b c d e", "a b c d x y") == pytest.approx((2 / 5, 1 / 3, 1 / 2))


def test_segments_are_found_whatever_their_case_and_punctuation():
    score = Score()
    score.add_segments({"with": ["Été, enfin!", "…"], "without": ["Share", "Cookies"]}, "Voici l'ETE enfin. share it")
    assert (score.wanted, score.wanted_of, score.unwanted, score.unwanted_of) == (1, 1, 1, 2)


def test_a_date_is_right_if_the_day_or_the_moment_is_the_same():
    assert scores.same_moment("2022-03-01 23:30:00-05:00", "2022-03-01")
    assert scores.same_moment("2022-03-01 23:30:00-05:00", "2022-03-02T04:30:00+00:00")
    assert not scores.same_moment("2022-03-01 23:30:00-05:00", "2022-03-02")
    assert not scores.same_moment("2022-03-01", None)


def test_an_author_may_stand_among_other_words_and_alone_is_told_apart():
    truth = scores.names(["Ana Lobo", "Paul Mercier"])
    assert scores.has_author(truth, "By Ana Lobo, Porto")
    assert not scores.is_author(truth, "By Ana Lobo, Porto")
    assert scores.is_author(truth, "Paul Mercier, Ana Lobo")
    assert not scores.has_author(truth, "Anabela Lobos")
    assert scores.names(None) == []


def test_the_publisher_of_a_page_is_its_host_or_whatever_names_it():
    assert scores.host({"id": "1", "url": "https://www.example.org/a"}) == "example.org"
    assert scores.host({"id": "1", "url": "hard::blog.example.html"}) == "hard::blog.example.html"
    assert scores.host({"id": "1", "url": None}) == "1"
