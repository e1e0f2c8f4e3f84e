"""Where a page of results ended, as a short text that a client hands back unchanged."""

import base64
import binascii
import json
from dataclasses import dataclass

_LENGTH_LIMIT = 200


class BadCursor(ValueError):
    """The cursor was not made by this service, or for another search."""


@dataclass(frozen=True, slots=True)
class Place:
    """`search` is a fingerprint of query, filters and sort; `total` what the first page counted, or began to.

    Newest first continues below the order key `at`. By relevance it continues at rank `at` of the index as it
    stood at `position`, because scores move with every article that arrives. Newest first with one hit a story needs
    both, because the newest article of a story moves too.
    """

    search: str
    total: int
    at: int
    position: int = 0
    exact: bool = True


def write(place: Place) -> str:
    packed = json.dumps([place.search, place.total, place.at, place.position, int(place.exact)], separators=(",", ":"))
    return base64.urlsafe_b64encode(packed.encode()).decode().rstrip("=")


def read(text: str, search: str) -> Place:
    """The place that `text` names in this search. Raises BadCursor."""
    place = _unpack(text)
    if place.search != search:
        raise BadCursor("this cursor belongs to another search; leave it out to begin this one")
    return place


def _unpack(text: str) -> Place:
    try:
        if len(text) > _LENGTH_LIMIT:
            raise ValueError("too long")
        packed = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        search, *numbers = json.loads(packed)
        if (
            type(search) is not str
            or [type(n) for n in numbers] != [int] * 4
            or not all(0 <= n < 1 << 64 for n in numbers)
        ):
            raise ValueError("not ours")
    except (ValueError, TypeError, binascii.Error, RecursionError) as error:
        raise BadCursor("this is not a cursor of this service; leave it out to begin again") from error
    total, at, position, exact = numbers
    return Place(search, total, at, position, bool(exact))
