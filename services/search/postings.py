"""Documents and queries in Tantivy's terms, and what its errors mean.

Text arrives analysed, terms joined by spaces, and Tantivy only splits at the spaces: documents and queries agree
because both went through `analysis`. Tantivy's own query parser never sees what somebody typed.

    IndexProblem
    ├── IndexBroken       damaged, or of another version: delete the folder and rebuild it from the events
    ├── IndexBusy         another process writes to this folder
    └── IndexUnavailable  no room, no rights, no file handles: worth another try, nothing was lost
"""

import hashlib
import math
import re
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, timedelta

import tantivy
import zstandard
from tantivy import FieldType, Occur

from services import codec
from services.search import analysis
from services.search.cursors import BadCursor
from services.search.documents import Document, Record
from services.search.query import Clause, Filed, Key, Node, Not, Period, Query, Words

VERSION = 4_000 + analysis.VERSION
"""Of fields (thousands) and analysis (the rest) together; an index of another version is rebuilt."""

EXACT = {"title": 2.0, "text": 1.0}
FORM = {"title": 1.5, "text": 1.0}
SYNONYM = 0.25
"""How much a word counts as it was typed, in another form (its stem), and under another name.

Tuned on half of the judged set (tests/search/relevance). Half or twice as much of any of them changes nDCG@10 on the
other half by .01 at most.
"""

MARKER = "cursor"
"""The term that finds the document which holds the position."""

_EPOCH = 2_208_988_800
"""Seconds from 1900 to 1970: order keys are unsigned, and archives are older than 1970."""

_DAY = 86_400
_FIRST_DAY = date(1900, 1, 1)

_SEQ_BITS = 31
"""An order key holds 33 bits of seconds (1900 to 2172) above 31 bits of event number (two thousand million)."""

_FILES = {Key.OUTLET: "outlet", Key.LANG: "language", Key.TOPIC: "topic"}
FACETS = ("outlet", "language", "topic")
"""Fields of text whose values are counted over what was found."""

_TEMPORARY = {"11", "12", "13", "23", "24", "28", "30", "122"}
"""errno of EAGAIN, ENOMEM, EACCES, ENFILE, EMFILE, ENOSPC, EROFS, EDQUOT: the files are as good as before."""


class IndexProblem(Exception):
    """The index cannot do what was asked."""


class IndexBroken(IndexProblem):
    """The index is damaged or of another version; delete its folder and rebuild it from the events."""


class IndexBusy(IndexProblem):
    """Another process writes to this index."""


class IndexUnavailable(IndexProblem):
    """The system refused room, rights or file handles; the index itself is whole."""


@contextmanager
def explained(folder: object) -> Iterator[None]:
    """Turn what Tantivy raises, its panics included, into an IndexProblem."""
    try:
        yield
    except (BadCursor, IndexProblem):
        raise
    except (ValueError, OSError) as error:
        raise _problem(f"{folder}: {error}", str(error)) from error
    except BaseException as error:
        # A panic in Rust reaches Python as a BaseException of a class that cannot be imported.
        if type(error).__name__ != "PanicException":
            raise
        raise IndexBroken(f"{folder}: {error}") from error


def _problem(message: str, detail: str) -> IndexProblem:
    if "LockBusy" in detail:
        return IndexBusy(f"{message.split(':')[0]}: another process writes to this search index")
    code = re.search(r"(?:code: |os error |Errno )(\d+)", detail)
    if (code and code[1] in _TEMPORARY) or "ErrorInThread" in detail or "writer was killed" in detail:
        return IndexUnavailable(message)
    return IndexBroken(message)


def schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    for name in ("id", "outlet", "language", "topic", "marker"):
        builder.add_text_field(name, tokenizer_name="raw", index_option="basic", fast=name in FACETS)
    for name in ("title", "text"):
        builder.add_text_field(name, tokenizer_name="whitespace", index_option="position")
    for name in ("title_stems", "text_stems"):
        builder.add_text_field(name, tokenizer_name="whitespace", index_option="basic")
    builder.add_unsigned_field("story", indexed=True, fast=True)
    builder.add_unsigned_field("day", fast=True)
    builder.add_unsigned_field("order", fast=True)
    builder.add_unsigned_field("first", fast=True)
    builder.add_bytes_field("record", stored=True)
    for name in ("position", "newest", "oldest", "version"):
        builder.add_unsigned_field(name, stored=True)
    return builder.build()


