"""What comes of asking the web: a response, whatever its status, or a FetchError.

FetchError      no answer that could be used; `reason` is a contracts.Reason
├── bad_url, private_address, tls, redirects, too_large    the same again tomorrow
└── timeout, unreachable, bad_encoding                     worth another try
"""

from dataclasses import dataclass

from services.contracts import Reason

MOVED = frozenset({301, 302, 303, 307, 308})
MOVED_FOR_GOOD = frozenset({301, 308})

_BY_STATUS = {
    404: Reason.NOT_FOUND,
    408: Reason.TIMEOUT,
    410: Reason.GONE,
    425: Reason.SERVER_ERROR,
    429: Reason.RATE_LIMITED,
    451: Reason.LEGAL,
}


class FetchError(Exception):
    """No usable answer. `retry_after` is seconds, where the outlet named a time; `transferred` bytes that came."""

    def __init__(self, reason: Reason, detail: str, retry_after: float | None = None) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail
        self.retry_after = retry_after
        self.transferred = 0


@dataclass(frozen=True, slots=True)
class Response:
    """What came back. `url` is where it came from in the end, `body` is decoded.

    `headers` have lower-case names and values decoded as Latin-1, byte for byte; repeated ones are joined by a comma.
    `redirects` are the hops before, each with its status and the URL that gave it. `transferred` counts the body's
    bytes as they came; `truncated` says that only the beginning was asked for and there was more. `leads_to` is where
    a redirect leads that was not to be followed at once.
    """

    url: str
    status: int
    headers: dict[str, str]
    body: bytes
    redirects: tuple[tuple[int, str], ...] = ()
    transferred: int = 0
    truncated: bool = False
    leads_to: str | None = None

    @property
    def moved_to(self) -> str | None:
        """Where 301s and 308s alone lead, before the first passing redirect; None where the outlet has not moved."""
        stations = [*(url for _, url in self.redirects), self.url]
        permanent = 0
        for status, _ in self.redirects:
            if status not in MOVED_FOR_GOOD:
                break
            permanent += 1
        return stations[permanent] if permanent else None


def verdict(status: int) -> Reason | None:
    """What is wrong with a response of this status; None where nothing is (2xx, 226 and 304 too)."""
    if 200 <= status < 300 or status == 304:
        return None
    if status >= 500:
        return Reason.SERVER_ERROR
    if status < 400:
        return Reason.REDIRECTS if status >= 300 else Reason.UNREACHABLE
    return _BY_STATUS.get(status, Reason.FORBIDDEN)
