"""The feeds of an outlet: RSS 2.0, Atom, RSS 1.0 (RDF) and JSON Feed, whole or damaged."""

import json
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime

from services.newsstand.page import templates
from services.newsstand.paper import FeedSpec, Paper
from services.newsstand.story import Story

MEDIA_TYPES = {
    "rss": "application/rss+xml",
    "atom": "application/atom+xml",
    "rdf": "application/rdf+xml",
    "json": "application/feed+json",
}

_ODD_DATES = ("%d.%m.%Y %H:%M", "%Y/%m/%d %H:%M:%S", "%a, %d %b %y %H:%M GMT", "%d %b %Y", "%Y-%m-%dT%H:%MZ")
"""Shapes that no feed standard knows; a feed with `dates = "odd"` goes through them in turn."""


@dataclass(frozen=True, slots=True)
class Entry:
    id: str
    link: str
    title: str
    date: str
    author: str
    summary: str
    section: str


def render(paper: Paper, feed: FeedSpec, base: str) -> bytes:
    """The feed's bytes as its server sends them, declared and real encoding and all damage included."""
    entries = [_entry(feed, story, base, number) for number, story in enumerate(paper.listed(feed))]
    if feed.format == "json":
        return _json(paper, feed, base, entries).encode()
    text = templates().get_template(f"{feed.format}.xml").render(paper=paper, feed=feed, base=base, entries=entries)
    return _damaged(text, feed.readable).encode(feed.sent)


def newest(paper: Paper, feed: FeedSpec) -> datetime:
    """When the feed last changed."""
    return max(story.published for story in paper.listed(feed))


def _entry(feed: FeedSpec, story: Story, base: str, number: int) -> Entry:
    address = base + story.path.lstrip("/")
    return Entry(
        id=address,
        link=f"{address}?{feed.tracking}" if feed.tracking else address,
        title=story.title,
        date=_date(feed, story.published, number),
        author=story.author,
        summary=story.summary,
        section=story.section,
    )


def _date(feed: FeedSpec, published: datetime, number: int) -> str:
    if feed.dates == "odd":
        return published.strftime(_ODD_DATES[number % len(_ODD_DATES)])
    return format_datetime(published) if feed.format == "rss" else published.isoformat()


def _damaged(text: str, readable: int) -> str:
    if not readable:
        return text
    pieces = text.split("<item>")
    return "<item>".join(pieces[: readable + 1]) + "<ite"


def _json(paper: Paper, feed: FeedSpec, base: str, entries: list[Entry]) -> str:
    document = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": paper.name,
        "home_page_url": base,
        "feed_url": base + feed.path.lstrip("/"),
        "language": paper.language,
        "items": [
            {
                "id": entry.id,
                "url": entry.link,
                "title": entry.title,
                "date_published": entry.date,
                "summary": entry.summary,
                "authors": [{"name": entry.author}] if entry.author else [],
                "tags": [entry.section] if entry.section else [],
            }
            for entry in entries
        ],
    }
    return json.dumps(document, ensure_ascii=False)
