"""What an outlet's days have cost it: bytes of bodies, as they were transferred."""

from services.store.engine import Transaction

DAY = 86_400.0
KEPT_DAYS = 30


def spend(tx: Transaction, outlet: str, now: float, size: int) -> None:
    """Add to the present day (UTC); days of a month ago are forgotten."""
    if size <= 0:
        return
    tx.run(
        "INSERT INTO traffic (outlet, day, bytes) VALUES (?,?,?)"
        " ON CONFLICT (outlet, day) DO UPDATE SET bytes = traffic.bytes + excluded.bytes",
        outlet, int(now // DAY), size,
    )  # fmt: skip
    tx.run("DELETE FROM traffic WHERE outlet = ? AND day < ?", outlet, int(now // DAY) - KEPT_DAYS)


def spent(tx: Transaction, outlet: str, now: float) -> int:
    """Bytes of the present day (UTC)."""
    row = tx.one("SELECT bytes FROM traffic WHERE outlet = ? AND day = ?", outlet, int(now // DAY))
    return int(row["bytes"]) if row else 0
