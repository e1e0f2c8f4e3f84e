"""The notation in which phrases are written, as a regular expression over a block's key.

A key is the block's folded words, each followed by a space, a space in front, and a colon after words that a colon or
another sign of a label follows: " read also: bridge reopens ". The notation:

    read (also|more)      one of several         abonn*    a word that begins so (three letters at least)
    sign up [now]         may be left out        #  _  *   a number, one word, one to six words
    related:              a colon must follow    <net>     one of the entries of a list in `[parts]`

Every pattern has words of which one must stand in a block, its anchors, and most have words of which one must come
first, its heads: by these it is found among thousands.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from services.cleaner import characters

STEM = 3
"""Letters that the beginning of a word must have to stand for all its forms."""
GAP = 6
_LABELLED = 100
"""Characters within which a dash or bar sets a label apart from what it announces."""

_TOKEN = re.compile(r"[()\[\]|]|[^\s()\[\]|]+")
_WILD = {"#": r"\d+:? (?:\d+:? )?", "_": "([^ ]+ )", "*": f"((?:[^ ]+ ){{1,{GAP}}}?)"}


class BadPattern(ValueError):
    """A pattern that cannot be read; the message quotes it and says why."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """`source` is a regular expression; `anchors` and `heads` are folded words, or stems that end with `*`.

    What stands for any word is in groups of `source`, so that a match can tell what was said in so many words.
    `heads` is empty where any word may come first. Of each of `needs` one must be said, whatever the order.
    """

    source: str
    anchors: frozenset[str]
    heads: frozenset[str]
    needs: tuple[frozenset[str], ...]


_ANY = frozenset({"*"})
"""The heads of what may begin with any word."""


@dataclass(frozen=True, slots=True)
class _Part:
    source: str
    anchors: frozenset[str] = frozenset()
    heads: frozenset[str] = _ANY
    optional: bool = False
    needs: tuple[frozenset[str], ...] = ()


Parts = Mapping[str, Sequence[str]]


def parse(text: str, parts: Parts) -> Pattern:
    """The pattern that a phrase stands for. Raises BadPattern."""
    reader = _Reader(text, parts)
    found = reader.alternatives("")
    if not found.anchors:
        raise BadPattern(f"{text!r} has no word that must be there")
    return Pattern(
        found.source, found.anchors, found.heads if _ANY.isdisjoint(found.heads) else frozenset(), found.needs
    )


@lru_cache(maxsize=256)
def key(text: str) -> str:
    """A block as patterns are compared with it."""
    marked = _LABEL_SIGN.sub(" : ", text[:_LABELLED]) + text[_LABELLED:]
    if ":" not in marked:
        return f" {' '.join(characters.words(text))} "
    pieces = [" ".join(characters.words(piece)) for piece in marked.split(":")]
    joined = ": ".join(piece for piece in pieces[:-1] if piece)
    return f" {joined}: {pieces[-1]} " if joined and pieces[-1] else f" {joined or pieces[-1]}{':' if joined else ''} "


_LABEL_SIGN = re.compile(r"：|\s[|»›→►▶>–—-]+(?=\s)")


class _Reader:
    """Reads one pattern from left to right."""

    def __init__(self, text: str, parts: Parts) -> None:
        self._text, self._parts = text, parts
        self._tokens = _TOKEN.findall(text)
        self._at = 0

    def alternatives(self, closing: str) -> _Part:
        found = [self._sequence()]
        while self._peek() == "|":
            self._at += 1
            found.append(self._sequence())
        if self._peek() != closing:
            raise BadPattern(f"{self._text!r}: a bracket is not closed, or closed without being opened")
        self._at += 1
        if len(found) == 1:
            return found[0]
        return _one_of(found)

    def _sequence(self) -> _Part:
        found = []
        while self._peek() not in {"", "|", ")", "]"}:
            found.append(self._item())
        if not found:
            raise BadPattern(f"{self._text!r}: nothing stands between two signs")
        if len(found) == 1:
            return found[0]
        optional = all(part.optional for part in found)
        needs = tuple(need for part in found for need in part.needs)
        return _Part("".join([part.source for part in found]), _most_telling(found), _first(found), optional, needs)

    def _item(self) -> _Part:
        sign = self._peek()
        self._at += 1
        if sign == "(":
            return self.alternatives(")")
        if sign == "[":
            inner = self.alternatives("]")
            return _Part(f"(?:{inner.source})?", heads=inner.heads, optional=True)
        if sign in _WILD:
            return _Part(_WILD[sign])
        if sign.startswith("<") and sign.endswith(">"):
            return self._listed(sign[1:-1])
        try:
            return _words(sign)
        except BadPattern as error:
            raise BadPattern(f"{self._text!r}: {error}") from error

    def _listed(self, name: str) -> _Part:
        if not self._parts.get(name):
            raise BadPattern(f"{self._text!r}: no list in [parts] is called {name}")
        return _listed(tuple(self._parts[name]))

    def _peek(self) -> str:
        return self._tokens[self._at] if self._at < len(self._tokens) else ""


@lru_cache(maxsize=16_384)
def _words(chunk: str) -> _Part:
    """One or more words written without a space; the files say the same words again and again."""
    bare = chunk.rstrip(":")
    stem = bare.endswith("*")
    words = characters.words(bare)
    if not words:  # a colon after a bracket, or a sign that no key has: "©", "%"
        return _Part("(?<=: )" if chunk == ":" else "", heads=frozenset(), optional=True)
    if stem and len(words[-1]) < STEM:
        raise BadPattern(f"{bare} is too short to stand for all words that begin so")
    colon = ":" if bare != chunk else ":?"
    source = "".join(f"{re.escape(word)}:? " for word in words[:-1])
    last = re.escape(words[-1]) + ("[^ :]*" if stem else "")
    anchor = max([*words[:-1], words[-1] + "*" * stem], key=_telling)
    head = words[0] + "*" * (stem and len(words) == 1)
    needs = tuple(frozenset({word}) for word in (*words[:-1], words[-1] + "*" * stem))
    return _Part(f"{source}{last}{colon} ", frozenset({anchor}), frozenset({head}), needs=needs)


@lru_cache(maxsize=256)
def _listed(entries: tuple[str, ...]) -> _Part:
    # Many patterns name the same list, and a list names no other.
    found = [_Reader(entry, {}).alternatives("") for entry in entries]
    return _one_of(found)


def _one_of(parts: Sequence[_Part]) -> _Part:
    source = "|".join(part.source for part in parts)
    heads = frozenset().union(*(part.heads for part in parts))
    anchors = _of_any(parts)
    return _Part(f"(?:{source})", anchors, heads, any(part.optional for part in parts), (anchors,) if anchors else ())


def _first(parts: Sequence[_Part]) -> frozenset[str]:
    """The words with which a run of parts may begin: those of the first that must be there, and of all before it."""
    found: set[str] = set()
    for part in parts:
        found |= part.heads
        if not part.optional:
            return frozenset(found)
    return _ANY


def _telling(anchor: str) -> int:
    return len(anchor.rstrip("*"))


def _of_any(parts: Sequence[_Part]) -> frozenset[str]:
    """Anchors of which one is there whichever of the parts is; none where one of them has none."""
    if not all(part.anchors for part in parts):
        return frozenset()
    return frozenset().union(*(part.anchors for part in parts))


def _most_telling(parts: Sequence[_Part]) -> frozenset[str]:
    """The anchors of the part whose shortest word is longest: common words are short in most languages."""
    known = [part.anchors for part in parts if part.anchors]
    return max(known, key=lambda anchors: min(map(_telling, anchors)), default=frozenset())
