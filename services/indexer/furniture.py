"""Text that is a page's furniture by its shape alone: tickers and lists of headlines that got past the cleaner.

Two briefs of 120 words under one ticker look 84 % contained; a ticker has no sentences, so it can be told without
having been seen before. What is found here is not evidence of reuse; it is not removed from anything.
"""

import re
from collections import defaultdict
from collections.abc import Iterator
from itertools import pairwise

Span = tuple[int, int]

_SYMBOL = re.compile(r"[ \t\xa0][^\w\s]{1,4}(?=[ \t\xa0])")
_GAPS = ("  ", "\t", "\xa0\xa0", "•", "|", "·", "▪", "●", "■", "►")
_SEPARATOR = re.compile(r"[ \t\xa0]([^\w\s]{1,4})(?=[ \t\xa0])|([•|·▪●■►])|[ \t\xa0]{2,}")
_SENTENCE_END = frozenset(".!?…;:。！？؟۔।،")
_PIECE_END = re.compile(r"[.!?…;:。！？؟۔।،\n]")
_WORD = re.compile(r"[^\W_]+")
_SENTENCE = re.compile(r"[^\W_]{3}[.!?…]\s")

_SEPARATED = 6
"""Separators of one sort that make a line a ticker."""

_PIECE_WORDS = 25
_SENTENCES = 1 / 3
"""Share of the pieces between separators that may end a sentence: dashes and double spaces stand in prose too."""

_UNENDING = 80
"""Words without any sentence mark. Sentences of 50 to 60 words occur in agency copy (sample 000), so not at 50."""

_UNENDING_LENGTH = 4 * _UNENDING
"""Characters that so many words have at least, in any language that writes spaces."""

_HEADLINES = 6
"""Neighbouring lines of a headline's length and without a full stop that make a list."""

_HEADLINE_WORDS = range(3, 21)
_CLOSING = " \t\r\x0b\x0c\xa0\"'”»)"


def find(text: str) -> list[Span]:
    """Start and end offsets of furniture, in no particular order; they may overlap."""
    found = list(_unending(text))
    # Most texts have no ticker, and counting what one is made of takes a tenth of looking for it.
    if len(_SYMBOL.findall(text)) + sum(map(text.count, _GAPS)) >= _SEPARATED:
        found += _tickers(text)
    if text.count("\n") + 1 >= _HEADLINES:
        found += _headline_lists(text)
    return found


def _tickers(text: str) -> Iterator[Span]:
    for start, line in _lines(text):
        sorts: dict[str, list[Span]] = defaultdict(list)
        for match in _SEPARATOR.finditer(line):
            sorts[match.group(1) or match.group(2) or " "].append(match.span())
        for between in sorts.values():
            if len(between) >= _SEPARATED and _are_headlines(line, between):
                # Not the whole line: an article may be glued to the first or last headline.
                yield start + between[0][0], start + between[-1][1]


def _are_headlines(line: str, between: list[Span]) -> bool:
    pieces = [line[end:start].rstrip(_CLOSING) for (_, end), (start, _) in pairwise(between)]
    ended = sum(1 for piece in pieces if piece.endswith(".") or _SENTENCE.search(piece))
    long = sum(1 for piece in pieces if len(_WORD.findall(piece)) > _PIECE_WORDS)
    return ended + long <= _SENTENCES * len(pieces)


def _unending(text: str) -> Iterator[Span]:
    start = 0
    for piece in _PIECE_END.split(text):
        end = start + len(piece)
        if len(piece) >= _UNENDING_LENGTH and len(_WORD.findall(piece)) >= _UNENDING:
            yield start, end
        start = end + 1


def _headline_lists(text: str) -> Iterator[Span]:
    run: list[Span] = []
    for start, line in [*((start, line) for start, line in _lines(text) if line.strip()), (len(text), None)]:
        if line is not None and not _ends_sentence(line):
            run.append((start, start + len(line)))
            continue
        if len(run) >= _HEADLINES:
            yield from _headlines(text, run)
        run = []


def _headlines(text: str, lines: list[Span]) -> Iterator[Span]:
    """Of neighbouring lines without a full stop, those in a row that have a headline's length."""
    run: list[Span] = []
    for line in [*lines, None]:
        if line is not None and len(_WORD.findall(text, *line)) in _HEADLINE_WORDS:
            run.append(line)
            continue
        if len(run) >= _HEADLINES:
            yield run[0][0], run[-1][1]
        run = []


def _ends_sentence(line: str) -> bool:
    return line.rstrip(_CLOSING)[-1:] in _SENTENCE_END


def _lines(text: str) -> Iterator[tuple[int, str]]:
    start = 0
    for line in text.split("\n"):
        yield start, line
        start += len(line) + 1
