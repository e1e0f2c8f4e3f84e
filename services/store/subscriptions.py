"""WebSub subscriptions: one per feed, from the request to its hub to the end of the lease."""

from dataclasses import dataclass

from services.store.engine import Row, Transaction


@dataclass(frozen=True, slots=True)
class Subscription:
    """Times are unix seconds. `verified`: the hub asked back; `delivered`: the last delivery that was genuine."""

    feed: str
    hub: str
    topic: str
    token: str
    secret: str
    asked: float
    verified: float | None
    lease_until: float
    delivered: float | None


_COLUMNS = "feed, hub, topic, token, secret, asked, verified, lease_until, delivered"
_OF_ACTIVE = "feed IN (SELECT url FROM feeds WHERE active = 1 AND next_poll IS NOT NULL)"


def of(tx: Transaction, feed: str) -> Subscription | None:
    row = tx.one(f"SELECT {_COLUMNS} FROM subscriptions WHERE feed = ?", feed)  # noqa: S608 - constant columns
    return _subscription(row) if row else None


def by_token(tx: Transaction, token: str) -> Subscription | None:
    """The subscription whose callback ends in `token`, if its feed is still read."""
    row = tx.one(f"SELECT {_COLUMNS} FROM subscriptions WHERE token = ? AND {_OF_ACTIVE}", token)  # noqa: S608
    return _subscription(row) if row else None


def running(tx: Transaction) -> list[Subscription]:
    """Those of feeds that are still read."""
    rows = tx.all(f"SELECT {_COLUMNS} FROM subscriptions WHERE {_OF_ACTIVE} ORDER BY asked")  # noqa: S608
    return [_subscription(row) for row in rows]


def ask(tx: Transaction, feed: str, hub: str, topic: str, token: str, secret: str, now: float) -> None:
    """Note that a subscription is asked for; one at another hub or to another topic is begun anew."""
    tx.run(
        "INSERT INTO subscriptions (feed, hub, topic, token, secret, asked) VALUES (?,?,?,?,?,?)"
        " ON CONFLICT (feed) DO UPDATE SET hub = excluded.hub, topic = excluded.topic, token = excluded.token,"
        " secret = excluded.secret, asked = excluded.asked, verified = NULL, lease_until = 0, delivered = NULL",
        feed, hub, topic, token, secret, now,
    )  # fmt: skip


def ask_again(tx: Transaction, feed: str, now: float) -> None:
    """Note that the same subscription is asked for again, because its lease ends or the hub never answered."""
    tx.run("UPDATE subscriptions SET asked = ? WHERE feed = ?", now, feed)


def verify(tx: Transaction, feed: str, now: float, lease_until: float) -> None:
    tx.run("UPDATE subscriptions SET verified = ?, lease_until = ? WHERE feed = ?", now, lease_until, feed)


def deny(tx: Transaction, feed: str) -> None:
    """The hub will deliver nothing, or no more."""
    tx.run("UPDATE subscriptions SET verified = NULL, lease_until = 0 WHERE feed = ?", feed)


def deliver(tx: Transaction, feed: str, now: float) -> None:
    tx.run("UPDATE subscriptions SET delivered = ? WHERE feed = ?", now, feed)


def distrust(tx: Transaction, feed: str) -> None:
    """The hub has left something out: it is not relied on until it delivers again."""
    tx.run("UPDATE subscriptions SET delivered = NULL WHERE feed = ?", feed)


def forget(tx: Transaction, feed: str) -> None:
    tx.run("DELETE FROM subscriptions WHERE feed = ?", feed)


def _subscription(row: Row) -> Subscription:
    return Subscription(
        row["feed"], row["hub"], row["topic"], row["token"], row["secret"], row["asked"], row["verified"],
        row["lease_until"], row["delivered"],
    )  # fmt: skip
