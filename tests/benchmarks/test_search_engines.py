"""The engines of benchmarks/search.py find the same articles, so that their times can be compared."""

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from benchmarks.searching import engines, freshness, postgres, report, trials
from benchmarks.searching.corpus import Corpus
from benchmarks.searching.questions import How, Question
from benchmarks.searching.trials import Clock
from benchmarks.searching.wire import Refused, line, quote

ARTICLES = 300
ASKED = (
    Question("newest", ("україна",)),
    Question("newest", ("ukraine",), turned=2),
    Question("language", ("ukraine",), language="de"),
    Question("month", ("україна",), language="uk", after="2024-03-01", before="2024-09-01"),
    Question("outlet", ("україна",), outlet="outlet-000"),
    Question("facets", ("україна",), facets=True),
    Question("collapsed", ("україна",), collapse=True),
    Question("either", ("ukraine", "україна"), How.ANY),
)


@pytest.fixture(scope="module")
def answers():
    """By engine, the addresses found for each question; engines that are not on this machine are left out."""
    found = {}
    for name, opener in engines.OPENERS.items():
        if name == "postgres" and postgres.binaries() is None:
            continue
        # Not pytest's own folder, which nobody else can reach: started by root, the server is run by another user.
        with TemporaryDirectory() as folder, opener(Path(folder) / name) as engine:
            assert engine.build(Corpus(ARTICLES)).seconds > 0
            assert engine.size() > ARTICLES * 1000
            with engine.session() as ask:
                found[name] = [ask(question) for question in ASKED]
    return found


def test_every_engine_answers_newest_first_with_full_pages(answers):
    for name, found in answers.items():
        assert len(found[0]) == 20, name
        assert len(set(found[1])) == len(found[1]), name


def test_every_engine_finds_the_same_newest_articles(answers):
    for name, found in answers.items():
        for question, urls, ours in zip(ASKED, found, answers[engines.OURS], strict=True):
            # Ours may find more, by other forms of a word; most of a page is the same all the same.
            assert len(set(urls) & set(ours)) >= 0.5 * len(urls), (name, question)


def test_values_are_quoted_for_postgresql():
    assert quote("п'ять") == "'п''ять'"
    assert line((1, "a\tb\nc\\")) == b"1\ta\\tb\\nc\\\\\n"


def test_nobody_listening_is_an_error_that_says_so(tmp_path):
    with pytest.raises((OSError, Refused)):
        postgres.Postgres(tmp_path).connect()


def test_an_article_that_is_committed_is_found_by_another_process(tmp_path):
    with engines.OPENERS[engines.OURS](tmp_path / "vigie") as engine:
        engine.build(Corpus(50))
        found = freshness.measure(tmp_path / "vigie", 50, 1, 0.3)
    assert found.lost == 0
    assert found.delays
    assert all(0 < delay < freshness.GIVES_UP for delay in found.delays)


def test_the_report_compares_with_ours():
    asked = {
        name: trials.Asked({"phrase": Clock([0.01], [0.002 * times] * 10, [0.001] * 10)}, [], None)
        for name, times in (("vigie", 1), ("fts5", 3))
    }
    rows = list(report.answers(asked))
    assert rows[1][:4] == ["phrase", "vigie", "10", "2.0"]
    assert rows[2][rows[0].index("ratio")] == "3.00"


def test_the_percentile_is_a_value_that_was_measured():
    assert trials.percentile([3.0, 1.0, 2.0], 0.95) == 3.0
    assert trials.percentile([], 0.5) is None
