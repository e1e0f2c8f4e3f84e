"""The five sample texts, line by line."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from services.cleaner import requests

SAMPLES = Path(__file__).parents[2].parent / "shared" / "samples"
pytestmark = pytest.mark.skipif(not SAMPLES.is_dir(), reason="../shared/samples is not beside this checkout")
NAMES = sorted(path.name for path in SAMPLES.glob("*.txt"))


def bare(text: str) -> str:
    return re.sub(r"\s+", "", text)


def load(name: str) -> tuple[list[str], dict[str, Any], dict[str, Any]]:
    text = (SAMPLES / name).read_text(encoding="utf-8")
    labels = json.loads((SAMPLES / "labels.json").read_text(encoding="utf-8"))[name]
    answer = requests.answer({"id": name, "text": text})
    assert answer["error"] is None
    return text.split("\n"), labels, answer


@pytest.mark.parametrize("name", NAMES)
def test_every_line_of_the_article_is_kept(name: str) -> None:
    lines, labels, answer = load(name)
    text = bare(answer["text"])
    wanted = [no for no, label in labels["lines"].items() if label in {"body", "heading"}]
    assert [no for no in wanted if bare(lines[int(no) - 1]) not in text] == []


@pytest.mark.parametrize("name", NAMES)
def test_every_line_of_noise_goes_under_its_own_kind(name: str) -> None:
    lines, labels, answer = load(name)
    removed = {bare(entry["text"]): entry["kind"] for entry in answer["removed"]}
    noise = {no: label.split(":")[-1] for no, label in labels["lines"].items() if label.startswith(("noise", "byline"))}
    assert {no: removed.get(bare(lines[int(no) - 1])) for no in noise} == noise


@pytest.mark.parametrize("name", NAMES)
def test_headings_are_blocks_of_their_own_kind(name: str) -> None:
    lines, labels, answer = load(name)
    found = {bare(block["text"]) for block in answer["blocks"] if block["kind"] == "heading"}
    wanted = [bare(lines[int(no) - 1]) for no, label in labels["lines"].items() if label == "heading"]
    assert [heading for heading in wanted if heading not in found] == []


@pytest.mark.parametrize("name", NAMES)
def test_title_and_metadata_are_as_labelled(name: str) -> None:
    _, labels, answer = load(name)
    found = {"title": answer["title"], **answer["meta"]}
    assert {field: found[field] for field in labels["meta"]} == labels["meta"]


def test_a_text_glued_into_one_line_becomes_its_paragraphs_and_headings() -> None:
    _, _, answer = load(next(name for name in NAMES if name.startswith("001")))
    kinds = [block["kind"] for block in answer["blocks"]]
    assert kinds.count("heading") == 2
    assert kinds.count("paragraph") >= 6
