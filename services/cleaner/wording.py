"""What the text of a unit looks like, whatever it says: lengths, links, punctuation, the page's commonest words."""

import re
from collections import Counter
from collections.abc import Sequence
from typing import Any

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
_FEW = 80
"""Words from which a unit is no title, whatever words they have in common."""


def read(units: Sequence[Unit], wide: bool, title: str, description: str) -> Any:
    """One row per unit, lengths and counts as they are: `logged` makes them even."""
    words = [unit.text.split() for unit in units]
    common = _common(units, words)
    heads, about = frozenset(title.lower().split()), frozenset(description.lower().split())
    if len(about) <= 4:
        about = frozenset()
    seen = Counter(unit.text for unit in units)
    found = []
    for unit, parts in zip(units, words, strict=True):
        text = unit.text
        size, count = len(text), len(parts)
        dense = len(WIDE.findall(text)) if wide and not text.isascii() else 0
        length = size + (WIDE_WEIGHT - 1) * dense
        said = count + 0.6 * dense
        same = told = 0
        if count < _FEW:
            low = text.lower().split()
            same = len(heads.intersection(low))
            told = len(about.intersection(low))
        last = text[-1]
        found.append(
            (
                length,
                said,
                unit.linked / size,
                unit.links,
                last in _STOPS or (last in _CLOSING and _END.search(text[-6:]) is not None),
                (text.count(",") if text.isascii() else len(_CLAUSE.findall(text))) / said,
                sum(map(str.islower, parts)) / count,
                sum(map(str.isdigit, parts)) / count,
                sum(map(common.__contains__, parts)) / count,
                sum(map(str.isupper, parts)) / count,
                (len(_SENTENCE.findall(text)) if size > _SHORT else 0) / said,
                length / said,
                min(1.0, unit.strong / size),
                last == ":" or last == "：",
                same / count if same else 0.0,
                same / len(heads) if same else 0.0,
                told / len(about) if told else 0.0,
                seen[text] - 1.0,
            )
        )
    return np.array(found, dtype=np.float64)


def _common(units: Sequence[Unit], words: Sequence[Sequence[str]]) -> frozenset[str]:
    """The page's own function words: the forty commonest short words of its longer texts, whatever the language."""
    counts: Counter[str] = Counter()
    for unit, parts in zip(units, words, strict=True):
        if len(unit.text) >= LONG and 2 * unit.linked < len(unit.text):
            counts.update(part for part in parts if len(part) <= 6)
    return frozenset(word for word, _ in counts.most_common(40) if word.islower())


def logged(own: Any) -> Any:
    """The same rows with lengths and counts on a logarithmic scale."""
    out = own.copy()
    for column in _LOGGED:
        out[:, column] = np.log1p(own[:, column])
    return out
