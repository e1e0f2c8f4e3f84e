"""The truth: ledger, pages, articles, events. One seam, one engine per file.

A door opens a transaction and passes it to the functions of the modules here, so that one can read
at the door what happens together:

    with store.write() as tx:
        articles.save(tx, ...)
        ledger.advance(tx, key, State.FETCHED, State.CLEANED, now)
"""

from pathlib import Path

from services.store.engine import (
    Row,
    Store,
    StoreCorrupt,
    StoreError,
    StoreTooNew,
    StoreUnavailable,
    Transaction,
)
from services.store.sqlite import SqliteStore

__all__ = [
    "Row",
    "Store",
    "StoreCorrupt",
    "StoreError",
    "StoreTooNew",
    "StoreUnavailable",
    "Transaction",
    "open_store",
]


def open_store(url: str) -> Store:
    """The store at `url` (`sqlite:///path`), created if it is not there. Raises StoreError."""
    scheme, _, path = url.partition("://")
    if scheme == "sqlite" and path.startswith("/") and len(path) > 1:
        # as SQLAlchemy has it: three slashes before a relative path, four before an absolute one
        return SqliteStore(Path(path[1:]))
    raise StoreError(f"store {scheme}://…: not an engine of this version; use sqlite:///path/to/vigie.db")
