"""What is asked of an outlet, the same over all hops, and which headers go to which of them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from services.fetcher import compression, urls


@dataclass(slots=True)
class Meter:
    """Bytes of bodies that have come so far, of all hops."""

    transferred: int = 0


@dataclass(frozen=True, slots=True)
class Ask:
    """One call of `Web.get` or `Web.post`. `limit` is the body's, bytes; `form` makes it a POST; the rest as there."""

    headers: Mapping[str, str]
    validators: Mapping[str, str]
    validators_url: str
    limit: int
    cut: bool
    redirects: int = 5
    follows: Callable[[str], bool] | None = None
    form: bytes | None = None
    meter: Meter = field(default_factory=Meter)


def conditions(etag: str | None, last_modified: str | None) -> dict[str, str]:
    given = {"if-none-match": etag, "if-modified-since": last_modified}
    return {name: value for name, value in given.items() if value}


def headers_for(at: str, first: str, ask: Ask) -> list[tuple[bytes, bytes]]:
    """The headers for the hop `at` of what began at `first`.

    Bytes, because a validator goes back exactly as it came: Latin-1 keeps every byte.
    """
    headers = dict(ask.headers)
    if urls.is_web(at) and urls.is_web(first) and urls.origin(at) != urls.origin(first):
        headers = {name: headers[name] for name in ("user-agent", "accept")}
    if at == ask.validators_url:
        headers.update(ask.validators)
    headers["accept-encoding"] = compression.ACCEPTED
    return [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
