"""What a page's runs of text look like in numbers: one row per unit, for the classifier. No word of any language."""

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from services.cleaner.walk import Box, Page, Unit

_NAME_PARTS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[^\W\d_a-zA-Z]+")
_WIDE = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_WIDE_RUN = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]{2,200}")
_LONG_WORD = re.compile(r"\b\w{5,8}")
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
_LONG_NAMES = 400
_CHAIN = 4

FLAGS = ("article", "main", "aside", "nav", "header", "footer", "figure", "form", "table", "list", "blockquote",
         "heading")  # fmt: skip
_FLAG_OF = {"figcaption": "figure", "ul": "list", "ol": "list", "dl": "list", "menu": "list",
            **dict.fromkeys(("h1", "h2", "h3", "h4", "h5", "h6"), "heading"),
            **{name: name for name in FLAGS}}  # fmt: skip
_BIT_OF = {tag: 1 << FLAGS.index(name) for tag, name in _FLAG_OF.items()}
_TAG_CODE = {"p": 1, "div": 2, "li": 3, "h1": 4, "h2": 5, "h3": 6, "h4": 7, "h5": 7, "h6": 7, "td": 8, "th": 8,
             "blockquote": 9, "figcaption": 10, "dd": 11, "dt": 11, "button": 12, "section": 13, "article": 13,
             "main": 13, "body": 13, "pre": 14}  # fmt: skip


@lru_cache(maxsize=65_536)
def tokens(names: str) -> tuple[str, ...]:
    """The words of a class and id, lower case, at hyphens, underscores and capitals; each once."""
    return tuple({part.lower() for part in _NAME_PARTS.findall(names[:_LONG_NAMES]) if 2 < len(part) < 25})


def names() -> list[str]:
    """The columns of `rows`, in order."""
    return list(_COLUMNS)


def weight(text: str, wide: bool) -> float:
    """Characters, those of dense scripts counted for what they say."""
    return len(text) + (WIDE_WEIGHT - 1) * len(_WIDE.findall(text)) if wide else float(len(text))


def rows(page: Page, hints: Mapping[str, float], title: str = "", description: str = "") -> Any:
    """An array of float32, one row per unit, one column per name of `names()`."""
    units, boxes = page.units, page.boxes
    n = len(units)
    if n == 0:
        return np.zeros((0, len(_COLUMNS)), dtype=np.float32)
    wide = any(not unit.text.isascii() and _WIDE.search(unit.text) is not None for unit in units)
    own = _texts(units, wide, title, description)
    box = _boxes(boxes, hints, _filled(page))
    size, linked = own[:, _LEN], own[:, _LINK]
    free = size * (1 - linked)
    running = np.where((size >= LONG) & (linked < 0.34), free, 0.0)
    at = np.fromiter((unit.box for unit in units), dtype=np.intp, count=n)
    context = _context(page, at, size, free, running)
    shape = _shapes(page, at, size, linked)
    place = _places(page, at, free, running, own)
    story = _stories(page, at, running, title, description)
    around = _around(own, box[at], size, free, running, at)
    return np.hstack((_logged(own), box[at], context, shape, place, story, around)).astype(np.float32)


# --- the text alone -------------------------------------------------------------------------------------------------

_OWN = ("len", "words", "link", "links", "ends", "clauses", "lower", "digits", "common", "caps", "sentences",
        "mean_word", "strong", "colon", "title_share", "title_cover", "description", "again")  # fmt: skip
_LEN, _LINK, _ENDS = 0, 2, 4
_TITLE_SHARE, _TITLE_COVER = _OWN.index("title_share"), _OWN.index("title_cover")
_LOGGED = tuple(_OWN.index(name) for name in ("len", "words", "links", "again"))
_FEW = 80
"""Words from which a unit is no title, whatever words they have in common."""


def _texts(units: Sequence[Unit], wide: bool, title: str, description: str) -> Any:
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
        dense = len(_WIDE.findall(text)) if wide and not text.isascii() else 0
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


def _logged(own: Any) -> Any:
    out = own.copy()
    for column in _LOGGED:
        out[:, column] = np.log1p(own[:, column])
    return out


# --- the box --------------------------------------------------------------------------------------------------------

_BOX = ("tag", "depth", "hidden", "own_min", "own_max", "own_sum", "parent_sum", "grand_sum", "chain_min", "chain_max",
        "chain_sum", "article_depth", "list_depth", *(f"in_{name}" for name in FLAGS))  # fmt: skip
_CHAIN_SUM = _BOX.index("chain_sum")
_FADE = 0.8
"""What a hint of a box counts for what stands in a box inside it."""


