"""What the boxes around a unit are: tags, names, depth, and what the words in their classes and ids say."""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from services.cleaner.walk import Box

_NAME_PARTS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[^\W\d_a-zA-Z]+")
_LONG_NAMES, _LONG_PART = 400, 25

FLAGS = ("article", "main", "aside", "nav", "header", "footer", "figure", "form", "table", "list", "blockquote",
         "heading")  # fmt: skip
_FLAG_OF = {"figcaption": "figure", "ul": "list", "ol": "list", "dl": "list", "menu": "list",
            **dict.fromkeys(("h1", "h2", "h3", "h4", "h5", "h6"), "heading"),
            **{name: name for name in FLAGS}}  # fmt: skip
_BIT_OF = {tag: 1 << FLAGS.index(name) for tag, name in _FLAG_OF.items()}
_TAG_CODE = {"p": 1, "div": 2, "li": 3, "h1": 4, "h2": 5, "h3": 6, "h4": 7, "h5": 7, "h6": 7, "td": 8, "th": 8,
             "blockquote": 9, "figcaption": 10, "dd": 11, "dt": 11, "button": 12, "section": 13, "article": 13,
             "main": 13, "body": 13, "pre": 14}  # fmt: skip

COLUMNS = ("tag", "depth", "hidden", "own_min", "own_max", "own_sum", "parent_sum", "grand_sum", "chain_min",
           "chain_max", "chain_sum", "article_depth", "list_depth", *(f"in_{name}" for name in FLAGS))  # fmt: skip
CHAIN_SUM = COLUMNS.index("chain_sum")
_FADE = 0.8
"""What a hint of a box counts for what stands in a box inside it."""


def read(boxes: Sequence[Box], hints: Mapping[str, float], filled: set[int]) -> Any:
    """One row per box; zeros for those not `filled`, half of them. `hints` weigh words of classes and ids."""
    empty = (0.0,) * (len(COLUMNS) - len(FLAGS))
    score_of = _Scores(hints)
    rows: list[tuple[float, ...]] = []
    masks: list[int] = []
    for number, box in enumerate(boxes):
        if box.parent < 0 or number not in filled:
            rows.append(empty)
            masks.append(0)
            continue
        tag = box.tag
        low, high, total = (0.0, 0.0, 0.0) if tag == "body" else score_of(box.names)
        _, _, _, _, _, up, up2, _, least, most, chain, articles, lists = rows[box.parent]
        rows.append(
            (
                _TAG_CODE.get(tag, 0),
                box.depth,
                box.hidden,
                low,
                high,
                total,
                up,
                up2,
                min(low, least),
                max(high, most),
                total + _FADE * chain,
                articles + (tag == "article"),
                lists + (tag == "ul" or tag == "ol"),
            )
        )
        masks.append(masks[box.parent] | _BIT_OF.get(tag, 0))
    bits = np.array(masks, dtype=np.int64)[:, None] >> np.arange(len(FLAGS)) & 1
    return np.hstack((np.array(rows, dtype=np.float64), bits))


class _Scores:
    """Least, greatest and summed hint of the words in a class and id."""

    def __init__(self, hints: Mapping[str, float]) -> None:
        self._hints = hints
        self._known: dict[str, tuple[float, float, float]] = {}

    def __call__(self, names: str) -> tuple[float, float, float]:
        if not names:
            return (0.0, 0.0, 0.0)
        known = self._known.get(names)
        if known is None:
            hints = self._hints
            values = [hints[token] for token in tokens(names) if token in hints]
            known = (min(0.0, *values), max(0.0, *values), sum(values)) if values else (0.0, 0.0, 0.0)
            self._known[names] = known
        return known


@lru_cache(maxsize=65_536)
def tokens(names: str) -> tuple[str, ...]:
    """The words of a class and id, lower case, at hyphens, underscores and capitals; each once."""
    parts = (part.lower() for part in _NAME_PARTS.findall(names[:_LONG_NAMES]) if 2 < len(part) < _LONG_PART)
    return tuple(dict.fromkeys(parts))
