"""What the API asks of the search: `services.search.index.SearchIndex` answers it, and neither imports the other."""

from collections.abc import Callable, Sequence
from typing import Protocol

from services.contracts import Article


class Part(Protocol):
    """A piece of original text, unescaped, and whether it is what was looked for."""

    @property
    def text(self) -> str: ...
    @property
    def is_match(self) -> bool: ...


class Copy(Protocol):
    """Another place that published the article."""

    @property
    def id(self) -> str: ...
    @property
    def url(self) -> str: ...
    @property
    def outlet(self) -> str: ...
    @property
    def outlet_name(self) -> str: ...


class Value(Protocol):
    """How many matches have this value; `name` is for people."""

    @property
    def value(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def count(self) -> int: ...


class Facet(Protocol):
    """`name` is outlet, language, topic or day."""

    @property
    def name(self) -> str: ...
    @property
    def values(self) -> Sequence[Value]: ...


class Hit(Protocol):
    @property
    def article(self) -> Article: ...
    @property
    def seq(self) -> int: ...
    @property
    def title(self) -> Sequence[Part]: ...
    @property
    def snippet(self) -> Sequence[Part]: ...
    @property
    def copies(self) -> Sequence[Copy]: ...
    @property
    def score(self) -> float | None: ...
    @property
    def others(self) -> int: ...


class Results(Protocol):
    @property
    def total(self) -> int: ...
    @property
    def hits(self) -> Sequence[Hit]: ...
    @property
    def cursor(self) -> str | None: ...
    @property
    def notices(self) -> Sequence[str]: ...
    @property
    def exact(self) -> bool: ...
    @property
    def facets(self) -> Sequence[Facet]: ...


class Search(Protocol):
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
        """Raises ValueError, with a sentence for whoever asked, on anything but `q`, which is never wrong."""

    def matcher(
        self,
        q: str,
        *,
        outlet: Sequence[str] = (),
        lang: Sequence[str] = (),
        story: Sequence[str] = (),
        topic: Sequence[str] = (),
    ) -> Callable[[Article, float], bool]:
        """Tells of an article, and of its arrival in unix seconds, whether this search would find it."""

    def cursor(self) -> int:
        """The last event that can be searched."""
