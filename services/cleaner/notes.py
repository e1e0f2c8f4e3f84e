"""What the body of a page says about itself near its headline: headings, bylines, dates, links to writers and sources.

Only the neighbourhood of the headline is looked at, because bylines and dates of other stories look just like the
article's. The whole page is searched where that neighbourhood names neither a writer nor a date.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import islice
from typing import Any

from lxml import etree

from services.cleaner import addresses, characters, headlines, hints, phrases, shapes, vicinity
from services.cleaner.declared import Declared
from services.cleaner.headlines import Heading
from services.contracts import NoiseKind

MAX_NAMED = 3
"""Different writers found far from the headline; more say nothing about who wrote this article."""

_MAX_NOTES, _MAX_LINKS, _MAX_SOURCES = 8, 400, 20
_LINE_WORDS = 20
_FRONT = 60
_SOURCE_WORDS = 16
_NAMED = re.compile(
    r"(?:^|[\s_-])(?:fn|name|author|autor|auteur|byline|vcard|username)(?:$|[\s_-])|[a-z]Name", re.IGNORECASE
)
_ROLE = re.compile(r"title|role|job|position|bio|date|time|descr|meta|label|count", re.IGNORECASE)
_BYLINE = re.compile(
    r"author(?!i[tz])|autor(?!is)|auteur|by-?_?line|posted-?_?by|written-?_?by|wrote|vcard|redakteur|redacteur|reporter"
    r"|contributor|writer|yazar|muhabir|signature|(?:^|[\s_-])firma(?:$|[\s_-])",
    re.IGNORECASE,
)
_DATE = re.compile(
    r"date|published|publication|posted|time-?stamp|datum|fecha|tarih|(?:post|entry|article)-?_?meta|dato",
    re.IGNORECASE,
)
_COMMENTS = re.compile(r"(?:^|[\s_-])comments?(?:$|[\s_-]|list)|disqus", re.IGNORECASE)
_CHANGED = re.compile(r"modif|updat|changed|aktualis|edited|revised", re.IGNORECASE)
_PUBLISHED = re.compile(r"publi|created|posted|issued", re.IGNORECASE)
_DAY = re.compile(
    r"\d{1,2}\W{1,3}[^\W\d]{0,12}\W{0,5}(?:de\s|del\s)?(?:19|20)\d\d|(?:19|20)\d\d[年년./-]\s?\d|\d\d?[./-]\d\d?[./-]\d\d(?!\d)"
    r"|\d(?:st|nd|rd|th|er)\W{1,2}[^\W\d]{0,12}\W{0,3}\d{4}|\d\sde\s[^\W\d]{3,12}\sde"
)
_AUTHORS = frozenset({"author", "creator"})
_DATES = frozenset({"datepublished", "datecreated", "dateposted"})

_BOXES = frozenset({"div", "section", "ol", "ul", "li", "article"})
_TEXTUAL = frozenset({"p", "div", "span", "em", "i", "strong", "b", "small", "blockquote", "center", "font", "section"})

_parts = etree.XPath("//*[@itemprop or @rel]")


@dataclass(frozen=True, slots=True)
class Signature:
    """A byline: its text, and the names that the markup sets apart in it. `marked` is one that a class calls so."""

    text: str
    names: tuple[str, ...] = ()
    marked: bool = True


@dataclass(frozen=True, slots=True)
class Moment:
    """A date as the page writes it: `value` for machines, `text` for readers.

    `marked` is one of publication by its markup, `changed` one of an update, `loose` a line of no special markup.
    """

    value: str
    text: str
    marked: bool = False
    changed: bool = False
    loose: bool = False


@dataclass(frozen=True, slots=True)
class Notes:
    """Headings in the order of the page; bylines and moments nearest to the headline first.

    `declared` are names in `itemprop` and `rel` attributes, `linked` texts of links to pages of writers, `sources`
    addresses of links "to the original article", `sites` texts of links to the front page.
    """

    headings: tuple[Heading, ...] = ()
    bylines: tuple[Signature, ...] = ()
    moments: tuple[Moment, ...] = ()
    declared: tuple[str, ...] = ()
    linked: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    sites: tuple[str, ...] = ()


@dataclass(slots=True)
class _Found:
    bylines: list[Signature] = field(default_factory=list)
    moments: list[Moment] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)


def read(tree: Any, about: Declared, *, signed: bool = False, dated: bool = False) -> Notes:
    """The notes of a parsed page. `about` tells which of its headings is the headline.

    `signed` and `dated` say that the writer and the date are known already, and need not be looked for.
    """
    titles = [characters.key(title) for title in (about.meta.get("og:title"), about.title) if title]
    pairs = headlines.read(tree, titles)
    found = _Found()
    declared: list[str] = []
    if not (signed and dated):
        _search(tree, headlines.choose(pairs, titles), found, signed=signed, dated=dated)
        declared = _declared(tree, found)
    linked, sources, sites = _links(tree, about, signed=signed)
    return Notes(
        tuple(heading for _, heading in pairs),
        tuple(found.bylines),
        tuple(found.moments),
        _few(declared),
        _few(linked),
        tuple(sources),
        tuple(dict.fromkeys(sites)),
    )


def _search(tree: Any, head: Any, found: _Found, *, signed: bool, dated: bool) -> None:
    if head is not None:
        _collect(vicinity.after(head), found)
        _collect(vicinity.before(head), found)
    days = any(_DAY.search(moment.value or moment.text) for moment in found.moments)
    if (signed or found.bylines) and (dated or days):
        return
    wide = _Found()
    _collect(vicinity.own(tree), wide)
    if not found.bylines and len({byline.text for byline in wide.bylines}) <= MAX_NAMED:
        found.bylines = wide.bylines
    found.moments = found.moments if days else wide.moments


def _collect(elements: Iterator[Any], found: _Found) -> None:
    starts = _starts()
    for element in elements:
        tag = element.tag
        if tag in vicinity.SILENT:
            continue
        if tag == "time":
            _add_moment(element, found, "time")
        names = element.get("class") or element.get("data-testid")
        role = _role(names) if names else None
        if role == "comments" and tag in _BOXES:
            return
        if (role == "byline" or tag == "byline") and len(found.bylines) < _MAX_NOTES:
            _add_byline(element, found)
        elif role == "date" and tag != "time":
            _add_moment(element, found, names)
        text = element.text
        if text and len(text) <= vicinity.MAX_TEXT and (text := text.strip()):
            _add_text(element, text, found, starts)
        tail = element.tail
        if tail and len(tail) <= 120 and len(found.moments) < _MAX_NOTES and _DAY.search(tail):
            found.moments.append(Moment("", characters.squeeze(tail), loose=True))
        if len(found.moments) >= _MAX_NOTES and len(found.bylines) >= _MAX_NOTES:
            return


def _add_text(element: Any, text: str, found: _Found, starts: frozenset[str]) -> None:
    """A short line with a date, or one that begins with "By", whatever its element is called."""
    if len(text) <= 120 and element.tag != "time" and len(found.moments) < _MAX_NOTES and _DAY.search(text):
        found.moments.append(Moment("", characters.squeeze(text), loose=True))
    first = text[:24].split(None, 1)[0].rstrip(":").lower()
    if first in starts and len(found.bylines) < _MAX_NOTES:
        line = vicinity.text_of(element, " ")
        if len(line.split()) <= 2 and element.getparent() is not None:
            element = element.getparent()
            line = vicinity.text_of(element, " ")
        if len(line.split()) <= _LINE_WORDS and not shapes.ends_sentence(line):
            _add_byline(element, found, marked=False)


def _add_byline(element: Any, found: _Found, *, marked: bool = True) -> None:
    text = vicinity.text_of(element, " ")
    if not text or len(text) > vicinity.MAX_TEXT or text in found.seen:
        return
    found.seen.add(text)
    names = [name for part in element.iter("a", "span", "strong", "b", "cite") if (name := _name(part))]
    found.bylines.append(Signature(text, tuple(dict.fromkeys(names))[:_MAX_NOTES], marked))


def _name(part: Any) -> str:
    """The text of a part of a byline that is marked as a name, or of a link to a page of its writer."""
    names = part.get("class") or ""
    marked = (_NAMED.search(names) and not _ROLE.search(names)) or part.get("itemprop") == "name"
    linked = part.tag == "a" and ("author" in (part.get("rel") or "") or _is_writer(part.get("href") or ""))
    if not (marked or linked) or part.find("*") is not None:
        return ""
    return vicinity.text_of(part)


def _add_moment(element: Any, found: _Found, names: str) -> None:
    if len(found.moments) >= _MAX_NOTES:
        return
    value = (element.get("datetime") or element.get("content") or "").strip()[:60]
    text = vicinity.text_of(element)
    if not value and (not text or len(text) > vicinity.MAX_TEXT or not any(c.isdigit() for c in text)):
        return
    about = f"{names} {element.get('class') or ''} {element.get('itemprop') or ''}"
    changed = _CHANGED.search(about) is not None
    marked = _PUBLISHED.search(about) is not None or element.get("pubdate") is not None
    found.moments.append(Moment(value, text, marked and not changed, changed and not marked))


def _declared(tree: Any, found: _Found) -> list[str]:
    """Names in microdata and `rel=author`. Dates in microdata are added to what was found, in front."""
    names: list[str] = []
    moments: list[Moment] = []
    for element in islice(_parts(tree), _MAX_LINKS):
        prop = (element.get("itemprop") or "").lower()
        if prop in _AUTHORS:
            if not _is_quoted(element):
                names += _named(element)
        elif prop in _DATES:
            value = element.get("datetime") or element.get("content") or vicinity.text_of(element)
            if element.tag != "meta" and not moments and not _is_quoted(element):
                moments.append(Moment(value.strip()[:60], "", marked=True))
        elif (
            "author" in (element.get("rel") or "").lower().split()
            and element.tag == "a"
            and not vicinity.is_foreign(element)
        ):
            names.append(vicinity.text_of(element, " "))
    found.moments[:0] = moments
    return names


def _named(element: Any) -> list[str]:
    """Texts of the parts that are the name, if some are marked so; else the text of the whole."""
    parts = [part for part in element.iter() if part is not element and part.get("itemprop") == "name"]
    return [part.get("content") or vicinity.text_of(part, " ") for part in parts or [element]]


def _is_quoted(element: Any) -> bool:
    """True inside a comment or a review, whose authors and dates are not the article's."""
    return any(
        (ancestor.get("itemprop") or "") in {"comment", "review"}
        or (ancestor.get("itemtype") or "").rsplit("/", 1)[-1] in {"Comment", "Review", "UserComments"}
        for ancestor in element.iterancestors()
    )


