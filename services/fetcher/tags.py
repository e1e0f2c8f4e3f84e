"""Start tags and their attributes in the text of a page, without parsing it: enough for what its head says."""

import re
from collections.abc import Iterator
from html import unescape

_TAG = re.compile(r"<([a-zA-Z]{1,10})\s([^<>]{1,3000})>")
_ATTRIBUTE = re.compile(
    r"""([a-zA-Z:-]{1,40})\s{0,9}=\s{0,9}(?:"([^"]{0,3000})"|'([^']{0,3000})'|([^\s"'>]{1,3000}))"""
)


def find(text: str, names: frozenset[str]) -> Iterator[tuple[str, dict[str, str]]]:
    """Name and attributes, both in lower case, values with their entities read, of the tags that are called so."""
    for match in _TAG.finditer(text):
        if match[1].lower() in names:
            yield match[1].lower(), _attributes(match[2])


def _attributes(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for match in _ATTRIBUTE.finditer(text):
        found.setdefault(match[1].lower(), unescape(match[2] or match[3] or match[4] or ""))
    return found
