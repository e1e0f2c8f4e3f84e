"""The one shape of all engines, and how each is opened."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

from benchmarks.searching import fts5, postgres, vigie
from benchmarks.searching.corpus import Corpus
from benchmarks.searching.questions import Question
from benchmarks.searching.spent import Spent

Ask = Callable[[Question], list[str]]
"""Answers with the addresses of the hits of all pages that were asked for, the first page not counted if more are."""


class Engine(Protocol):
    """An index in a folder of its own, made once and then opened by a process that did not make it."""

    def build(self, made: Corpus) -> Spent:
        """What it took from the first article to the index as it will be asked, without making the articles."""

    def size(self) -> int:
        """Bytes on disk of what searching needs: the index, and the articles where it does not hold them."""

    def offers(self, question: Question) -> bool: ...

    def session(self) -> AbstractContextManager[Ask]:
        """For one thread; several may be open."""


OURS = "vigie"
"""The first of all; the others are peers."""

OPENERS: dict[str, Callable[[Path], AbstractContextManager[Engine]]] = {
    OURS: vigie.opened,
    "fts5": fts5.opened,
    "postgres": postgres.opened,
}
"""An opener raises FileNotFoundError where the engine is not on this machine."""
