"""What makes the next request conditional (RFC 9110 section 13): byte for byte what the outlet gave us."""

from collections.abc import Mapping
from dataclasses import dataclass

MAX_LENGTH = 1_000
"""Characters. A longer validator is not kept: it would be sent with every poll."""


@dataclass(frozen=True, slots=True)
class Validators:
    """`url` is the URL that issued them; to another one they mean nothing."""

    etag: str | None = None
    last_modified: str | None = None
    url: str | None = None


def after(known: Validators, status: int, headers: Mapping[str, str], url: str) -> Validators:
    """The validators to keep after a response from `url` (lower-case header names).

    A 200 or 226 replaces both, also by nothing; a 304 replaces those that it carries; anything else changes none.
    To be saved in one transaction with the entries that came along: else a crash hides them behind a 304.
    """
    if status in {200, 226}:
        return Validators(_usable(headers.get("etag")), _usable(headers.get("last-modified")), url)
    if status != 304:
        return known
    etag, last_modified = _usable(headers.get("etag")), _usable(headers.get("last-modified"))
    return Validators(etag or known.etag, last_modified or known.last_modified, known.url or url)


def _usable(value: str | None) -> str | None:
    return value if value and len(value) <= MAX_LENGTH else None
