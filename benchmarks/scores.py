"""How an extraction is scored, and the labelled pages it is scored on. Pure, but for `read`.

Tokens are runs of letters and digits, each CJK character a token of its own. A page's true positives, false positives
and false negatives are counted over the multisets of its 4-grams and divided by their sum, so that every page weighs
the same; precision, recall and F1 come from the sums over the pages (the scheme of Zyte's article-extraction
benchmark). A text of fewer than four tokens is one gram. Nothing is folded or normalised before.
"""

import json
import lzma
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from services.cleaner import characters

GRAM = 4
_CJK = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff"
_TOKEN = re.compile(rf"[{_CJK}]|[^\W_{_CJK}]+")

Row = dict[str, Any]
Gram = tuple[str, ...]


@dataclass(slots=True)
class Score:
    """Sums over pages: shares of true and false positives and false negatives, and segments found of those given."""

    tp: float = 0.0
    fp: float = 0.0
    fn: float = 0.0
    pages: int = 0
    wanted: int = 0
    wanted_of: int = 0
    unwanted: int = 0
    unwanted_of: int = 0

    def add(self, truth: str, found: str) -> tuple[float, float, float]:
        """Counts one page; returns its own F1, precision and recall."""
        tp, fp, fn = compare(truth, found)
        total = tp + fp + fn or 1
        self.tp, self.fp, self.fn = self.tp + tp / total, self.fp + fp / total, self.fn + fn / total
        self.pages += 1
        return 2 * tp / (2 * tp + fp + fn or 1), tp / (tp + fp or 1), tp / (tp + fn or 1)

    def add_segments(self, row: Row, found: str) -> None:
        """Counts the segments that must and must not be in the text, compared without case, accents, punctuation."""
        wanted, unwanted = segments(row.get("with")), segments(row.get("without"))
        text = characters.key(found) if wanted or unwanted else ""
        self.wanted += sum(segment in text for segment in wanted)
        self.wanted_of += len(wanted)
        self.unwanted += sum(segment in text for segment in unwanted)
        self.unwanted_of += len(unwanted)

    @property
    def precision(self) -> float:
        return self.tp / (self.tp + self.fp or 1)

    @property
    def recall(self) -> float:
        return self.tp / (self.tp + self.fn or 1)

    @property
    def f1(self) -> float:
        return 2 * self.precision * self.recall / (self.precision + self.recall or 1)


def tokens(text: str) -> list[str]:
    return _TOKEN.findall(text)


def grams(text: str, size: int = GRAM) -> Counter[Gram]:
    """The multiset of runs of `size` tokens; one shorter run if there are fewer."""
    found = tokens(text)
    if not found:
        return Counter()
    size = min(size, len(found))
    return Counter(tuple(found[start : start + size]) for start in range(len(found) - size + 1))


def compare(truth: str, found: str) -> tuple[int, int, int]:
    """4-grams in both, in the found text only, in the true text only."""
    want, got = grams(truth), grams(found)
    return (want & got).total(), (got - want).total(), (want - got).total()


def segments(given: Iterable[str] | None) -> list[str]:
    return [key for segment in given or () if (key := characters.key(segment))]


def same_title(truth: str, found: str | None) -> bool:
    return characters.key(truth) == characters.key(found or "")


def same_moment(truth: str, found: str | None) -> bool:
    """The same day as written, or the same moment in two time zones."""
    if not found:
        return False
    if truth[:10] == found[:10]:
        return True
    first, second = _moment(truth), _moment(found)
    return first is not None and first == second


def names(author: str | list[str] | None) -> list[str]:
    """The keys of a page's authors."""
    return segments(author if isinstance(author, list) else [author or ""])


def has_author(truth: list[str], found: str | None) -> bool:
    """One of the authors stands in what was found."""
    said = f" {characters.key(found or '')} "
    return any(f" {name} " in said for name in truth)


def is_author(truth: list[str], found: str | None) -> bool:
    """What was found says the authors' names and nothing else, in whatever order."""
    return sorted(characters.words(" ".join(truth))) == sorted(characters.words(found or ""))


def host(row: Row) -> str:
    """The publisher a page belongs to: the host of its URL without `www.`, or the URL itself where it has none."""
    try:
        name = urlsplit(row.get("url") or "").hostname
    except ValueError:
        name = None
    return (name or row.get("url") or str(row["id"])).removeprefix("www.")


def read(path: Path, *, every: int = 1, skip: int = 0, limit: int | None = None) -> Iterator[Row]:
    """Every `every`-th page of a file of JSON lines (xz-compressed or not) after the first `skip`, at most `limit`."""
    taken = 0
    with (lzma.open if path.suffix == ".xz" else open)(path, "rt", encoding="utf-8") as lines:
        for number, line in enumerate(lines):
            if limit is not None and taken >= limit:
                return
            if number >= skip and (number - skip) % every == 0:
                taken += 1
                yield json.loads(line)


def _moment(text: str) -> datetime | None:
    try:
        parsed = datetime.fromisoformat(text)
    except ValueError:
        return None
    return parsed if parsed.tzinfo is not None else None
