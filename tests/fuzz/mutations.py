"""Valid inputs, damaged: pieces dropped, doubled, moved, nested, cut, and put together from several inputs.

Random bytes are turned away at the first look. What comes from here gets further in, because most of it is right.
"""

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

WORDS = (
    "\0", "\ufeff", "\u202e", "\u200b", "\ud800", "\udcff", "\U0010ffff", "\x1b[2J", "\r\n", "\x85", "\u2028", "é",
    "ї", "ﷺ", "ß" * 40,
    "<", ">", "&", "&#0;", "&#xD800;", "&#99999999;", "&amp;", "&nosuch;", "]]>", "<![CDATA[", "<!--", "-->", "<?x",
    "'", '"', "\\", "/", "%00",
    "%", "{", "}", "[", "]", "\\u0000", "\\ud800", "0", "-1", "1e999", "NaN", "99999999999999999999", "null", "true",
    "=", ":", "*", "-", "(", ")",
    "\t", "\n", " ", "2022-02-30", "9999-12-31T23:59:60Z", "0000-00-00", "javascript:alert(1)", "http://[",
    "http://a b/", "file:///etc/passwd", "//",
    "http://169.254.169.254/", "http://example.org:99999/", "data:text/html,x", "x" * 5_000,
)  # fmt: skip
"""What has broken a parser somewhere, each for itself."""

_PIECES = re.compile(r"<[^<>]{0,200}>|[\w.-]+|\s+|.", re.S)
DEEP = 400
"""How often a piece is repeated to see what nesting does; a parser's own limits are tested elsewhere with more."""

Pieces = list[str]


def seed(name: str) -> str:
    """A valid input that lies beside this module."""
    return (Path(__file__).parent / "seeds" / name).read_text(encoding="utf-8")


def _drop(pieces: Pieces, at: int, to: int, word: str) -> Pieces:
    return pieces[:at] + pieces[to:]


def _double(pieces: Pieces, at: int, to: int, word: str) -> Pieces:
    return pieces[:to] + pieces[at:]


def _move(pieces: Pieces, at: int, to: int, word: str) -> Pieces:
    return pieces[to:] + pieces[at:to] + pieces[:at]


def _insert(pieces: Pieces, at: int, to: int, word: str) -> Pieces:
    return [*pieces[:at], word, *pieces[at:]]


def _replace(pieces: Pieces, at: int, to: int, word: str) -> Pieces:
    return [*pieces[:at], word, *pieces[at + 1 :]]


def _nest(pieces: Pieces, at: int, to: int, word: str) -> Pieces:
    return pieces[:at] + pieces[at : at + 1] * DEEP + pieces[at:]


def _cut(pieces: Pieces, at: int, to: int, word: str) -> Pieces:
    return pieces[:at]


_EDITS: tuple[Callable[[Pieces, int, int, str], Pieces], ...] = (
    _drop, _double, _move, _insert, _insert, _replace, _replace, _nest, _cut,
)  # fmt: skip
_SPAN = 40
"""Pieces that one edit moves, at most."""


def _apply(seed: str, edits: Sequence[tuple[Any, int, int, str]]) -> str:
    pieces = _PIECES.findall(seed)
    for edit, place, length, word in edits:
        at = place % (len(pieces) + 1)
        pieces = edit(pieces, at, min(at + length, len(pieces)), word)
    return "".join(pieces)


def texts(seeds: Sequence[str], words: Sequence[str] = ()) -> st.SearchStrategy[str]:
    """Damaged copies of the seeds; `words` are pieces that mean something in their format."""
    word = st.sampled_from((*WORDS, *words)) | st.text(max_size=8)
    edit = st.tuples(st.sampled_from(_EDITS), st.integers(0, 10_000), st.integers(1, _SPAN), word)
    return st.builds(_apply, st.sampled_from(list(seeds)), st.lists(edit, max_size=6))


def data(seeds: Sequence[str], words: Sequence[str] = ()) -> st.SearchStrategy[bytes]:
    """The same in bytes: in many encodings, also another than it says, with bytes that are not of it."""
    codecs = st.sampled_from(["utf-8"] * 6 + ["utf-16", "utf-16-le", "latin-1", "cp1251", "koi8-r", "utf-32", "utf-7"])
    noise = st.lists(st.tuples(st.integers(0, 50_000), st.binary(min_size=1, max_size=3)), max_size=2)
    return st.builds(_encoded, texts(seeds, words), codecs, noise)


def _encoded(text: str, codec: str, noise: Sequence[tuple[int, bytes]]) -> bytes:
    handling = "surrogatepass" if codec.startswith("utf") and codec != "utf-7" else "replace"
    body = text.encode(codec, handling)
    for place, each in noise:
        at = place % (len(body) + 1)
        body = body[:at] + each + body[at:]
    return body


def values(seed: Any) -> st.SearchStrategy[Any]:
    """A JSON value like `seed`, but with some of its parts of another kind."""
    odd = st.sampled_from(
        [None, True, False, 0, -1, 2**70, 1.5, float("nan"), "", "\0", "\ud800", "x" * 3_000, [], {}, [[[]]], {"a": {}}]
    )
    if isinstance(seed, dict):
        like: st.SearchStrategy[Any] = st.fixed_dictionaries(
            {}, optional={name: values(each) for name, each in seed.items()}
        )
    elif isinstance(seed, list):
        like = st.lists(values(seed[0]), max_size=3) if seed else st.just(seed)
    else:
        like = st.just(seed)
    return st.one_of(st.just(seed), like, like, odd)
