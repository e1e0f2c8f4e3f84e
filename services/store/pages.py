"""Pages: the bytes as they came, compressed, kept for some days so that anything can be cleaned again."""

from dataclasses import dataclass

import zstandard

from services.store.engine import Row, Transaction
from services.store.ledger import WITH_ARTICLE


@dataclass(frozen=True, slots=True)
class Page:
    """A downloaded page. `url` is where it came from after redirects; `content_type` as the server said it.

    `etag` and `last_modified`, byte for byte, make the next request for it conditional.
    """

    url: str
    content_type: str | None
    body: bytes
    etag: str | None = None
    last_modified: str | None = None


def save(tx: Transaction, key: str, page: Page, now: float, expires: float) -> None:
    tx.run(
        "INSERT INTO pages (item, url, fetched, content_type, size, body, expires, etag, last_modified)"
        " VALUES (?,?,?,?,?,?,?,?,?)"
        " ON CONFLICT (item) DO UPDATE SET url = excluded.url, fetched = excluded.fetched,"
        " content_type = excluded.content_type, size = excluded.size, body = excluded.body,"
        " expires = excluded.expires, etag = excluded.etag, last_modified = excluded.last_modified",
        key, page.url, now, page.content_type, len(page.body), zstandard.compress(page.body, 3), expires,
        page.etag, page.last_modified,
    )  # fmt: skip


def get(tx: Transaction, key: str) -> Page | None:
    row = tx.one("SELECT url, content_type, size, body, etag, last_modified FROM pages WHERE item = ?", key)
    return _page(row) if row else None


@dataclass(frozen=True, slots=True)
class Kept:
    """A stored page with its item and when it was fetched, in unix seconds."""

    item: str
    fetched: float
    page: Page


def kept(tx: Transaction, outlet: str | None, since: float, after: str, limit: int) -> list[Kept]:
    """Stored pages that came at or after `since`, in the order of their items' keys, behind the key `after`."""
    rows = tx.all(
        "SELECT p.* FROM pages p JOIN items i ON i.key = p.item WHERE p.item > ? AND p.fetched >= ?"
        " AND (i.outlet = ? OR ? IS NULL) ORDER BY p.item LIMIT ?",
        after, since, outlet, outlet, limit,
    )  # fmt: skip
    return [Kept(row["item"], row["fetched"], _page(row)) for row in rows]


def count(tx: Transaction, outlet: str | None, since: float) -> int:
    """How many there are of them."""
    row = tx.one(
        "SELECT count(*) AS n FROM pages p JOIN items i ON i.key = p.item WHERE p.fetched >= ?"
        " AND (i.outlet = ? OR ? IS NULL)",
        since, outlet, outlet,
    )  # fmt: skip
    return int(row["n"]) if row else 0


def touch(tx: Transaction, key: str, now: float) -> None:
    """Record that a page was asked for at `now` and is as it was."""
    tx.run("UPDATE pages SET fetched = ? WHERE item = ?", now, key)


def recleanable(tx: Transaction, outlet: str | None, since: float) -> list[str]:
    """Keys of the items that have an article, whose page came at or after `since` and is still kept, oldest first.

    Only items that have ended: what is on its way is cleaned by the current rules anyway.
    """
    rows = tx.all(
        "SELECT p.item FROM pages p JOIN articles a ON a.item = p.item JOIN items i ON i.key = p.item"
        " WHERE i.state IN (?, ?, ?) AND p.fetched >= ? AND (a.outlet = ? OR ? IS NULL) ORDER BY p.fetched, p.item",
        *WITH_ARTICLE, since, outlet, outlet,
    )  # fmt: skip
    return [str(row["item"]) for row in rows]


def expire(tx: Transaction, now: float, limit: int = 1000) -> int:
    """Drop up to `limit` pages whose time is over and whose item has ended; how many went."""
    return tx.run(
        "DELETE FROM pages WHERE item IN (SELECT p.item FROM pages p JOIN items i ON i.key = p.item"  # noqa: S608
        f" WHERE p.expires <= ? AND i.state NOT IN ('seen', 'fetched') LIMIT ? {tx.skip_locked})",
        now, limit,
    )  # fmt: skip


def _page(row: Row) -> Page:
    body = zstandard.decompress(row["body"], max_output_size=row["size"])
    return Page(row["url"], row["content_type"], body, row["etag"], row["last_modified"])
