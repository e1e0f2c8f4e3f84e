"""The search index: a projection of the events that may be deleted at any time.

One process writes (`apply`, `commit`), any number read; a reader sees a commit at its next search. How far the
events have been applied is a document of the index itself, so that both are committed together or not at all.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import tantivy

from services.contracts import Article, Event
from services.search import cursors, matching, postings, projection, query, results
from services.search.cursors import BadCursor, Place
from services.search.documents import Record, describe
from services.search.postings import IndexBroken, IndexBusy, IndexProblem, IndexUnavailable
from services.search.query import Filters, Query
from services.search.results import SORTS, BadSearch, Hit, Results

__all__ = [
    "BadCursor",
    "BadSearch",
    "Hit",
    "IndexBroken",
    "IndexBusy",
    "IndexProblem",
    "IndexUnavailable",
    "Results",
    "SearchIndex",
]

WRITER_HEAP = 50_000_000
"""Bytes that wait in memory before Tantivy writes a segment."""

DEPTH_LIMIT = 10_000
"""Results by relevance that can be paged through: every page ranks all those before it. Newest has no limit."""

SNAPSHOTS = 16
"""States of the index kept open for those who turn pages by relevance."""


class SearchIndex:
    """The index in `folder`, which need not exist: a reader finds nothing until a writer has committed.

    Searching is safe from several threads; writing belongs to one.
    """

    def __init__(self, folder: Path, *, check: bool = True) -> None:
        """Opens what is there, unless told not to `check`: then the first use does. Raises IndexProblem."""
        self._folder = folder
        self._schema = postings.schema()
        self._translate = postings.Translator(self._schema)
        self._lock = threading.RLock()
        self._index: tantivy.Index | None = None
        self._seen: tuple[int, ...] | None = None
        self._writer: tantivy.IndexWriter | None = None
        self._pending: dict[str, Record | None] = {}
        self._snapshots: OrderedDict[int, tantivy.Searcher] = OrderedDict()
        if check:
            self._refresh()

    # Writing

    def apply(self, events: Sequence[Event]) -> None:
        """Take events in, in order; not visible before `commit`. Events applied before change nothing.

        After an IndexProblem nothing since the last commit counts: apply again from `cursor()`.
        """
        done = self.cursor()
        with self._writing() as writer:
            for event in events:
                if event.seq > done:
                    self._take(writer, event)

    def commit(self, seq: int) -> None:
        """Make what was applied visible and lasting, and `seq` the cursor, in one step. Raises IndexProblem."""
        with self._writing() as writer:
            writer.delete_documents_by_term("marker", postings.MARKER)
            writer.add_document(postings.marker(seq))
            writer.commit()
        self._pending.clear()

    def close(self) -> None:
        """Let go of the folder. What was not committed is dropped."""
        with self._lock:
            writer, self._writer = self._writer, None
            self._pending.clear()
            self._snapshots.clear()
            self._index = self._seen = None
        if writer is not None:
            with postings.explained(self._folder):
                writer.rollback()
                writer.wait_merging_threads()

    @contextmanager
    def _writing(self) -> Iterator[tantivy.IndexWriter]:
        try:
            with postings.explained(self._folder):
                yield self._writer or self._open_writer()
        except BaseException:
            # A writer that has failed may be dead: the next attempt begins with a new one.
            self._writer = None
            self._pending.clear()
            raise

    def _open_writer(self) -> tantivy.IndexWriter:
        with self._lock:
            self._folder.mkdir(parents=True, exist_ok=True)
            index = tantivy.Index(self._schema, path=str(self._folder))
            index.config_reader("Manual")
            # A second thread would only add a segment to every commit.
            self._writer = index.writer(heap_size=WRITER_HEAP, num_threads=1)
            return self._writer

    def _take(self, writer: tantivy.IndexWriter, event: Event) -> None:
        for key, record in projection.changes(event, self._record):
            writer.delete_documents_by_term("id", key)
            if record is not None:
                writer.add_document(postings.document(record))
            self._pending[key] = record

    def _record(self, key: str) -> Record | None:
        if key in self._pending:
            return self._pending[key]
        searcher = self._refresh()
        if searcher is None:
            return None
        hits = searcher.search(self._translate.term("id", key), limit=1, count=False).hits
        return postings.stored(searcher, hits[0][1]) if hits else None

    # Reading

    def cursor(self) -> int:
        """The last event whose effect has been committed; 0 before the first. Raises IndexProblem."""
        searcher = self._refresh()
        return self._position(searcher) if searcher is not None else 0

    def find(
        self,
        q: str,
        *,
        outlet: Sequence[str] = (),
        lang: Sequence[str] = (),
        story: Sequence[str] = (),
        after: str | None = None,
        before: str | None = None,
        sort: str = "newest",
        limit: int = 20,
        cursor: str | None = None,
    ) -> Results:
        """What somebody asked for, as they typed it. Raises BadSearch, BadCursor, IndexProblem."""
        filters = results.filters(outlet, lang, story, after, before)
        return self.search(query.parse(q), filters=filters, sort=sort, limit=limit, cursor=cursor)

    def matcher(
        self, q: str, *, outlet: Sequence[str] = (), lang: Sequence[str] = (), story: Sequence[str] = ()
    ) -> Callable[[Article, float], bool]:
        """A function from (article, arrival in unix seconds) to whether this search would find it."""
        wanted = query.narrow(query.parse(q), results.filters(outlet, lang, story, None, None))
        return lambda article, arrived: matching.accepts(wanted, describe(article, arrived))

    def search(
        self,
        wanted: Query,
        *,
        filters: Filters = Filters(),  # noqa: B008 - frozen
        sort: str = "newest",
        limit: int = 20,
        cursor: str | None = None,
    ) -> Results:
        """One page of what matches.

        Newest first orders by (moment, seq) and continues strictly below the last hit: articles that arrive
        meanwhile are not met, none is met twice or missed. By relevance, pages continue on the index as it stood
        for the first page while this process remembers it, and on articles of that time afterwards.
        A query without words has no relevance and is answered newest first.

        Raises BadSearch, BadCursor, IndexProblem.
        """
        if sort not in SORTS:
            raise BadSearch(f"sort is one of {', '.join(SORTS)}")
        ranked = sort == "relevance" and bool(wanted.words)
        name = results.fingerprint(wanted, filters, ranked)
        place = cursors.read(cursor, name) if cursor else None
        searcher = self._refresh()
        if searcher is None:
            return Results(0, (), None, wanted.notices)
        page = self._ranked if ranked else self._newest
        with postings.explained(self._folder):
            return page(searcher, query.narrow(wanted, filters), max(1, limit), name, place)

    def _newest(self, searcher: tantivy.Searcher, wanted: Query, limit: int, name: str, place: Place | None) -> Results:
        asked = self._translate.query(wanted)
        if place is not None:
            asked = self._translate.below(asked, place.at)
        found = searcher.search(asked, limit=limit + 1, count=place is None, order_by_field="order")
        total = place.total if place else postings.count(found)
        shown = found.hits[:limit]
        more = len(found.hits) > limit
        after = cursors.write(Place(name, total, shown[-1][0])) if more else None
        hits = (results.hit(postings.stored(searcher, address), wanted.words, None) for _, address in shown)
        return Results(total, tuple(hits), after, wanted.notices)

    def _ranked(self, searcher: tantivy.Searcher, wanted: Query, limit: int, name: str, place: Place | None) -> Results:
        position = place.position if place else self._position(searcher)
        kept = self._snapshot(position, None if place else searcher)
        asked = self._translate.query(wanted)
        if kept is None:
            asked = self._translate.until(asked, position)
        searcher = kept or searcher
        skipped = place.at if place else 0
        limit = min(limit, DEPTH_LIMIT - skipped)
        if limit < 1:
            raise BadCursor(f"results by relevance end at {DEPTH_LIMIT}; sort by newest to read on")
        found = searcher.search(asked, limit=limit + 1, count=place is None, offset=skipped)
        total = place.total if place else postings.count(found)
        shown = found.hits[:limit]
        end = skipped + len(shown)
        more = len(found.hits) > limit and end < DEPTH_LIMIT
        after = cursors.write(Place(name, total, end, position)) if more else None
        hits = (results.hit(postings.stored(searcher, address), wanted.words, score) for score, address in shown)
        return Results(total, tuple(hits), after, wanted.notices)

    def _snapshot(self, position: int, fresh: tantivy.Searcher | None) -> tantivy.Searcher | None:
        """The index as it stood at `position`, where it is still known; `fresh` is remembered as that."""
        with self._lock:
            if fresh is not None:
                self._snapshots[position] = fresh
            if position in self._snapshots:
                self._snapshots.move_to_end(position)
            while len(self._snapshots) > SNAPSHOTS:
                self._snapshots.popitem(last=False)
            return self._snapshots.get(position)

    def _refresh(self) -> tantivy.Searcher | None:
        """A view of the last commit; None where there is no index. Raises IndexProblem."""
        with self._lock, postings.explained(self._folder):
            commit = _last_commit(self._folder)
            if commit is None:
                self._index = self._seen = None
                self._snapshots.clear()
                return None
            if commit != self._seen:
                self._reopen()
                self._seen = commit
            assert self._index is not None
            return self._index.searcher()

    def _reopen(self) -> None:
        if self._index is not None:
            try:
                self._index.reload()
            except ValueError:
                # The folder was deleted and built anew under this reader, or is damaged: opening will tell.
                self._index = None
                self._snapshots.clear()
        if self._index is None:
            self._index = tantivy.Index.open(str(self._folder))
            self._index.config_reader("Manual")
            self._index.reload()
        self._check_version(self._index.searcher())

    def _check_version(self, searcher: tantivy.Searcher) -> None:
        marker = self._marker(searcher)
        if marker is None and searcher.num_docs:
            raise IndexBroken(f"{self._folder}: not a search index of vigie")
        if marker is not None and marker.get_first("version") != postings.VERSION:
            raise IndexBroken(f"{self._folder}: built by another version of vigie")

    def _position(self, searcher: tantivy.Searcher) -> int:
        with postings.explained(self._folder):
            marker = self._marker(searcher)
            return postings.position(marker) if marker is not None else 0

    def _marker(self, searcher: tantivy.Searcher) -> tantivy.Document | None:
        hits = searcher.search(self._translate.term("marker", postings.MARKER), limit=1, count=False).hits
        return searcher.doc(hits[0][1]) if hits else None


def _last_commit(folder: Path) -> tuple[int, ...] | None:
    """Tells one commit from the next: Tantivy replaces this file with every one. None where there is none."""
    try:
        found = (folder / "meta.json").stat()
    except FileNotFoundError:
        return None
    return found.st_ino, found.st_mtime_ns, found.st_size
