"""AMP and mobile variants: the page that such a page names as its original.

A canonical link is believed only of a page that is a variant by its own account (`<html amp>`, a host such as
`m.example.org`) and only within its site: elsewhere such links lead to front pages and to other articles too often.
"""

import re
from itertools import islice

from services.fetcher import tags, urls
from services.fetcher.entries import resolve

HEAD_BYTES = 200_000
"""In which the link is looked for."""
LABELS = frozenset({"www", "m", "mobile", "amp", "wap", "touch"})
"""What may stand before a site's name without making it another site."""
CACHES = (".cdn.ampproject.org", ".ampproject.net", ".bing-amp.com")
"""Hosts that serve other people's AMP pages (cdn.ampproject.org/caches.json)."""

_NAMES = frozenset({"link", "base"})
_HTML = re.compile(r"<html\s([^<>]{1,2000})>", re.IGNORECASE)
_QUOTED = re.compile(r"\"[^\"]*\"|'[^']*'")
_AMP = re.compile(r"(?:^|\s)(?:amp|⚡)(?=[\s=/]|$)", re.IGNORECASE)


def original(url: str, body: bytes) -> str | None:
    """The address of the original of the page in `body`, which came from `url`; None where it is one itself."""
    text = body[:HEAD_BYTES].decode("utf-8", "replace")
    is_amp = _is_amp(text)
    if not is_amp and not _is_mobile(url):
        return None
    named = _canonical_link(text, url)
    if named is None or urls.canonical(named) == urls.canonical(url) or _is_front_page(named):
        return None
    if _site(named) == _site(url) and not (_is_mobile(named) and not is_amp):
        return named
    return named if is_amp and urls.host(url).endswith(CACHES) else None


def _is_amp(text: str) -> bool:
    opened = _HTML.search(text)
    return opened is not None and _AMP.search(_QUOTED.sub('""', opened[1])) is not None


def _is_mobile(url: str) -> bool:
    first, _, rest = urls.host(url).partition(".")
    return first in LABELS - {"www", "amp"} and "." in rest


def _canonical_link(text: str, url: str) -> str | None:
    base = url
    for tag, attributes in islice(tags.find(text, _NAMES), 500):
        if tag == "base":
            base = resolve(url, attributes.get("href")) or base
        elif "canonical" in attributes.get("rel", "").lower().split():
            return resolve(base, attributes.get("href"))
    return None


def _is_front_page(url: str) -> bool:
    return urls.canonical(url) == f"{urls.origin(url)}/"


def _site(url: str) -> str:
    labels = urls.host(url).split(".")
    while len(labels) > 2 and labels[0] in LABELS:
        labels = labels[1:]
    return ".".join(labels)
