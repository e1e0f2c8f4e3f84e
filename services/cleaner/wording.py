"""What the text of a unit looks like, whatever it says: lengths, links, punctuation, the page's commonest words."""

import re
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from services.cleaner.walk import Unit

WIDE = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_SENTENCE = re.compile(r"[.!?…。！？؟।۔][\"'»”’)\]]*(?:\s|$)|[。！？]")
_CLAUSE = re.compile(r"[,;،、，：:]")
_STOPS = frozenset(".!?…。！？؟।۔")
_CLOSING = frozenset("\"'»”’)]")
_SHORT = 20
_END = re.compile(r"[.!?…。！？؟।۔][\"'»”’)\]]*$")
WIDE_WEIGHT = 2.5
"""Latin letters that one Chinese, Japanese or Korean character stands for in length."""
LONG = 80
"""Weighted characters from which a unit with few links counts as running text."""

COLUMNS = ("len", "words", "link", "links", "ends", "clauses", "lower", "digits", "common", "caps", "sentences",
           "mean_word", "strong", "colon", "title_share", "title_cover", "description", "again")  # fmt: skip
LENGTH, LINK, ENDS = 0, 2, 4
TITLE_SHARE, TITLE_COVER = COLUMNS.index("title_share"), COLUMNS.index("title_cover")
_LOGGED = tuple(COLUMNS.index(name) for name in ("len", "words", "links", "again"))
_REMEMBERED = 60
"""Characters up to which what a text looks like is remembered: most runs of text on a page are not its article."""
_FEW = 80
"""Words from which a unit is no title, whatever words they have in common."""


def read(units: Sequence[Unit], wide: bool, title: str, description: str) -> Any:
    """One row per unit, lengths and counts as they are: `logged` makes them even."""
    shapes = [_shape(unit.text) if len(unit.text) <= _REMEMBERED else _looked_at(unit.text) for unit in units]
    common = _common(units, shapes)
    heads, about = frozenset(title.lower().split()), frozenset(description.lower().split())
    if len(about) <= 4:
        about = frozenset()
    seen = Counter(unit.text for unit in units)
    found = []
    for unit, shape in zip(units, shapes, strict=True):
        text = unit.text
        size, count = len(text), len(shape.parts)
        dense = shape.wide if wide else 0
        length = size + (WIDE_WEIGHT - 1) * dense
        said = count + 0.6 * dense
        same = told = 0
        if count < _FEW:
            same = len(heads.intersection(shape.low))
            told = len(about.intersection(shape.low))
        found.append(
            (
                length,
                said,
                unit.linked / size,
                unit.links,
                shape.ends,
                shape.clauses / said,
                shape.lower / count,
                shape.digits / count,
                sum(map(common.__contains__, shape.parts)) / count,
                shape.upper / count,
                shape.sentences / said,
                length / said,
                min(1.0, unit.strong / size),
                shape.colon,
                same / count if same else 0.0,
                same / len(heads) if same else 0.0,
                told / len(about) if told else 0.0,
                seen[text] - 1.0,
            )
        )
    return np.array(found, dtype=np.float64)


class _Shape(NamedTuple):
    """What of a text is the same on every page: its words, as they are and in lower case, and counts."""

    parts: list[str]
    low: list[str]
    wide: int
    ends: bool
    clauses: int
    lower: int
    digits: int
    upper: int
    sentences: int
    colon: bool


def _looked_at(text: str) -> _Shape:
    parts, last, plain = text.split(), text[-1], text.isascii()
    return _Shape(
        parts,
        text.lower().split() if len(parts) < _FEW else [],
        0 if plain else len(WIDE.findall(text)),
        last in _STOPS or (last in _CLOSING and _END.search(text[-6:]) is not None),
        text.count(",") if plain else len(_CLAUSE.findall(text)),
        sum(map(str.islower, parts)),
        sum(map(str.isdigit, parts)),
        sum(map(str.isupper, parts)),
        len(_SENTENCE.findall(text)) if len(text) > _SHORT else 0,
        last == ":" or last == "：",
    )


# The menus and labels of an outlet are the same on all of its pages.
_shape = lru_cache(maxsize=16_384)(_looked_at)


def _common(units: Sequence[Unit], shapes: Sequence[_Shape]) -> frozenset[str]:
    """The page's own function words: the forty commonest short words of its longer texts, whatever the language."""
    counts: Counter[str] = Counter()
    for unit, shape in zip(units, shapes, strict=True):
        if len(unit.text) >= LONG and 2 * unit.linked < len(unit.text):
            counts.update([part for part in shape.parts if len(part) <= 6])
    return frozenset(word for word, _ in counts.most_common(40) if word.islower())


def logged(own: Any) -> Any:
    """The same rows with lengths and counts on a logarithmic scale."""
    out = own.copy()
    for column in _LOGGED:
        out[:, column] = np.log1p(own[:, column])
    return out
