"""OPML 2.0: the subscriptions of another reader as outlets, and outlets as subscriptions for another reader.

OPML has no place for an outlet's id, kind and country: they travel as categories (`/kind/agency`), as its
specification has them. Interval bounds, noise and headers do not travel.
"""

import html
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from html.entities import html5
from xml.parsers import expat

from services.contracts import Outlet
from services.fetcher import charset, outlets, prolog, urls
from services.fetcher.entries import MAX_TITLE, resolve, tidy

MAX_BYTES = 10_000_000
MAX_OUTLINES = 10_000
"""Subscriptions that are read; the largest lists of readers that were seen hold some hundreds."""
MAX_DEPTH = 100

_CHUNK = 65_536
_REFERENCE = re.compile(r"&(?:([a-zA-Z][a-zA-Z0-9]{0,31});|(#[0-9]{1,7};|#[xX][0-9a-fA-F]{1,6};)?)")
_XML_NAMES = frozenset({"amp", "lt", "gt", "quot", "apos"})
_NOT_SLUG = re.compile(r"[^a-z0-9]+")
_LANGUAGE = re.compile(r"[a-z]{2}(?![a-z])")
_ID_LENGTH = 60


class NotOpml(ValueError):
    """Nothing in the document is a subscription; the message says why."""


@dataclass(frozen=True, slots=True)
class Outline:
    """A subscription. `feed` and `home` are absolute web addresses; `categories` as `/a/b`."""

    title: str
    feed: str
    home: str | None = None
    language: str | None = None
    categories: tuple[str, ...] = ()


@dataclass(slots=True)
class Read:
    """What was in a document; `problem` says what of it could not be read."""

    outlines: list[Outline] = field(default_factory=list)
    problem: str | None = None


def parse(body: bytes) -> Read:
    """The subscriptions in an OPML document, in its order, whatever folders they lie in. Raises NotOpml.

    No DTD and no entity reaches the XML parser; a damaged document gives what stands before the damage.
    """
    if len(body) > MAX_BYTES:
        raise NotOpml(f"more than {MAX_BYTES} bytes")
    text = charset.decode(body, None).text.replace("\x00", "")
    document = _REFERENCE.sub(_harmless, text[prolog.end(text) :])
    if not re.match(r"<opml[\s>]", document, re.IGNORECASE):
        raise NotOpml("it does not begin with <opml>")
    read = _read(document)
    if not read.outlines:
        raise NotOpml(read.problem or "it names no feed")
    return read


class _Enough(Exception):
    """A bound is reached; the message says which."""


def _read(document: str) -> Read:
    read, refused, depth = Read(), 0, 0

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal depth, refused
        depth += 1
        if depth > MAX_DEPTH:
            raise _Enough(f"folders deeper than {MAX_DEPTH}")
        given = {key.lower(): value for key, value in attributes.items()}
        if name.lower() != "outline" or "xmlurl" not in given:
            return
        if len(read.outlines) == MAX_OUTLINES:
            raise _Enough(f"more than {MAX_OUTLINES} subscriptions, the first {MAX_OUTLINES} were read")
        outline = _outline(given)
        if outline:
            read.outlines.append(outline)
        else:
            refused += 1

    def end(_: str) -> None:
        nonlocal depth
        depth -= 1

    parser = expat.ParserCreate("utf-8")
    parser.StartElementHandler, parser.EndElementHandler = start, end
    problems = []
    try:
        for at in range(0, len(document), _CHUNK):
            parser.Parse(document[at : at + _CHUNK].encode("utf-8", "replace"), False)
        parser.Parse(b"", True)
    except _Enough as error:
        problems.append(str(error))
    except expat.ExpatError as error:
        problems.append(tidy(f"not well-formed: {error}", 300))
    if refused:
        problems.append(f"{refused} without a web address")
    read.problem = "; ".join(problems) or None
    return read


def _harmless(match: re.Match[str]) -> str:
    """A reference as XML knows it without a DTD: HTML's names as their characters, anything else as plain text."""
    name, number = match[1], match[2]
    if name in _XML_NAMES or number:
        return match[0]
    if name and f"{name};" in html5:
        return html.escape(html5[f"{name};"])
    return f"&amp;{match[0][1:]}"


