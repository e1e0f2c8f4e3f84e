"""Hand-made article text, or passages that must and must not be in it, to a label for every unit of a page."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any

import numpy as np

from benchmarks.scores import tokens
from services.cleaner import characters
from services.cleaner.walk import Unit

SIZE = 4
"""Tokens of a run. A unit is labelled by the share of its runs that stand in the text."""
REACH = 12
"""Units between a short one and the next that is surely in, beyond which it is out."""
_TWICE = 4
_SURE_LENGTH = 12
_LEAST = 8


def from_text(units: Sequence[Unit], gold: str) -> Any:
    """For each unit the share of it that stands in the hand-made text, 0 to 1.

    Of units that say the same, as many are in as the text says it times: those among other units that are in. A unit
    too short to be found by its runs is in if it stands in the text right beside a neighbour that is.
    """
    found = [tokens(characters.clean(unit.text)) for unit in units]
    truth = tokens(characters.clean(gold))
    whole = f" {' '.join(truth)} "
    known = Counter(_runs(truth))
    shares = np.array([_share(said, known) for said in found])
    _once(shares, found, whole)
    _short(shares, found, whole)
    return shares


def from_passages(units: Sequence[Unit], wanted: Sequence[str], unwanted: Sequence[str]) -> Any:
    """1 for units that hold a wanted passage, 0 for those that are an unwanted one, NaN for all others."""
    labels = np.full(len(units), np.nan)
    keys = [characters.key(unit.text) for unit in units]
    for passage in map(characters.key, unwanted):
        for number, key in enumerate(keys):
            if passage and passage in key and (len(passage) > _SURE_LENGTH or len(key) < 3 * len(passage)):
                labels[number] = 0.0
    for passage in map(characters.key, wanted):
        for number, key in enumerate(keys):
            if len(passage) >= _LEAST and passage in key:
                labels[number] = 1.0
    return labels


def _runs(said: Sequence[str]) -> list[tuple[str, ...]]:
    return [tuple(said[i : i + SIZE]) for i in range(len(said) - SIZE + 1)]


def _share(said: Sequence[str], known: Counter[tuple[str, ...]]) -> float:
    runs = _runs(said)
    return sum(run in known for run in runs) / len(runs) if runs else 0.0


def _once(shares: Any, found: Sequence[Sequence[str]], whole: str) -> None:
    groups: dict[tuple[str, ...], list[int]] = defaultdict(list)
    inside = shares >= 0.5
    for number, said in enumerate(found):
        if inside[number]:
            groups[tuple(said)].append(number)
    for said, numbers in groups.items():
        times = max(1, whole.count(f" {' '.join(said)} "))
        if len(numbers) > times:
            ranked = sorted(numbers, key=lambda number: -_company(number, said, found, inside))
            shares[ranked[times:]] = 0.0


def _company(number: int, said: tuple[str, ...], found: Sequence[Sequence[str]], inside: Any) -> int:
    near = range(max(0, number - _TWICE), min(len(found), number + _TWICE + 1))
    return sum(len(found[other]) for other in near if other != number and inside[other] and tuple(found[other]) != said)


def _short(shares: Any, found: Sequence[Sequence[str]], whole: str) -> None:
    inside = shares >= 0.5
    last: int | None = None
    for number, said in enumerate(found):
        if len(said) >= SIZE or not said:
            last = number if inside[number] else last
            continue
        text = " ".join(said)
        following = range(number + 1, min(len(found), number + REACH))
        after = next((other for other in following if len(found[other]) >= SIZE and inside[other]), None)
        before = last is not None and number - last < REACH and f" {' '.join(found[last][-2:])} {text} " in whole
        if before or (after is not None and f" {text} {' '.join(found[after][:2])} " in whole):
            shares[number] = 1.0
            last = number
