"""The feeds that a home page names: by its alternate links, and by what its anchors look like."""

import re
from dataclasses import dataclass
from itertools import islice

from services.fetcher import charset, tags
from services.fetcher.entries import plain, resolve, tidy

MAX_BYTES = 2_000_000
MAX_FOUND = 50
MAX_TAGS = 20_000
TYPES = (
    "application/rss+xml",
    "application/atom+xml",
    "application/feed+json",
    "application/rdf+xml",
    "application/json",
    "application/xml",
    "text/xml",
)
USUAL = ("/feed/", "/rss", "/rss.xml", "/feed.xml", "/atom.xml", "/index.xml", "/feed.json", "/news-sitemap.xml")
"""Paths at which sites of the usual systems have a feed; for a page that names none."""

_NAMES = frozenset({"link", "base", "a", "html"})
_LIKELY = re.compile(r"(?:^|[/._?=&-])(?:rss|atom|feed|feeds|rdf)(?:$|[/._?=&-]|\d)", re.IGNORECASE)
_COMMENTS = re.compile(r"comment|komment|коммент|комент", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Candidate:
    """`declared` says that the page calls it a feed; without, its address only looks like one."""

    url: str
    title: str
    type: str
    declared: bool


@dataclass(frozen=True, slots=True)
class Page:
    """`candidates`: declared ones first, feeds of comments last, otherwise in the page's order."""

    language: str | None
    candidates: tuple[Candidate, ...]


def read(body: bytes, content_type: str | None, url: str) -> Page:
    """What a page at `url` says of feeds; never fails."""
    text = charset.decode(body[:MAX_BYTES], content_type).text
    base, language = url, None
    found: dict[str, Candidate] = {}
    for tag, attributes in islice(tags.find(text, _NAMES), MAX_TAGS):
        if tag == "base":
            base = resolve(url, attributes.get("href")) or base
        elif tag == "html":
            language = language or tidy(attributes.get("lang"), 20) or None
        elif candidate := _candidate(tag, attributes, base):
            known = found.get(candidate.url)
            if known is None or (candidate.declared and not known.declared):
                found[candidate.url] = candidate
    ranked = sorted(found.values(), key=lambda each: (_is_of_comments(each), not each.declared))
    return Page(language, tuple(ranked[:MAX_FOUND]))


def usual(url: str) -> tuple[str, ...]:
    """Where a site that names no feed may have one."""
    return tuple(filter(None, (resolve(url, path) for path in USUAL)))


def _candidate(tag: str, attributes: dict[str, str], base: str) -> Candidate | None:
    place = resolve(base, attributes.get("href"))
    if place is None:
        return None
    kind = tidy(attributes.get("type"), 100).lower().partition(";")[0].strip()
    relations = attributes.get("rel", "").lower().split()
    title = plain(attributes.get("title"), 300)
    if tag == "link":
        is_feed = "feed" in relations or ("alternate" in relations and kind in TYPES)
        # WordPress names its API by an alternate link of type JSON.
        is_feed = is_feed and not (kind == "application/json" and "/wp-json/" in place)
        return Candidate(place, title, kind, True) if is_feed else None
    return Candidate(place, title, kind, kind in TYPES[:4]) if kind in TYPES[:4] or _LIKELY.search(place) else None


def _is_of_comments(candidate: Candidate) -> bool:
    return _COMMENTS.search(f"{candidate.url} {candidate.title}") is not None
