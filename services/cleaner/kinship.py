"""Whether a unit speaks of what the page speaks of: words shared with its title and with its other running text."""

import re
from collections import Counter
from typing import Any

import numpy as np

from services.cleaner import surroundings
from services.cleaner.walk import Page

_WIDE_RUN = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]{2,200}")
_LONG_WORD = re.compile(r"\b\w{5,8}")

COLUMNS = ("topic", "topic_box", "topic_up", "topic_up2", "kin", "kin_box", "kin_up", "kin_up2")


def read(page: Page, at: Any, running: Any, title: str, description: str) -> Any:
    """Words shared with the title and description, and with the page's other running text, of a unit and its boxes.

    Text of another story is written like the article's, but about something else.
    """
    units, boxes = page.units, page.boxes
    n, m = len(units), len(boxes)
    said = [_content(unit.text) if run else frozenset() for unit, run in zip(units, running.tolist(), strict=True)]
    known = _content(title) | _content(description)
    spread: Counter[str] = Counter()
    for words in said:
        spread.update(words)
    several = {word for word, count in spread.items() if count >= 2}
    values = np.zeros((n, 3))
    for index, words in enumerate(said):
        if words:
            values[index] = (len(words & known), len(words & several), len(words))
    parents = np.fromiter((box.parent for box in boxes), dtype=np.intp, count=m)
    totals = np.zeros((m, 3))
    np.add.at(totals, at, values)
    surroundings.add_up(totals, page, parents)
    whole = totals[0] / max(1.0, totals[0, 2])
    out = np.full((n, 8), -1.0)
    level = at
    blocks = [values]
    for _ in range(3):
        blocks.append(totals[level])
        level = np.maximum(parents[level], 0)
    for step, block in enumerate(blocks):
        size = np.maximum(1.0, block[:, 2])
        out[:, step] = np.where(block[:, 2] > 0, block[:, 0] / size / max(0.02, whole[0]), -1.0)
        out[:, 4 + step] = np.where(block[:, 2] > 0, block[:, 1] / size, -1.0)
    return out


def _content(text: str) -> frozenset[str]:
    """Beginnings of the longer words; pairs of characters where words are not set apart."""
    low = text.lower()
    words = frozenset(_LONG_WORD.findall(low))
    if low.isascii():
        return words
    pairs = (run[i : i + 2] for run in _WIDE_RUN.findall(low) for i in range(len(run) - 1))
    return words.union(pairs)
