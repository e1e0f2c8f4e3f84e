"""`vigie topic test`: the tests inside topic files, each failure with what decided."""

import argparse
import json
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from services.cli import CONFIG
from services.cli.wiring import settings_from, topic_places
from services.indexer import files, topic_file, trials
from services.indexer.topic import Topic, TopicError
from services.indexer.trials import Failure
from services.logs import escape

_TERMS = 8
"""Terms of a failure that a person is told of: the most weighty ones."""


@dataclass(frozen=True, slots=True)
class _Tried:
    """A topic file after its tests; `error` says why it could not be compiled, and then nothing else is known."""

    path: Path
    name: str = ""
    version: int = 0
    tests: int = 0
    failures: tuple[Failure, ...] = ()
    error: str | None = None


def test(arguments: argparse.Namespace) -> int:
    """0 where every test passes, 1 where one fails, 78 where a file cannot be used at all."""
    tried = [_try(path) for path in files.paths(arguments.files or topic_places(settings_from(arguments)))]
    if not tried:
        print("vigie: no topic file there: a folder must hold *.toml", file=sys.stderr)
        return CONFIG
    if arguments.json:
        print(json.dumps([_plain(each) for each in tried], ensure_ascii=False))
    else:
        for each in tried:
            _tell(each)
    for each in tried:
        if each.error:
            print(f"vigie: {escape(each.error)}", file=sys.stderr)
    if any(each.error for each in tried):
        return CONFIG
    return 1 if any(each.failures for each in tried) else 0


def _try(path: Path) -> _Tried:
    try:
        text = files.read(path)
    except TopicError as error:
        return _Tried(path, error=str(error))
    try:
        topic = Topic(topic_file.parse(text))
    except TopicError as error:
        return _Tried(path, error=f"the topic file {path}: {error}")
    known = topic.definition
    return _Tried(path, known.topic, known.version, len(known.trials), tuple(trials.failures(topic)))


def _plain(tried: _Tried) -> dict[str, Any]:
    return {
        "file": str(tried.path),
        "topic": tried.name or None,
        "version": tried.version,
        "tests": tried.tests,
        "passed": tried.tests - len(tried.failures),
        "failures": [_plain_failure(each) for each in tried.failures],
        "error": tried.error,
    }


def _plain_failure(failure: Failure) -> dict[str, Any]:
    verdict = failure.found.verdict
    return {
        "test": failure.number,
        "title": failure.trial.title,
        "text": failure.trial.text,
        "expected": failure.trial.relevant,
        "why": failure.why,
        "score": verdict.score,
        "threshold": verdict.threshold,
        "band": failure.found.band,
        "clause": failure.found.clause,
        "reasons": [asdict(hit) for hit in verdict.reasons],
    }


def _tell(tried: _Tried) -> None:
    if tried.error:
        return
    for failure in tried.failures:
        _tell_failure(failure)
    count = f"{tried.tests - len(tried.failures)} of {tried.tests} tests pass"
    print(f"{escape(str(tried.path))}: {escape(tried.name)}, version {tried.version}: {count}")


def _tell_failure(failure: Failure) -> None:
    trial, verdict = failure.trial, failure.found.verdict
    expected = "relevant" if trial.relevant else "not relevant"
    print(f"[[test]] {failure.number}: {escape(trial.title or trial.text)[:80]}")
    print(f"  expected {expected}, is {failure.why}")
    print(f"  score {verdict.score:g}, threshold {verdict.threshold:g}, clause: {failure.found.clause or 'none holds'}")
    for hit in verdict.reasons[:_TERMS]:
        print(f"  {hit.weight:+8.2f}  {escape(hit.group):<10} {hit.where:<6} {escape(hit.term)}")
    if not verdict.reasons:
        print("  no term was found")
