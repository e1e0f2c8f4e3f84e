import pytest

from services.cleaner import encoding

RUSSIAN = "Президент встретился с министрами и обсудил восстановление моста через реку. " * 6
UKRAINIAN = "Президент зустрівся з міністрами й обговорив відбудову мосту через річку у Львові. " * 6
POLISH = "Prezydent spotkał się z ministrami i omówił odbudowę mostu, który zniszczyła powódź. " * 6
TURKISH = "Cumhurbaşkanı bakanlarla görüştü ve köprünün yeniden inşasını konuştu, ışıklar söndü. " * 6


def page(text: str, meta: str = "") -> str:
    return f"<html><head>{meta}<title>t</title></head><body><p>{text}</p></body></html>"


@pytest.mark.parametrize(
    ("text", "charset", "header", "meta"),
    [
        (RUSSIAN, "windows-1251", "text/html; charset=windows-1251", ""),
        (RUSSIAN, "windows-1251", "text/html", '<meta charset="windows-1251">'),
        (RUSSIAN, "windows-1251", "text/html; charset=utf-8", ""),
        (RUSSIAN, "windows-1251", "text/html; charset=iso-8859-1", '<meta charset="utf-8">'),
        (UKRAINIAN, "windows-1251", None, ""),
        (RUSSIAN, "koi8-r", "text/html; charset=koi8-r", ""),
        (POLISH, "iso-8859-2", "text/html; charset=iso-8859-2", ""),
        (TURKISH, "windows-1254", "text/html; charset=windows-1254", ""),
        (RUSSIAN, "utf-8", "text/html; charset=windows-1251", '<meta charset="windows-1251">'),
        (UKRAINIAN, "utf-16", None, ""),
        (POLISH, "utf-8-sig", "text/html; charset=iso-8859-2", ""),
    ],
)
def test_a_page_is_read_whatever_it_declares(text: str, charset: str, header: str | None, meta: str) -> None:
    html = page(text, meta)
    assert encoding.decode(html.encode(charset), header) == html


def test_utf8_with_a_few_broken_bytes_stays_utf8() -> None:
    raw = page(RUSSIAN).encode().replace("реку".encode(), "реку".encode()[:-1], 1)
    assert encoding.decode(raw, "text/html; charset=windows-1251").count("\ufffd") <= 3


@pytest.mark.parametrize(
    "name", ["punycode", "hex", "rot13", "unicode_escape", "no-such-thing", "idna", "utf-7", "x" * 40]
)
def test_a_declared_charset_that_is_none_is_passed_over(name: str) -> None:
    raw = page(RUSSIAN).encode("windows-1251")
    assert "Президент" in encoding.decode(raw, f"text/html; charset={name}")


def test_binary_garbage_becomes_some_text() -> None:
    assert isinstance(encoding.decode(bytes(range(256)) * 400, None), str)
    assert encoding.decode(b"", None) == ""
