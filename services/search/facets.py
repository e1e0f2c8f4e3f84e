"""What the matches of a search have in common: counts by outlet, language, topic and day."""

import threading
from collections.abc import Sequence
from typing import Any

import tantivy

from services.search import postings
from services.search.documents import Record
from services.search.postings import FACETS, Translator
from services.search.query import Key, file_under
from services.search.results import Facet, Value
from services.search.views import View

VALUES = 20
"""Of a facet that are listed: the commonest outlets, languages and topics."""

DAYS = 31
"""The latest days with a match that are listed."""

_KEYS = {"outlet": Key.OUTLET, "language": Key.LANG, "topic": Key.TOPIC}
_NAMES_LIMIT = 5_000
_ASKED = {
    **{name: {"terms": {"field": name, "size": VALUES}} for name in FACETS},
    "day": {"terms": {"field": "day", "size": DAYS, "order": {"_key": "desc"}}},
}


class Facets:
    """Counts all that matches, exactly; remembers how outlets and topics are called."""

    def __init__(self, translate: Translator) -> None:
        self._translate = translate
        self._lock = threading.Lock()
        self._names: dict[tuple[str, str], tuple[str, str]] = {}

    def of(self, view: View, asked: tantivy.Query) -> tuple[Facet, ...]:
        found = view.searcher.aggregate(asked, _ASKED)
        counted = (Facet(name, tuple(self._values(view, name, found[name]["buckets"]))) for name in FACETS)
        days = (_day(int(bucket["key"]), int(bucket["doc_count"])) for bucket in found["day"]["buckets"])
        return (*counted, Facet("day", tuple(days)))

    def _values(self, view: View, name: str, buckets: Sequence[dict[str, Any]]) -> list[Value]:
        return [
            Value(*self._named(view, name, bucket["key"]), int(bucket["doc_count"]))
            for bucket in buckets
            if bucket["key"]
        ]

    def _named(self, view: View, field: str, key: str) -> tuple[str, str]:
        """The value and the name that an article gives of itself: the index knows only what it is filed under."""
        if field == "language":
            return key, key
        with self._lock:
            known = self._names.get((field, key))
        if known is None:
            hits = view.searcher.search(self._translate.term(field, key), limit=1, count=False).hits
            known = _told(field, key, postings.stored(view.searcher, hits[0][1])) if hits else (key, key)
            with self._lock:
                if len(self._names) >= _NAMES_LIMIT:
                    self._names.clear()
                self._names[field, key] = known
        return known


def _told(field: str, key: str, record: Record) -> tuple[str, str]:
    article = record.article
    if field == "outlet":
        return article.outlet, article.outlet_name or article.outlet
    named = next((topic for topic in article.topics if file_under(_KEYS[field], topic) == key), key)
    return named, named


def _day(number: int, count: int) -> Value:
    day = postings.day(number)
    return Value(day, day, count)
