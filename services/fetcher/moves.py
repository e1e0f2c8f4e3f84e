"""Whether a feed that is redirected for good has moved (RFC 9110 sections 15.4.2 and 15.4.9)."""

from dataclasses import dataclass

from services.contracts import Reason
from services.fetcher import redirects

ADOPT_AFTER = 3
"""Polls in a row that must lead to the same place: a slip of an outlet's configuration lasts shorter."""
GIVE_UP_AFTER = 3
"""Failures in a row at an adopted place after which the one in the outlets file is asked again."""

_LOST = frozenset({Reason.NOT_FOUND, Reason.NOT_A_FEED, Reason.FORBIDDEN, Reason.TLS, Reason.UNREACHABLE})


@dataclass(frozen=True, slots=True)
class Move:
    """Where to ask next time, and what is to be remembered: the place that polls lead to, and how many in a row did."""

    location: str
    moved_to: str | None = None
    polls: int = 0
    problem: str | None = None


def after(location: str, moved_to: str | None, polls: int, led_to: str | None, same: bool) -> Move:
    """What follows from a poll of `location` that 301s and 308s alone led to `led_to` (None: nowhere).

    `moved_to` and `polls` are remembered from the polls before. `same` says that what was found there is the feed
    as it was known, or its 304; anything else is never adopted.
    """
    if led_to is None or led_to == location:
        return Move(location)
    if not same:
        return Move(location, problem=f"redirected for good to {led_to[:300]}, which is not the same feed")
    if redirects.is_upgrade(location, led_to):
        return Move(led_to)
    agreeing = polls + 1 if moved_to == led_to else 1
    return Move(led_to) if agreeing >= ADOPT_AFTER else Move(location, led_to, agreeing)


def is_lost(reason: Reason, failures: int) -> bool:
    """Whether an adopted place has failed so often, this time counted, or so surely, that it is given up."""
    return reason is Reason.GONE or (reason in _LOST and failures >= GIVE_UP_AFTER)
