"""Documents and queries in Tantivy's terms, and what its errors mean.

Text arrives analysed, terms joined by spaces, and Tantivy only splits at the spaces: documents and queries agree
because both went through `analysis`. Tantivy's own query parser never sees what somebody typed.

    IndexProblem
    ├── IndexBroken       damaged, or of another version: delete the folder and rebuild it from the events
    ├── IndexBusy         another process writes to this folder
    └── IndexUnavailable  no room, no rights, no file handles: worth another try, nothing was lost
"""

import math
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import tantivy
from tantivy import FieldType, Occur

from services import codec
from services.search import analysis
from services.search.cursors import BadCursor
from services.search.documents import Record, describe
from services.search.query import Clause, Filed, Key, Node, Not, Period, Query, Words

VERSION = 1_000 + analysis.VERSION
"""Of fields (thousands) and analysis (the rest) together; an index of another version is rebuilt."""

TITLE_BOOST = 3.0
"""How much more a word counts in a headline; a usual value for news, not yet measured on a judged set."""

MARKER = "cursor"
"""The term that finds the document which holds the position."""

_EPOCH = 2_208_988_800
"""Seconds from 1900 to 1970: order keys are unsigned, and archives are older than 1970."""

_SEQ_BITS = 31
"""An order key holds 33 bits of seconds (1900 to 2172) above 31 bits of event number (two thousand million)."""

_FILES = {Key.OUTLET: "outlet", Key.LANG: "language", Key.STORY: "story"}
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
    except BadCursor:
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
    for name in ("id", "outlet", "language", "story", "marker"):
        builder.add_text_field(name, tokenizer_name="raw", index_option="basic")
    for name in ("title", "text"):
        builder.add_text_field(name, tokenizer_name="whitespace", index_option="position")
    builder.add_unsigned_field("order", fast=True)
    builder.add_unsigned_field("first", fast=True)
    builder.add_bytes_field("record", stored=True)
    builder.add_unsigned_field("position", stored=True)
    builder.add_unsigned_field("version", stored=True)
    return builder.build()


def document(record: Record) -> tantivy.Document:
    described = describe(record.article, record.arrived)
    made = tantivy.Document()
    made.add_text("id", record.article.id)
    made.add_text("title", described.title)
    made.add_text("text", described.text)
    made.add_text("outlet", described.outlet)
    made.add_text("language", described.language)
    made.add_text("story", described.story)
    made.add_unsigned("order", order(described.moment, record.first))
    made.add_unsigned("first", record.first)
    made.add_bytes("record", codec.dump(record))
    return made


def marker(seq: int) -> tantivy.Document:
    """The document that says how far the events have been applied, and by which version."""
    made = tantivy.Document()
    made.add_text("marker", MARKER)
    made.add_unsigned("position", seq)
    made.add_unsigned("version", VERSION)
    return made


def position(marker: tantivy.Document) -> int:
    found: int = marker["position"][0]
    return found


def stored(searcher: tantivy.Searcher, address: tantivy.DocAddress) -> Record:
    return codec.load(Record, bytes(searcher.doc(address)["record"][0]))


def count(found: tantivy.SearchResult) -> int:
    """How many documents matched, where the search was asked to count."""
    total: int = found.count  # type: ignore[attr-defined] # missing from Tantivy's stubs
    return total


def order(moment: float, seq: int) -> int:
    """One number to sort by: newer first, then later event first."""
    seconds = min(max(math.ceil(moment) + _EPOCH, 0), (1 << 33) - 1)
    return seconds << _SEQ_BITS | seq & ((1 << _SEQ_BITS) - 1)


class Translator:
    """Queries of ours as queries of Tantivy, for one schema."""

    def __init__(self, fields: tantivy.Schema) -> None:
        self._schema = fields

    def query(self, wanted: Query) -> tantivy.Query:
        required = [clause for clause in wanted.clauses if not _is_exclusion(clause)]
        parts = [(Occur.Must, self._any([self._node(node) for node in clause])) for clause in required]
        for clause in wanted.clauses:
            if _is_exclusion(clause) and isinstance(clause[0], Not):
                parts.append((Occur.MustNot, self._node(clause[0].node)))
        if not required:
            parts.append((Occur.Must, self._everything()))
        return tantivy.Query.boolean_query(parts)

    def below(self, wanted: tantivy.Query, order_key: int) -> tantivy.Query:
        """What matches and sorts behind an order key."""
        return self._both(wanted, self._range("order", None, order_key))

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
                title = tantivy.Query.boost_query(self._words("title", node), TITLE_BOOST)
                return title if node.title else self._any([title, self._words("text", node)])
            case Filed():
                return _unscored(self.term(_FILES[node.key], node.value))
            case Period():
                after = None if node.after is None else order(node.after, 0)
                before = None if node.before is None else order(node.before, 0)
                return _unscored(self._range("order", after, before))

    def _words(self, field: str, words: Words) -> tantivy.Query:
        if words.prefix and len(words.terms) == 1:
            # Terms are letters, digits and marks: nothing in them means anything to a regular expression.
            return tantivy.Query.regex_query(self._schema, field, f"{words.terms[0]}.*")
        if words.prefix:
            return tantivy.Query.phrase_prefix_query(self._schema, field, list(words.terms))
        if len(words.terms) == 1:
            return self.term(field, words.terms[0])
        return tantivy.Query.phrase_query(self._schema, field, list(words.terms))

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


def _unscored(wanted: tantivy.Query) -> tantivy.Query:
    """Filters decide whether an article is shown, not where."""
    return tantivy.Query.const_score_query(wanted, 0.0)


def _is_exclusion(clause: Clause) -> bool:
    return len(clause) == 1 and isinstance(clause[0], Not)
