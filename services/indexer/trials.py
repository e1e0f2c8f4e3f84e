"""The tests inside a topic file, run one by one: when it is loaded, and for the person who writes it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from services.contracts import Verdict
from services.indexer.topic_file import Definition, Trial

_NAMED = 60
"""Characters of a text that name it in a message."""
_TERMS = 4


class Found(Protocol):
    """What a topic said of a test."""

    @property
    def verdict(self) -> Verdict: ...
    @property
    def band(self) -> str: ...
    @property
    def clause(self) -> str | None: ...
    @property
    def before_gate(self) -> bool: ...


class Tried(Protocol):
    """A compiled topic with its tests."""

    @property
    def definition(self) -> Definition: ...

    def assess(
        self, title: str, text: str, *, published: str | None, language: str | None, country: str | None
    ) -> Found: ...


@dataclass(frozen=True, slots=True)
class Failure:
    """A test whose verdict is not the one that the file expects. `number` counts from 1."""

    number: int
    trial: Trial
    found: Found

    @property
    def why(self) -> str:
        """What decided against the expectation."""
        verdict = self.found.verdict
        if verdict.relevant:
            return "relevant"
        if self.found.before_gate:
            return "not relevant: published before the topic's first day"
        if verdict.score < verdict.threshold:
            return f"not relevant: the score is too low ({self.found.band})"
        if self.found.clause is None:
            return "not relevant: no clause of the rule holds"
        return "not relevant: only mentioned in passing"

    def __str__(self) -> str:
        verdict = self.found.verdict
        name = (self.trial.title or self.trial.text)[:_NAMED]
        terms = ", ".join(f"{hit.term} {hit.where} {hit.weight:g}" for hit in verdict.reasons[:_TERMS])
        return (
            f"[[test]] {self.number} ({name!r}): expected {'relevant' if self.trial.relevant else 'not relevant'}, "
            f"got score {verdict.score:g} of {verdict.threshold:g}, "
            f"clause {self.found.clause or 'none'}, terms: {terms or 'none'}"
        )


def failures(topic: Tried) -> Iterator[Failure]:
    """The tests that fail, in the order of the file."""
    for number, trial in enumerate(topic.definition.trials, start=1):
        found = topic.assess(trial.title, trial.text, published=trial.published, language=None, country=trial.country)
        if found.verdict.relevant is not trial.relevant:
            yield Failure(number, trial, found)