def _outline(given: dict[str, str]) -> Outline | None:
    feed = given["xmlurl"].strip()
    if feed.startswith("feed:"):
        feed = feed.removeprefix("feed:") if feed.startswith("feed:http") else f"http:{feed.removeprefix('feed:')}"
    if not urls.is_web(feed):
        return None
    language = _LANGUAGE.match(given.get("language", "").strip().lower())
    return Outline(
        title=tidy(given.get("title"), MAX_TITLE) or tidy(given.get("text"), MAX_TITLE),
        feed=feed,
        home=resolve(feed, given.get("htmlurl")),
        language=language[0] if language else None,
        categories=tuple(filter(None, (tidy(each, 200) for each in given.get("category", "")[:2_000].split(",")))),
    )


def to_outlets(outlines: Iterable[Outline], known: Sequence[Outlet] = ()) -> list[Outlet]:
    """Outlets for subscriptions whose feeds are not read for one of `known` yet.

    Subscriptions of one name and home page become one outlet; its id is the one it was given out with or made from its
    name, and none of those that are taken.
    """
    feeds = {urls.canonical(feed) for outlet in known for feed in outlet.feeds}
    ids = {outlet.id for outlet in known}
    made: dict[tuple[str, str], Outlet] = {}
    for outline in outlines:
        name = urls.canonical(outline.feed)
        if name in feeds:
            continue
        feeds.add(name)
        home = outline.home or f"{urls.origin(outline.feed)}/"
        place = (outline.title, urls.canonical(home))
        if place in made:
            made[place] = replace(made[place], feeds=(*made[place].feeds, outline.feed))
        else:
            made[place] = _outlet(outline, home, ids)
            ids.add(made[place].id)
    return list(made.values())


def _outlet(outline: Outline, home: str, taken: set[str]) -> Outlet:
    said = dict(_pair(category) for category in outline.categories)
    name = outline.title[:500].strip() or urls.host(home)
    kind, country = said.get("kind", ""), said.get("country", "")
    return Outlet(
        id=_free(said.get("id", ""), taken) or _free(name, taken) or str(_free(urls.host(home), taken)),
        name=name,
        url=home,
        feeds=(outline.feed,),
        language=outline.language,
        country=country if re.fullmatch(r"[A-Z]{2}", country) else None,
        kind=kind if kind in outlets.KINDS else "news",
        aggregator=said.get("aggregator") == "true",
    )


def _pair(category: str) -> tuple[str, str]:
    name, _, value = category.strip("/").partition("/")
    return name, value


def _free(name: str, taken: set[str]) -> str | None:
    """A slug of a name that is not taken; None where nothing of the name can stand in one, as with Cyrillic."""
    folded = unicodedata.normalize("NFKD", name.lower().removeprefix("www."))
    folded = "".join(letter for letter in folded if not unicodedata.combining(letter))
    slug = _NOT_SLUG.sub("-", folded)[: _ID_LENGTH - 6].strip("-")
    if not slug or sum(letter.isalnum() and not letter.isascii() for letter in folded) > len(slug) // 2:
        return None
    numbered = (f"{slug}-{number}" for number in range(2, len(taken) + 3))
    return slug if slug not in taken else next(each for each in numbered if each not in taken)


def write(known: Iterable[Outlet], title: str) -> str:
    """OPML 2.0 with one outline per feed; `to_outlets` makes the same outlets of it again."""
    lines = [_line(outlet, feed) for outlet in known for feed in outlet.feeds]
    return "\n".join(
        [
            '<?xml version="1.0" encoding="UTF-8"?>',
            '<opml version="2.0">',
            "  <head>",
            f"    <title>{html.escape(tidy(title, MAX_TITLE))}</title>",
            "    <docs>http://opml.org/spec2.opml</docs>",
            "  </head>",
            "  <body>",
            *lines,
            "  </body>",
            "</opml>",
            "",
        ]
    )


def _line(outlet: Outlet, feed: str) -> str:
    said = {"id": outlet.id, "kind": outlet.kind, "country": outlet.country or ""}
    said |= {"aggregator": "true"} if outlet.aggregator else {}
    name = tidy(outlet.name, MAX_TITLE)
    attributes = {
        "type": "rss",
        "text": name,
        "title": name,
        "xmlUrl": feed,
        "htmlUrl": outlet.url,
        "language": outlet.language or "",
        "category": ",".join(f"/{key}/{value}" for key, value in said.items() if value),
    }
    written = " ".join(f'{key}="{html.escape(value)}"' for key, value in attributes.items() if value)
    return f"    <outline {written}/>"
