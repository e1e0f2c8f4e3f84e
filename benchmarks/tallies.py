"""What the tools did on the pages of one file, counted."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field

from benchmarks import scores
from benchmarks.peers import Found
from benchmarks.scores import Row, Score


@dataclass(slots=True)
class Tally:
    """What one tool did on one file. `clock` is CPU seconds per page; `facts` counts right answers and questions."""

    score: Score = field(default_factory=Score)
    languages: dict[str, Score] = field(default_factory=lambda: defaultdict(Score))
    clock: list[float] = field(default_factory=list)
    facts: Counter[str] = field(default_factory=Counter)
    errors: Counter[str] = field(default_factory=Counter)
    removed: Counter[str] = field(default_factory=Counter)
    removed_characters: Counter[str] = field(default_factory=Counter)

    def add(self, row: Row, found: Found, seconds: float) -> tuple[float, float, float] | None:
        """Counts one page; returns its own F1, precision and recall where it has a hand-made text."""
        self.clock.append(seconds)
        self.score.add_segments(row, found.text)
        self._add_facts(row, found)
        for kind, length in found.removed:
            self.removed[kind] += 1
            self.removed_characters[kind] += length
        if found.error:
            self.errors[found.error.split(":")[0]] += 1
        if not row["text"]:
            return None
        self.languages[row["language"]].add(row["text"], found.text)
        return self.score.add(row["text"], found.text)

    def _add_facts(self, row: Row, found: Found) -> None:
        if not found.facts:
            return
        if row.get("title"):
            self._ask("title", scores.same_title(row["title"], found.title))
        if row.get("published"):
            self._ask("date", scores.same_moment(row["published"], found.published))
        if authors := scores.names(row.get("author")):
            self._ask("author", scores.has_author(authors, found.author))
            self._ask("author alone", scores.is_author(authors, found.author))

    def _ask(self, name: str, right: bool) -> None:
        self.facts[name] += right
        self.facts[f"{name} asked"] += 1


@dataclass(frozen=True, slots=True)
class Page:
    """F1, precision and recall of one page by tool."""

    id: str
    url: str
    language: str
    own: dict[str, tuple[float, float, float]]


@dataclass(frozen=True, slots=True)
class Result:
    tallies: dict[str, Tally]
    pages: list[Page]
