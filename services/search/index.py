"""The search index: a projection of the events that may be deleted at any time.

One process writes (`apply`, `commit`), any number read; a reader sees a commit at its next search. How far the
events have been applied is a document of the index itself, so that both are committed together or not at all.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import tantivy

from services.contracts import Article, Event
from services.search import cursors, forms, generations, matching, pages, postings, projection, query, results
from services.search.cursors import BadCursor
from services.search.documents import Document, Record, describe, place
from services.search.facets import Facets
from services.search.pages import Asked, Page
from services.search.postings import IndexBroken, IndexBusy, IndexProblem, IndexUnavailable, Marker
from services.search.query import Filters, Query
from services.search.results import SORTS, BadSearch, Hit, Results, Shown
from services.search.synonyms import NONE, Synonyms
from services.search.views import View, Views

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

_CHECKED_AT_ONCE = 5_000
"""Articles that are read in one go where all are."""


class SearchIndex:
    """The index in `folder`, which need not exist: a reader finds nothing until a writer has committed.

    Searching is safe from several threads; writing belongs to one.
    """

    def __init__(
        self, folder: Path, *, check: bool = True, synonyms: Synonyms = NONE, pointer: str = generations.CURRENT
    ) -> None:
        """Opens what is there, unless told not to `check`: then the first use does. Raises IndexProblem.

        `pointer` names one of the generations in the folder.
        """
        self._folder = folder
        self._pointer = pointer
        self._synonyms = synonyms
        self._schema = postings.schema()
        self._translate = postings.Translator(self._schema)
        self._views = Views(folder, pointer, self._translate)
        self._facets = Facets(self._translate)
        self._writer: tantivy.IndexWriter | None = None
        self._written: Path | None = None
        self._marker = Marker(0)
        self._pending: dict[str, Record | None] = {}
        if check:
            self._views.last()

    # Writing

    def renew(self) -> None:
        """Write to the generation that is current by now, from here on. To be followed by `cursor()` and `apply`."""
        current = generations.named(self._folder, self._pointer)
        if self._writer is not None and current != self._written:
            self._stop_writing()
        self._written = current

    def apply(self, events: Sequence[Event], described: Sequence[Document] | None = None) -> None:
        """Take events in, in order; not visible before `commit`. Events applied before change nothing.

        `described` are the events' articles, where somebody has analysed them already. After an IndexProblem nothing
        since the last commit counts: apply again from `cursor()`.
        """
        view = self._views.last()
        done = view.marker.position if view else 0
        with self._writing() as writer:
            for number, event in enumerate(events):
                if event.seq > done:
                    self._take(writer, view, event, described[number] if described is not None else None)

    def commit(self, seq: int) -> None:
        """Make what was applied visible and lasting, and `seq` the cursor, in one step. Raises IndexProblem."""
        with self._writing() as writer:
            writer.delete_documents_by_term("marker", postings.MARKER)
            writer.add_document(postings.written_marker(replace(self._marker, position=seq)))
            writer.commit()
        self._pending.clear()

    def close(self, *, merge: bool = False) -> None:
        """Let go of the folder. What was not committed is dropped; `merge` waits until segments are merged."""
        self._views.close()
        self._written = None
        self._stop_writing(merge=merge)

    def _stop_writing(self, *, merge: bool = False) -> None:
        writer, self._writer = self._writer, None
        self._pending.clear()
        if writer is not None:
            with postings.explained(self._folder):
                if not merge:
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
        place = self._written or generations.named(self._folder, self._pointer)
        self._written = place = place or generations.begin(self._folder, self._pointer)
        place.mkdir(exist_ok=True)
        index = tantivy.Index(self._schema, path=str(place))
        index.config_reader("Manual")
        # A second thread would only add a segment to every commit.
        self._writer = index.writer(heap_size=WRITER_HEAP, num_threads=1)
        view = self._views.last()
        self._marker = view.marker if view else Marker(0)
        return self._writer

    def _take(self, writer: tantivy.IndexWriter, view: View | None, event: Event, described: Document | None) -> None:
        for key, record in projection.changes(event, lambda key: self._record(view, key)):
            writer.delete_documents_by_term("id", key)
            if record is not None:
                document = _describe(record, described if record.article.id == event.article.id else None)
                writer.add_document(postings.document(record, document))
                self._marker = self._marker.widened(postings.order(document.moment, record.first))
            self._pending[key] = record

    def _record(self, view: View | None, key: str) -> Record | None:
        """What the last commit knows by this id, `view`, and what has been applied since."""
        if key in self._pending:
            return self._pending[key]
        if view is None:
            return None
        hits = view.searcher.search(self._translate.term("id", key), limit=1, count=False).hits
        return postings.stored(view.searcher, hits[0][1]) if hits else None

    # Reading

    def cursor(self) -> int:
        """The last event whose effect has been committed; 0 before the first. Raises IndexProblem."""
        view = self._views.last()
        return view.marker.position if view else 0

    def records(self) -> Iterator[Record]:
        """Every article as it is stored, newest first, as of now. Raises IndexProblem."""
        view = self._views.last()
        if view is None:
            return
        with postings.explained(self._folder):
            everything = self._translate.query(Query())
            for address in pages.every(view, self._translate, everything, _CHECKED_AT_ONCE):
                yield postings.stored(view.searcher, address)

    def find(
        self,
        q: str,
        *,
        outlet: Sequence[str] = (),
        lang: Sequence[str] = (),
        story: Sequence[str] = (),
        topic: Sequence[str] = (),
        after: str | None = None,
        before: str | None = None,
        sort: str = "newest",
        limit: int = 20,
        cursor: str | None = None,
        facets: bool = False,
        collapse: bool = False,
    ) -> Results:
        """What somebody asked for, as they typed it. Raises BadSearch, BadCursor, IndexProblem."""
        filters = results.filters(outlet, lang, story, topic, after, before)
        return self.search(
            self._read(q), filters=filters, sort=sort, limit=limit, cursor=cursor, facets=facets, collapse=collapse
        )

    def matcher(
        self,
        q: str,
        *,
        outlet: Sequence[str] = (),
        lang: Sequence[str] = (),
        story: Sequence[str] = (),
        topic: Sequence[str] = (),
    ) -> Callable[[Article, float], bool]:
        """A function from (article, arrival in unix seconds) to whether this search would find it."""
        wanted = query.narrow(self._read(q), results.filters(outlet, lang, story, topic, None, None))
        return lambda article, arrived: matching.accepts(wanted, describe(article, arrived))

    def _read(self, q: str) -> Query:
        return forms.widen(query.parse(q), self._synonyms)

    def search(
        self,
        wanted: Query,
        *,
        filters: Filters = Filters(),  # noqa: B008 - frozen
        sort: str = "newest",
        limit: int = 20,
        cursor: str | None = None,
        facets: bool = False,
        collapse: bool = False,
    ) -> Results:
        """One page of what matches; with `collapse` one hit a story, its newest or its best.

        Newest first orders by (moment, seq) and continues strictly below the last hit: articles that arrive
        meanwhile are not met, none is met twice or missed. By relevance, pages continue on the index as it stood
        for the first page while this process remembers it, and on articles of that time afterwards.
        A query without words has no relevance and is answered newest first.

        Raises BadSearch, BadCursor, IndexProblem.
        """
        if sort not in SORTS:
            raise BadSearch(f"sort is one of {', '.join(SORTS)}")
        ranked = sort == "relevance" and bool(wanted.words)
        name = results.fingerprint(wanted, filters, ranked, collapse)
        place = cursors.read(cursor, name) if cursor else None
        view = self._views.last()
        if view is None:
            return Results(0, (), None, wanted.notices)
        narrowed = query.narrow(wanted, filters)
        with postings.explained(self._folder):
            asked = self._translate.query(narrowed)
            page = self._page(view, Asked(asked, not narrowed.clauses, max(1, limit), name, place), ranked, collapse)
            counted = self._facets.of(view, asked) if facets else ()
            following = cursors.write(page[1].following) if page[1].following else None
            return Results(page[1].total, _hits(*page, wanted), following, wanted.notices, page[1].exact, counted)

    def _page(self, view: View, asked: Asked, ranked: bool, collapse: bool) -> tuple[View, Page]:
        """The page, and the view that its addresses belong to."""
        if not ranked:
            order = pages.newest_stories if collapse else pages.newest
            return view, order(view, self._translate, asked)
        if asked.place is None:
            self._views.keep(view)
        elif kept := self._views.snapshot(asked.place.position):
            view = kept
        else:
            asked = replace(asked, query=self._translate.until(asked.query, asked.place.position))
        order = pages.ranked_stories if collapse else pages.ranked
        return view, order(view, self._translate, asked)


def _hits(view: View, page: Page, wanted: Query) -> tuple[Hit, ...]:
    shown = Shown(wanted.words)
    return tuple(
        shown.hit(postings.stored(view.searcher, each.address), each.score, each.others) for each in page.chosen
    )


def _describe(record: Record, described: Document | None) -> Document:
    if described is None:
        return describe(record.article, record.arrived)
    return replace(described, moment=int(place(record.article.published, record.arrived)))
