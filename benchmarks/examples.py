"""The blocks that are put into pages: noise by kind and language, and sentences of articles that look like noise.

`benchmarks/noise/<language>.toml` holds, per kind of `contracts.NoiseKind`, entries that are one block or a list of
blocks standing together, and under `[negatives]` text that must stay: `plain` sentences (whatever is lost of them is
the page's doing, not theirs), `sentence`, `heading`, `quote`, and `flash`, a whole article of two sentences at most.
"""

import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from services.contracts import NoiseKind

FOLDER = Path(__file__).parent / "noise"
GENERATED = frozenset({NoiseKind.DUPLICATE, NoiseKind.TEMPLATE})
"""Kinds without entries: a duplicate is made of its page, a template takes a stream to learn."""
DUPLICATES = 6
"""Entries per language without lines: the page that takes one gives it a paragraph of its own."""
SHAPES = ("plain", "sentence", "heading", "quote", "flash")


@dataclass(frozen=True, slots=True)
class Noise:
    language: str
    kind: NoiseKind
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Negative:
    """Article text that has to survive; `shape` is one of `SHAPES`."""

    language: str
    shape: str
    text: str


def languages() -> list[str]:
    return sorted(path.stem for path in FOLDER.glob("*.toml"))


def load(chosen: Iterable[str]) -> tuple[list[Noise], list[Negative]]:
    """Everything written for these languages. Raises ValueError naming the file and key at fault."""
    noise: list[Noise] = []
    negatives: list[Negative] = []
    for language in chosen:
        table = tomllib.loads((FOLDER / f"{language}.toml").read_text(encoding="utf-8"))
        shapes = table.pop("negatives", {})
        if strange := set(shapes) - set(SHAPES):
            raise ValueError(f"{language}.toml, [negatives]: unknown {', '.join(sorted(strange))}")
        noise.extend(_noise(language, table))
        noise.extend([Noise(language, NoiseKind.DUPLICATE, ())] * DUPLICATES)
        negatives.extend(Negative(language, shape, text) for shape, texts in shapes.items() for text in texts)
    return noise, negatives


def _noise(language: str, table: dict[str, list[str | list[str]]]) -> Iterator[Noise]:
    for name, entries in table.items():
        if name not in set(NoiseKind) - GENERATED:
            raise ValueError(f"{language}.toml: {name} is no kind of noise that is written down")
        for entry in entries:
            yield Noise(language, NoiseKind(name), (entry,) if isinstance(entry, str) else tuple(entry))
