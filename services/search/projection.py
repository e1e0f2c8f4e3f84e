"""What an event does to the stored results."""

from collections.abc import Callable, Iterator
from dataclasses import replace

from services.contracts import Article, Event, EventType
from services.search.documents import Copy, Record
from services.search.query import moment

COPIES_LIMIT = 200
"""Republications kept with a result; each new one rewrites the document."""

Known = Callable[[str], Record | None]
Change = tuple[str, Record | None]
"""An article's id and the record that takes its place; None removes it."""


def changes(event: Event, known: Known) -> Iterator[Change]:
    """The records that `event` changes. Nothing where its effect is already there."""
    article = event.article
    record = known(article.id)
    if record is not None and record.seq >= event.seq:
        return
    match event.type:
        case EventType.NEW | EventType.UPDATED:
            yield article.id, _shown(event, record)
        case EventType.DUPLICATE | EventType.RETRACTED:
            if record is not None:
                yield article.id, None
            yield from _credit(article, known, listed=event.type is EventType.DUPLICATE)


def _shown(event: Event, record: Record | None) -> Record:
    article = replace(event.article, left_topics=())  # what an event took it out of, it is no longer found under
    if record is None:
        return Record(article, event.seq, event.seq, moment(event.at))
    return replace(record, article=article, seq=event.seq)


def _credit(article: Article, known: Known, *, listed: bool) -> Iterator[Change]:
    """List a republication with the article that it repeats, or strike it off."""
    root = known(article.of) if article.of and article.of != article.id else None
    if root is None:
        return
    others = tuple(copy for copy in root.copies if copy.id != article.id)
    own = (Copy(article.id, article.url, article.outlet, article.outlet_name or article.outlet),) if listed else ()
    copies = (others + own)[:COPIES_LIMIT]
    if copies != root.copies:
        yield root.article.id, replace(root, copies=copies)
