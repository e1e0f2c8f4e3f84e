import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.search import analysis, stemming, ukrainian


def stems(word: str, language: str) -> set[str]:
    """What an article with this word is found under."""
    term = analysis.terms(word)[0]
    return {term, *stemming.of_token(word, term, language)}


@pytest.mark.parametrize(
    ("language", "one", "other"),
    [
        ("en", "sanctions", "sanctioned"),
        ("fr", "élection", "élections"),
        ("fr", "réfugiés", "refugie"),
        ("de", "Überschwemmung", "Überschwemmungen"),
        ("es", "inundación", "inundaciones"),
        ("it", "elettrica", "elettriche"),
        ("nl", "vluchteling", "vluchtelingen"),
        ("pt", "sanção", "sanções"),
        ("pt", "sancao", "sanções"),
        ("pl", "jeniec", "jeńców"),
        ("pl", "uchodźcy", "uchodzca"),
        ("tr", "yaptırım", "yaptırımlarda"),
        ("tr", "IŞIK", "ışıklar"),
        ("ru", "ёлки", "елку"),
        ("ru", "беженцы", "беженцев"),
        ("uk", "Харків", "Харкова"),
        ("uk", "Київ", "Києві"),
        ("uk", "полонений", "полонених"),
        ("uk", "книжці", "книжками"),
        ("uk", "українець", "українці"),
        ("uk", "атакувала", "атаки"),
        ("uk", "повернулися", "повернувся"),
        ("uk", "відключень", "відключення"),
        ("ar", "عقوبات", "العقوبات"),
    ],
)
def test_two_forms_of_a_word_share_a_stem(language: str, one: str, other: str) -> None:
    assert stems(one, language) & stems(other, language)


@pytest.mark.parametrize(
    ("language", "one", "other"),
    [
        ("uk", "місто", "мостами"),
        ("uk", "село", "сила"),
        ("uk", "мова", "море"),
        ("en", "wars", "warning"),
        ("pl", "sankcja", "sanki"),
        ("ru", "порт", "портрет"),
    ],
)
def test_different_words_do_not(language: str, one: str, other: str) -> None:
    assert not stems(one, language) & stems(other, language)


def test_a_text_gives_its_terms_and_only_those_stems_that_are_not_terms_already() -> None:
    assert stemming.analyse("Two drones, one drone.", "en") == ("two drones one drone", "drone")
    assert stemming.analyse("Drones l’été", "") == ("drones l ete", "")
    assert stemming.analyse("Drones l’été", "sv") == ("drones l ete", "")


def test_a_typed_word_gets_the_stems_of_every_language_of_its_script_and_itself() -> None:
    assert {"sanctions", "sanction"} <= set(stemming.of_typed("sanctions", "sanctions"))
    assert stemming.of_typed("санкцій", "санкцій")[0] == "санкцій"
    assert stemming.of_typed("東", "東") == ("東",)
    assert stemming.of_typed("2026", "2026") == ("2026",)


def test_an_acronym_is_not_stemmed() -> None:
    assert stemming.of_typed("NATO", "nato") == ("nato",)
    assert len(stemming.of_typed("nato", "nato")) > 1


@given(st.text(max_size=60), st.sampled_from(["", *sorted(stemming.LANGUAGES)]))
def test_stems_of_anything_are_terms_without_spaces(text: str, language: str) -> None:
    terms, found = stemming.analyse(text, language)
    assert terms.split() == analysis.terms(text)
    assert all(stem and stem == stem.strip() for stem in found.split(" ") if found)


@given(st.sampled_from(sorted(stemming.LANGUAGES)), st.sampled_from(["Санкції", "drones", "élections", "أسير"]))
def test_a_typed_word_meets_itself_in_an_article_of_its_script(language: str, word: str) -> None:
    term = analysis.terms(word)[0]
    in_article = {term, *stemming.of_token(word, term, language)}
    assert in_article & set(stemming.of_typed(word, term))


@given(st.text(alphabet="абвгдеєжзиіїйклмнопрстуфхцчшщьюя", max_size=30))
def test_ukrainian_stems_are_few_and_not_empty(word: str) -> None:
    found = ukrainian.stems(word)
    assert 1 <= len(found) <= 3
    assert all(found) or not word


@pytest.mark.parametrize("run", ["ами", "a", "lar", "ing", "ся", "ий", "x'"])
@pytest.mark.parametrize("language", ["uk", "tr", "en", "ru"])
def test_a_very_long_word_is_stemmed_in_linear_time(run: str, language: str) -> None:
    begin = time.process_time()
    stemming.analyse(run * 100_000, language)
    assert time.process_time() - begin < 2


def test_what_is_remembered_of_words_changes_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = ["Санкції, п'ять санкцій", "drones Drone DRONES l'Ukraine", "東京 déjà-vu 2024 ''", "İstanbul'da ılık"] * 2
    languages = [*sorted(stemming.LANGUAGES), "xx"]
    known = [stemming.analyse(text, language) for text in texts for language in languages]
    monkeypatch.setattr(stemming, "_REMEMBERED", 2)
    monkeypatch.setattr(stemming, "_READ", {language: stemming._Read(language) for language in stemming.LANGUAGES})
    assert [stemming.analyse(text, language) for text in texts for language in languages] == known
