import time

from hypothesis import given, settings
from hypothesis import strategies as st

from services.search.query import parse
from services.search.snippets import LENGTH, best, mark


def shown(parts: object) -> str:
    return "".join(f"[{part.text}]" if part.is_match else part.text for part in parts)  # type: ignore[attr-defined]


def test_matches_are_marked_in_the_original_spelling() -> None:
    assert shown(mark("Łódź, п’ять днів", parse("lodz OR п'ять").words)) == "[Łódź], [п’ять] днів"


def test_a_phrase_is_marked_only_where_its_words_follow_one_another() -> None:
    assert shown(mark("air alert, alert air", parse('"air alert"').words)) == "[air alert], alert air"


def test_a_prefix_marks_the_whole_word() -> None:
    assert shown(mark("Missiles and missions", parse("missil*").words)) == "[Missiles] and missions"


def test_overlapping_matches_are_marked_once() -> None:
    assert shown(mark("air alert over", parse('"air alert" "alert over"').words)) == "[air alert over]"


def test_a_short_text_is_shown_whole() -> None:
    assert shown(best("The ferry runs.", parse("ferry").words)) == "The [ferry] runs."


def test_the_window_opens_where_most_of_what_was_wanted_stands_together() -> None:
    text = "ferry ferry ferry. " + "Nothing here. " * 60 + "The ferry and the storm met. " + "Nothing more. " * 60
    snippet = shown(best(text, parse("ferry storm").words))
    assert "[ferry] and the [storm]" in snippet
    assert snippet.startswith("… ")
    assert snippet.endswith(" …")


def test_without_a_match_the_beginning_is_shown() -> None:
    snippet = shown(best("First words. " * 50, parse("absent").words))
    assert snippet.startswith("First words.")
    assert "[" not in snippet


def test_words_wanted_in_the_title_are_not_looked_for_in_the_text() -> None:
    assert shown(best("The ferry runs.", parse("title:ferry").words)) == "The ferry runs."


@given(st.text(), st.text(max_size=30))
@settings(deadline=None)  # the first text compiles the pattern of runs
def test_marking_changes_nothing_in_the_text(text: str, q: str) -> None:
    assert "".join(part.text for part in mark(text, parse(q).words)) == text


@given(st.text(min_size=1, max_size=1000), st.text(max_size=10))
@settings(deadline=None)  # the first text compiles the pattern of runs
def test_a_snippet_is_a_stretch_of_the_text_and_not_much_longer_than_asked(text: str, q: str) -> None:
    pieces = [part.text for part in best(text, parse(q).words)]
    if pieces and pieces[0] == "… ":
        pieces = pieces[1:]
    if pieces and pieces[-1] == " …":
        pieces = pieces[:-1]
    assert "".join(pieces) in text
    assert len("".join(pieces)) <= LENGTH + 2


def test_a_hostile_text_and_a_hostile_query_meet_in_short_time() -> None:
    begin = time.process_time()
    best("a " * 500_000, parse('"' + "a " * 60 + '"').words)
    best("東" * 500_000, parse("東" * 60).words)
    assert time.process_time() - begin < 15  # where every place is tried anew it takes hours
