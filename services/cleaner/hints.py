"""Words in classes and ids that say what an element holds: `rules/markup.toml`."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

_NAME_PARTS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+|[^\W\d_a-zA-Z]+")


@dataclass(frozen=True, slots=True)
class Hints:
    """`rules/markup.toml`: word sequences by their first word, with the role or kind they stand for."""

    sequences: Mapping[str, tuple[tuple[tuple[str, ...], str], ...]]
    author_pages: frozenset[str]

    def match(self, names: str) -> tuple[str, str] | None:
        """Kind or role of a class or id, and the words that decided; the longest sequence wins."""
        parts = words(names)
        best: tuple[tuple[str, ...], str] | None = None
        for position, part in enumerate(parts):
            for sequence, meaning in self.sequences.get(part, ()):
                if tuple(parts[position : position + len(sequence)]) == sequence and (
                    best is None or len(sequence) > len(best[0])
                ):
                    best = (sequence, meaning)
        return None if best is None else (best[1], " ".join(best[0]))


@cache
def load() -> Hints:
    """The hints that ship with vigie, read once per process."""
    text = (resources.files("services.cleaner") / "rules" / "markup.toml").read_text(encoding="utf-8")
    table = tomllib.loads(text)
    sequences: dict[str, list[tuple[tuple[str, ...], str]]] = {}
    for meaning, entries in {**table["kinds"], **table["roles"]}.items():
        for entry in entries:
            words = tuple(entry.split())
            sequences.setdefault(words[0], []).append((words, meaning))
    return Hints(
        {word: tuple(entries) for word, entries in sequences.items()},
        frozenset(table["links"]["author"]),
    )


def words(names: str) -> list[str]:
    """The words of a class or id, at hyphens, underscores and capitals: `articleRead-more` has three."""
    return [part.lower() for part in _NAME_PARTS.findall(names)]