def _few(names: list[str]) -> tuple[str, ...]:
    kept = tuple(dict.fromkeys(name for name in names if 1 < len(name) <= 120))
    return kept if len(kept) <= MAX_NAMED else ()


def _links(tree: Any, about: Declared, *, signed: bool) -> tuple[list[str], list[str], list[str]]:
    """Writers' names, addresses of sources, and what the front page is called, from the page's links."""
    home = addresses.host(about.canonical or about.meta.get("og:url"))
    own = tuple(f"{scheme}://{www}{home}" for scheme in ("https", "http") for www in ("", "www."))
    linked: list[str] = []
    sources: list[str] = []
    sites: list[str] = []
    tries = _MAX_SOURCES
    for element in islice(tree.iter("a"), _MAX_LINKS):
        address = element.get("href")
        if not address:
            continue
        outward = address.startswith("http") and not address.startswith(own)
        if not outward and len(address) <= _FRONT and len(sites) < MAX_NAMED and headlines.FRONT_PAGE.match(address):
            sites.append(vicinity.text_of(element))
        elif outward and tries and element.getparent().tag in _TEXTUAL:
            tries -= 1
            if _says_source(element):
                sources.append(address.strip()[:2_000])
        elif not signed and _is_writer(address) and shapes.is_title_case_name(text := vicinity.text_of(element)):
            linked.append(text)
    return linked, sources, [site for site in sites if 1 < len(site) <= _FRONT]


