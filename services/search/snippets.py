"""The passage of a text that shows best why it was found."""

from collections import Counter
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import islice
from typing import NamedTuple

from services.search import analysis, stemming
from services.search.analysis import Token, tokens
from services.search.beginnings import Beginnings
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


def mark(text: str, wanted: Sequence[Words], language: str = "") -> tuple[Part, ...]:
    """All of `text`, which is in `language`, with the matches marked."""
    return Marker(wanted, language).mark(text)


def best(text: str, wanted: Sequence[Words], language: str = "", length: int = LENGTH) -> tuple[Part, ...]:
    """About `length` characters around the densest matches; the beginning of the text where nothing matches.

    Windows are compared by how many different things that were wanted they hold, then by how many in all; the
    earliest of equals wins. `…` stands where text was left out.
    """
    return Marker(wanted, language).best(text, length)


class Marker:
    """Marks the texts of one language for one search.

    Remembers the words that it has met, so that most words of the next text cost a look into a dictionary.
    """

    def __init__(self, wanted: Sequence[Words], language: str) -> None:
        self._title = _Finder(wanted, language)
        anywhere = [words for words in wanted if not words.title]
        self._text = _Finder(anywhere, language) if len(anywhere) < len(wanted) else self._title

    def mark(self, text: str) -> tuple[Part, ...]:
        return _parts(text, (0, len(text)), _join(self._title.find(text)))

    def best(self, text: str, length: int = LENGTH) -> tuple[Part, ...]:
        shown = text[:READ_LIMIT]
        matches = self._text.find(shown)
        window = _window(shown, _densest(matches, length), length)
        head = (Part("… ", False),) if window[0] > 0 else ()
        tail = (Part(" …", False),) if window[1] < len(text.rstrip()) else ()
        return head + _parts(shown, window, _join(matches)) + tail


class _Occurrence(NamedTuple):
    start: int
    end: int
    kind: int


class _Met(NamedTuple):
    """What is wanted of a word of the text: places in it, and whether something of several terms may begin here."""

    places: tuple[_Occurrence, ...]
    opens: bool


class _Finder(dict[str, _Met]):
    """From a run of letters to what is wanted of it; filled as runs are met."""

    def __init__(self, wanted: Sequence[Words], language: str) -> None:
        self._language = language
        self._single = {words.terms[0]: kind for kind, words in _last_first(wanted) if _is_word(words)}
        self._prefixes = [(words.terms[0], k) for k, words in enumerate(wanted) if words.prefix and not words.terms[1:]]
        self._phrases = [(kind, words) for kind, words in enumerate(wanted) if len(words.terms) > 1]
        self._stems = {stem: kind for kind, words in _last_first(wanted) for stem in words.stems}
        self._candidates = Beginnings((words.terms[0] for words in wanted), self._stems, language)
        self._nothing = not wanted

    def find(self, text: str) -> list[_Occurrence]:
        """Every place of everything wanted, in order of the text; `kind` is the index into `wanted`."""
        places: set[_Occurrence] = set()
        for start, run in () if self._nothing else self._candidates.runs(text):
            found = self[run]
            if found is _NOTHING:
                continue
            places.update(_Occurrence(start + each.start, start + each.end, each.kind) for each in found.places)
            if found.opens:
                places.update(self._several(text, run, start))
        return sorted(places)

    def __missing__(self, run: str) -> _Met:
        found = tokens(run)
        places = tuple(
            _Occurrence(start, end, kind) for term, start, end in found for kind in self._kinds(run[start:end], term)
        )
        opens = any(words.terms[0] == term for _, words in self._phrases for term, _, _ in found)
        self[run] = _Met(places, opens) if places or opens else _NOTHING
        return self[run]

    def _kinds(self, word: str, term: str) -> Iterator[int]:
        if term in self._single:
            yield self._single[term]
        yield from (kind for prefix, kind in self._prefixes if term.startswith(prefix))
        if self._stems and self._candidates.may_have_stem(term):
            stems = (term, *_stems(word, term, self._language))
            if stem := next((stem for stem in stems if stem in self._stems), None):
                yield self._stems[stem]

    def _several(self, text: str, run: str, start: int) -> Iterator[_Occurrence]:
        """What is wanted of several terms and begins in `run`, which stands at `start`."""
        ahead = _ahead(text, start)
        near: list[Token] = []
        for at in range(len(tokens(run))):
            for kind, words in self._phrases:
                if _follow(near, ahead, at, words):
                    yield _Occurrence(near[at].start, near[at + len(words.terms) - 1].end, kind)


_NOTHING = _Met((), False)
_stems = lru_cache(maxsize=50_000)(stemming.of_token)
"""The words that begin like a wanted one are the same in many texts."""


def _last_first(wanted: Sequence[Words]) -> Iterator[tuple[int, Words]]:
    """The first of equals comes last, and stays."""
    return reversed(list(enumerate(wanted)))


def _is_word(words: Words) -> bool:
    return len(words.terms) == 1 and not words.prefix


def _ahead(text: str, start: int) -> Iterator[Token]:
    """The terms of `text` from `start` on, where a run begins, with their places in `text`."""
    for run in analysis.places(text, start):
        yield from (Token(term, run.start() + begin, run.start() + end) for term, begin, end in tokens(run.group()))


def _follow(near: list[Token], ahead: Iterator[Token], at: int, words: Words) -> bool:
    """Whether the terms stand at number `at`; `near` grows from `ahead` by what has to be looked at."""
    last = len(words.terms) - 1
    for number, term in enumerate(words.terms):
        near += islice(ahead, max(0, at + number + 1 - len(near)))
        if at + number >= len(near):
            return False
        found = near[at + number].term
        if found != term and not (words.prefix and number == last and found.startswith(term)):
            return False
    return True


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


def _window(text: str, match: int, length: int) -> Span:
    """A stretch of about `length` characters that begins and ends between words."""
    if len(text) <= length:
        return 0, len(text)
    aim = max(0, min(match - _LEAD, len(text) - length))
    start = _next_word(text, aim, match) if aim else 0
    # One character more than fits tells whether the last word was cut.
    end = _last_word(text, start + length - _LEAD, start + length) or _last_word(text, start, start + length)
    end = end or start + length
    # Keep the full stop or quotation mark that belongs to the last word.
    while end < len(text) and end < start + length + 2 and not text[end].isspace() and not text[end].isalnum():
        end += 1
    return start, end


def _last_word(text: str, start: int, end: int) -> int:
    """Where the last whole word before `end` ends; 0 where there is none behind `start`."""
    for run in reversed(list(analysis.places(text[start : end + 1]))):
        for token in reversed(tokens(run.group())):
            if (found := start + run.start() + token.end) <= end:
                return found
    return 0


def _next_word(text: str, aim: int, match: int) -> int:
    """Where the first word behind `aim` begins, but not behind `match`, if there is one."""
    # The character before tells whether the word at `aim` was cut.
    near = _ahead(text[aim - 1 : max(match, aim + _LEAD) + 1], 0)
    start = next((aim - 1 + token.start for token in near if token.start >= 1), 0)
    return min(start, match) if match else start


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
