import pytest

from services.indexer import fingerprint


@pytest.fixture
def article(sentences):
    return lambda seed, count=15: " ".join(sentences(seed, count))


def test_case_accents_spacing_and_punctuation_do_not_change_anything():
    plain, other = "Les Etats-Unis ont repondu.", "  les ÉTATS  unis,\nont répondu !"
    assert fingerprint.fingerprint(plain) == fingerprint.fingerprint(other)
    assert fingerprint.exact_hash(plain) == fingerprint.exact_hash(other)


def test_another_word_is_another_hash():
    assert fingerprint.exact_hash("two killed") != fingerprint.exact_hash("three killed")


def test_fingerprints_are_stable_over_processes_and_fit_a_signed_integer(article):
    prints = fingerprint.fingerprint(article(1))
    assert all(0 <= number < 2**63 for number in prints)
    assert fingerprint.fingerprint("one two three four five") == (FIVE_WORDS,)


def test_texts_that_share_twelve_words_in_a_row_share_a_fingerprint(article):
    for seed in range(50):
        common = " ".join(article(seed).split()[:12])
        first = set(fingerprint.fingerprint(f"{article(seed + 100)} {common} {article(seed + 200)}"))
        assert first & set(fingerprint.fingerprint(f"{article(seed + 300)} {common} {article(seed + 400)}"))


def test_unrelated_texts_share_none(article):
    assert not set(fingerprint.fingerprint(article(1, 60))) & set(fingerprint.fingerprint(article(2, 60)))


def test_a_long_text_has_at_most_four_hundred_spread_over_all_of_it(article):
    text = article(3, 400)
    hashes = fingerprint.grams(text.split())
    places = [at for at, _ in fingerprint.select(hashes)]
    assert len(fingerprint.fingerprint(text)) == 400
    assert all(any(begin <= at < begin + 700 for at in places) for begin in range(0, len(hashes) - 700, 700))


def test_short_and_empty_texts_have_what_they_can():
    assert fingerprint.fingerprint("") == ()
    assert fingerprint.fingerprint("\x00 … \ud800") == ()
    assert len(fingerprint.fingerprint("Kyiv")) == 1


FIVE_WORDS = 4243741309722123138
