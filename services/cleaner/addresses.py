"""Web addresses as pages give them, well formed or not."""

from urllib.parse import urljoin, urlsplit


def host(url: str | None) -> str | None:
    """The host of an address without `www.`; None for what is no address."""
    try:
        name = urlsplit(url or "").hostname
    except ValueError:
        return None  # "http://[": no host to speak of
    return name.removeprefix("www.") if name else None


def join(base: str | None, url: str | None) -> str | None:
    """The absolute address that `url` has on the page `base`; None where that is none of the web."""
    try:
        full = urljoin(base or "", (url or "").strip())
    except ValueError:
        return None
    return full if full.startswith(("http://", "https://")) and url else None
