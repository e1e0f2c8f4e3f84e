"""Template: blocks that come back on unrelated pages of one outlet. What earlier pages taught goes in as `Memory`.

A block is template when enough pages carried it that have nothing to do with each other. What keeps articles whole:

- a page counts for a block only if the rest of its text speaks of other things than the block does: 89 of 100 article
  paragraphs share a quarter of their terms with the 150 that the rest of their page says most, 8 of 100 with those of
  another page (1 100 paragraphs of 399 pages in 17 languages). So a standing paragraph of a running story never gathers
  evidence;
- of pages that resemble each other, such as copies of one wire story, one counts;
- a sub-heading goes only with all that it heads, quotations never, and a block that speaks of its page's subject stays.

How many pages are enough is a judgement: more for what reads like an article, most for labels above text that stays.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum, auto
from hashlib import blake2b

from services.cleaner import characters, shapes, sketches, speech
from services.cleaner.sketches import Sketch
from services.contracts import Block, BlockKind, Cleaned, NoiseKind, Removed

BLOCKS = 64
"""Blocks of a page that are remembered: of more, the first and the last, where templates stand."""
_TOLD_TERMS = 150
"""Terms by which the rest of a page says what it speaks of, those said in most blocks first: all terms of a long page
would hold the words of any block."""
_TIED, _LEAST_SHARED = 0.25, 3
"""Share of a block's terms among them, and their number, from which that page does not count for it."""
_MOST_TIED = 0.5
"""Share of the pages that carry a block, those that do not count for it, above which it is no template."""
_KEPT_TIED, _KEPT_TITLE = 0.4, 2
"""Share of a block's terms among them, or terms of the page's title, from which it stays.

The former is raised by the share of pages that do not count: a block in everyday words meets them anywhere.
"""
_FRESH = 3
"""Other pages that carry a block from which it says nothing about what this page speaks of."""
_STANDING, _STANDING_SHARE = 6, 0.5
"""Pages, and share of the outlet's pages, from which a block is left out of what a page is compared by."""
_MOST_COUNTED = 12

_LETTER = re.compile(r"[^\W\d_]")
_LABEL_WORDS, _LABEL_LENGTH = 4, 40
_LONGEST, _MOST_READ = 20_000, 1_000
"""Characters of a block that may be template, and blocks of a page that are looked at: a hostile page has more."""

RULE = "template:"
"""With which the rule of every block begins that was learned to be template."""


class Shape(Enum):
    """What a block looks like, and so how much it takes to call it template."""

    LINE = auto()
    BODY = auto()
    LABEL = auto()
    HEADING = auto()


@dataclass(frozen=True, slots=True)
class Evidence:
    """`pages` that are unrelated, and a `share` of the outlet's pages since the block was first seen."""

    pages: int
    share: float


LINE = Evidence(5, 0.1)
BODY = Evidence(8, 0.0)
LABEL = Evidence(12, 0.5)
"""A share for what is short: formulas such as "The company declined to comment." come back, but on few pages."""


@dataclass(frozen=True, slots=True)
class Passage:
    """A block as it is compared: `at` is its place, `fingerprint` None for one that can never be template."""

    at: int
    fingerprint: int | None
    shape: Shape
    terms: frozenset[int]


@dataclass(frozen=True, slots=True)
class Reading:
    """A cleaned page as it is compared with others; `title` has the hashes of its terms."""

    title: frozenset[int]
    passages: tuple[Passage, ...]

    @property
    def fingerprints(self) -> tuple[int, ...]:
        """Of the blocks that may be template, each once."""
        return tuple(dict.fromkeys(p.fingerprint for p in self.passages if p.fingerprint is not None))


@dataclass(frozen=True, slots=True)
class Sighting:
    """A page that carried a block. `tied`: the page speaks of what the block speaks of. Pages are numbered from 1."""

    page: int
    tied: bool


@dataclass(frozen=True, slots=True)
class Memory:
    """What an outlet's other pages know of the blocks of a page.

    `sightings` by fingerprint, oldest first; `sketches` by page; `latest` is the number of the outlet's last page.
    """

    latest: int
    sightings: Mapping[int, Sequence[Sighting]]
    sketches: Mapping[int, Sketch]


