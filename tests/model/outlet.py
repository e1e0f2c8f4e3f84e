"""An outlet that publishes items of known kinds, and what has to become of each."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from email.utils import formatdate
from enum import StrEnum
from http.server import BaseHTTPRequestHandler

from services.contracts import State
from services.fetcher import urls
from tests.fetcher.serving import FakeOutlet, respond

FEED = "/feed"


class Kind(StrEnum):
    """`COPY` has the text of the article published last before it; `BUSY` is answered 503 when first asked for."""

    ARTICLE = "article"
    COPY = "copy"
    BUSY = "busy"
    OFF_TOPIC = "off_topic"
    GONE = "gone"
    NO_PAGE = "no_page"


ENDS = {Kind.OFF_TOPIC: State.OFF_TOPIC, Kind.GONE: State.GONE, Kind.NO_PAGE: State.REFUSED}
"""Where everything but articles and their copies ends."""


@dataclass(frozen=True)
class Published:
    key: str
    url: str
    kind: Kind
    seed: int


@dataclass
class Paper:
    """Serves one feed, a new validator with each item, and the pages of its items."""

    outlet: FakeOutlet
    published: list[Published] = field(default_factory=list)
    _asked: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.outlet.answers.clear()
        self.outlet.answers[FEED] = self._feed

    @property
    def feed(self) -> str:
        return self.outlet.url(FEED)

    def publish(self, kind: Kind) -> None:
        number = len(self.published)
        path = f"/{kind}-{number}"
        url = self.outlet.url(path)
        seeds = [each.seed for each in self.published if each.kind in (Kind.ARTICLE, Kind.BUSY)]
        seed = seeds[-1] if kind is Kind.COPY and seeds else number
        self.published.append(Published(urls.item_key(url), url, kind, seed))
        if kind is not Kind.GONE:
            self.outlet.answers[path] = self._page(kind, seed, path)

    def _feed(self, handler: BaseHTTPRequestHandler) -> None:
        items = tuple(self.published)
        etag = f'"{len(items)}"'
        if handler.headers.get("If-None-Match") == etag:
            respond(handler, b"", 304, ETag=etag)
            return
        entries = "".join(
            f"<item><title>Notice {number}</title><link>{each.url}</link>"
            f"<pubDate>{formatdate(1_646_300_000 + 60 * number, usegmt=True)}</pubDate></item>"
            for number, each in enumerate(items)
        )
        body = f"<rss version='2.0'><channel><title>Paper</title>{entries}</channel></rss>"
        respond(handler, body.encode(), ETag=etag, Content_Type="application/rss+xml")

    def _page(self, kind: Kind, seed: int, path: str) -> Callable[[BaseHTTPRequestHandler], None]:
        body = (
            b"%PDF-1.7 no page"
            if kind is Kind.NO_PAGE
            else html("harbour" if kind is Kind.OFF_TOPIC else "flood", seed)
        )

        def answer(handler: BaseHTTPRequestHandler) -> None:
            if kind is Kind.BUSY and path not in self._asked:
                self._asked.add(path)
                respond(handler, b"later", 503)
            else:
                respond(handler, body, Content_Type="application/pdf" if kind is Kind.NO_PAGE else "text/html")

        return answer


def html(subject: str, seed: int) -> bytes:
    chance = random.Random(seed)
    title = f"The {subject} {_words(chance, 4)}"
    paragraphs = "".join(f"<p>The {subject} {_words(chance, 25)}.</p>" for _ in range(6))
    article = f"<article><h1>{title}</h1>{paragraphs}</article>"
    return f"<html><head><title>{title}</title></head><body>{article}</body></html>".encode()


def _words(chance: random.Random, count: int) -> str:
    syllables = [consonant + vowel for consonant in "bdfgklmnprstvz" for vowel in "aeiou"]
    return " ".join("".join(chance.choices(syllables, k=chance.randint(2, 4))) for _ in range(count))
