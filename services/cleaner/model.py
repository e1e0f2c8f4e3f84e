"""The block classifier: a small forest of oblivious trees over `features.rows`, read from `weights.npz`.

Trained by `training/blocks.py`. A tree asks the same question of every unit at each of its levels, so that a whole
page is answered by a few array operations.
"""

from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from typing import IO, Any

import numpy as np

from services.cleaner import features
from services.cleaner.walk import Page

KEEP = 0.42
"""Probability from which a unit is the article's; F1 on held-out hosts is flat from .4 to .5."""

FIRST, HOPELESS = 150, -4.0
"""Trees after which a unit is given up, and the sum below which it is: half of a page's units.

Of 33 000 units, the other 300 trees would have raised none of them above .13.
"""


class WeightsMismatch(ValueError):
    """A weights file that was trained for other features than this version computes."""


@dataclass(frozen=True, slots=True)
class Forest:
    """`hints` weigh words in classes and ids; `leaves` has one row per tree, `2 ** depth` wide."""

    hints: dict[str, float]
    columns: Any
    borders: Any
    leaves: Any
    bias: float

    @property
    def depth(self) -> int:
        return int(self.leaves.shape[1]).bit_length() - 1

    def predict(self, rows: Any) -> Any:
        """The probability of each row to be part of the article; of the hopeless, what the first trees say."""
        columns = np.ascontiguousarray(rows.T)
        total = self._sum(columns, slice(0, FIRST)) + self.bias
        open_ = np.flatnonzero(total > HOPELESS)
        total[open_] += self._sum(columns[:, open_], slice(FIRST, None))
        return 1 / (1 + np.exp(-total))

    def _sum(self, columns: Any, trees: slice) -> Any:
        """What those trees add up to for every row; `columns` holds the rows side by side."""
        depth, leaves = self.depth, self.leaves[trees]
        asked = slice((trees.start or 0) * depth, trees.stop and trees.stop * depth)
        answers = columns[self.columns[asked]] > self.borders[asked, None]
        answers = answers.reshape(len(leaves), depth, columns.shape[1])
        leaf = np.repeat(np.arange(len(leaves), dtype=np.int32)[:, None] << depth, columns.shape[1], axis=1)
        for level in range(depth):
            leaf += answers[:, level].astype(np.int32) << level
        return leaves.ravel().take(leaf).sum(axis=0)


def judge(page: Page, title: str, description: str) -> Any:
    """The probability of each unit of a page to be part of its article."""
    forest = load()
    return forest.predict(features.rows(page, forest.hints, title, description))


@cache
def load() -> Forest:
    """The forest that ships with vigie, read once per process; raises `WeightsMismatch`."""
    if _chosen:
        with _chosen[-1].open("rb") as source:
            return read(source)
    with (resources.files("services.cleaner") / "weights.npz").open("rb") as source:
        return read(source)


def read(source: IO[bytes]) -> Forest:
    """A forest from an open weights file."""
    with np.load(source, allow_pickle=False) as stored:
        if stored["names"].tolist() != features.names():
            raise WeightsMismatch("the weights were trained for other features: run training/blocks.py")
        hints = dict(zip(stored["tokens"].tolist(), stored["hints"].tolist(), strict=True))
        return Forest(
            hints,
            stored["columns"].astype(np.intp),
            stored["borders"].astype(np.float32),
            stored["leaves"].astype(np.float32),
            float(stored["bias"]),
        )


_chosen: list[Path] = []


def use(path: Path | None) -> None:
    """Other weights from now on, or with None those that ship: for measuring on pages they were not trained on."""
    _chosen[:] = [path] if path else []
    load.cache_clear()
