import pytest

from services.cleaner import phrases
from services.cleaner.unglue import unglue

RULES = phrases.load()


def pieces(text: str, context: str = "") -> list[str]:
    return unglue(text, RULES, context or text)


@pytest.mark.parametrize(
    "text",
    [
        "M. Blinken et M.Blinken ont parlé à Kiev.",
        "Le taux a atteint 1.3% contre 10.5 points, selon l'opinion.ma et Node.js.",
        "Apple vend l'iPhone et l'iPad, eBay et McDonald les achètent, YouTube et LinkedIn suivent.",
        "The U.S. army and the U.N.Security Council met, e.g. in Geneva, i.e. in Switzerland.",
        "Президент В.Зеленський зустрівся з Дж.Байденом на вул.Хрещатик і в м.Київ.",
        "Премьер М.Мишустин и А.С.Пушкин, ул.Ленина, им.Горького, тыс.рублей.",
        "Die Sitzung bei Dr.Müller, z.B. um 10.30 Uhr, kostete 3 Mio.Euro und 2,5 Mrd.Dollar.",
        "LaTeX, ThyssenKrupp, BioNTech, OpenAI, TikTok, WhatsApp und GitHub sind Namen.",
        "Die LehrerInnen und SchülerInnen der GmbH sprachen über MwSt und die ÖVP.",
        "Voir https://example.org/Une.Page?Titre=Le.Monde et ecrire a Jean.Dupont@example.org.",
        "Rendez-vous au №5, à 10.30, le 27.01.2022, version 2.0.Beta ou 1.A.",
        "Prof.Kowalski, ul.Marszałkowska, godz.Rano, tys.Polaków, św.Jan.",
        "قال د.محمد إن القرار رقم 1.5 صدر في 27.01.2022.",
        "Wait... What? No! Yes... Maybe.",
        "Booking.Com and Amazon.com sell it.",
        'Il a dit:"Nous sommes prêts." Puis il est parti.',
    ],
)
def test_what_is_not_glued_is_left_alone(text: str) -> None:
    assert pieces(text) == [text]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Il parle à la presse.Quels accords?Selon lui, aucun.", 3),
        ("They met on Monday in the capital.The talks went on until midnight.", 2),
        ("Зустріч відбулася у вівторок.Президент подякував союзникам.", 2),
        ("Встреча прошла во вторник.Президент поблагодарил союзников!Затем он уехал.", 3),
        ("Das Treffen fand am Dienstag statt.Der Kanzler dankte allen.", 2),
        ("انعقد الاجتماع يوم الثلاثاء.وشكر الرئيس الحلفاء.", 2),
        ("Toplantı salı günü yapıldı.İki lider daha sonra konuştu.", 2),
        ("Spotkanie odbyło się we wtorek.Łotwa poparła wniosek.", 2),
        ("La réunion a eu lieu en 2021.Les ministres sont venus.", 2),
        ("« Nous sommes prêts. »Le ministre est parti. Il dit « non.»Puis rien.", 3),
    ],
)
def test_sentences_without_a_space_between_them_are_taken_apart(text: str, expected: int) -> None:
    found = pieces(text)
    assert len(found) == expected
    assert "".join(found).replace(" ", "") == text.replace(" ", "")


def test_a_heading_glued_to_the_sentence_below_is_taken_apart_if_both_are_words() -> None:
    text = "Une réponse arrive à MoscouIl a expliqué que Moscou attendait."
    assert pieces(text) == ["Une réponse arrive à Moscou", "Il a expliqué que Moscou attendait."]


def test_a_name_with_a_capital_inside_that_comes_back_is_a_name() -> None:
    text = "La société MoscouIl existe. MoscouIl vend du café à Moscou. Il vend."
    assert pieces(text) == [text]


def test_a_million_characters_take_no_longer_than_they_should() -> None:
    text = "aB." * 200_000 + "mot" * 100_000
    assert "".join(pieces(text)) == text
