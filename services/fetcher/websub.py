"""WebSub (W3C Recommendation): what a subscriber says to a hub, and what it believes of a hub's words."""

import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass

from services.fetcher.entries import Feed, resolve

LEASE_S = 7 * 86_400.0
"""Seconds asked for; the hub decides."""
SHORTEST_LEASE, LONGEST_LEASE = 60.0, 30 * 86_400.0
RENEW_AT = 2 / 3
"""Share of a lease after which it is renewed: there is time left for two more tries."""
RETRY_S = 6 * 3_600.0
"""Seconds after which a hub that never asked back is asked again."""
ALIVE_S = 86_400.0
"""Seconds since the last delivery within which a subscription is relied on."""

_DIGESTS = frozenset({"sha1", "sha256", "sha384", "sha512"})
"""Of the X-Hub-Signature; the oldest hubs still sign with HMAC-SHA-1, which no collision helps to forge."""
_LINK = re.compile(r"<([^<>]{1,4096})>((?:;[^,;<>]{0,500}){0,20})")
_RELATION = re.compile(r"""rel\s{0,9}=\s{0,9}["']?([a-zA-Z -]{1,100})""")


@dataclass(frozen=True, slots=True)
class Offer:
    """`hub` delivers what is new in `topic`, the feed by the name that the hub knows."""

    hub: str
    topic: str


def discover(headers: Mapping[str, str], feed: Feed, url: str) -> Offer | None:
    """The hub of a feed that came from `url`: by its Link headers or, where those name none, by its own links."""
    linked: dict[str, str] = {}
    for target, parameters in _LINK.findall(headers.get("link", "")[:20_000]):
        named = _RELATION.search(parameters)
        place = resolve(url, target)
        for relation in named[1].lower().split() if named and place else ():
            linked.setdefault(relation, str(place))
    hub = linked.get("hub") or feed.hub
    return Offer(hub, linked.get("self") or feed.self_url or url) if hub else None


def request(offer: Offer, callback: str, secret: str) -> dict[str, str]:
    """The form that asks a hub to deliver to `callback`."""
    return {
        "hub.mode": "subscribe",
        "hub.topic": offer.topic,
        "hub.callback": callback,
        "hub.lease_seconds": f"{LEASE_S:.0f}",
        "hub.secret": secret,
    }


@dataclass(frozen=True, slots=True)
class Confirmation:
    """`challenge` is to be answered word for word; the lease counts from now."""

    challenge: str
    lease_s: float


def confirm(asked: Mapping[str, str], topic: str) -> Confirmation | None:
    """What a hub's question back says; None where it is not about the subscription to `topic` that was asked for."""
    challenge = asked.get("hub.challenge", "")
    if asked.get("hub.mode") != "subscribe" or asked.get("hub.topic") != topic or not 0 < len(challenge) <= 1_000:
        return None
    digits = asked.get("hub.lease_seconds", "")
    lease = float(digits[:12]) if digits.isascii() and digits.isdigit() else LEASE_S
    return Confirmation(challenge, min(max(lease, SHORTEST_LEASE), LONGEST_LEASE))


def is_denied(asked: Mapping[str, str], topic: str) -> bool:
    return asked.get("hub.mode") == "denied" and asked.get("hub.topic") == topic


def is_signed(signature: str, secret: str, body: bytes) -> bool:
    """Whether an X-Hub-Signature (`sha256=…`) is that of `body` by `secret`."""
    method, _, digest = signature.strip().partition("=")
    if method.lower() not in _DIGESTS:
        return False
    ours = hmac.new(secret.encode("ascii"), body, method.lower()).hexdigest()
    return hmac.compare_digest(ours.encode("ascii"), digest.strip().lower().encode("utf-8", "replace"))


def is_due(asked: float, verified: float | None, lease_until: float, now: float) -> bool:
    """Whether the hub is to be asked again: in good time before the lease ends, or hours after it let the
    last question lie."""
    if verified is None or now >= lease_until:
        return now >= asked + RETRY_S
    renewal = verified + (lease_until - verified) * RENEW_AT
    return now >= renewal and now >= asked + min(RETRY_S, (lease_until - verified) / 10)


def is_alive(lease_until: float, delivered: float | None, now: float) -> bool:
    """Whether the hub can be relied on: its lease runs and it has delivered of late."""
    return lease_until > now and delivered is not None and now - delivered < ALIVE_S
