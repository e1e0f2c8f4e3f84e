import pytest

from services.cleaner import bylines, phrases

RULES = phrases.load()


@pytest.mark.parametrize(
    ("text", "outlet", "author", "published"),
    [
        ("Publié dans Le Quotidien le 27 - 01 - 2022", "Le Quotidien", None, "2022-01-27"),
        ("Published in The Daily Post on January 27, 2022", "The Daily Post", None, "2022-01-27"),
        ("Veröffentlicht am 27.01.2022", None, None, "2022-01-27"),
        ("Опубліковано 27 січня 2022, 10:30", None, None, "2022-01-27T10:30:00"),
        ("Обновлено: 27.01.2022 10:30", None, None, "2022-01-27T10:30:00"),
        ("Par Anne Durand", None, "Anne Durand", None),
        ("Von Jan Weber und Eva Klein", None, "Jan Weber, Eva Klein", None),
        ("By Jane Roe | March 3, 2023", None, "Jane Roe", "2023-03-03"),
        ("Автор: Олена Коваль", None, "Олена Коваль", None),
        ("بقلم: سعاد حسن", None, "سعاد حسن", None),
        ("27.01.2022", None, None, "2022-01-27"),
        ("Donnerstag, 27. Januar 2022, 10:30", None, None, "2022-01-27T10:30:00"),
    ],
)
def test_bylines_are_read(text: str, outlet: str | None, author: str | None, published: str | None) -> None:
    found = bylines.parse(text, RULES)
    assert found is not None
    assert (found.outlet, found.author, found.published) == (outlet, author, published)


@pytest.mark.parametrize(
    "text",
    [
        "By Tuesday the army had left the town.",
        "Von der Leyen trifft Selenskyj in Kiew",
        "Di Maio incontra il premier",
        "The treaty of 27 January 2022 ended the war.",
        "On 27 January 2022 the council met in the old town hall and voted for the motion of the mayor",
        "Par conséquent, rien ne change",
    ],
)
def test_sentences_and_headlines_are_no_bylines(text: str) -> None:
    assert bylines.parse(text, RULES) is None


def test_a_byline_element_gives_names_without_by_date_and_address() -> None:
    assert bylines.author("By Jane Roe and John Poe 3 March 2023 jane@news.example", RULES) == "Jane Roe, John Poe"
