"""Pages made of labelled pages by leaving out: the data has no short news and no plain pages, the web has both."""

from collections.abc import Sequence
from dataclasses import replace
from random import Random

import numpy as np

from services.cleaner.walk import Page
from training.samples import Sample

SHORT_WEIGHT, PLAIN_WEIGHT = 0.12, 0.3
"""Weight of a made page against the one that it was made of. Heavy short pages teach the forest to keep too little."""
LONG = 60
"""Characters of a unit that counts as a paragraph of a short article."""
_PARAGRAPHS = 4
_PLAIN, _RICH = 0.15, 0.9


def make(sample: Sample, random: Random) -> Sample | None:
    """One of two: the article's first one to four paragraphs, or all of it with hardly anything around."""
    if random.random() < 0.5:
        around = _RICH if random.random() < 0.5 else _PLAIN
        return _cut(sample, _chosen(sample, random.randint(1, _PARAGRAPHS), around, random), SHORT_WEIGHT)
    return _cut(sample, _chosen(sample, len(sample.labels), _PLAIN, random), PLAIN_WEIGHT)


def _chosen(sample: Sample, paragraphs: int, around: float, random: Random) -> list[int]:
    kept: list[int] = []
    for number, unit in enumerate(sample.page.units):
        if sample.labels[number] >= 0.5:
            if paragraphs > 0:
                kept.append(number)
                paragraphs -= len(unit.text) >= LONG
        elif _is_heading(sample.page, number) or random.random() < around:
            kept.append(number)
    return kept


def _is_heading(page: Page, number: int) -> bool:
    return page.place(number).level == 1


def _cut(sample: Sample, kept: Sequence[int], weight: float) -> Sample | None:
    labels = np.array([sample.labels[number] for number in kept])
    if not (labels >= 0.5).any():
        return None
    return replace(
        sample,
        page=Page(sample.page.boxes, [sample.page.units[number] for number in kept]),
        labels=labels,
        sizes=[sample.sizes[number] for number in kept],
        weight=sample.weight * weight,
        rows=None,
    )
