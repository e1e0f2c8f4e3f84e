"""The data files in `rules/`: phrases that are noise, and the vocabulary of the rules that look at shape."""

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib import resources
from typing import Any

from services.cleaner import characters
from services.contracts import NoiseKind

LONG_STARTS = 40
"""Words a block may have and still be noise for how it starts; beyond it is a paragraph of the article."""
SHORT_STARTS = 16
"""The same for kinds that are labels: no share button has twenty words, but a sentence may start like one."""
LONG_CONTAINS = 30
"""Words a block may have and still be noise for what it contains."""

_LABELS = frozenset({NoiseKind.SHARE, NoiseKind.NAVIGATION, NoiseKind.AD_LABEL, NoiseKind.LOGIN})
_NUMBER, _WORDS, _WORD = "#", "*", "_"
_GAP = 6


class Mode(StrEnum):
    """How much of a block a phrase must be."""

    EQUALS = "equals"
    STARTS = "starts"
    CONTAINS = "contains"
    MARGIN = "margin"


@dataclass(frozen=True, slots=True)
class Phrase:
    """`tokens` are folded words and the wildcards `#` (a number), `_` (a word) and `*` (one to six words)."""

    kind: NoiseKind
    mode: Mode
    language: str
    text: str
    tokens: tuple[str, ...]
    colon: bool

    @property
    def rule(self) -> str:
        return f"phrase:{self.language}:{self.text}"


@dataclass(frozen=True, slots=True)
class Words:
    """A block's folded words; `colons` are the positions of words that a colon follows."""

    words: tuple[str, ...]
    colons: frozenset[int]


@dataclass(frozen=True, slots=True)
class Rules:
    """All data files together. `vocabulary` maps a list's name to its folded entries, of every language."""

    equals: Mapping[tuple[str, ...], Phrase]
    by_word: Mapping[str, tuple[Phrase, ...]]
    vocabulary: Mapping[str, frozenset[str]]
    months: Mapping[str, int]
    starters: frozenset[str]
    names: frozenset[str]

    def find(self, block: Words, *, margin: bool) -> Phrase | None:
        """The first phrase that makes this block noise; `margin` says that it stands outside the article's body."""
        whole = self.equals.get(_numbers_folded(block.words))
        if whole is not None and (not whole.colon or len(block.words) - 1 in block.colons):
            return whole
        if len(block.words) > LONG_STARTS:
            return None
        return next((p for p in self._candidates(block) if _holds(p, block, margin=margin)), None)

    def says(self, block: Words, kind: NoiseKind) -> bool:
        """True if a phrase of that kind, three words or longer, stands anywhere in the block, however long that is."""
        return any(phrase.kind is kind and len(phrase.tokens) >= 3 for phrase in self._candidates(block))

    def _candidates(self, block: Words) -> Iterator[Phrase]:
        for position, word in enumerate(block.words):
            for name in (word, _NUMBER) if word.isdigit() else (word,):
                for phrase in self.by_word.get(name, ()):
                    if _matches(phrase, block, position):
                        yield phrase

    def has(self, name: str, text: str) -> bool:
        """True if the text, in whatever case, is an entry of that list."""
        return characters.key(text) in self.vocabulary[name]


def split(text: str) -> Words:
    """The words of a block, as phrases are compared with them."""
    pieces = text.replace("：", ":").split(":")
    found: list[str] = []
    colons = set()
    for index, piece in enumerate(pieces):
        found.extend(characters.words(piece))
        if index < len(pieces) - 1 and found:
            colons.add(len(found) - 1)
    return Words(tuple(found), frozenset(colons))


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
    phrases = [phrase for language, table in tables.items() for phrase in _phrases(language, table)]
    lists = [table.get("words", {}) for table in tables.values()]
    return Rules(
        equals={p.tokens: p for p in reversed(phrases) if p.mode is Mode.EQUALS},
        by_word=_index(p for p in phrases if p.mode is not Mode.EQUALS),
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


def _phrases(language: str, table: Mapping[str, Any]) -> Iterator[Phrase]:
    for kind_name, modes in table.get("phrases", {}).items():
        try:
            kind = NoiseKind(kind_name)
            named = [(Mode(name), entries) for name, entries in modes.items()]
        except ValueError as error:
            raise ValueError(f"rules/{language}.toml, [phrases.{kind_name}]: {error}") from error
        for mode, entries in named:
            for text in entries:
                yield Phrase(kind, mode, language, text, _tokens(text), text.rstrip().endswith(":"))


def _tokens(text: str) -> tuple[str, ...]:
    wild = {_NUMBER, _WORDS, _WORD}
    return tuple(t for part in text.split() for t in ([part] if part in wild else characters.words(part)))


def _vocabulary(lists: Iterable[Mapping[str, Any]]) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for entry in lists:
        for name, forms in entry.items():
            found.setdefault(name, set()).update(characters.key(form) for form in forms)
    return {name: frozenset(forms) for name, forms in found.items()}


def _index(phrases: Iterable[Phrase]) -> dict[str, tuple[Phrase, ...]]:
    found: dict[str, list[Phrase]] = {}
    for phrase in phrases:
        found.setdefault(phrase.tokens[0], []).append(phrase)
    return {word: tuple(entries) for word, entries in found.items()}


def _numbers_folded(words: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(_NUMBER if word.isdigit() else word for word in words)


def _holds(phrase: Phrase, block: Words, *, margin: bool) -> bool:
    size = len(block.words)
    if phrase.mode is Mode.STARTS:
        return size <= (SHORT_STARTS if phrase.kind in _LABELS else LONG_STARTS)
    return size <= LONG_CONTAINS and (margin or phrase.mode is Mode.CONTAINS)


def _matches(phrase: Phrase, block: Words, position: int) -> bool:
    if phrase.mode is Mode.STARTS and position:
        return False
    end = _end(phrase.tokens, block.words, position)
    return end is not None and (not phrase.colon or end - 1 in block.colons)


def _end(tokens: tuple[str, ...], words: tuple[str, ...], position: int) -> int | None:
    """Where the phrase ends in the words if it starts at `position`; a gap tries its six widths and no more."""
    for index, token in enumerate(tokens):
        if token == _WORDS:
            rest = tokens[index + 1 :]
            widths = range(1, _GAP + 1)
            return next((end for w in widths if (end := _end(rest, words, position + w)) is not None), None)
        if position >= len(words):
            return None
        word = words[position]
        if token != _WORD and token != word and not (token == _NUMBER and word.isdigit()):
            return None
        position += 1
    return position
