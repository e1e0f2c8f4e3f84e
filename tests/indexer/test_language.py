import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.indexer import language, words

SAID = {
    "en": "The mayor of the town said that it was not the first time they had heard of this.",
    "fr": "Le maire de la ville a dit que ce n'est pas la première fois qu'il en entend parler.",
    "de": "Der Bürgermeister der Stadt sagte, dass es nicht das erste Mal ist und dass er davon weiß.",
    "es": "El alcalde de la ciudad dijo que no es la primera vez que se habla de esto en el pueblo.",
    "it": "Il sindaco della città ha detto che non è la prima volta che se ne parla nel paese.",
    "pl": "Burmistrz miasta powiedział, że nie jest to pierwszy raz i że już o tym wie od dawna.",
    "nl": "De burgemeester van de stad zei dat het niet de eerste keer is dat hij het hoort.",
    "pt": "O presidente da câmara disse que não é a primeira vez que se fala disso na cidade e no país.",
    "tr": "Belediye başkanı bunun ilk olmadığını ve daha önce de böyle bir şey duyduğunu söyledi.",
    "ru": "Мэр города сказал, что это было не в первый раз и что он об этом уже знает.",
    "uk": "Міський голова сказав, що це було не вперше і що він про це вже знає.",
    "ar": "قال رئيس البلدية إن هذا ليس أول مرة يتحدث فيها الناس عن ذلك في المدينة.",
}


@pytest.mark.parametrize("spoken", SAID)
def test_a_sentence_tells_its_language(spoken):
    assert language.settle(None, words.line(SAID[spoken])) == spoken


@pytest.mark.parametrize("text", ["", "Kyiv", "Selenskyj, Macron, Starmer", "12:30", "戦争が続く"])
def test_a_text_without_little_words_tells_none(text):
    assert language.settle(None, words.line(text)) is None


def test_what_was_told_is_believed_where_the_script_allows_it():
    assert language.settle("nl", words.line(SAID["de"])) == "nl"
    assert language.settle("pt-BR", words.line(SAID["pt"])) == "pt"
    assert language.settle("xx", words.line(SAID["ru"])) == "xx"


@pytest.mark.parametrize(("told", "spoken"), [("en", "ru"), ("en", "uk"), ("fr", "ar"), ("ru", "de"), ("ar", "tr")])
def test_what_was_told_is_not_believed_against_the_script(told, spoken):
    assert language.settle(told, words.line(SAID[spoken])) == spoken


@settings(deadline=None)
@given(st.text(st.characters(), max_size=200), st.text(max_size=5))
def test_any_text_and_any_language_are_survived(text, told):
    assert language.settle(told, words.line(text)) in {None, told.partition("-")[0].lower(), *SAID}


def test_a_megabyte_takes_no_longer_than_a_sentence():
    line = words.line("the war " * 125_000)
    began = time.process_time()
    for _ in range(100):
        language.settle(None, line)
    assert time.process_time() - began < 1
