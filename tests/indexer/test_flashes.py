import pytest

FLASHES = [
    "Two people were killed in a Russian strike on Kherson, the governor said.",
    "Three people were killed in a Russian strike on Kherson, the governor said.",
    "Two people were killed in a Russian strike on Kharkiv, the governor said.",
    "Two people were wounded in a Russian strike on Kherson, the governor said.",
    "Air alert in Kyiv",
    "Air alert in Kyiv lifted",
    "No air alert in Kyiv",
    "Повітряна тривога в Києві",
    "Повітряна тривога у Львові",
]


def test_different_flashes_are_never_merged(ask):
    answers = [ask(text, published="2022-03-01T10:00:00Z") for text in FLASHES]
    assert [(answer["relation"], answer["of"]) for answer in answers] == [("new", None)] * len(FLASHES)


def test_a_flash_that_is_only_a_title_is_compared_by_it(ask):
    assert ask("", title="Air alert in Kyiv")["relation"] == "new"
    assert ask("", title="Air alert in Lviv")["relation"] == "new"
    assert ask("", title="AIR ALERT IN KYIV")["relation"] == "exact"


@pytest.mark.parametrize(
    ("first", "second", "relation"),
    [
        ("2022-03-01T10:00:00Z", "2022-03-01T11:30:00+01:00", "exact"),
        ("2022-03-01T10:00:00Z", "2022-03-02T10:00:00Z", "new"),
        ("2022-03-01", "2022-03-01T20:00:00Z", "exact"),
        ("2022-03-01", "2022-03-02", "new"),
        (None, "2022-03-02", "exact"),
    ],
)
def test_the_same_flash_is_news_again_after_half_a_day(ask, first, second, relation):
    ask(FLASHES[4], published=first)
    assert ask(FLASHES[4], published=second)["relation"] == relation


def test_a_flash_that_stands_whole_in_an_earlier_article_is_its_excerpt(ask, sentences):
    ask(" ".join([*sentences(1, 3), FLASHES[0], *sentences(2, 3)]))
    answer = ask(FLASHES[0])
    assert (answer["relation"], answer["of"], answer["containment"]) == ("excerpt", "t0", 1.0)


def test_an_article_after_its_flash_is_kept(ask, sentences):
    ask(FLASHES[0])
    assert ask(FLASHES[0] + " " + " ".join(sentences(3, 8)))["relation"] == "new"


def test_a_flash_with_another_number_than_the_article_is_new(ask, sentences):
    ask(" ".join([*sentences(1, 3), FLASHES[0], *sentences(2, 3)]))
    assert ask(FLASHES[1])["relation"] == "new"


def test_half_a_sentence_of_an_article_is_not_a_repetition(ask):
    ask("Nobody in Kyiv has confirmed the strike on the bridge near Kherson so far, according to the staff.")
    assert ask("The strike on the bridge near Kherson so far")["relation"] == "new"


def test_flashes_in_the_same_noise_of_one_host_are_never_merged(ask, sentences):
    noise = "\n".join(sentences(9, 6))
    texts = [f"{flash}\n{noise}" for flash in FLASHES]
    answers = [ask(text, url="https://a.example/", published="2022-03-01T10:00:00Z") for text in texts]
    assert {answer["relation"] for answer in answers[3:]} == {"new"}
