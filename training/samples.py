"""Labelled pages as rows of features: what the classifier is trained on."""

import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import scores
from services.cleaner import declared, features, metadata, pages, phrases, walk
from services.cleaner.metadata import Given
from training import labels, vocabulary
from training.vocabulary import Vocabulary

LONGEST = 150
"""Tokens of a unit beyond which it counts no more."""
NEWS = 2.5
"""Weight of a page from a set of news pages against one of mixed pages."""
WEAK = 0.3
"""Weight of a page of which only passages are labelled."""
SURE = 3.0
"""What a labelled passage on such a page counts, against a unit labelled by an earlier forest."""
_LEAST, _MOST = 0.003, 5.0


@dataclass(slots=True)
class Sample:
    """A page. `labels` are NaN where nothing is known; `whole` says that its text is known from end to end.

    `sizes` are the tokens of its units, `rows` its features once `describe` has seen it.
    """

    host: str
    page: walk.Page
    title: str
    about: str
    labels: Any
    whole: bool
    weight: float
    sizes: list[int] = field(default_factory=list)
    rows: Any = None


def read(paths: Iterable[Path]) -> list[Sample]:
    """Every page of the data files that can be parsed."""
    found = []
    for path in paths:
        for number, row in enumerate(scores.read(path)):
            if number % 50 == 0:
                print(f"\r{path.name}: {number} pages", end="", file=sys.stderr, flush=True)
            sample = _sample(row, NEWS if "fundus" in path.name else 1.0)
            if sample is not None:
                found.append(sample)
        print(file=sys.stderr)
    return found


def _sample(row: dict[str, Any], weight: float) -> Sample | None:
    try:
        tree = walk.parse(row["html"])
    except walk.Unreadable:
        return None
    about = declared.read(tree)
    given = Given(row["url"])
    title = metadata.title(about, metadata.read(tree, about, given, phrases.load()), given)
    page = walk.walk(tree)
    text = row.get("text")
    known = (
        labels.from_text(page.units, text)
        if text
        else labels.from_passages(page.units, row.get("with") or (), row.get("without") or ())
    )
    sizes = [len(scores.tokens(unit.text)) for unit in page.units]
    made = Sample(scores.host(row), page, title, pages.description(about), known, bool(text), weight, sizes)
    return made if page.units else None


def describe(found: Iterable[Sample]) -> Vocabulary:
    """Gives every sample its rows, made with what other hosts' classes and ids say; returns the vocabulary of all."""
    listed = list(found)
    known = Vocabulary(vocabulary.count((s.host, s.page, s.labels, s.sizes) for s in listed if s.whole))
    for sample in listed:
        sample.rows = features.rows(sample.page, known.without(sample.host), sample.title, sample.about)
    return known


def weigh(sample: Sample, guess: Any = None) -> tuple[Any, Any]:
    """Labels of 0 or 1 and weights of a sample's rows; `guess` are probabilities by an earlier forest.

    Every page weighs the same, a unit by the square root of its tokens: the measure is a mean over pages.
    """
    root = np.sqrt(np.minimum(np.array(sample.sizes, dtype=np.float64), LONGEST))
    if sample.whole:
        own = sample.labels >= 0.5
        weights = sample.weight * 10 * root / max(1.0, root[own].sum())
        return own, np.clip(weights, 0.01, _MOST)
    assert guess is not None  # without one there is nothing to learn from the units between the passages
    sure = ~np.isnan(sample.labels)
    own = np.where(sure, sample.labels >= 0.5, guess >= 0.5)
    weights = WEAK * 10 * root / max(1.0, root[guess >= 0.5].sum()) * np.abs(2 * guess - 1)
    weights[sure] *= SURE
    return own, np.clip(weights, _LEAST, _MOST * WEAK)
