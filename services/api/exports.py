"""Search results as files: JSON lines, and CSV for spreadsheets."""

import csv
import io
from collections.abc import Iterable, Iterator

from services import codec
from services.contracts import Article

COLUMNS = (
    "id", "url", "title", "outlet", "author", "published", "language", "paywalled", "story", "relation", "of",
    "score", "text", "topics",
)  # fmt: skip

_FORMULA = "=+-@\t\r\n＝＋－＠"
"""What a cell must not begin with (OWASP, "CSV injection"), and the full-width forms that spreadsheets fold."""


def jsonl(articles: Iterable[Article]) -> Iterator[bytes]:
    """One article a line, as events carry it."""
    for article in articles:
        yield codec.dump(article) + b"\n"


def csv_rows(articles: Iterable[Article]) -> Iterator[bytes]:
    """A header, then one row per article; UTF-8, RFC 4180."""
    yield _row(COLUMNS)
    for article in articles:
        yield _row([_cell(getattr(article, name)) for name in COLUMNS])


def _cell(value: object) -> str:
    """Text that a spreadsheet shows and never computes: an apostrophe in front says that it is text."""
    if value is None:
        return ""
    if isinstance(value, tuple):
        value = ", ".join(value)
    if not isinstance(value, str):
        return str(value)
    return f"'{value}" if value.lstrip(" \u00a0\0").startswith(tuple(_FORMULA)) else str(value)


def _row(cells: Iterable[str]) -> bytes:
    out = io.StringIO()
    csv.writer(out).writerow(cells)
    return out.getvalue().encode()
