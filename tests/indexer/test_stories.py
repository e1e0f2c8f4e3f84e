import pytest

from services.indexer import stories


@pytest.fixture
def told(sentences):
    """A report: its day in January, its headline and lead, a seed for the rest of its text."""

    def report(day, headline, lead, seed):
        return {
            "title": headline,
            "text": f"{lead} {' '.join(sentences(seed, 6))}",
            "published": f"2022-01-{day:02d}T08:00:00Z",
            "url": f"https://h{seed}.example/",
        }

    return report


BRIDGE = (
    (
        "Bridge at Antonivka hit by missiles",
        "The bridge at Antonivka near Kherson was hit, said Hlushchenko of Melitopol.",
    ),
    (
        "Missiles damage Antonivka bridge",
        "Officials in Kherson, among them Hlushchenko, said the span at Antonivka was closed.",
    ),
    ("Harvest begins in Vinnytsia", "Farmers of Vinnytsia told Ukrinform that Lozova and Uman expect less wheat."),
)


def test_two_reports_of_one_event_are_one_story_and_both_new(ask, told):
    first, second = ask(**told(10, *BRIDGE[0], 1)), ask(**told(11, *BRIDGE[1], 2))
    assert second["relation"] == "new"
    assert second["story"] == first["story"] == first["id"]


def test_another_event_is_another_story(ask, told):
    ask(**told(10, *BRIDGE[0], 1))
    answer = ask(**told(10, *BRIDGE[2], 3))
    assert answer["story"] == answer["id"]


def test_the_same_names_four_days_later_are_another_story(ask, told):
    ask(**told(10, *BRIDGE[0], 1))
    answer = ask(**told(15, *BRIDGE[1], 2))
    assert answer["story"] == answer["id"]


def test_a_third_report_joins_the_story_of_the_second(ask, told):
    ask(**told(10, *BRIDGE[0], 1))
    ask(**told(11, *BRIDGE[1], 2))
    assert ask(**told(12, *BRIDGE[0], 4))["story"] == "t0"


def test_terms_are_the_titles_words_and_the_names_in_the_text():
    found = stories.terms("Bridge hit", "The governor spoke. Later Hlushchenko went to Kherson in 2022.")
    assert found == {"bridge", "hlushc", "kherso"}


def test_a_script_without_capitals_gives_its_longer_words():
    assert "الجسر" in stories.terms("", "قصف الجسر في خيرسون")


def test_no_text_has_no_terms():
    assert stories.terms("", "\x00 . ") == frozenset()
