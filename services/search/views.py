"""Readers of an index folder: always the last commit, and earlier ones for those who turn pages."""

import threading
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path

import tantivy

from services.search import generations, postings
from services.search.postings import IndexBroken, Marker, Translator

SNAPSHOTS = 16
"""States of the index kept open for those who turn pages by relevance."""


@dataclass(frozen=True, slots=True)
class View:
    """The index as one commit left it."""

    searcher: tantivy.Searcher
    marker: Marker


class Views:
    """Safe to use from several threads."""

    def __init__(self, folder: Path, pointer: str, translate: Translator) -> None:
        self._folder = folder
        self._pointer = pointer
        self._translate = translate
        self._lock = threading.RLock()
        self._index: tantivy.Index | None = None
        self._view: View | None = None
        self._place: Path | None = None
        self._seen: tuple[int, ...] | None = None
        self._snapshots: OrderedDict[int, View] = OrderedDict()

    def last(self) -> View | None:
        """A view of the last commit; None where there is no index. Raises IndexProblem."""
        with self._lock, postings.explained(self._folder):
            place = generations.named(self._folder, self._pointer)
            commit = _last_commit(place) if place else None
            if place is None or commit is None:
                self.close()
                return None
            if place != self._place:
                # Another generation took the place: whoever turns pages goes on in that one.
                self._index = None
                self._snapshots.clear()
            if (place, commit) != (self._place, self._seen):
                self._view = self._reopen(place)
                self._place, self._seen = place, commit
            return self._view

    def snapshot(self, position: int) -> View | None:
        """The index as it stood at `position`, where it is still known."""
        with self._lock:
            if position in self._snapshots:
                self._snapshots.move_to_end(position)
            return self._snapshots.get(position)

    def keep(self, view: View) -> None:
        """Remember a view for `snapshot`."""
        with self._lock:
            self._snapshots[view.marker.position] = view
            while len(self._snapshots) > SNAPSHOTS:
                self._snapshots.popitem(last=False)

    def close(self) -> None:
        with self._lock:
            self._index = self._view = self._place = self._seen = None
            self._snapshots.clear()

    def _reopen(self, place: Path) -> View:
        if self._index is not None:
            try:
                self._index.reload()
            except ValueError:
                # The folder was deleted and built anew under this reader, or is damaged: opening will tell.
                self._index = None
                self._snapshots.clear()
        if self._index is None:
            self._index = tantivy.Index.open(str(place))
            self._index.config_reader("Manual")
            self._index.reload()
        searcher = self._index.searcher()
        return View(searcher, self._marker(searcher))

    def _marker(self, searcher: tantivy.Searcher) -> Marker:
        hits = searcher.search(self._translate.term("marker", postings.MARKER), limit=1, count=False).hits
        if not hits:
            if searcher.num_docs:
                raise IndexBroken(f"{self._folder}: not a search index of vigie")
            return Marker(0)
        document = searcher.doc(hits[0][1])
        if document.get_first("version") != postings.VERSION:
            raise IndexBroken(f"{self._folder}: built by another version of vigie")
        return postings.read_marker(document)


def _last_commit(place: Path) -> tuple[int, ...] | None:
    """Tells one commit from the next: Tantivy replaces this file with every one. None where there is none."""
    try:
        found = (place / "meta.json").stat()
    except FileNotFoundError:
        return None
    return found.st_ino, found.st_mtime_ns, found.st_size
