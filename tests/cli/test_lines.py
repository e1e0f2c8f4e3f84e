"""The batch commands: fixed fields, input order, an answer for every line."""

import json
import re
from typing import Any

import pytest

from tests.cli.commands import vigie
from tests.conftest import SHARED

CLEAN = {"id", "title", "text", "blocks", "removed", "meta", "error"}
META = {"outlet", "author", "published", "language", "url", "source_url", "aggregator", "paywalled", "kind"}
TOPIC = {"id", "relevant", "score", "threshold", "language", "reasons"}
DEDUP = {"id", "relation", "of", "similarity", "containment", "story", "shared"}

NEWS = (
    "Les ministres des Affaires étrangères russe et ukrainien se sont rencontrés jeudi à Antalya, sans accord.\n"
    "Aucun cessez-le-feu n'a été conclu, a déclaré Dmytro Kouleba après une heure et demie de discussions avec Sergueï "
    "Lavrov. Les bombardements russes sur Marioupol se poursuivent, et l'OTAN a annoncé de nouveaux renforts."
)
PAGE = f"<html><head><title>Antalya</title></head><body><article><h1>Antalya</h1><p>{NEWS}</p></article></body></html>"

LINES = {
    "clean": {"id": 1, "html": PAGE},
    "topic": {"id": 1, "title": "Guerre en Ukraine : pas d'accord à Antalya", "text": NEWS},
    "dedup": {"id": 1, "text": NEWS},
}


def answers(command: str, *lines: bytes) -> list[dict[str, Any]]:
    done = vigie(command, "--jsonl", given=b"\n".join(lines) + b"\n")
    assert done.returncode == 0, done.stderr.decode()
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.mark.parametrize(("command", "fields"), [("clean", CLEAN), ("topic", TOPIC), ("dedup", DEDUP)])
def test_the_fields_of_an_answer_are_those_of_the_contract(command: str, fields: set[str]) -> None:
    (answer,) = answers(command, json.dumps(LINES[command]).encode())
    assert set(answer) == fields


def test_a_cleaned_page_has_its_metadata_and_its_blocks_in_the_text() -> None:
    (answer,) = answers("clean", json.dumps(LINES["clean"]).encode())
    assert set(answer["meta"]) == META
    assert answer["text"] == "\n".join(block["text"] for block in answer["blocks"])
    assert answer["error"] is None


@pytest.mark.parametrize("command", ["clean", "topic", "dedup"])
def test_answers_come_in_the_order_of_the_lines_whatever_the_lines_are(command: str) -> None:
    good = LINES[command]
    lines = [
        json.dumps({**good, "id": "first"}).encode(),
        b"not json",
        b"[1, 2]",
        b"\xff\xfe\x00",
        json.dumps({**good, "id": "\x00\ud800"}).encode(),
        b'{"id": "empty"}',
        b'{"id": "wrong", "text": 7, "html": {}}',
        json.dumps({**good, "id": "last"}).encode(),
    ]
    found = answers(command, *lines)
    assert [answer["id"] for answer in found] == ["first", None, None, None, "\x00\ud800", "empty", "wrong", "last"]
    assert [bool(answer.get("error")) for answer in found] == [False, True, True, True, False, True, True, False]


def test_a_second_copy_is_a_duplicate_of_the_first() -> None:
    first, second = answers("dedup", *(json.dumps({"id": name, "text": NEWS * 3}).encode() for name in ("a", "b")))
    assert (first["relation"], first["of"]) == ("new", None)
    assert (second["relation"], second["of"], second["story"]) == ("exact", "a", "a")


def test_a_verdict_names_its_terms() -> None:
    (answer,) = answers("topic", json.dumps(LINES["topic"]).encode())
    assert answer["relevant"]
    assert answer["score"] >= answer["threshold"]
    assert {"term", "group", "where", "weight"} == set(answer["reasons"][0])


def test_a_page_that_hangs_the_parser_is_answered_with_its_reason_and_the_next_is_cleaned() -> None:
    lines = [
        json.dumps({"id": "bomb", "html": "<div>" * 400_000}).encode(),
        json.dumps({"id": 2, "html": PAGE}).encode(),
    ]
    bomb, page = answers("clean", *lines)
    assert bomb["error"]["reason"] in {"timeout", "poison", "no_article"}
    assert page["error"] is None


@pytest.mark.skipif(not SHARED.exists(), reason="the five sample texts are not beside this checkout")
def test_the_five_samples_lose_their_noise_keep_their_body_and_pass_the_topic() -> None:
    labels = json.loads((SHARED / "samples" / "labels.json").read_text())
    texts = {name: (SHARED / "samples" / name).read_text() for name in labels}
    found = answers("clean", *(json.dumps({"id": name, "text": text}).encode() for name, text in texts.items()))
    for answer in found:
        _compare(answer, texts[answer["id"]].split("\n"), labels[answer["id"]])
    judged = answers(
        "topic", *(json.dumps({key: answer[key] for key in ("id", "title", "text")}).encode() for answer in found)
    )
    assert all(verdict["relevant"] for verdict in judged)


def _compare(answer: dict[str, Any], lines: list[str], labels: dict[str, Any]) -> None:
    text = _squeezed(answer["text"])
    for number, label in labels["lines"].items():
        line = _squeezed(lines[int(number) - 1])
        if label in ("body", "heading"):
            assert line in text, (answer["id"], number)
        elif label.startswith("noise:"):
            assert line not in text, (answer["id"], number)
            kinds = {cut["kind"] for cut in answer["removed"] if _squeezed(cut["text"]) == line}
            assert kinds == {label.removeprefix("noise:")}, (answer["id"], number)
    told = {**answer["meta"], "title": answer["title"]}
    assert {name: told[name] for name in labels["meta"]} == labels["meta"]


def _squeezed(text: str) -> str:
    return re.sub(r"\s+", "", text)
