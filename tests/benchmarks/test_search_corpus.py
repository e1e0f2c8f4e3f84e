"""The made-up corpus of benchmarks/search.py: the same for everybody, and spread as words are."""

import pytest

from benchmarks.searching import corpus, laws, questions
from benchmarks.searching.corpus import Corpus
from benchmarks.searching.words import UKRAINE, coin


@pytest.fixture(scope="module")
def made() -> Corpus:
    return Corpus(100_000)


@pytest.fixture(scope="module")
def drafts(made):
    return list(made.block(0))


def test_the_same_seed_makes_the_same_articles_wherever_one_begins(made, drafts):
    again = next(Corpus(100_000).events(corpus.BLOCK - 1, 1)).article
    assert (again.title, again.text) == (drafts[-1].title, drafts[-1].text)
    assert next(Corpus(100_000, seed=2).block(0)).text != drafts[0].text


def test_articles_are_numbered_without_a_hole_across_blocks(made):
    events = list(made.events(corpus.BLOCK - 2, 4))
    assert [event.seq for event in events] == list(range(corpus.BLOCK - 1, corpus.BLOCK + 3))
    assert [event.at for event in events] == sorted(event.at for event in events)


def test_a_text_has_three_thousand_bytes_on_average(drafts):
    assert sum(len(draft.text.encode()) for draft in drafts) / len(drafts) == pytest.approx(3000, rel=0.15)


def test_nearly_every_article_names_ukraine_in_its_own_language(drafts):
    named = [UKRAINE[draft.language] in f"{draft.title} {draft.text}".lower() for draft in drafts]
    assert sum(named) / len(named) > 0.95


def test_every_language_writes_as_much_as_its_weight_says(drafts):
    for language, weight in corpus.WEIGHTS.items():
        share = sum(draft.language == language for draft in drafts) / len(drafts)
        assert share == pytest.approx(weight, abs=0.03)


def test_stories_have_two_or_three_articles_on_average_and_some_have_many(drafts):
    sizes: dict[str, int] = {}
    for draft in drafts:
        sizes[draft.story] = sizes.get(draft.story, 0) + 1
    assert len(drafts) / len(sizes) == pytest.approx(corpus.STORY, rel=0.1)
    assert max(sizes.values()) >= 8


def test_words_are_spread_as_in_real_english(drafts):
    english = [draft.text for draft in drafts if draft.language == "en"]
    law = laws.measure(english)
    # 838 English texts of labelled pages: 0.58, -0.90, 0.69
    assert law.distinct == pytest.approx(0.60, abs=0.08)
    assert law.upper == pytest.approx(-0.95, abs=0.1)
    assert law.top == pytest.approx(0.70, abs=0.06)


def test_a_rare_word_is_always_the_same_and_shares_its_front_with_its_forms():
    shapes = ("ministerstvo", "rozmova", "zaviryty", "obladnannia", "perehovory")
    assert [coin(shapes, rank) for rank in range(50)] == [coin(shapes, rank) for rank in range(50)]
    assert coin(shapes, 16).isdigit()


def test_the_slope_of_an_exact_power_law_is_its_exponent():
    ranked = [round(1e9 / rank) for rank in range(1, 2001)]
    assert laws.slope(ranked, 10, 1000) == pytest.approx(-1.0, abs=0.001)
    assert laws.slope(ranked, 1000, 10_000) is None


def test_questions_are_asked_of_words_that_the_corpus_holds(made, drafts):
    asked = questions.ask(made, 5, blocks=1)
    texts = " ".join(f"{draft.title} {draft.text}".lower() for draft in drafts)
    assert {question.kind for question in asked} == set(questions.KINDS)
    assert all(word in texts for question in asked for word in question.words)
