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
    """The store at `url`, its tables made if they are not there. Raises StoreError.

    `sqlite:///path`, or `postgresql://user:password@host:port/database?sslmode=verify-full&…` with any parameter of
    libpq; PostgreSQL needs the extra `postgres`.
    """
    scheme, separator, path = url.partition("://")
    if scheme == "sqlite" and path.startswith("/") and len(path) > 1:
        # as SQLAlchemy has it: three slashes before a relative path, four before an absolute one
        return SqliteStore(Path(path[1:]))
    if scheme in ("postgresql", "postgres"):
        return _open_postgres(url)
    raise StoreError(
        # what has no scheme may be a password that was put in the wrong place
        f"store {scheme if separator else ''}://…: not an engine of this version;"
        " use sqlite:///path/to/vigie.db or postgresql://host/database"
    )


def _open_postgres(url: str) -> Store:
    try:
        from services.store.postgres import PostgresStore  # nobody else pays for it
    except ImportError as error:
        raise StoreError(f"PostgreSQL needs one package more: pip install 'vigie[postgres]' ({error})") from error
    return PostgresStore(url)
