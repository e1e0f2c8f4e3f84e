import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.search import synonyms
from services.search.forms import LIMIT, widen
from services.search.query import Not, Query, Words, parse
from services.search.snippets import mark
from services.search.synonyms import NONE

NAMES = synonyms.build(
    [
        ["Kyiv", "Kiev", "Київ", "Киев"],
        ["European Union", "EU", "Євросоюз"],
        ["NATO", "OTAN", "НАТО"],
        ["Zelensky", "Зеленський"],
    ]
)


def widened(q: str) -> Query:
    return widen(parse(q), NAMES)


def names(clause: tuple[object, ...]) -> set[str]:
    return {" ".join(node.terms) for node in clause if isinstance(node, Words) and node.synonym}


def test_a_name_brings_its_other_names() -> None:
    assert [names(clause) for clause in widened("kiev mayor").clauses] == [{"kyiv", "київ", "киев"}, set()]


def test_an_inflected_name_is_known() -> None:
    assert names(widened("Зеленському").clauses[0]) == {"zelensky", "зеленський"}
    assert names(widened("l'Otan").clauses[0]) >= {"nato", "нато"}


def test_words_that_are_a_name_together_share_its_other_names() -> None:
    assert [names(clause) for clause in widened("the european union today").clauses] == [
        set(), {"eu", "євросоюз"}, {"eu", "євросоюз"}, set(),
    ]  # fmt: skip
    assert names(widened("EU").clauses[0]) == {"european union", "євросоюз"}


def test_a_short_acronym_is_a_name_only_in_capitals() -> None:
    assert not names(widened("eu").clauses[0])


@pytest.mark.parametrize("q", ['"kyiv"', "kyi*", '"european union"', 'title:"kyiv"', '-"kyiv"'])
def test_quotation_marks_and_prefixes_mean_what_they_say(q: str) -> None:
    assert widened(q) == parse(q)


def test_a_name_in_the_headline_and_one_of_alternatives_are_widened_too() -> None:
    [clause] = widened("title:kyiv OR lviv").clauses
    assert names(clause) == {"kiev", "київ", "киев"}
    assert all(node.title for node in clause if isinstance(node, Words) and node.synonym)


def test_what_is_excluded_is_excluded_by_every_name() -> None:
    clauses = widened("war -kyiv").clauses[1:]
    assert {node.node.terms for (node,) in clauses if isinstance(node, Not) and isinstance(node.node, Words)} == {
        ("kyiv",), ("kiev",), ("київ",), ("киев",),
    }  # fmt: skip


def test_an_elided_article_or_ending_does_not_hide_the_word() -> None:
    def stems(q: str) -> tuple[str, ...]:
        [[words]] = widen(parse(q), NONE).clauses
        assert isinstance(words, Words)
        return words.stems

    assert "ukraine" in stems("l'Ukraine")
    assert "ukrayna" in stems("Ukrayna'nın")
    assert "ukrainekrieg" in stems("Ukraine-Krieg")
    assert stems("U.S.") == ()


def test_other_forms_and_names_are_marked() -> None:
    def shown(text: str, q: str, language: str) -> list[str]:
        return [part.text for part in mark(text, widened(q).words, language) if part.is_match]

    assert shown("Обмін полонених: полоненими обмінялися", "полонений", "uk") == ["полонених", "полоненими"]
    assert shown("Мер Києва", "Kyiv", "uk") == ["Києва"]
    assert shown("De gevluchte families", "gevlucht", "nl") == ["gevluchte"]
    assert shown("Drones and a drone", '"drone"', "en") == ["drone"]


def test_only_so_many_words_are_widened() -> None:
    nodes = [node for clause in widened("drones " * (LIMIT + 5)).clauses for node in clause]
    assert sum(bool(node.stems) for node in nodes if isinstance(node, Words)) == LIMIT


@given(st.text(alphabet=st.characters() | st.sampled_from(" \"-*:()ORtitlekyivЄС'\0")))
def test_nothing_that_can_be_typed_is_an_error(q: str) -> None:
    query = widened(q)
    assert len(query.clauses) >= len(parse(q).clauses)
    assert query == widened(q)


@pytest.mark.parametrize("piece", ["kyiv ", "european union ", "-kyiv ", "l'", "a-", "Є", "kyiv OR "])
def test_a_hundred_kilobytes_are_widened_in_no_time(piece: str) -> None:
    begin = time.process_time()
    widened(piece * (100_000 // len(piece)))
    assert time.process_time() - begin < 1
