"""The data files in `rules/`: phrases that are noise, and the vocabulary of the rules that look at shape."""

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache, lru_cache
from importlib import resources
from typing import Any

from services.cleaner import characters, patterns
from services.contracts import NoiseKind

LONG_STARTS = 40
"""Words a block may have and still be noise for how it starts; beyond it is a paragraph of the article."""
SHORT_STARTS = 16
"""The same for kinds that are labels: no share button has twenty words, but a sentence may start like one."""
LONG_CONTAINS = 30
"""Words a block may have and still be noise for what it contains."""
LONGEST = 120
"""Words a block may have and still be noise for several phrases of one kind."""

_LABELS = frozenset({NoiseKind.SHARE, NoiseKind.NAVIGATION, NoiseKind.AD_LABEL, NoiseKind.LOGIN})
_SAYING = 3


class Mode(StrEnum):
    """How much of a block a phrase must be."""

    EQUALS = "equals"
    STARTS = "starts"
    ENDS = "ends"
    CONTAINS = "contains"
    MARGIN = "margin"


_FRAMES = {Mode.EQUALS: "^ {}$", Mode.STARTS: "^ {}", Mode.ENDS: "(?<= ){}$"}


@dataclass(frozen=True, slots=True, eq=False)
class Phrase:
    """`text` as the file has it; `source` is a regular expression over a block's key.

    Of each pair of `needs`, one of the words or one of the beginnings of words must be in a block.
    """

    kind: NoiseKind
    mode: Mode
    language: str
    text: str
    source: str
    anchors: frozenset[str]
    heads: frozenset[str]
    needs: tuple[tuple[frozenset[str], frozenset[str]], ...]

    @property
    def rule(self) -> str:
        return f"phrase:{self.language}:{self.text}"

    def span(self, block: "Words") -> tuple[int, int]:
        """Where in the block's key the phrase stands, (0, 0) where it is not said."""
        found = _compiled(self.source).search(block.key)
        return found.span() if found else (0, 0)

    def weight(self, block: "Words") -> int:
        """Characters of the block's key that the phrase names, those of any word left out; 0 where it is not said."""
        found = _compiled(self.source).search(block.key)
        return found.end() - found.start() - sum(len(gap or "") for gap in found.groups()) if found else 0

    def may_stand(self, block: "Words") -> bool:
        """False where one of its words is missing: most patterns that share a word with a block end here."""
        said, begun = block.said, block.begun
        return not any(words.isdisjoint(said) and stems.isdisjoint(begun) for words, stems in self.needs)

    def fits(self, size: int) -> bool:
        """True if a block of that many words is short enough for what this phrase proves."""
        if self.mode is Mode.STARTS or self.mode is Mode.EQUALS:
            return size <= (SHORT_STARTS if self.kind in _LABELS else LONG_STARTS)
        return size <= LONG_CONTAINS


@dataclass(frozen=True, slots=True)
class Words:
    """A block's text, its folded words in order and as a set, and the first letters of each."""

    text: str
    words: tuple[str, ...]
    said: frozenset[str]
    begun: frozenset[str]

    @property
    def key(self) -> str:
        return patterns.key(self.text)


Table = Mapping[str, tuple[Phrase, ...]]


@dataclass(frozen=True, slots=True)
class Lookup:
    """Phrases by the words, and by the beginnings of words, without one of which they are not said.

    Those that must begin a block stand under the words with which they begin.
    """

    heads: Table
    head_stems: Table
    words: Table
    stems: Table

    def within(self, block: Words) -> list[Phrase]:
        """Phrases that a block may say anywhere, each once."""
        words, stems = self.words, self.stems
        lists = [words[word] for word in block.said if word in words]
        lists += [stems[stem] for stem in block.begun if stem in stems]
        found = dict.fromkeys([phrase for phrases in lists for phrase in phrases])
        return [phrase for phrase in found if phrase.may_stand(block)]

    def opening(self, block: Words) -> list[Phrase]:
        """Phrases with which a block may begin."""
        first = block.words[0]
        found = (*self.heads.get(first, ()), *self.head_stems.get(first[: patterns.STEM], ()))
        return [phrase for phrase in found if phrase.may_stand(block)]

    def find(self, block: Words) -> Phrase | None:
        """The phrase that names most of the block, of those that suffice to make it noise."""
        size = len(block.words)
        if not 0 < size <= LONG_STARTS:
            return None
        best, most = None, 0
        for phrase in (*self.opening(block), *self.within(block)):
            if phrase.fits(size):
                weight = phrase.weight(block)
                if weight > most and not (phrase.mode is Mode.EQUALS and _is_sentence(block, weight)):
                    best, most = phrase, weight
        return best


