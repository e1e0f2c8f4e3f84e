import pytest

from services.cleaner import invitations, pages, phrases, speech
from services.contracts import NoiseKind

RULES = phrases.load()
PARAGRAPHS = "".join(
    f"<p>Paragraph number {n} of the story tells what happened at the bridge on day {n}, and who saw it.</p>"
    for n in range(1, 6)
)


def article(tail: str, inside: str = "") -> str:
    head = "<title>What happened at the bridge</title>"
    body = f"<h1>What happened at the bridge</h1>{PARAGRAPHS}{inside}{PARAGRAPHS.replace('day', 'night')}{tail}"
    return f"<html lang='en'><head>{head}</head><body><article>{body}</article></body></html>"


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Download the Herald app and stay up to date with what your town talks about.", NoiseKind.PROMO),
        ("Laden Sie unsere kostenlose Anwendung mit Push-Nachrichten aufs Telefon.", NoiseKind.PROMO),
        ("Activez les notifications pour ne rien perdre de nos alertes.", NoiseKind.PROMO),
        ("Siga as notícias do concelho no nosso canal.", NoiseKind.PROMO),
        ("Zet de meldingen aan en blijf op de hoogte van het weer.", NoiseKind.PROMO),
        ("Włącz powiadomienia i bądź na bieżąco z tym, co dzieje się w powiecie.", NoiseKind.PROMO),
        ("Установите приложение и будьте в курсе того, что происходит в области.", NoiseKind.PROMO),
        ("Увімкніть сповіщення, щоб бути в курсі подій громади.", NoiseKind.PROMO),
        ("حملوا تطبيقنا لتصلكم أخبار المدينة.", NoiseKind.PROMO),
        ("Ilçemizdeki gelişmeler için uygulamamızı telefonunuza indirin.", NoiseKind.PROMO),
        ("Every morning, what matters in the valley in your mailbox", NoiseKind.NEWSLETTER),
        ("Jeden Abend das Wichtigste vom Fluss in Ihrem Postfach", NoiseKind.NEWSLETTER),
        ("Cada noche, lo esencial del valle en tu bandeja de entrada", NoiseKind.NEWSLETTER),
        ("Ogni sera il meglio della valle nella tua casella di posta", NoiseKind.NEWSLETTER),
        ("Получайте вечерний дайджест «Речных вестей» на почту", NoiseKind.NEWSLETTER),
        ("Otrzymuj wieczorny biuletyn ziemi nad rzeką", NoiseKind.NEWSLETTER),
    ],
)
def test_an_invitation_is_known_in_any_language_wherever_it_stands(text: str, kind: NoiseKind) -> None:
    found = invitations.find(text, RULES, margin=False)
    assert found is not None
    assert found[0] is kind


@pytest.mark.parametrize(
    "text",
    [
        "The ministry withdrew its application for the digital channel, three newspapers reported.",
        "« Abonnez-vous à notre chaîne et activez les notifications », répétait le youtubeur à ses victimes.",
        "„Abonnieren Sie unseren Newsletter“, stand auf dem Flugblatt der Betrüger.",
        "— Подписывайтесь на наш канал, — сказал блогер судье.",
        "Sigue la huelga en el canal público de noticias, según los sindicatos.",
        "Scarica di fulmini sul canale: nessun ferito.",
        "Der Verlag stellt seinen Newsletter nach zwölf Jahren ein.",
        "Wydawca zamyka aplikację i biuletyn, bo nikt ich nie czytał.",
        "Follow-up talks on the channel tunnel begin in May.",
        "Gazete abone sayısının yüzde on arttığını ve uygulamasının yenilendiğini duyurdu.",
        "Every morning the mailbox of the town hall was full of threats.",
        "Les abonnés paieront deux euros de plus par mois, a annoncé le journal.",
    ],
)
def test_news_about_apps_letters_and_subscriptions_is_no_invitation(text: str) -> None:
    assert invitations.find(text, RULES, margin=True) is None
    assert text in pages.clean_html(article(f"<p>{text}</p>")).text
    assert text in pages.clean_html(article("", inside=f"<p>{text}</p>")).text


def test_an_instruction_inside_a_story_is_kept_and_a_plug_below_it_goes() -> None:
    text = "Download the application of the county, then follow the news about the dike."
    assert text in pages.clean_html(article("", inside=f"<p>{text}</p>")).text
    assert text not in pages.clean_html(article(f"<p>{text}</p>")).text


def test_a_quotation_may_invite() -> None:
    quoted = "Sign up for our newsletter was the only sentence that he ever wrote for us"
    assert quoted in pages.clean_html(article("", inside=f"<blockquote>{quoted}</blockquote>")).text
    assert speech.unquoted("He said: “come and join our channel today”.") == "He said: …."
    assert speech.unquoted("Отримуйте «Речные вести» на почту") == "Отримуйте «Речные вести» на почту"


@pytest.mark.parametrize(
    ("notice", "offers"),
    [
        (
            "Dieser Artikel ist nur für Abonnenten.",
            ["Wählen Sie ein Abo ab 4 Euro im Monat, jederzeit kündbar.", "Alle Artikel, alle Karten, ein Preis…"],
        ),
        (
            "Ten artykuł jest dostępny tylko dla prenumeratorów.",
            ["Wybierz pakiet i czytaj wszystkie artykuły od 9 złotych miesięcznie.", "Mapy, wywiady, śledztwa…"],
        ),
        (
            "Этот материал доступен только подписчикам.",
            ["Выберите тариф: полный доступ от 99 рублей в месяц.", "Карты, интервью, расследования…"],
        ),
    ],
)
def test_offers_below_the_notice_that_ends_a_cut_article_go(notice: str, offers: list[str]) -> None:
    lines = "".join(f"<p>{line}</p>" for line in (notice, *offers))
    cleaned = pages.clean_html(article(f"<p>rivertimes LIVE</p>{lines}"))
    assert [line for line in ("rivertimes LIVE", notice, *offers) if line in cleaned.text] == []
    assert cleaned.meta.paywalled is True


def test_an_article_that_goes_on_below_a_notice_is_kept() -> None:
    whole = pages.clean_html(article("<p>This article is for subscribers.</p><p>The bridge opens again on Monday.</p>"))
    assert "The bridge opens again on Monday." in whole.text


def test_a_box_with_an_unusual_offer_is_a_paywall_and_a_box_with_the_paid_text_is_not() -> None:
    offer = (
        "<p>This is for Herald keepers.</p><p>Read on for a dollar a week, cancel at any time.</p><p>Sign in here.</p>"
    )
    cleaned = pages.clean_html(article(f"<div class='paygate'>{offer}</div>"))
    assert "keepers" not in cleaned.text
    assert cleaned.meta.paywalled is True
    paid = (
        "<p>The bridge costs a million a year, and the county pays for it in full, although it had promised in 2019 "
        "that the state would bear half of what happened at the bridge.</p>"
    )
    assert "costs a million" in pages.clean_html(article(f"<div class='paygate'>{paid}</div>")).text
