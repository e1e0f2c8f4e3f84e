"""What a page's runs of text look like in numbers: one row per unit, for the classifier. No word of any language."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from services.cleaner import boxes, kinship, position, surroundings, wording
from services.cleaner.walk import Page

COLUMNS = (*wording.COLUMNS, *boxes.COLUMNS, *surroundings.COLUMNS, *surroundings.GROUP_COLUMNS, *position.COLUMNS,
           *kinship.COLUMNS, *position.NEAR_COLUMNS)  # fmt: skip


def names() -> list[str]:
    """The columns of `rows`, in order."""
    return list(COLUMNS)


def rows(page: Page, hints: Mapping[str, float], title: str = "", description: str = "") -> Any:
    """An array of float32, one row per unit, one column per name of `names()`."""
    units = page.units
    n = len(units)
    if n == 0:
        return np.zeros((0, len(COLUMNS)), dtype=np.float32)
    wide = any(not unit.text.isascii() and wording.WIDE.search(unit.text) is not None for unit in units)
    own = wording.read(units, wide, title, description)
    box = boxes.read(page.boxes, hints, page.holders(range(n)))
    size, linked = own[:, wording.LENGTH], own[:, wording.LINK]
    free = size * (1 - linked)
    running = np.where((size >= wording.LONG) & (linked < 0.34), free, 0.0)
    at = np.fromiter((unit.box for unit in units), dtype=np.intp, count=n)
    context = surroundings.read(page, at, size, free, running)
    shape = surroundings.groups(page, at, size, linked)
    place = position.read(page, at, free, running, own)
    story = kinship.read(page, at, running, title, description)
    around = position.neighbours(own, box[at], size, free, running, at)
    return np.hstack((wording.logged(own), box[at], context, shape, place, story, around)).astype(np.float32)
