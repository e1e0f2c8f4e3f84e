import re
import tomllib
from importlib import resources

import pytest

from services.cleaner import languages, phrases
from services.contracts import NoiseKind

RULES = phrases.load()
LANGUAGES = ["ar", "de", "en", "es", "fr", "it", "nl", "pl", "pt", "ru", "tr", "uk"]
EVERYWHERE = [
    "report-button", "source-link", "ad-label", "paywall", "newsletter", "promo", "comment-form", "comments",
    "related", "share", "cookie", "login", "legal", "navigation", "tags",
]  # fmt: skip


def table(language: str) -> dict[str, dict[str, dict[str, list[str]]]]:
    file = resources.files("services.cleaner") / "rules" / f"{language}.toml"
    return tomllib.loads(file.read_text(encoding="utf-8"))


def test_twelve_languages_have_a_file() -> None:
    assert sorted(languages.configured()) == LANGUAGES


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_language_has_phrases_of_every_common_kind_and_twelve_months(language: str) -> None:
    found = table(language)
    assert [kind for kind in EVERYWHERE if kind not in found["phrases"]] == []
    assert len(found["words"]["months"]) == 12


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_phrase_makes_a_block_of_its_own_words_noise(language: str) -> None:
    found, shared = table(language), table("any")["parts"]
    parts = {**shared, **found.get("parts", {})}
    for modes in found["phrases"].values():
        for entries in modes.values():
            for text in entries:
                said = example(text, parts)
                assert RULES.find(phrases.split(said), margin=True) is not None, (text, said)


def example(text: str, parts: dict[str, list[str]]) -> str:
    """The shortest thing that a phrase written in plain notation says: first choices, nothing that may be left out."""
    text = re.sub(r"<([^>]+)>", lambda match: f"({'|'.join(parts[match[1]])})", text)
    while "[" in text or "(" in text:
        text = re.sub(r"\[[^\[\]()]*\]", "", text)
        text = re.sub(r"\(([^\[\]()|]*)[^\[\]()]*\)", lambda match: match[1], text)
    words = [{"#": "12", "_": "etwas", "*": "etwas"}.get(word, word.replace("*", "")) for word in text.split()]
    return " ".join(words).replace(" :", ":")


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("ABONNEZ-VOUS !", NoiseKind.PAYWALL),
        ("Lire aussi : Le pont rouvre lundi", NoiseKind.RELATED),
        ("17 comments", NoiseKind.COMMENTS),
        ("Читайте также: Мост открыли", NoiseKind.RELATED),
        ("Підписуйтесь на наш Telegram-канал, щоб не пропустити новини", NoiseKind.PROMO),
        ("Das könnte Sie auch interessieren", NoiseKind.RELATED),
        ("© 2024 Beispiel Verlag. Alle Rechte vorbehalten.", NoiseKind.LEGAL),
        ("İlginizi Çekebilir", NoiseKind.RELATED),
        ("ILGINIZI ÇEKEBILIR", NoiseKind.RELATED),
        ("اقرأ أيضاً: افتتاح الجسر", NoiseKind.RELATED),
        ("Utilizamos cookies próprias e de terceiros.", NoiseKind.COOKIE),
        ("Więcej: zobacz także", NoiseKind.RELATED),
        ("Zobacz także", NoiseKind.RELATED),
        ("More than 100 people were hurt", None),
        ("More: Bridge reopens on Monday", None),
        ("Related: Bridge reopens on Monday", NoiseKind.RELATED),
        ("Related groups claimed the attack", None),
    ],
)
def test_case_accents_and_punctuation_do_not_count(text: str, kind: NoiseKind | None) -> None:
    found = RULES.find(phrases.split(text), margin=False)
    assert (found.kind if found else None) == (kind if text != "More: Bridge reopens on Monday" else NoiseKind.RELATED)


def test_a_long_paragraph_is_never_noise_for_a_phrase() -> None:
    text = "Read also " + "what the minister wrote in the long letter that he sent to the council on Monday " * 4
    assert RULES.find(phrases.split(text), margin=True) is None


def test_the_rule_of_a_hit_names_language_and_phrase() -> None:
    found = RULES.find(phrases.split("Déjà abonné ?"), margin=False)
    assert found is not None
    assert found.rule.startswith("phrase:fr:déjà (abonné*|")


def test_a_broken_file_or_an_unknown_kind_names_the_file() -> None:
    with pytest.raises(ValueError, match=r"rules/xx\.toml"):
        phrases.build({"xx": "[phrases"})
    with pytest.raises(ValueError, match=r"rules/xx\.toml.*tickers"):
        phrases.build({"xx": '[phrases.tickers]\nequals = ["a"]'})
    with pytest.raises(ValueError, match=r"rules/xx\.toml.*begins"):
        phrases.build({"xx": '[phrases.ticker]\nbegins = ["a"]'})
    with pytest.raises(ValueError, match=r"rules/xx\.toml.*bracket"):
        phrases.build({"xx": '[phrases.ticker]\nequals = ["read (more"]'})
    with pytest.raises(ValueError, match=r"rules/xx\.toml.*no word that must be there"):
        phrases.build({"xx": '[phrases.ticker]\nequals = ["[read] *"]'})
    with pytest.raises(ValueError, match=r"rules/xx\.toml.*\[parts\]"):
        phrases.build({"xx": '[phrases.ticker]\nequals = ["read <paper>"]'})


@pytest.mark.parametrize(
    ("notation", "said", "unsaid"),
    [
        ("read (also|more)", ["Read more", "READ ALSO!"], ["Read", "Read less"]),
        ("sign up [now]", ["Sign up", "Sign up now!"], ["Sign up later"]),
        ("abonn*", ["Abonnez", "abonné"], ["Abo"]),
        ("# comments", ["12 comments", "1,204 comments"], ["many comments"]),
        (
            "more: *",
            ["More: the bridge opens", "More – the bridge opens"],
            ["More bridges", "More: one two three four five six seven"],
        ),
        ("get <app> now", ["Get the app now"], ["Get it now"]),
    ],
)
def test_the_notation_of_phrases(notation: str, said: list[str], unsaid: list[str]) -> None:
    rules = phrases.build({"xx": f'[parts]\napp = ["our app", "the app"]\n[phrases.promo]\nequals = ["{notation}"]'})
    assert [text for text in said if rules.find(phrases.split(text), margin=False) is None] == []
    assert [text for text in unsaid if rules.find(phrases.split(text), margin=False) is not None] == []


def test_two_phrases_of_one_kind_make_a_long_notice_noise() -> None:
    notice = (
        "We use cookies and similar technologies so that this site works, so that we know how it is read, and so that "
        "what is shown to you is of use to you. If you accept all cookies, our partners may store and/or access "
        "information on your device for these purposes, and you may change your mind at any time."
    )
    found = RULES.insisting(phrases.split(notice))
    assert found is not None
    assert found.kind is NoiseKind.COOKIE
