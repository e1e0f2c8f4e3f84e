"""A floor under the shipped topic: the labelled corpora of the benchmark, both halves.

`benchmarks/topic.py` prints the figures; these are what must not be lost without noticing.
"""

import json
from pathlib import Path

import pytest

TOPIC = Path(__file__).parents[2] / "benchmarks" / "topic"
CORPUS = TOPIC / "corpus"
LATER = TOPIC / "2026-11"
HOME = {"ru": "RU", "uk": "UA"}
LANGUAGES = ("ar", "de", "en", "es", "fr", "it", "nl", "pl", "pt", "ru", "tr", "uk")


def texts(language, corpus=CORPUS):
    lines = [
        line
        for part in ("dev", "test")
        for line in (corpus / f"{language}.{part}.jsonl").read_text(encoding="utf-8").splitlines()
    ]
    return [json.loads(line) for line in lines]


def outcomes(topic, language, corpus=CORPUS):
    for row in texts(language, corpus):
        found = topic.assess(
            row["title"], row["text"], published=row["published"], language=language, country=HOME.get(language)
        )
        yield found.verdict.relevant, row["relevant"]


def f1(pairs):
    hits = sum(said and true for said, true in pairs)
    return 2 * hits / (2 * hits + sum(said != true for said, true in pairs))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_keeps_its_floor(ukraine, language):
    pairs = list(outcomes(ukraine, language))
    assert len(pairs) == 60
    assert f1(pairs) >= 0.9


def test_all_languages_together_keep_theirs(ukraine):
    pairs = [pair for language in LANGUAGES for pair in outcomes(ukraine, language)]
    assert f1(pairs) >= 0.945


def test_the_later_and_nastier_texts_keep_theirs(ukraine):
    pairs = [pair for language in LANGUAGES for pair in outcomes(ukraine, language, LATER)]
    assert len(pairs) == 340
    assert sum(true for _, true in pairs) == 170
    assert f1(pairs) >= 0.89


def test_nothing_of_the_corpus_is_kept_that_was_published_before_the_gate(ukraine):
    early = [row for language in LANGUAGES for row in texts(language) if row["published"] < "2021-04-01"]
    assert len(early) >= 40
    for row in early:
        found = ukraine.assess(row["title"], row["text"], published=row["published"], language=None)
        assert found.before_gate, row["id"]
        assert not found.verdict.relevant
