"""What an outlet's pages have taught about its template: which page carried which block, and what each spoke of.

Bounded per outlet, and forgetting slowly: the last 1 000 pages are remembered, a block that one page alone carried for
200 pages, and of a block the last 48 pages that carried it. A page is known by its item, so that none counts twice.
"""

import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from services.store import articles
from services.store.articles import Stored
from services.store.engine import Row, Transaction

PAGES = 1_000
"""Pages of an outlet that are remembered: weeks of most outlets, two days of a news agency."""
SINGLE_PAGES = 200
"""Pages for which a block is remembered that no second page has carried; nine of ten blocks are such."""
SIGHTINGS = 48
"""Four times what any decision asks for: of pages that resemble each other only one counts."""

_WITNESSES = 4
"""Other pages that carried a block from which it may be asked whether they are related."""
_BATCH = 500

_SEEN = (  # in the order of the primary key: ordered by page alone, it would be found through all pages of the outlet
    "SELECT fingerprint, page, tied FROM template_sightings WHERE outlet = ? AND fingerprint IN ({})"
    " ORDER BY fingerprint, page"
)
_SKETCHES = "SELECT page, sketch FROM template_pages WHERE outlet = ? AND page IN ({})"


@dataclass(frozen=True, slots=True)
class Known:
    """Pages other than the one asked about. `sightings`: (page, tied) by fingerprint, oldest first.

    `latest` is the number of the outlet's last page, 0 before the first.
    """

    latest: int
    sightings: dict[int, list[tuple[int, bool]]]
    sketches: dict[int, tuple[int, ...]]


def recall(tx: Transaction, outlet: str, fingerprints: Sequence[int], besides: str) -> Known:
    """What the outlet's pages other than that of item `besides` know of these blocks."""
    own = _page_of(tx, outlet, besides)
    sightings: dict[int, list[tuple[int, bool]]] = {}
    for row in _each_batch(tx, _SEEN, outlet, fingerprints):
        if row["page"] != own:
            sightings.setdefault(row["fingerprint"], []).append((row["page"], bool(row["tied"])))
    pages = sorted({page for seen in sightings.values() if len(seen) >= _WITNESSES for page, _ in seen})
    sketches = {row["page"]: _unpack(row["sketch"]) for row in _each_batch(tx, _SKETCHES, outlet, pages)}
    return Known(_latest(tx, outlet), sightings, sketches)


def keep(tx: Transaction, outlet: str, item: str, sketch: Sequence[int], sightings: Iterable[tuple[int, bool]]) -> None:
    """Remember a page: (fingerprint, tied) of its blocks. Replaces what the same item has taught before.

    Does nothing for an item that has taught once and was forgotten since. The article must have been saved.
    """
    page = _page_of(tx, outlet, item)
    if page is None:
        if not tx.run("UPDATE articles SET taught = 1 WHERE item = ? AND taught = 0", item):
            return
        page = _latest(tx, outlet) + 1
        _forget(tx, outlet, page)
    else:
        tx.run("DELETE FROM template_sightings WHERE outlet = ? AND page = ?", outlet, page)
    tx.run(
        "INSERT INTO template_pages (outlet, page, item, sketch) VALUES (?,?,?,?)"
        " ON CONFLICT (outlet, page) DO UPDATE SET sketch = excluded.sketch",
        outlet, page, item, struct.pack(f"<{len(sketch)}I", *sketch),
    )  # fmt: skip
    seen = list(sightings)
    tx.many(
        "INSERT INTO template_sightings (outlet, fingerprint, page, tied) VALUES (?,?,?,?)",
        [(outlet, fingerprint, page, int(tied)) for fingerprint, tied in seen],
    )
    tx.many(
        "DELETE FROM template_sightings WHERE outlet = ? AND fingerprint = ? AND page <= (SELECT page"
        " FROM template_sightings WHERE outlet = ? AND fingerprint = ? ORDER BY page DESC LIMIT 1 OFFSET ?)",
        [(outlet, fingerprint, outlet, fingerprint, SIGHTINGS) for fingerprint, _ in seen],
    )


def untaught(tx: Transaction, outlet: str | None, limit: int) -> list[Stored]:
    """Articles whose pages have taught nothing yet, oldest first."""
    rows = tx.all(
        "SELECT item FROM articles WHERE taught = 0 AND (outlet = ? OR ? IS NULL) ORDER BY cleaned, item LIMIT ?",
        outlet, outlet, limit,
    )  # fmt: skip
    return [stored for row in rows if (stored := articles.load(tx, row["item"]))]


def _latest(tx: Transaction, outlet: str) -> int:
    row = tx.one("SELECT max(page) AS page FROM template_pages WHERE outlet = ?", outlet)
    return (row["page"] if row else None) or 0


def _page_of(tx: Transaction, outlet: str, item: str) -> int | None:
    row = tx.one("SELECT page FROM template_pages WHERE outlet = ? AND item = ?", outlet, item)
    return int(row["page"]) if row else None


def _forget(tx: Transaction, outlet: str, page: int) -> None:
    """What leaves the memory when a page of this number enters it: a page's worth of rows, whatever is stored."""
    oldest, single = page - PAGES, page - SINGLE_PAGES
    tx.run("DELETE FROM template_pages WHERE outlet = ? AND page <= ?", outlet, oldest)
    tx.run("DELETE FROM template_sightings WHERE outlet = ? AND page <= ?", outlet, oldest)
    tx.run(
        "DELETE FROM template_sightings WHERE outlet = ? AND page = ? AND NOT EXISTS (SELECT 1"
        " FROM template_sightings other WHERE other.outlet = template_sightings.outlet"
        " AND other.fingerprint = template_sightings.fingerprint AND other.page <> template_sightings.page)",
        outlet, single,
    )  # fmt: skip


def _each_batch(tx: Transaction, sql: str, outlet: str, values: Sequence[int]) -> list[Row]:
    found: list[Row] = []
    for start in range(0, len(values), _BATCH):
        batch = values[start : start + _BATCH]
        found += tx.all(sql.format(",".join("?" * len(batch))), outlet, *batch)
    return found


def _unpack(blob: bytes) -> tuple[int, ...]:
    return struct.unpack(f"<{len(blob) // 4}I", blob)
