import base64
import json

from services.cleaner import requests

TEXT = "Bridge reopens\n\nThe bridge across the river reopened on Monday after two years of work, the council said.\n"
FIELDS = {"id", "title", "text", "blocks", "removed", "meta", "error"}
META = {"outlet", "author", "published", "language", "url", "source_url", "aggregator", "paywalled", "kind"}


def test_an_answer_has_exactly_the_fixed_fields_and_is_json() -> None:
    answer = requests.answer({"id": "a", "text": TEXT})
    assert set(answer) == FIELDS
    assert set(answer["meta"]) == META
    assert json.loads(json.dumps(answer)) == answer
    assert answer["text"] == "\n".join(block["text"] for block in answer["blocks"])


def test_an_error_has_the_same_fields() -> None:
    answer = requests.answer({"id": "a", "text": ""})
    assert set(answer) == FIELDS
    assert set(answer["meta"]) == META
    assert answer["error"] == {"reason": "no_article", "detail": "no line of the text is part of an article"}


def test_bytes_travel_as_base64_with_the_header_of_the_exchange() -> None:
    html = (
        "<html><body><h1>Міст відкрили у понеділок</h1>"
        + "<p>Міст через річку відкрили після двох років ремонту, повідомила рада.</p>" * 5
    )
    raw = base64.b64encode(html.encode("windows-1251")).decode()
    answer = requests.answer({"id": 1, "html_b64": raw, "content_type": "text/html; charset=utf-8"})
    assert answer["title"] == "Міст відкрили у понеділок"
    assert answer["meta"]["language"] == "uk"


def test_the_outlets_file_names_the_outlet_and_its_own_noise() -> None:
    outlet = {
        "id": "daily",
        "name": "The Daily",
        "url": "https://daily.example/",
        "noise": ["Proudly printed in Port Town"],
        "aggregator": True,
    }
    answer = requests.answer({"id": 1, "text": TEXT + "PROUDLY printed in Port Town.\n", "outlet": outlet})
    assert answer["meta"]["outlet"] == "The Daily"
    assert answer["meta"]["aggregator"] is True
    assert [(r["kind"], r["rule"]) for r in answer["removed"]] == [("template", "outlet phrase")]