def _says_source(element: Any) -> bool:
    text = element.text if not len(element) else "".join(element.itertext())
    if not text or not 10 <= len(text) <= 160 or not 3 <= len(text.split()) <= _SOURCE_WORDS:
        return False
    phrase = phrases.load().find(phrases.split(text), margin=False)
    return phrase is not None and phrase.kind is NoiseKind.SOURCE_LINK


@lru_cache(maxsize=1)
def _starts() -> frozenset[str]:
    """First words of bylines, lower case."""
    return frozenset(entry.split()[0] for entry in phrases.load().vocabulary["by"] if entry) - {"a", "ein"}


@lru_cache(maxsize=4096)
def _role(names: str) -> str | None:
    """What a class says that an element holds: "byline", "date", or "comments", which end an article."""
    names = names[: vicinity.MAX_TEXT]
    if _COMMENTS.search(names):
        return "comments"
    if _BYLINE.search(names):
        return "byline"
    return "date" if _DATE.search(names) else None


def _is_writer(address: str) -> bool:
    """True for addresses under which outlets list what one writer has written."""
    return _writers_pages().search(address[:400]) is not None


@lru_cache(maxsize=1)
def _writers_pages() -> re.Pattern[str]:
    steps = "|".join(map(re.escape, sorted(hints.load().author_pages)))
    return re.compile(rf"^[^?#]*/(?:{steps})/[^/?#]", re.IGNORECASE)