@dataclass(frozen=True, slots=True)
class Lesson:
    """What a page adds to the memory; `ties` has the share of a block's terms in the rest of the page."""

    sketch: Sketch
    ties: Mapping[int, float]

    @property
    def sightings(self) -> Iterator[tuple[int, bool]]:
        """(fingerprint, tied) of each block."""
        return ((fingerprint, tie >= _TIED) for fingerprint, tie in self.ties.items())


def apply(cleaned: Cleaned, reading: Reading, lesson: Lesson, memory: Memory) -> Cleaned:
    """The page without its template; the page itself where nothing else would be left."""
    return strike(cleaned, judge(reading, lesson, memory))


def read(cleaned: Cleaned) -> Reading:
    """To be done before template is struck from a page: what is struck once must be seen again."""
    blocks = list(enumerate(cleaned.blocks))
    if len(blocks) > _MOST_READ:
        blocks = blocks[: _MOST_READ // 2] + blocks[-_MOST_READ // 2 :]
    passages = tuple(_passage(at, block) for at, block in blocks)
    known = list(dict.fromkeys(p.fingerprint for p in passages if p.fingerprint is not None))
    if len(known) > BLOCKS:
        kept = {*known[: BLOCKS // 2], *known[-BLOCKS // 2 :]}
        passages = tuple(p if p.fingerprint in kept else replace(p, fingerprint=None) for p in passages)
    return Reading(sketches.terms(cleaned.title), passages)


def teach(reading: Reading, memory: Memory) -> Lesson:
    """What a page adds to a memory that does not know it yet."""
    standing = {number for number in reading.fingerprints if _is_standing(number, memory)}
    told = set(reading.title).union(*(p.terms for p in reading.passages if p.fingerprint not in standing))
    return Lesson(sketches.of(told), dict(_ties(reading, memory)))


def judge(reading: Reading, lesson: Lesson, memory: Memory) -> dict[int, int]:
    """Places of the blocks that are template, each with the unrelated pages that carried it, this one included."""
    support = _Support(memory, lesson)
    found: dict[int, int] = {}
    section_goes = next_goes = True  # the end of the page heads nothing
    for passage in reversed(reading.passages):
        needed = _needed(passage.shape, next_goes=next_goes, section_goes=section_goes)
        pages = 0
        if needed and passage.fingerprint is not None and not _speaks_of_page(passage, reading, support):
            pages = support.of(passage.fingerprint, needed)
        if pages:
            found[passage.at] = pages
        next_goes = bool(pages)
        section_goes = passage.shape is Shape.HEADING or (section_goes and next_goes)
    return found


def strike(cleaned: Cleaned, found: Mapping[int, int]) -> Cleaned:
    """The page without the blocks at those places, which join what was removed in the order of the page.

    Where no text would be left, nothing is struck: better a page of template than an article lost.
    """
    left = [block for at, block in enumerate(cleaned.blocks) if at not in found]
    if not found or all(block.kind is BlockKind.HEADING for block in left):
        return cleaned
    return replace(cleaned, blocks=tuple(left), removed=tuple(_removed(cleaned, found)))


def _removed(cleaned: Cleaned, found: Mapping[int, int]) -> Iterator[Removed]:
    waiting = sorted(cleaned.removed, key=lambda cut: cut.at)[::-1]
    kept = 0
    for at, block in enumerate(cleaned.blocks):
        while waiting and waiting[-1].at <= at:
            yield replace(waiting.pop(), at=kept)
        if at in found:
            yield Removed(NoiseKind.TEMPLATE, _rule(found[at]), block.text, kept)
        else:
            kept += 1
    yield from (replace(cut, at=kept) for cut in reversed(waiting))


def _rule(pages: int) -> str:
    more = " or more" if pages >= _MOST_COUNTED else ""
    return f"{RULE}seen on {pages}{more} unrelated pages"


def _passage(at: int, block: Block) -> Passage:
    text = block.text
    if len(text) > _LONGEST:
        return Passage(at, None, Shape.BODY, sketches.terms(text))
    may_be = block.kind is not BlockKind.QUOTE and _LETTER.search(text) and not _is_speech(text)
    return Passage(at, _fingerprint(text) if may_be else None, _shape(block), sketches.terms(text))


def _shape(block: Block) -> Shape:
    if block.kind is BlockKind.HEADING:
        return Shape.HEADING
    if block.kind in {BlockKind.STANDFIRST, BlockKind.TABLE} or shapes.is_paragraph(block.text):
        return Shape.BODY
    short = len(block.text) <= _LABEL_LENGTH and len(block.text.split()) <= _LABEL_WORDS
    return Shape.LABEL if short and not shapes.ends_sentence(block.text) else Shape.LINE


def _is_speech(text: str) -> bool:
    """True if most of the words are quoted."""
    return 2 * len(speech.unquoted(text).split()) <= len(text.split())


def _fingerprint(text: str) -> int:
    """63 bits: a signed INTEGER of any database holds them."""
    key = characters.key(text).encode("utf-8", "surrogatepass")
    return int.from_bytes(blake2b(key, digest_size=8).digest(), "big") >> 1


def _ties(reading: Reading, memory: Memory) -> Iterator[tuple[int, float]]:
    fresh = [p for p in reading.passages if len(memory.sightings.get(p.fingerprint or 0, ())) < _FRESH]
    spoken = Counter(term for passage in fresh for term in passage.terms)
    spoken.update(reading.title)
    told = dict(spoken.most_common(_TOLD_TERMS))
    own = Counter(p.fingerprint for p in fresh)
    for passage in reading.passages:
        number, terms = passage.fingerprint, passage.terms
        if number is None:
            continue
        shared = sum(1 for term in terms if told.get(term, 0) > own[number])
        yield number, shared / len(terms) if shared >= _LEAST_SHARED else 0.0


def _is_standing(number: int, memory: Memory) -> bool:
    seen = memory.sightings.get(number, ())
    return len(seen) >= _STANDING and _share(seen, memory) >= _STANDING_SHARE


def _share(seen: Sequence[Sighting], memory: Memory) -> float:
    """Of the outlet's pages since the oldest sighting that is remembered."""
    return len(seen) / max(len(seen), memory.latest - seen[0].page + 1)


def _tied_share(seen: Sequence[Sighting]) -> float:
    return sum(sighting.tied for sighting in seen) / len(seen) if seen else 0.0


def _needed(shape: Shape, *, next_goes: bool, section_goes: bool) -> Evidence | None:
    """The evidence that it takes; None for a heading right above what stays."""
    match shape:
        case Shape.BODY:
            return BODY
        case Shape.LINE:
            return LINE
        case Shape.LABEL:
            return LINE if next_goes else LABEL
        case Shape.HEADING:
            return None if not next_goes else LINE if section_goes else LABEL


def _speaks_of_page(passage: Passage, reading: Reading, support: "_Support") -> bool:
    """A teaser of this very story, say, that other pages carry too."""
    assert passage.fingerprint is not None
    return support.is_tied_here(passage.fingerprint) or len(passage.terms & reading.title) >= _KEPT_TITLE


class _Support:
    """Counts unrelated pages; two pages are compared once, whatever they have in common."""

    def __init__(self, memory: Memory, lesson: Lesson) -> None:
        self._memory = memory
        self._own = memory.latest + 1
        self._sketches = {**memory.sketches, self._own: lesson.sketch}
        self._ties = lesson.ties
        self._related: dict[tuple[int, int], bool] = {}

    def is_tied_here(self, number: int) -> bool:
        """True if this page speaks of what the block speaks of, more than pages do by chance."""
        return self._ties[number] >= _KEPT_TIED + _tied_share(self._memory.sightings.get(number, ()))

    def of(self, number: int, needed: Evidence) -> int:
        """The unrelated pages that carried a block, at most 12; 0 where they do not suffice."""
        seen = [*self._memory.sightings.get(number, ()), Sighting(self._own, self._ties[number] >= _TIED)]
        if len(seen) < needed.pages or _share(seen, self._memory) < needed.share or _tied_share(seen) > _MOST_TIED:
            return 0
        chosen: list[int] = []
        for sighting in seen:
            known = sighting.page in self._sketches and not sighting.tied
            if known and not any(self._are_related(sighting.page, page) for page in chosen):
                chosen.append(sighting.page)
                if len(chosen) == _MOST_COUNTED:
                    break
        return len(chosen) if len(chosen) >= needed.pages else 0

    def _are_related(self, one: int, other: int) -> bool:
        pair = (one, other)
        if pair not in self._related:
            self._related[pair] = sketches.are_related(self._sketches[one], self._sketches[other])
        return self._related[pair]
