"""Which address an article has, however it is spelled.

The first rule is that two articles never share a canonical URL: whatever might name a page (the path's case, a
trailing slash, the order and the unknown members of the query, a `#!` route) is kept. Only what RFC 3986 section 6
calls equivalent is folded, and the query parameters of link trackers are cut.
"""

import re
from dataclasses import dataclass
from hashlib import blake2b
from importlib.resources import files
from ipaddress import AddressValueError, IPv6Address
from urllib.parse import quote, urlsplit

import idna

MAX_LENGTH = 4_096
"""Characters of the longest URL that is accepted; browsers and servers give up between 2 000 and 8 000."""

_DEFAULT_PORTS = {"http": 80, "https": 443}
_HOST = re.compile(r"[a-z0-9_](?:[a-z0-9_-]|\.(?=[a-z0-9_]))*\.?", re.ASCII)
_ESCAPE = re.compile(r"%([0-9A-Fa-f]{2})")
_STRAY_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
_DROPPED = re.compile(r"[\t\r\n]")
_EDGES = "".join(map(chr, range(0x21)))
_UNRESERVED = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_IN_PATH = "/%:@!$&'()*+,;=~"
_IN_QUERY = _IN_PATH + "?[]"


def _tracking() -> tuple[frozenset[str], tuple[str, ...]]:
    """Whole names and beginnings of names, from the data file beside this module."""
    lines = files("services.fetcher").joinpath("tracking.txt").read_text(encoding="utf-8").splitlines()
    names = [line.strip().lower() for line in lines if line.strip() and not line.startswith("#")]
    whole = frozenset(name for name in names if not name.endswith("*"))
    return whole, tuple(name.removesuffix("*") for name in names if name.endswith("*"))


_TRACKERS, _TRACKER_PREFIXES = _tracking()


class BadUrl(ValueError):
    """Not the address of something on the web; the message says why."""


@dataclass(frozen=True, slots=True)
class _Parts:
    scheme: str
    host: str
    port: int | None
    path: str
    query: str
    fragment: str

    @property
    def authority(self) -> str:
        return self.host if self.port is None else f"{self.host}:{self.port}"


def canonical(url: str) -> str:
    """The URL in the one spelling under which vigie knows it. Raises BadUrl."""
    parts = _split(url)
    query = _without_tracking(_escape(parts.query, _IN_QUERY))
    path = _without_dots(_escape(parts.path, _IN_PATH)) or "/"
    # A fragment is a place on the page, except where a script takes it for a route: then it names the article.
    route = parts.fragment if parts.fragment.startswith(("!", "/")) else ""
    return (
        f"{parts.scheme}://{parts.authority}{path}"
        f"{'?' + query if query else ''}{'#' + _escape(route, _IN_QUERY) if route else ''}"
    )


def request_url(url: str) -> str:
    """The URL as it is asked for: in ASCII and without fragment, but nothing folded or cut. Raises BadUrl."""
    parts = _split(url)
    query = f"?{quote(_whole(parts.query), safe=_IN_QUERY)}" if parts.query else ""
    return f"{parts.scheme}://{parts.authority}{quote(_whole(parts.path), safe=_IN_PATH) or '/'}{query}"


def host(url: str) -> str:
    """What the gate counts by: the host, with its port where that is not the scheme's own. Raises BadUrl."""
    return _split(url).authority


def origin(url: str) -> str:
    """Scheme, host and port: what a robots.txt speaks for. Raises BadUrl."""
    parts = _split(url)
    return f"{parts.scheme}://{parts.authority}"


def item_key(url: str) -> str:
    """32 hexadecimal digits that name an item: 128 bits of BLAKE2b over the canonical URL. Raises BadUrl."""
    return blake2b(canonical(url).encode("ascii"), digest_size=16).hexdigest()


def is_web(url: str) -> bool:
    """Whether this is an http or https URL with a host and without a user name or password."""
    try:
        _split(url)
    except BadUrl:
        return False
    return True


def _split(url: str) -> _Parts:
    if len(url) > MAX_LENGTH:
        raise BadUrl(f"longer than {MAX_LENGTH} characters")
    cleaned = _DROPPED.sub("", url.strip(_EDGES))
    if any("\ud800" <= letter <= "\udfff" for letter in cleaned):
        raise BadUrl("half a surrogate pair, which no address can hold")
    try:
        pieces = urlsplit(cleaned)
        port = pieces.port
    except ValueError as error:
        raise BadUrl(str(error)) from error
    scheme = pieces.scheme.lower()
    if scheme not in _DEFAULT_PORTS:
        raise BadUrl(f"{scheme or 'no'} scheme instead of http or https")
    if "@" in pieces.netloc or "\\" in pieces.netloc:
        raise BadUrl("a user name, password or backslash before the path")
    if port == 0:
        raise BadUrl("port 0")
    name = _ascii_host(pieces.hostname or "")
    return _Parts(
        scheme=scheme,
        host=name,
        port=None if port == _DEFAULT_PORTS[scheme] else port,
        path=pieces.path,
        query=pieces.query,
        fragment=pieces.fragment,
    )


def _ascii_host(name: str) -> str:
    if not name:
        raise BadUrl("no host")
    if ":" in name:
        return _ipv6(name)
    if len(name) > 253:
        raise BadUrl("a host name longer than 253 characters")
    if not name.isascii():
        name = _punycode(name)
    name = name.lower()
    if not _HOST.fullmatch(name):
        raise BadUrl(f"{name!r} is no host name")
    return name.removesuffix(".")


def _punycode(name: str) -> str:
    try:
        return idna.encode(name, uts46=True).decode("ascii")
    except UnicodeError as error:  # idna's errors are UnicodeErrors
        raise BadUrl(f"{name!r} is no host name: {error}") from error


def _ipv6(name: str) -> str:
    if "%" in name:
        raise BadUrl("an address with a zone, which means something on one machine only")
    try:
        return f"[{IPv6Address(name).compressed}]"
    except AddressValueError as error:
        raise BadUrl(str(error)) from error


def _escape(text: str, safe: str) -> str:
    """Percent-encoding in RFC 3986's normal form: upper-case hex, nothing encoded that need not be."""
    return quote(_whole(_ESCAPE.sub(_normal_escape, _STRAY_PERCENT.sub("%25", text))), safe=safe)


def _whole(text: str) -> str:
    """Half a surrogate pair has no UTF-8; it becomes the replacement character, as browsers do it."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _normal_escape(match: re.Match[str]) -> str:
    byte = int(match[1], 16)
    return chr(byte) if byte in _UNRESERVED else f"%{match[1].upper()}"


def _without_dots(path: str) -> str:
    """RFC 3986 section 5.2.4. Empty segments stay: `/a//b` may be another page than `/a/b`."""
    kept: list[str] = []
    segments = path.split("/")[1:]
    for segment in segments:
        if segment == "..":
            kept = kept[:-1]
        elif segment != ".":
            kept.append(segment)
    if segments and segments[-1] in {".", ".."}:
        kept.append("")
    return "/" + "/".join(kept)


def _without_tracking(query: str) -> str:
    return "&".join(pair for pair in query.split("&") if pair and not _tracks(pair.split("=", 1)[0].lower()))


def _tracks(name: str) -> bool:
    return name in _TRACKERS or name.startswith(_TRACKER_PREFIXES)
