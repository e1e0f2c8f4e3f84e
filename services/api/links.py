"""Addresses that came from outside, before they become something to click on."""

from urllib.parse import urlsplit


def web(url: str | None) -> str | None:
    """The URL where it is one of the web, else None: `javascript:` and its kin must never become a link."""
    if not url:
        return None
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    # urlsplit drops tabs and line breaks as browsers do, so what it calls the scheme is what a browser would.
    return url if parts.scheme in {"http", "https"} and parts.netloc else None
