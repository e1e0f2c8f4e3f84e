"""Whatever comes in, the answer is a clean result or an error with a reason, and soon."""

import time

import pytest

from services.cleaner import requests
from services.contracts import Reason

BODY = "<p>The bridge across the river reopened on Monday after two years of work, the city council said.</p>" * 6

PAGES = {
    "empty": "",
    "white space": " \n\t ",
    "NUL only": "\x00\x00",
    "only scripts": "<html><head><script>var a = 1;</script></head><body><script>alert(1)</script></body></html>",
    "no markup": "just words without any markup at all",
    "a comment": "<!-- nothing -->",
    "an XML declaration": f'<?xml version="1.0" encoding="utf-16"?><html><body>{BODY}</body></html>',
    "a lone surrogate": f"<html><title>a\ud800b</title><body>{BODY}<p>\udfff end of it all.</p></body></html>",
    "deep nesting": "<div>" * 20_000 + BODY + "</div>" * 20_000,
    "deep inline nesting": "<b><i>" * 10_000 + "text",
    "unclosed tags": "<p><table><tr><td>" * 2_000 + BODY,
    "a title of a megabyte": f"<html><title>{'word ' * 200_000}</title><body>{BODY}</body></html>",
    "one word of a megabyte": f"<html><body><p>{'x' * 1_000_000}</p></body></html>",
    "a paragraph of a megabyte": f"<html><body><p>{'many words here ' * 60_000}</p></body></html>",
    "ten thousand links": "<a href=x>one two three four five six</a>" * 10_000,
    "attributes of a megabyte": f'<div class="{"related " * 100_000}" id="{"x-" * 100_000}">{BODY}</div>',
    "broken JSON-LD": f'<script type="application/ld+json">{{"@type": [[[</script>{BODY}',
    "deep JSON-LD": f'<script type="application/ld+json">{"[" * 100_000}</script>{BODY}',
    "wrong JSON-LD": '<script type="application/ld+json">{"@type":"NewsArticle","headline":7,'
    f'"author":[1,{{"name":[null]}}],'
    f'"datePublished":{{"a":1}},"publisher":"x"}}</script>{BODY}',
    "separators": "<p>" + " | a b c d" * 20_000 + "</p>",
    "stops": "<p>" + "a.B" * 100_000 + "</p>",
    "colons": "<p>" + ": photo " * 50_000 + "</p>",
    "dates": "<p>" + "27 - 01 - " * 50_000 + "</p>",
}


@pytest.mark.parametrize("name", PAGES)
def test_hostile_pages_get_an_answer_in_time(name: str) -> None:
    start = time.monotonic()
    answer = requests.answer({"id": name, "html": PAGES[name]})
    assert time.monotonic() - start < 10
    assert answer["id"] == name
    assert answer["error"] is None or Reason(answer["error"]["reason"]) in {
        Reason.NOT_A_PAGE,
        Reason.NO_ARTICLE,
        Reason.INDEX_PAGE,
    }
    answer["text"].encode("utf-8")
    assert "\x00" not in answer["text"] + answer["title"]
    assert len(answer["title"]) <= 500


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n\n",
        "\x00",
        "\ud800",
        "x" * 1_000_000,
        "a b. " * 200_000,
        "line\n" * 20_000,
        "Subscribe now\nand so on\n" * 10_000,
        "a.B" * 100_000,
    ],
)
def test_hostile_texts_get_an_answer_in_time(text: str) -> None:
    start = time.monotonic()
    answer = requests.answer({"id": 1, "text": text})
    assert time.monotonic() - start < 10
    assert answer["error"] is None or answer["error"]["reason"] in {Reason.NO_ARTICLE, Reason.TOO_LARGE}
    answer["text"].encode("utf-8")


def test_binary_garbage_gets_an_error_or_text() -> None:
    answer = requests.answer({"id": 1, "html_b64": "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8g/////w=="})
    assert answer["error"] is None or answer["error"]["reason"] in {Reason.NOT_A_PAGE, Reason.NO_ARTICLE}


def test_bidi_overrides_and_zero_widths_are_gone_and_letters_stay() -> None:
    line = "The sign said \u202egnihton\u202c and na\u00efve cafe\u0301 \u200bpeople read it at the bridge."
    html = f"<html><body>{BODY}<p>{line}</p></body></html>"
    text = requests.answer({"id": 1, "html": html})["text"]
    assert "The sign said gnihton and naïve café people read it at the bridge." in text


@pytest.mark.parametrize(
    "request_",
    [
        None, 7, "x", [], {}, {"id": 1}, {"id": 1, "html": 5}, {"id": 1, "html": "a", "text": "b"},
        {"id": 1, "html_b64": "%%%"},
        {"id": 1, "text": "a", "url": 9}, {"id": 1, "text": "a", "outlet": "x"},
        {"id": 1, "text": "a", "outlet": {"id": 1}},
        {"id": 1, "text": "a", "outlet": {"noise": 3}}, {"id": 1, "html_b64": "é"},
    ],
)  # fmt: skip
def test_a_malformed_request_gets_an_answer_that_says_so(request_: object) -> None:
    answer = requests.answer(request_)
    assert answer["error"]["reason"] == Reason.BAD_MESSAGE
    assert answer["error"]["detail"]
    assert answer["blocks"] == []


@pytest.mark.parametrize(
    "url", ["http://[", "javascript:alert(1)", "\x00", "http://" + "a" * 100_000, "//", "http://x/%zz"]
)
def test_an_address_that_is_none_does_no_harm(url: str) -> None:
    answer = requests.answer({"id": 1, "html": f"<html><body>{BODY}</body></html>", "url": url})
    assert answer["error"] is None
