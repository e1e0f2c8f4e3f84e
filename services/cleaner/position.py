"""Where a unit stands: from the headline, among headings and articles of the page, and beside which units."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from services.cleaner import boxes, surroundings, wording
from services.cleaner.walk import Box, Page

COLUMNS = ("index", "chars", "heads", "after_head", "units_after_head", "running_before", "running_after", "head_up",
          "head_sure", "heads_since", "titles_since", "same_article", "article_number", "near_article",
          "head_running")  # fmt: skip


def read(page: Page, at: Any, free: Any, running: Any, own: Any) -> Any:
    """Where a unit stands in relation to the headline: the heading, or else the unit, most like the page's title."""
    n = len(at)
    listed = page.boxes
    level = np.fromiter((listed[index].place.level for index in at.tolist()), dtype=np.intp, count=n)
    heads = level == 1
    alike = np.minimum(own[:, wording.TITLE_SHARE], own[:, wording.TITLE_COVER])
    rank = alike + 0.3 * heads + 0.15 * (level == 2)
    first = int(np.argmax(rank))
    sure = float(rank[first])
    flow = np.cumsum(running)
    numbers = np.arange(n)
    cumulative = np.cumsum(free)
    before = cumulative - free
    whole = max(1.0, float(cumulative[-1]))
    distance = before - before[first]
    _, up = surroundings.inside_of(page, int(at[first]))
    article, ordinal = _articles(listed)
    mine = article[at]
    since = np.cumsum(heads)
    titles = np.cumsum((level > 0) & (level <= 2) & (numbers != first))
    behind = max(1.0, float(flow[-1] - flow[first]))
    return np.stack(
        (
            numbers / n,
            before / whole,
            np.full(n, min(int(heads.sum()), 5)),
            np.sign(distance) * np.log1p(np.abs(distance)),
            np.sign(numbers - first) * np.log1p(np.abs(numbers - first)),
            (flow - running) / max(1.0, float(flow[-1])),
            (flow[-1] - flow) / max(1.0, float(flow[-1])),
            up[at],
            np.full(n, sure),
            since - since[first],
            titles - titles[first],
            mine == mine[first],
            ordinal[at],
            mine >= 0,
            np.clip((flow - running - flow[first]) / behind, -1, 1),
        ),
        axis=1,
    )


def _articles(boxes: Sequence[Box]) -> tuple[Any, Any]:
    """For every box the nearest `<article>` that holds it, -1 without one, and the number of that article."""
    near = np.full(len(boxes), -1)
    count = np.zeros(len(boxes))
    total = 0
    for index, box in enumerate(boxes):
        if box.tag == "article":
            total += 1
            near[index], count[index] = index, total
        elif box.parent >= 0:
            near[index], count[index] = near[box.parent], count[box.parent]
    return near, count


_NEAR = ("len", "tag", "chain", "link", "ends", "same")
_STEPS = {-3: 3, -2: 3, -1: 6, 1: 6, 2: 3, 3: 3}
"""How many of `_NEAR` are told of the unit so many steps away."""
_WINDOWS = (3, 8, 20)
NEAR_COLUMNS = (*(f"{name}{step:+d}" for step, told in _STEPS.items() for name in _NEAR[:told]),
           *(f"{name}_{width}" for width in _WINDOWS for name in ("free", "run")))  # fmt: skip


def neighbours(own: Any, box: Any, size: Any, free: Any, running: Any, at: Any) -> Any:
    """What the units before and behind look like, one by one and over windows; -1 where there is none."""
    n = len(size)
    columns = np.stack(
        (np.log1p(size), box[:, 0], box[:, boxes.CHAIN_SUM], own[:, wording.LINK], own[:, wording.ENDS]), axis=1
    )
    parts = []
    for step, told in _STEPS.items():
        moved = np.full((n, told), -1.0)
        if abs(step) < n:
            source = slice(max(0, step), n + min(0, step))
            target = slice(max(0, -step), n - max(0, step))
            moved[target, : min(told, 5)] = columns[source, :told]
            if told == len(_NEAR):
                moved[target, -1] = at[target] == at[source]
        parts.append(moved)
    flow = np.concatenate(([0.0], np.cumsum(free)))
    run = np.concatenate(([0.0], np.cumsum(running > 0)))
    total = np.concatenate(([0.0], np.cumsum(size)))
    numbers = np.arange(n)
    for width in _WINDOWS:
        low, high = np.maximum(0, numbers - width), np.minimum(n, numbers + width + 1)
        parts.append(((flow[high] - flow[low]) / np.maximum(1.0, total[high] - total[low]))[:, None])
        parts.append(((run[high] - run[low]) / (high - low))[:, None])
    return np.hstack(parts)
