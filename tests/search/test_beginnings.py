from hypothesis import given, settings
from hypothesis import strategies as st

from services.search import analysis, stemming
from services.search.beginnings import Beginnings

LETTERS = "aAbzéÉéßæœﬁıİ'’ʼ_-. \n\u00ad\u0301\u0306иИйЙїіґеёпя0٣اأءوكعلש東ｱａ𝐚"
texts = st.text(st.sampled_from(LETTERS), max_size=40) | st.text(max_size=40)


def found(text: str, terms: list[str], stems: list[str], language: str = "") -> list[tuple[int, str]]:
    return list(Beginnings(terms, stems, language).runs(text))


@given(texts, texts)
@settings(deadline=None)
def test_no_run_is_passed_over_that_holds_a_wanted_term(text: str, q: str) -> None:
    wanted = analysis.terms(q)[:3]
    runs = [(each.start(), each.group()) for each in analysis.places(text)]
    looked_at = found(text, wanted, [])
    assert looked_at == [run for run in runs if run in set(looked_at)]
    heads = tuple(term[:2] for term in wanted)
    for start, run in runs if wanted else ():
        if any(term.startswith(heads) for term in analysis.terms(run)):
            assert (start, run) in looked_at


def test_a_word_is_met_however_its_first_letters_are_written() -> None:
    for written in ("Élan", "E\u0301lan", "élan", "ÉLAN", "l’élan", "_élan", "Ｅlan", "e\u00adlan"):
        assert (3, written) in found(f"un {written} de", ["elan"], [])
    assert [run for _, run in found("Ирод и\u0306од", ["йод"], [])] == ["и\u0306од"]


def test_words_that_begin_otherwise_are_not_looked_at() -> None:
    assert found("a ferry runs over the river, the ferryman said", ["ferry"], []) == [(2, "ferry"), (33, "ferryman")]


def test_a_stem_that_lost_the_beginning_of_its_word_is_met() -> None:
    words = {
        "nl": "gebouwd geluidhouder opgebouwd open even enige",
        "ar": "بالكتاب للكتاب والكتاب سيكتب يستعمل رأي كتاب",
    }
    for language, listed in words.items():
        for word in listed.split():
            (token,) = analysis.tokens(word)
            for stem in stemming.of_token(word, token.term, language):
                assert found(word, [], [stem], language), (word, stem)
                assert Beginnings([], [stem], language).may_have_stem(token.term), (word, stem)


def test_a_long_text_without_a_break_takes_linear_time() -> None:
    assert sum(1 for _ in found("ab=" * 50_000, ["ab"], [])) == 50_000
    assert sum(1 for _ in found("axx=" * 50_000 + "ab=", ["ab"], [])) == 1
