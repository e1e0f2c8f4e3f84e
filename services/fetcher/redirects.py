"""Where a redirect leads, and whether it may be followed."""

from collections.abc import Sequence
from urllib.parse import urljoin, urlsplit

from services.contracts import Reason
from services.fetcher import urls
from services.fetcher.responses import FetchError


def next_hop(at: str, target: str, hops: Sequence[tuple[int, str]], most: int) -> str:
    """The absolute URL that `target`, the Location of an answer from `at`, means. Raises FetchError.

    `hops` are the redirects so far, this one included, of which there may be `most`.
    """
    if len(hops) > most:
        raise FetchError(Reason.REDIRECTS, f"more than {most} redirects, the last from {at}")
    try:
        # Headers are bytes; a Location with raw UTF-8 in it has come as Latin-1.
        there = urljoin(at, target.encode("latin-1").decode("utf-8", "replace").strip())
    except ValueError as error:
        raise FetchError(Reason.REDIRECTS, f"{at} redirects to a broken URL: {target[:200]!r}") from error
    if not urls.is_web(there):
        raise FetchError(Reason.REDIRECTS, f"{at} redirects to what is not http(s): {there[:200]!r}")
    if at.lower().startswith("https:") and not there.lower().startswith("https:"):
        raise FetchError(Reason.REDIRECTS, f"{at} redirects from https to http")
    if any(there == url for _, url in hops):
        raise FetchError(Reason.REDIRECTS, f"{at} redirects in a loop")
    return there


def is_upgrade(here: str, there: str) -> bool:
    """Whether `there` is the same place as `here`, by https instead of http."""
    one, other = urlsplit(here), urlsplit(there)
    return (
        (one.scheme.lower(), other.scheme.lower()) == ("http", "https")
        and one.hostname == other.hostname
        and (one.path or "/", one.query) == (other.path or "/", other.query)
    )