def _filled(page: Page) -> set[int]:
    """Boxes that hold a unit, however deep: half of a page's boxes hold none."""
    found: set[int] = set()
    for unit in page.units:
        box = unit.box
        while box >= 0 and box not in found:
            found.add(box)
            box = page.boxes[box].parent
    return found


def _boxes(boxes: Sequence[Box], hints: Mapping[str, float], filled: set[int]) -> Any:
    empty = (0.0,) * (len(_BOX) - len(FLAGS))
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


# --- the boxes around it --------------------------------------------------------------------------------------------

_CONTEXT = (*(f"{name}_{level}" for level in range(1, _CHAIN + 1) for name in ("share", "links", "long", "density")),
            "best_share", "best_in", "best_before", "best_after", "best_up", "page_running", "page_units", "page_links",
            "page_long")  # fmt: skip


def _context(page: Page, at: Any, size: Any, free: Any, running: Any) -> Any:
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
    _add_up(totals, page, parents)
    whole = max(1.0, totals[0, 2])
    out = np.zeros((len(at), len(_CONTEXT)))
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
    inside, up = _inside(page, best)
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


def _add_up(totals: Any, page: Page, parents: Any) -> None:
    """Adds the row of every box to those of all boxes around it, the deepest first."""
    depths = np.fromiter((box.depth for box in page.boxes), dtype=np.intp, count=len(page.boxes))
    order = np.argsort(-depths, kind="stable")
    ends = np.flatnonzero(np.diff(depths[order])) + 1
    for level in np.split(order, ends):
        if depths[level[0]] > 0:
            np.add.at(totals, parents[level], totals[level])


def _inside(page: Page, best: int) -> tuple[Any, Any]:
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


# --- groups of the same make ----------------------------------------------------------------------------------------

_SHAPE = ("group_size", "group_mean", "group_links", "group_share")


def _shapes(page: Page, at: Any, size: Any, linked: Any) -> Any:
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


# --- the place on the page ------------------------------------------------------------------------------------------

_PLACE = ("index", "chars", "heads", "after_head", "units_after_head", "running_before", "running_after", "head_up",
          "head_sure", "heads_since", "titles_since", "same_article", "article_number", "near_article",
          "head_running")  # fmt: skip


def _places(page: Page, at: Any, free: Any, running: Any, own: Any) -> Any:
    """Where a unit stands in relation to the headline: the heading, or else the unit, most like the page's title."""
    n = len(at)
    boxes = page.boxes
    level = np.fromiter((boxes[index].place.level for index in at.tolist()), dtype=np.intp, count=n)
    heads = level == 1
    alike = np.minimum(own[:, _TITLE_SHARE], own[:, _TITLE_COVER])
    rank = alike + 0.3 * heads + 0.15 * (level == 2)
    first = int(np.argmax(rank))
    sure = float(rank[first])
    flow = np.cumsum(running)
    numbers = np.arange(n)
    cumulative = np.cumsum(free)
    before = cumulative - free
    whole = max(1.0, float(cumulative[-1]))
    distance = before - before[first]
    _, up = _inside(page, int(at[first]))
    article, ordinal = _articles(boxes)
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


# --- which story it belongs to --------------------------------------------------------------------------------------

_STORY = ("topic", "topic_box", "topic_up", "topic_up2", "kin", "kin_box", "kin_up", "kin_up2")


def _stories(page: Page, at: Any, running: Any, title: str, description: str) -> Any:
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
    _add_up(totals, page, parents)
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


# --- the neighbours -------------------------------------------------------------------------------------------------

_NEAR = ("len", "tag", "chain", "link", "ends", "same")
_STEPS = {-3: 3, -2: 3, -1: 6, 1: 6, 2: 3, 3: 3}
"""How many of `_NEAR` are told of the unit so many steps away."""
_WINDOWS = (3, 8, 20)
_AROUND = (*(f"{name}{step:+d}" for step, told in _STEPS.items() for name in _NEAR[:told]),
           *(f"{name}_{width}" for width in _WINDOWS for name in ("free", "run")))  # fmt: skip


def _around(own: Any, box: Any, size: Any, free: Any, running: Any, at: Any) -> Any:
    n = len(size)
    columns = np.stack((np.log1p(size), box[:, 0], box[:, _CHAIN_SUM], own[:, _LINK], own[:, _ENDS]), axis=1)
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


_COLUMNS = (*_OWN, *_BOX, *_CONTEXT, *_SHAPE, *_PLACE, *_STORY, *_AROUND)
