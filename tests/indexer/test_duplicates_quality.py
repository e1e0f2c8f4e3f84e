"""Floors under what `benchmarks/dedup.py` measures, on texts of our own in twelve languages with sites' noise."""

from pathlib import Path

import pytest

import benchmarks
from benchmarks import dedup
from benchmarks.duplicates import flashes, methods, sources, stream
from benchmarks.duplicates.judgement import Report, judge

CORPUS = Path(benchmarks.__file__).parent / "topic" / "corpus"
SEED = 11


@pytest.fixture(scope="module")
def report() -> Report:
    arrivals = stream.Builder(sources.written(CORPUS), SEED).build(noise=True)
    return judge(arrivals, dedup.run(methods.vigie(), arrivals).decisions)


def test_what_is_called_a_repeat_is_one(report: Report):
    assert report.precision is not None
    assert report.precision >= 0.98


def test_repeats_are_found_in_noise(report: Report):
    assert report.recall is not None
    assert report.recall >= 0.88


def test_every_language_is_read(report: Report):
    poor = {name: right / wanted for name, (right, wanted) in report.languages.items() if right / wanted < 0.7}
    assert len(report.languages) == 12
    assert not poor


def test_reused_passages_are_linked(report: Report):
    assert report.link_recall is not None
    assert report.link_recall >= 0.9


def test_no_two_flashes_are_merged_and_none_is_lost():
    arrivals = flashes.build(SEED)
    found = judge(arrivals, dedup.run(methods.vigie(), arrivals).decisions)
    right, wanted = found.kinds["repeat"]
    assert not found.false_repeats.total()
    assert right == wanted > 50
