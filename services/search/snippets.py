"""The passage of a text that shows best why it was found."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from services.search.analysis import Token, tokens
from services.search.query import Words

LENGTH = 200
"""Characters of a snippet: about two lines of a result list."""

READ_LIMIT = 8_000
"""Characters that are looked through; a match further down shows the beginning of the text instead."""

_LEAD = 60
"""Characters of context before the first match."""


class Part(NamedTuple):
    """A piece of original text, and whether it is what was looked for."""

    text: str
    is_match: bool


Span = tuple[int, int]


def mark(text: str, wanted: Sequence[Words]) -> tuple[Part, ...]:
    """All of `text`, with the matches marked."""
    return _parts(text, (0, len(text)), _join(_occurrences(tokens(text), wanted)))


def best(text: str, wanted: Sequence[Words], length: int = LENGTH) -> tuple[Part, ...]:
    """About `length` characters around the densest matches; the beginning of the text where nothing matches.

    Windows are compared by how many different things that were wanted they hold, then by how many in all; the
    earliest of equals wins. `…` stands where text was left out.
    """
    shown = text[:READ_LIMIT]
    found = tokens(shown)
    matches = _occurrences(found, [words for words in wanted if not words.title])
    window = _window(shown, found, _densest(matches, length), length)
    head = (Part("… ", False),) if window[0] > 0 else ()
    tail = (Part(" …", False),) if window[1] < len(text.rstrip()) else ()
    return head + _parts(shown, window, _join(matches)) + tail


class _Occurrence(NamedTuple):
    start: int
    end: int
    kind: int


def _occurrences(found: Sequence[Token], wanted: Sequence[Words]) -> list[_Occurrence]:
    """Every place of everything wanted, in order of the text; `kind` is the index into `wanted`."""
    where: dict[str, list[int]] = {}
    for at, token in enumerate(found):
        where.setdefault(token.term, []).append(at)
    return sorted(
        _Occurrence(found[at].start, found[at + len(words.terms) - 1].end, kind)
        for kind, words in enumerate(wanted)
        for at in _starts(where, words)
        if _follow(found, at, words)
    )


def _starts(where: Mapping[str, list[int]], words: Words) -> Iterator[int]:
    if len(words.terms) > 1 or not words.prefix:
        yield from where.get(words.terms[0], ())
        return
    for term, places in where.items():
        if term.startswith(words.terms[0]):
            yield from places


def _follow(found: Sequence[Token], at: int, words: Words) -> bool:
    *whole, last = words.terms
    end = at + len(whole)
    if end >= len(found) or any(found[at + n].term != term for n, term in enumerate(whole)):
        return False
    return found[end].term.startswith(last) if words.prefix else found[end].term == last


def _join(matches: Sequence[_Occurrence]) -> list[Span]:
    """Places as (start, end), overlaps joined."""
    joined: list[Span] = []
    for start, end, _ in matches:
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


def _densest(matches: Sequence[_Occurrence], length: int) -> int:
    """Start of the match at which the best window opens; 0 without matches."""
    opens, worth = 0, (0, 0)
    first = 0
    inside: Counter[int] = Counter()
    for match in matches:
        inside[match.kind] += 1
        while match.start - matches[first].start > length - _LEAD:
            inside[matches[first].kind] -= 1
            first += 1
        here = (sum(1 for count in inside.values() if count), inside.total())
        if here > worth:
            opens, worth = matches[first].start, here
    return opens


def _window(text: str, found: Sequence[Token], match: int, length: int) -> Span:
    """A stretch of about `length` characters that begins and ends between words."""
    if len(text) <= length:
        return 0, len(text)
    aim = max(0, min(match - _LEAD, len(text) - length))
    start = next((token.start for token in found if token.start >= aim and aim), 0)
    start = min(start, match) if match else start
    ends = [token.end for token in found if start < token.end <= start + length]
    end = ends[-1] if ends else start + length
    # Keep the full stop or quotation mark that belongs to the last word.
    while end < len(text) and end < start + length + 2 and not text[end].isspace() and not text[end].isalnum():
        end += 1
    return start, end


def _parts(text: str, window: Span, spans: Sequence[Span]) -> tuple[Part, ...]:
    parts: list[Part] = []
    at, stop = window
    for start, end in spans:
        start, end = max(start, at), min(end, stop)
        if start >= end:
            continue
        parts += [Part(text[at:start], False), Part(text[start:end], True)]
        at = end
    parts.append(Part(text[at:stop], False))
    return tuple(part for part in parts if part.text)
