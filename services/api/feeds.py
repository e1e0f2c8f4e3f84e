"""Search results as Atom (RFC 4287) and as JSON Feed 1.1, for feed readers."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from xml.etree import ElementTree

from services.api import links
from services.api.search import Hit, Part

ATOM = "http://www.w3.org/2005/Atom"
ATOM_TYPE = "application/atom+xml"
JSON_TYPE = "application/feed+json"

_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML 1.0 cannot carry in any form."""


def atom(hits: Sequence[Hit], *, title: str, home: str, here: str) -> bytes:
    """A feed of `hits`; `home` is the search page's address, `here` the feed's own."""
    ElementTree.register_namespace("", ATOM)
    feed = ElementTree.Element(f"{{{ATOM}}}feed")
    _add(feed, "id", here)
    _add(feed, "title", title)
    _add(feed, "updated", max((_updated(hit) for hit in hits), default=_stamp(0.0)))
    _add(feed, "link", rel="self", type=ATOM_TYPE, href=here)
    _add(feed, "link", rel="alternate", type="text/html", href=home)
    for hit in hits:
        _entry(feed, hit)
    document: bytes = ElementTree.tostring(feed, encoding="utf-8", xml_declaration=True)
    return document


def json_feed(hits: Sequence[Hit], *, title: str, home: str, here: str) -> dict[str, Any]:
    return {
        "version": "https://jsonfeed.org/version/1.1",
        "title": title,
        "home_page_url": home,
        "feed_url": here,
        "items": [_item(hit) for hit in hits],
    }


def moment(text: str | None) -> str | None:
    """An ISO 8601 date or time as RFC 3339 wants it, UTC where no zone is given; None where it is neither."""
    try:
        found = datetime.fromisoformat((text or "").strip())
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).isoformat(timespec="seconds")
    except ValueError:
        return None


def _entry(feed: ElementTree.Element, hit: Hit) -> None:
    article = hit.article
    entry = _add(feed, "entry")
    _add(entry, "id", f"urn:vigie:article:{article.id}")
    _add(entry, "title", article.title, type="text")
    _add(entry, "updated", _updated(hit))
    if published := moment(article.published):
        _add(entry, "published", published)
    if url := links.web(article.url):
        _add(entry, "link", rel="alternate", href=url)
    _add(_add(entry, "author"), "name", article.author or article.outlet_name or article.outlet)
    _add(entry, "category", term=article.outlet)
    _add(entry, "summary", _plain(hit.snippet), type="text")
    _add(entry, "content", article.text, type="text")


def _item(hit: Hit) -> dict[str, Any]:
    article = hit.article
    item: dict[str, Any] = {
        "id": article.id,
        "url": links.web(article.url),
        "title": article.title,
        "summary": _plain(hit.snippet),
        "content_text": article.text,
        "date_published": moment(article.published),
        "date_modified": _updated(hit),
        "authors": [{"name": article.author or article.outlet_name or article.outlet}],
        "tags": [article.outlet],
        "language": article.language,
    }
    return {name: value for name, value in item.items() if value is not None}


def _add(parent: ElementTree.Element, name: str, text: str | None = None, **attributes: str) -> ElementTree.Element:
    element = ElementTree.SubElement(
        parent, f"{{{ATOM}}}{name}", {key: _NOT_XML.sub("\ufffd", value) for key, value in attributes.items()}
    )
    element.text = None if text is None else _NOT_XML.sub("\ufffd", text)
    return element


def _updated(hit: Hit) -> str:
    return moment(hit.article.indexed) or moment(hit.article.published) or _stamp(0.0)


def _stamp(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")


def _plain(parts: Sequence[Part]) -> str:
    return "".join(part.text for part in parts)
