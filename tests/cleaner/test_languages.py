import pytest

from services.cleaner import languages


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Η γέφυρα άνοιξε ξανά στην κυκλοφορία μετά από δύο χρόνια", "el"),
        ("다리가 2년 만에 다시 개통되었다고 시 당국이 월요일 밝혔다", "ko"),
        ("大桥在两年后重新开放通车，市政府星期一宣布了这一消息。", "zh"),
        ("橋は二年ぶりに再び開通したと市当局が月曜日に発表しました。", "ja"),
        ("הגשר נפתח מחדש לתנועה לאחר שנתיים של עבודות", "he"),
        ("Міст знову відкрили для руху після двох років ремонту", "uk"),
        ("Мост снова открыли для движения после двух лет ремонта", "ru"),
        ("Die Brücke wurde nach zwei Jahren wieder für den Verkehr geöffnet", "de"),
    ],
)
def test_the_language_is_told_from_script_or_words(text: str, language: str) -> None:
    assert languages.detect("", text) == language


def test_a_declared_language_is_one_of_the_choices() -> None:
    swedish = "Bron öppnades åter för trafik efter två års arbete, sade staden i måndags"
    assert languages.detect("", swedish, ["sv-SE"]) == "sv"
    assert languages.detect("", swedish) in languages.configured()


def test_too_short_a_text_is_in_the_declared_language_and_no_letter_in_none() -> None:
    assert languages.detect("hi", "", ["pt-BR"]) == "pt"
    assert languages.detect("123", "456", ["pt-BR"]) is None
