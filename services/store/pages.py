"""Pages: the bytes as they came, compressed, kept for some days so that anything can be cleaned again."""

from dataclasses import dataclass

import zstandard

from services.contracts import State
from services.store.engine import Transaction

WITH_ARTICLE = (State.INDEXED, State.DUPLICATE, State.OFF_TOPIC)
"""Ends that keep the article."""


@dataclass(frozen=True, slots=True)
class Page:
    """A downloaded page. `url` is where it came from after redirects; `content_type` as the server said it."""

    url: str
    content_type: str | None
    body: bytes


def save(tx: Transaction, key: str, page: Page, now: float, expires: float) -> None:
    tx.run(
        "INSERT INTO pages (item, url, fetched, content_type, size, body, expires) VALUES (?,?,?,?,?,?,?)"
        " ON CONFLICT (item) DO UPDATE SET url = excluded.url, fetched = excluded.fetched,"
        " content_type = excluded.content_type, size = excluded.size, body = excluded.body,"
        " expires = excluded.expires",
        key, page.url, now, page.content_type, len(page.body), zstandard.compress(page.body, 3), expires,
    )  # fmt: skip


def get(tx: Transaction, key: str) -> Page | None:
    row = tx.one("SELECT url, content_type, size, body FROM pages WHERE item = ?", key)
    if row is None:
        return None
    return Page(row["url"], row["content_type"], zstandard.decompress(row["body"], max_output_size=row["size"]))


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
