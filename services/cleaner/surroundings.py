"""How much running text and how many links the boxes around a unit hold, and where the box is that holds most."""

import math
from typing import Any

import numpy as np

from services.cleaner.walk import Page

_CHAIN = 4

COLUMNS = (*(f"{name}_{level}" for level in range(1, _CHAIN + 1) for name in ("share", "links", "long", "density")),
            "best_share", "best_in", "best_before", "best_after", "best_up", "page_running", "page_units", "page_links",
            "page_long")  # fmt: skip


def read(page: Page, at: Any, size: Any, free: Any, running: Any) -> Any:
    """Shares of the page's running text, links and lengths of the four boxes around a unit, and of the densest box."""
    boxes = page.boxes
    m = len(boxes)
    parents = np.fromiter((box.parent for box in boxes), dtype=np.intp, count=m)
    totals = np.zeros((m, 5))
    np.add.at(totals, at, np.stack((size, free, running, np.ones(len(at)), running > 0), axis=1))
    near = np.zeros(m)
    np.add.at(near, at, running)
    # running text of a box's own children and, half as much, of theirs: the box that holds the paragraphs wins
    score = near.copy()
    np.add.at(score, parents[1:], near[1:])
    half = np.zeros(m)
    grand = parents[parents[1:]]
    valid = grand >= 0
    np.add.at(half, grand[valid], 0.5 * near[1:][valid])
    score += half
    add_up(totals, page, parents)
    whole = max(1.0, totals[0, 2])
    out = np.zeros((len(at), len(COLUMNS)))
    level = at
    for step in range(_CHAIN):
        block = totals[level]
        base = 4 * step
        out[:, base] = block[:, 2] / whole
        out[:, base + 1] = 1 - block[:, 1] / np.maximum(1.0, block[:, 0])
        out[:, base + 2] = block[:, 4] / np.maximum(1.0, block[:, 3])
        out[:, base + 3] = np.log1p(block[:, 0] / np.maximum(1.0, block[:, 3]))
        level = np.maximum(parents[level], 0)
    best = int(np.argmax(score))
    inside, up = inside_of(page, best)
    mine = inside[at]
    base = 4 * _CHAIN
    out[:, base] = totals[best, 2] / whole
    out[:, base + 1] = mine
    cumulative = np.cumsum(running * mine)
    out[:, base + 2] = (cumulative - running * mine) / max(1.0, cumulative[-1])
    out[:, base + 3] = (cumulative[-1] - cumulative) / max(1.0, cumulative[-1])
    out[:, base + 4] = up[at]
    out[:, base + 5] = math.log1p(whole)
    out[:, base + 6] = math.log1p(len(at))
    out[:, base + 7] = 1 - totals[0, 1] / max(1.0, totals[0, 0])
    out[:, base + 8] = math.log1p(totals[0, 4])
    return out


def add_up(totals: Any, page: Page, parents: Any) -> None:
    """Adds the row of every box to those of all boxes around it, the deepest first."""
    depths = np.fromiter((box.depth for box in page.boxes), dtype=np.intp, count=len(page.boxes))
    order = np.argsort(-depths, kind="stable")
    ends = np.flatnonzero(np.diff(depths[order])) + 1
    for level in np.split(order, ends):
        if depths[level[0]] > 0:
            np.add.at(totals, parents[level], totals[level])


def inside_of(page: Page, best: int) -> tuple[Any, Any]:
    """For every box: whether it is `best` or in it, and how many steps up its nearest common box with `best` is."""
    boxes = page.boxes
    chain: dict[int, int] = {}
    index = best
    while index >= 0:
        chain[index] = len(chain)
        index = boxes[index].parent
    up = np.zeros(len(boxes))
    for number, box in enumerate(boxes):
        up[number] = chain[number] if number in chain else (up[box.parent] if box.parent >= 0 else 0)
    return (up == 0).astype(np.float64), up


GROUP_COLUMNS = ("group_size", "group_mean", "group_links", "group_share")


def groups(page: Page, at: Any, size: Any, linked: Any) -> Any:
    """How many units have the same tags and classes on their last three boxes, how long and how linked they are."""
    boxes = page.boxes
    known: dict[tuple[str, ...], int] = {}
    marks: list[int] = []
    keys: dict[int, int] = {}
    for index in at.tolist():
        mark = keys.get(index)
        if mark is None:
            box = boxes[index]
            parent = boxes[box.parent] if box.parent >= 0 else box
            grand = boxes[parent.parent] if parent.parent >= 0 else parent
            key = (box.tag, box.names, parent.tag, parent.names, grand.tag, grand.names)
            mark = keys[index] = known.setdefault(key, len(known))
        marks.append(mark)
    group = np.array(marks, dtype=np.intp)
    count = np.bincount(group)
    length = np.bincount(group, weights=size)
    links = np.bincount(group, weights=size * linked)
    return np.stack(
        (
            np.log1p(count[group]),
            np.log1p(length[group] / count[group]),
            links[group] / np.maximum(1.0, length[group]),
            length[group] / max(1.0, float(size.sum())),
        ),
        axis=1,
    )
