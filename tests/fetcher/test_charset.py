"""Row 21 of the fault table: declared, wrong and missing encodings."""

import pytest

from services.fetcher import feeds


def item(title: str) -> str:
    return f"<item><title>{title}</title></item>"


def rss(*items: str) -> str:
    return f'<rss version="2.0"><channel><title>Outlet</title>{"".join(items)}</channel></rss>'


def parse(body: bytes, content_type: str | None = "application/xml") -> feeds.Feed:
    return feeds.parse(body, content_type=content_type, url="https://outlet.example/feed", now=1_763_640_000.0)


UKRAINIAN = "Президент заявив про нові удари по енергетиці, уряд обіцяє їжу й тепло"
RUSSIAN = "Президент заявил о новых ударах по энергетике, правительство обещает помощь"
POLISH = "Prezydent ogłosił nowe środki, żołnierze wracają do Łodzi, źródła milczą"
FRENCH = "Le président a annoncé de nouvelles mesures; l'armée s'est déployée à l'été"
TURKISH = "Cumhurbaşkanı yeni önlemler açıkladı, İstanbul'da değişiklik görüşülüyor"
ARABIC = "أعلن الرئيس عن إجراءات جديدة في أوكرانيا"

LEGACY = [
    (UKRAINIAN, "windows-1251"),
    (UKRAINIAN, "koi8-u"),
    (RUSSIAN, "windows-1251"),
    (RUSSIAN, "koi8-r"),
    (RUSSIAN, "iso-8859-5"),
    (POLISH, "windows-1250"),
    (POLISH, "iso-8859-2"),
    (FRENCH, "windows-1252"),
    (TURKISH, "windows-1254"),
    (ARABIC, "windows-1256"),
]


@pytest.mark.parametrize(("text", "charset"), LEGACY)
@pytest.mark.parametrize("content_type", ["text/xml", "application/rss+xml", "text/xml; charset=utf-8", None])
def test_an_undeclared_or_wrongly_declared_encoding_is_found(text, charset, content_type):
    feed = parse(rss(item(title=text)).encode(charset), content_type)
    assert feed.entries[0].title == text
    assert feed.problem


@pytest.mark.parametrize(("text", "charset"), LEGACY)
def test_a_declared_encoding_is_believed(text, charset):
    declared = f"<?xml version='1.0' encoding='{charset}'?>".encode() + rss(item(title=text)).encode(charset)
    for content_type in ("text/xml", "text/xml; charset=utf-8", "text/xml; charset=us-ascii"):
        assert parse(declared, content_type).entries[0].title == text
    by_header = parse(rss(item(title=text)).encode(charset), f"text/xml; charset={charset}")
    assert (by_header.entries[0].title, by_header.problem) == (text, None)


@pytest.mark.parametrize("text", [UKRAINIAN, POLISH, ARABIC])
@pytest.mark.parametrize("said", ["windows-1251", "iso-8859-1", "utf-16", "x-nonsense", "hex", "undefined", "punycode"])
def test_utf8_is_recognised_whatever_is_declared(text, said):
    body = f"<?xml version='1.0' encoding='{said}'?>{rss(item(title=text))}".encode()
    assert parse(body, f"text/xml; charset={said}").entries[0].title == text


@pytest.mark.parametrize("charset", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_unicode_in_its_other_forms_is_read(charset):
    body = f"<?xml version='1.0' encoding='utf-16'?>{rss(item(title=UKRAINIAN))}".encode(charset)
    assert parse(body).entries[0].title == UKRAINIAN


def test_a_few_broken_bytes_do_not_turn_utf8_into_something_else():
    body = rss(item(title=UKRAINIAN), item(title="x")).encode().replace(b"<title>x", b"<title>x\xff")
    feed = parse(body)
    assert feed.entries[0].title == UKRAINIAN
    assert "broken characters in utf-8" in feed.problem


def test_utf8_that_was_cut_inside_a_character_is_still_utf8():
    body = rss(item(title=UKRAINIAN), item(title="Ї")).encode()
    cut = body[: body.index("Ї".encode()) + 1]
    assert parse(cut).entries[0].title == UKRAINIAN