def document(record: Record, described: Document) -> tantivy.Document:
    made = tantivy.Document()
    made.add_text("id", record.article.id)
    made.add_text("title", described.title)
    made.add_text("text", described.text)
    made.add_text("title_stems", described.title_stems)
    made.add_text("text_stems", described.text_stems)
    made.add_text("outlet", described.outlet)
    made.add_text("language", described.language)
    made.add_unsigned("story", story(described.story))
    for topic in described.topics:
        made.add_text("topic", topic)
    made.add_unsigned("day", max(0, described.moment + _EPOCH) // _DAY)
    made.add_unsigned("order", order(described.moment, record.first))
    made.add_unsigned("first", record.first)
    # By itself a quarter smaller than what Tantivy's own compression makes of sixteen kilobytes of them.
    made.add_bytes("record", _ZSTD.packer.compress(codec.dump(record)))
    return made


@dataclass(frozen=True, slots=True)
class Marker:
    """What the index says of itself: the last event applied, and order keys that no article lies beyond."""

    position: int
    newest: int = 0
    oldest: int = (1 << 64) - 1

    def widened(self, order_key: int) -> "Marker":
        return replace(self, newest=max(self.newest, order_key), oldest=min(self.oldest, order_key))


class _Zstd(threading.local):
    """Making one costs as much as using it once; each belongs to one thread."""

    def __init__(self) -> None:
        self.packer = zstandard.ZstdCompressor(3)
        self.unpacker = zstandard.ZstdDecompressor()


_ZSTD = _Zstd()


def written_marker(marker: Marker) -> tantivy.Document:
    """The document that says how far the events have been applied, and by which version."""
    made = tantivy.Document()
    made.add_text("marker", MARKER)
    made.add_unsigned("position", marker.position)
    made.add_unsigned("newest", marker.newest)
    made.add_unsigned("oldest", marker.oldest)
    made.add_unsigned("version", VERSION)
    return made


def read_marker(document: tantivy.Document) -> Marker:
    return Marker(*(document[name][0] for name in ("position", "newest", "oldest")))


def stored(searcher: tantivy.Searcher, address: tantivy.DocAddress) -> Record:
    packed = bytes(searcher.doc(address)["record"][0])
    try:
        return codec.load(Record, _ZSTD.unpacker.decompress(packed))
    except zstandard.ZstdError as error:
        raise IndexBroken(f"an article in the index cannot be read: {error}") from error


def count(found: tantivy.SearchResult) -> int:
    """How many documents matched, where the search was asked to count."""
    total: int = found.count  # type: ignore[attr-defined] # missing from Tantivy's stubs
    return total


def order(moment: float, seq: int) -> int:
    """One number to sort by: newer first, then later event first."""
    seconds = min(max(math.ceil(moment) + _EPOCH, 0), (1 << 33) - 1)
    return seconds << _SEQ_BITS | seq & ((1 << _SEQ_BITS) - 1)


def story(name: str) -> int:
    """The number of a story in the index. 53 bits: aggregations carry numbers as floating point."""
    return int.from_bytes(hashlib.blake2b(name.encode("utf-8", "surrogatepass"), digest_size=8).digest()) >> 11


def day(number: int) -> str:
    """ISO 8601 of a day as it is numbered in the index, from 1900 on."""
    return (_FIRST_DAY + timedelta(days=number)).isoformat()


def order_span(seconds: int) -> int:
    """How far two order keys are apart."""
    return seconds << _SEQ_BITS


class Translator:
    """Queries of ours as queries of Tantivy, for one schema."""

    def __init__(self, fields: tantivy.Schema) -> None:
        self._schema = fields

    def query(self, wanted: Query) -> tantivy.Query:
        required = [clause for clause in wanted.clauses if not _is_exclusion(clause)]
        parts = [(Occur.Must, self._clause(clause)) for clause in required]
        for clause in wanted.clauses:
            if _is_exclusion(clause) and isinstance(clause[0], Not):
                parts.append((Occur.MustNot, self._node(clause[0].node)))
        if not required:
            parts.append((Occur.Must, self._everything()))
        return tantivy.Query.boolean_query(parts)

    def between(self, wanted: tantivy.Query, lowest: int | None, below: int | None) -> tantivy.Query:
        """What matches and has an order key from `lowest` to `below`, the latter excluded."""
        return self._both(wanted, self._range("order", lowest, below))

    def told_in(self, wanted: tantivy.Query, stories: Iterable[int]) -> tantivy.Query:
        """What matches and belongs to one of the stories."""
        return self._both(wanted, self._any([self._story(number) for number in stories]))

    def told_elsewhere(self, wanted: tantivy.Query, stories: Iterable[int]) -> tantivy.Query:
        """What matches and belongs to none of the stories."""
        excluded = [(Occur.MustNot, self._story(number)) for number in stories]
        return tantivy.Query.boolean_query([(Occur.Must, wanted), *excluded])

    def until(self, wanted: tantivy.Query, seq: int) -> tantivy.Query:
        """What matches and had arrived with event `seq`."""
        return self._both(wanted, self._range("first", None, seq + 1))

    def term(self, field: str, value: str) -> tantivy.Query:
        return tantivy.Query.term_query(self._schema, field, value)

    def _node(self, node: Node) -> tantivy.Query:
        match node:
            case Not():
                excluded = (Occur.MustNot, self._node(node.node))
                return tantivy.Query.boolean_query([(Occur.Must, self._everything()), excluded])
            case Words():
                return self._clause((node,))
            case Filed(Key.STORY, value):
                return _unscored(self._story(story(value)))
            case Filed():
                return _unscored(self.term(_FILES[node.key], node.value))
            case Period():
                after = None if node.after is None else order(node.after, 0)
                before = None if node.before is None else order(node.before, 0)
                return _unscored(self._range("order", after, before))

    def _clause(self, clause: Clause) -> tantivy.Query:
        """Alternatives; no term is looked up twice, however many forms and names lead to it."""
        found = [self._node(node) for node in clause if not isinstance(node, Words)]
        weights: dict[tuple[str, str], float] = {}
        for words in clause:
            if isinstance(words, Words):
                fields = ("title",) if words.title else ("title", "text")
                if words.prefix or len(words.terms) > 1 or not words.stems:
                    found += [_weighted(self._words(field, words), EXACT[field] * _share(words)) for field in fields]
                for place, weight in _forms(words, fields):
                    weights[place] = max(weights.get(place, 0.0), weight)
        found += [_weighted(self.term(field, form), weight) for (field, form), weight in weights.items()]
        return self._any(found)

    def _words(self, field: str, words: Words) -> tantivy.Query:
        if words.prefix and len(words.terms) == 1:
            # Terms are letters, digits and marks: nothing in them means anything to a regular expression.
            return tantivy.Query.regex_query(self._schema, field, f"{words.terms[0]}.*")
        if words.prefix:
            return tantivy.Query.phrase_prefix_query(self._schema, field, list(words.terms))
        if len(words.terms) == 1:
            return self.term(field, words.terms[0])
        return tantivy.Query.phrase_query(self._schema, field, list(words.terms))

    def _story(self, number: int) -> tantivy.Query:
        return tantivy.Query.term_query(self._schema, "story", number)

    def _everything(self) -> tantivy.Query:
        """Every article: the marker has no order key."""
        return _unscored(tantivy.Query.exists_query("order"))

    def _range(self, field: str, lowest: int | None, below: int | None) -> tantivy.Query:
        return tantivy.Query.range_query(
            self._schema, field, FieldType.Unsigned, lowest, below, include_upper=below is None
        )

    def _both(self, wanted: tantivy.Query, restriction: tantivy.Query) -> tantivy.Query:
        return tantivy.Query.boolean_query([(Occur.Must, wanted), (Occur.Must, _unscored(restriction))])

    def _any(self, queries: Sequence[tantivy.Query]) -> tantivy.Query:
        if len(queries) == 1:
            return queries[0]
        return tantivy.Query.boolean_query([(Occur.Should, each) for each in queries])


def _forms(words: Words, fields: Sequence[str]) -> Iterator[tuple[tuple[str, str], float]]:
    """Where the forms of a word are looked up and what each counts; as it was typed, both as itself and as a form."""
    for field in fields:
        for form in words.stems:
            exact = EXACT[field] if words.terms == (form,) else 0.0
            yield (field, form), (exact + FORM[field]) * _share(words)
            yield (f"{field}_stems", form), FORM[field] * _share(words)


def _share(words: Words) -> float:
    return SYNONYM if words.synonym else 1.0


def _weighted(wanted: tantivy.Query, weight: float) -> tantivy.Query:
    return wanted if weight == 1.0 else tantivy.Query.boost_query(wanted, weight)


def _unscored(wanted: tantivy.Query) -> tantivy.Query:
    """Filters decide whether an article is shown, not where."""
    return tantivy.Query.const_score_query(wanted, 0.0)


def _is_exclusion(clause: Clause) -> bool:
    return len(clause) == 1 and isinstance(clause[0], Not)
