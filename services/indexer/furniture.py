"""Text that is a page's furniture by its shape alone: tickers and lists of headlines that got past the cleaner.

Two briefs of 120 words under one ticker look 84 % contained; a ticker has no sentences, so it can be told without
having been seen before. What is found here is not evidence of reuse; it is not removed from anything.
"""

import re
from collections.abc import Iterator
from itertools import pairwise

Span = tuple[int, int]

_SEPARATOR = re.compile(r"(?<![.!?…:;,])[ \t\xa0]{2,}|[•|·▪●■►]")
_SENTENCE_END = re.compile(r"[.!?…;:。！？؟۔।،]")
_WORD = re.compile(r"[^\W_]+")
_LINE = re.compile(r"[^\n]+")

_SEPARATED = 6
"""Separators that make a line a ticker."""

_UNENDING = 80
"""Words without any sentence mark. Sentences of 50 to 60 words occur in agency copy (sample 000), so not at 50."""

_HEADLINES = 6
"""Neighbouring lines of a headline's length and without a full stop that make a list."""

_HEADLINE_WORDS = range(3, 21)


def find(text: str) -> list[Span]:
    """Start and end offsets of furniture, in no particular order; they may overlap."""
    lines = [match.span() for match in _LINE.finditer(text)]
    return [*_tickers(text, lines), *_headline_lists(text, lines)]


def _tickers(text: str, lines: list[Span]) -> Iterator[Span]:
    for start, end in lines:
        between = [match.span() for match in _SEPARATOR.finditer(text, start, end)]
        if len(between) >= _SEPARATED:
            # Not the whole line: an article may be glued to the first or last headline.
            yield between[0][0], between[-1][1]
        yield from _unending(text, start, end)


def _unending(text: str, start: int, end: int) -> Iterator[Span]:
    cuts = [start, *(match.end() for match in _SENTENCE_END.finditer(text, start, end)), end]
    for begin, stop in pairwise(cuts):
        if len(_WORD.findall(text, begin, stop)) >= _UNENDING:
            yield begin, stop


def _headline_lists(text: str, lines: list[Span]) -> Iterator[Span]:
    run: list[Span] = []
    for line in [*(line for line in lines if text[slice(*line)].strip()), None]:
        if line is not None and _is_headline(text[slice(*line)]):
            run.append(line)
            continue
        if len(run) >= _HEADLINES:
            yield run[0][0], run[-1][1]
        run = []


def _is_headline(line: str) -> bool:
    ends = _SENTENCE_END.search(line.rstrip(" \t\xa0\"'”»)")[-1:])
    return ends is None and len(_WORD.findall(line)) in _HEADLINE_WORDS
