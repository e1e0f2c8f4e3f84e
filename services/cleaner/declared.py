"""What a page declares about itself in its head: meta elements, links and JSON-LD. Claims, not facts."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from html import unescape
from typing import Any

from services.cleaner import characters

_ARTICLE_TYPES = frozenset(
    {
        "advertisercontentarticle",
        "analysisnewsarticle",
        "article",
        "askpublicnewsarticle",
        "backgroundnewsarticle",
        "blogposting",
        "liveblogposting",
        "newsarticle",
        "opinionnewsarticle",
        "report",
        "reportagenewsarticle",
        "reviewnewsarticle",
        "satiricalarticle",
        "scholarlyarticle",
        "socialmediaposting",
        "techarticle",
    }
)
_WRITERS = frozenset({"author", "citation_author", "dc.creator", "article:author", "parsely-author", "dcterms.creator"})
_MAX_WRITERS = 12
_OPENING = re.compile(r"(?:\s|//|/\*|\*/|<!--|<!\[CDATA\[)*")
_SCRIPT_LIMIT = 2_000_000
_DECODER = json.JSONDecoder(strict=False)
_NODE_LIMIT = 2_000
_VALUE_LIMIT = 5_000


@dataclass(frozen=True, slots=True)
class Declared:
    """`meta` maps lower-case names or properties to their first value; `nodes` are JSON-LD objects, flattened.

    `writers` are all values of meta elements that name an author and may stand more than once.
    """

    meta: Mapping[str, str] = field(default_factory=dict)
    nodes: tuple[Mapping[str, Any], ...] = ()
    title: str = ""
    canonical: str | None = None
    language: str | None = None
    writers: tuple[str, ...] = ()

    @property
    def article(self) -> Mapping[str, Any]:
        """The JSON-LD object that describes an article, or an empty one."""
        return next((node for node in self.nodes if types(node) & _ARTICLE_TYPES), {})

    def resolve(self, value: object) -> list[object]:
        """The entries of a JSON-LD value; those that only refer to another object by `@id` as that object."""
        found: list[object] = []
        for entry in value if isinstance(value, list) else [value]:
            if isinstance(entry, dict) and "name" not in entry and isinstance(entry.get("@id"), str):
                known = (node for node in self.nodes if node.get("@id") == entry["@id"] and "name" in node)
                entry = next(known, entry)
            found.append(entry)
        return found

    @property
    def types(self) -> frozenset[str]:
        """Every JSON-LD type on the page, lower case."""
        return frozenset(name for node in self.nodes for name in types(node))

    def first(self, *names: str) -> str | None:
        """The first of these meta values that is given."""
        return next((value for name in names if (value := self.meta.get(name))), None)


def read(tree: Any) -> Declared:
    """The declarations of a parsed page; anything malformed is left out."""
    meta: dict[str, str] = {}
    writers: list[str] = []
    for element in tree.iter("meta"):
        name = element.get("property") or element.get("name") or element.get("itemprop") or element.get("http-equiv")
        value = element.get("content")
        if name and value and value.strip():
            key = name.strip().lower()[:80]
            if key not in meta:
                meta[key] = _value(value)
            if key in _WRITERS and len(writers) < _MAX_WRITERS:
                writers.append(_value(value))
    title = next((element.text or "" for element in tree.iter("title")), "")
    canonical = next((el.get("href") for el in tree.iter("link") if (el.get("rel") or "").lower() == "canonical"), None)
    language = tree.get("lang") or tree.get("{http://www.w3.org/XML/1998/namespace}lang") or tree.get("xml:lang")
    return Declared(
        meta, tuple(_nodes(tree)), _value(title), canonical and canonical.strip()[:2_000], language, tuple(writers)
    )


def types(node: Mapping[str, Any]) -> frozenset[str]:
    """The types of a JSON-LD object, lower case and without the vocabulary's address."""
    given = node.get("@type")
    names = given if isinstance(given, list) else [given]
    return frozenset(name.rsplit("/", 1)[-1].lower() for name in names if isinstance(name, str))


def text(value: object) -> str | None:
    """The first text of a JSON-LD value that may be a string, an object with a name or address, or a list of those."""
    for entry in value if isinstance(value, list) else [value]:
        if isinstance(entry, dict):
            entry = entry.get("name") or entry.get("url") or entry.get("@id")
        if isinstance(entry, str) and entry.strip():
            return _value(entry)
    return None


def texts(value: object) -> list[str]:
    """All names of a JSON-LD value; objects without a name are left out."""
    found = []
    for entry in value if isinstance(value, list) else [value]:
        name = entry.get("name") if isinstance(entry, dict) else entry
        for part in name if isinstance(name, list) else [name]:
            if isinstance(part, str) and part.strip():
                found.append(_value(part))
    return found


def _value(given: str) -> str:
    # Entities are often escaped twice ("&amp;amp;"): the parser undid one layer, this undoes the other.
    return characters.squeeze(characters.clean(unescape(given[:_VALUE_LIMIT])))


def _nodes(tree: Any) -> Iterator[Mapping[str, Any]]:
    count = 0
    for script in tree.iter("script"):
        if "ld+json" not in (script.get("type") or "").lower() or not script.text:
            continue
        for node in _flattened(_loads(script.text)):
            count += 1
            if count > _NODE_LIMIT:
                return
            yield node


def _loads(source: str) -> object:
    if len(source) > _SCRIPT_LIMIT:
        return None
    start = _OPENING.match(source)  # some are wrapped in comments or CDATA marks
    try:
        return _DECODER.raw_decode(source, start.end() if start else 0)[0]
    except (ValueError, RecursionError):
        return None  # broken JSON-LD is rare; the page's meta elements say the same things


def _flattened(value: object) -> Iterator[Mapping[str, Any]]:
    """Top-level objects, those in lists and `@graph`, and what `mainEntity` holds: breadth first, no recursion."""
    waiting = [value]
    while waiting and len(waiting) <= _NODE_LIMIT:
        entry = waiting.pop(0)
        if isinstance(entry, list):
            waiting.extend(entry)
        elif isinstance(entry, dict):
            yield entry
            waiting.extend(
                entry[name]
                for name in ("@graph", "mainEntity", "mainEntityOfPage")
                if isinstance(entry.get(name), list | dict)
            )