@dataclass(frozen=True, slots=True, eq=False)
class Rules:
    """All data files together. `vocabulary` maps a list's name to its folded entries, of every language."""

    everywhere: Lookup
    margins: Lookup
    insistent: Lookup
    vocabulary: Mapping[str, frozenset[str]]
    months: Mapping[str, int]
    starters: frozenset[str]
    names: frozenset[str]

    def find(self, block: Words, *, margin: bool) -> Phrase | None:
        """The phrase that makes this block noise; `margin` says that it stands outside the article's body."""
        return self.everywhere.find(block) or (self.margins.find(block) if margin else None)

    def insisting(self, block: Words) -> Phrase | None:
        """The first of two phrases of one kind in a block too long to be noise for one."""
        if not LONG_CONTAINS < len(block.words) <= LONGEST:
            return None
        seen: dict[NoiseKind, tuple[Phrase, int, int]] = {}
        candidates = self.insistent.within(block)
        if len({phrase.kind for phrase in candidates}) == len(candidates):
            return None
        for phrase in candidates:
            start, end = phrase.span(block)
            if block.key.count(" ", start, end) < _SAYING:
                continue
            first, begin, stop = seen.setdefault(phrase.kind, (phrase, start, end))
            if end <= begin or stop <= start:
                return first
        return None

    def says(self, block: Words, kind: NoiseKind) -> bool:
        """True if a phrase of that kind, three words or longer, stands anywhere in the block, however long that is."""
        return any(
            block.key.count(" ", *phrase.span(block)) >= _SAYING
            for phrase in self._sayings(block)
            if phrase.kind is kind
        )

    def _sayings(self, block: Words) -> list[Phrase]:
        opening = self.everywhere.opening(block) if block.words else []
        return [phrase for phrase in (*opening, *self.everywhere.within(block)) if phrase.mode is not Mode.EQUALS]

    def has(self, name: str, text: str) -> bool:
        """True if the text, in whatever case, is an entry of that list."""
        return characters.key(text) in self.vocabulary[name]


@lru_cache(maxsize=64)
def split(text: str) -> Words:
    """The words of a block, as phrases are compared with them."""
    # Several rules look at the same block one after the other.
    words = characters.words(text)
    said = frozenset(words)
    return Words(text, words, said, frozenset([word[: patterns.STEM] for word in said]))


@cache
def load() -> Rules:
    """The rules that ship with vigie, read once per process. Raises ValueError naming the file at fault."""
    folder = resources.files("services.cleaner") / "rules"
    files = {
        entry.name.removesuffix(".toml"): entry.read_text(encoding="utf-8")
        for entry in sorted(folder.iterdir(), key=lambda item: item.name)
        if entry.name.endswith(".toml") and entry.name != "markup.toml"
    }
    return build(files)


def build(files: Mapping[str, str]) -> Rules:
    """Rules from the text of TOML files by language. Raises ValueError naming the file at fault."""
    tables = {}
    for language, text in files.items():
        try:
            tables[language] = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise ValueError(f"rules/{language}.toml: {error}") from error
    shared = tables.get("any", {}).get("parts", {})
    phrases = [phrase for language, table in tables.items() for phrase in _phrases(language, table, shared)]
    lists = [table.get("words", {}) for table in tables.values()]
    return Rules(
        everywhere=_index(p for p in phrases if p.mode is not Mode.MARGIN),
        margins=_index(p for p in phrases if p.mode is Mode.MARGIN),
        insistent=_index(p for p in phrases if p.mode is Mode.CONTAINS),
        vocabulary=_vocabulary(lists),
        months={
            characters.key(form): number
            for entry in lists
            for number, forms in enumerate(entry.get("months", ()), 1)
            for form in forms.split()
        },
        starters=frozenset(word for entry in lists for word in entry.get("starters", ())),
        names=frozenset(name for entry in lists for name in entry.get("names", ())),
    )


def _phrases(language: str, table: Mapping[str, Any], shared: patterns.Parts) -> Iterator[Phrase]:
    parts = {**shared, **table.get("parts", {})}
    for kind_name, modes in table.get("phrases", {}).items():
        try:
            kind = NoiseKind(kind_name)
            for name, entries in modes.items():
                mode = Mode(name)
                for text in entries:
                    pattern = patterns.parse(text, parts)
                    source = _FRAMES.get(mode, "(?<= ){}").format(pattern.source)
                    needs = tuple(map(_needed, sorted(set(pattern.needs), key=len)))
                    yield Phrase(kind, mode, language, text, source, pattern.anchors, pattern.heads, needs)
        except ValueError as error:
            raise ValueError(f"rules/{language}.toml, [phrases.{kind_name}]: {error}") from error


@lru_cache(maxsize=4_096)
def _needed(need: frozenset[str]) -> tuple[frozenset[str], frozenset[str]]:
    """Whole words, and the first letters of those that are only begun."""
    stems = frozenset(word for word in need if word.endswith("*"))
    return need - stems, frozenset(word[: patterns.STEM] for word in stems)


def _vocabulary(lists: Iterable[Mapping[str, Any]]) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for entry in lists:
        for name, forms in entry.items():
            found.setdefault(name, set()).update(characters.key(form) for form in forms)
    return {name: frozenset(forms) for name, forms in found.items()}


def _index(phrases: Iterable[Phrase]) -> Lookup:
    heads: dict[str, list[Phrase]] = {}
    words: dict[str, list[Phrase]] = {}
    for phrase in phrases:
        opens = bool(phrase.heads) and phrase.mode in {Mode.EQUALS, Mode.STARTS}
        table, names = (heads, phrase.heads) if opens else (words, phrase.anchors)
        for name in names:
            shortened = name[: patterns.STEM] + "*" if name.endswith("*") else name
            table.setdefault(shortened, []).append(phrase)
    return Lookup(*_parted(heads), *_parted(words))


def _parted(table: Mapping[str, list[Phrase]]) -> tuple[Table, Table]:
    """Whole words, and stems without their sign."""
    frozen = {name: tuple(dict.fromkeys(entries)) for name, entries in table.items()}
    whole = {name: entries for name, entries in frozen.items() if not name.endswith("*")}
    return whole, {name[:-1]: entries for name, entries in frozen.items() if name.endswith("*")}


def _is_sentence(block: Words, weight: int) -> bool:
    """True for a block that ends with a full stop and says more in words of its own than in those of a phrase."""
    return 2 * weight < len(block.key) and block.text.rstrip().endswith((".", "。", "।"))


@cache
def _compiled(source: str) -> re.Pattern[str]:
    # Compiled when first needed: a page meets a tenth of the phrases.
    return re.compile(source)
