"""vigie's own index, made as the follower makes it: from the events of a store."""

import inspect
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

from benchmarks.searching import folders
from benchmarks.searching.corpus import Corpus
from benchmarks.searching.questions import PAGE, Question
from benchmarks.searching.spent import Spent
from services.contracts import EventType
from services.search import follower
from services.search.index import SearchIndex
from services.store import Store, events, open_store

BATCH = 1000
"""Events of a transaction while the store is filled."""


class Vigie:
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._known = set(inspect.signature(SearchIndex.find).parameters)

    @property
    def index(self) -> Path:
        return self._folder / "index"

    def store(self) -> Store:
        return open_store(f"sqlite:///{self._folder}/vigie.db")

    def build(self, made: Corpus) -> Spent:
        """Catching up from the first event; filling the store is not counted."""
        store = self.store()
        try:
            fill(store, made)
            spent = Spent()
            with spent.counted():
                index = follower.open_index(self.index)
                follower.catch_up(store, index)
            index.close()
        finally:
            store.close()
        return spent

    def size(self) -> int:
        return folders.size(self.index)

    def offers(self, question: Question) -> bool:
        """Facets and collapsing are asked for as soon as `find` takes them."""
        return (not question.facets or "facets" in self._known) and (not question.collapse or "collapse" in self._known)

    @contextmanager
    def session(self) -> Iterator[Callable[[Question], list[str]]]:
        index = SearchIndex(self.index)
        yield lambda question: ask(index, question)
        index.close()


@contextmanager
def opened(folder: Path) -> Iterator[Vigie]:
    folder.mkdir(exist_ok=True)
    yield Vigie(folder)


def fill(store: Store, made: Corpus) -> None:
    """All the corpus's events, in large transactions."""
    waiting = made.events()
    while batch := list(islice(waiting, BATCH)):
        with store.write() as tx:
            for event in batch:
                events.append(tx, EventType.NEW, event.article, made.arrival(event.seq - 1))


def ask(index: SearchIndex, question: Question) -> list[str]:
    """As the API asks: a page with its total and snippets."""
    asked = {"facets": True} if question.facets else {"collapse": True} if question.collapse else {}
    found: list[str] = []
    cursor = None
    for page in range(question.turned + 1):
        results = index.find(
            typed(question),
            lang=(question.language,) if question.language else (),
            outlet=(question.outlet,) if question.outlet else (),
            after=question.after,
            before=question.before,
            sort="relevance" if question.ranked else "newest",
            limit=PAGE,
            cursor=cursor,
            **asked,  # type: ignore[arg-type] # parameters that an index of this version may not have
        )
        if page or not question.turned:
            found += [hit.article.url for hit in results.hits]
        if (cursor := results.cursor) is None:
            break
    return found


def typed(question: Question) -> str:
    """The question in the query language."""
    match question.how:
        case "phrase":
            return f'"{" ".join(question.words)}"'
        case "prefix":
            return f"{question.words[0]}*"
        case "any":
            return " OR ".join(question.words)
        case _:
            return " ".join(question.words)
