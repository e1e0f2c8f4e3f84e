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


@pytest.mark.parametrize(
    ("text", "marked", "names"),
    [
        ("Eingestellt von Jan Weber", True, "Jan Weber"),
        ("Jane Roe | Chief Editor", True, "Jane Roe"),
        ("riverfan", True, "riverfan"),
        ("riverfan", False, None),
        ("Von Jan Weber am 27.01.2022", True, "Jan Weber"),
        ("Datum: 27.01.2022 Autor: Jan Weber", True, "Jan Weber"),
        ("Published January 27, 2022", True, None),
        ("Sat, 27 January 2022", True, None),
        ("Johannes von Weber", True, "Johannes von Weber"),
    ],
)
def test_a_byline_element_may_hold_more_and_less_than_a_name(text: str, marked: bool, names: str | None) -> None:
    assert bylines.author(text, RULES, marked=marked) == names


def test_dates_of_publication_and_update_are_told_apart() -> None:
    line = "Aktualisiert: 28.01.2022, veröffentlicht: 27.01.2022"
    assert bylines.published(line, RULES) == ("2022-01-27", "2022-01-28")
