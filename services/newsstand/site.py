"""What an outlet's server answers to a path: pure, so that the server only carries bytes."""

import gzip
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import format_datetime
from hashlib import blake2b
from urllib.parse import unquote

from services.newsstand import feed, page
from services.newsstand.paper import FeedSpec, Paper
from services.newsstand.story import Story


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()


def answer(paper: Paper, base: str, target: str, headers: Mapping[str, str]) -> Answer:
    """`target` as it stands in the request line; `headers` with lower-case names."""
    found = _route(paper, base, target, headers)
    if paper.gzip and found.body and "gzip" in headers.get("accept-encoding", ""):
        return Answer(found.status, gzip.compress(found.body), (*found.headers, ("Content-Encoding", "gzip")))
    return found


def pdf(title: str) -> bytes:
    """A document of one blank page, the least that a reader of PDF opens."""
    name = title.encode("utf-16-be").hex()
    return (
        "%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
        "2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
        "3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>endobj\n"
        f"4 0 obj<</Title<feff{name}>>>endobj\ntrailer<</Root 1 0 R/Info 4 0 R>>\n%%EOF\n"
    ).encode("ascii")


def _route(paper: Paper, base: str, target: str, headers: Mapping[str, str]) -> Answer:
    if paper.failing:
        return Answer(500, b"out of order\n", (_type("text/plain"),))
    path = unquote(target.partition("?")[0])
    for spec in paper.feeds:
        if path == spec.moved_from:
            return Answer(301, b"", (("Location", base + spec.path.lstrip("/")),))
        if path == spec.path:
            return _feed(paper, spec, base, headers)
    for story in paper.stories:
        if path == story.path:
            return _story(paper, story, base)
    if path == "/":
        return _html(paper, 200, page.front(paper, paper.name, base))
    if path == "/robots.txt" and paper.robots:
        return Answer(200, paper.robots.encode(), (_type("text/plain; charset=utf-8"),))
    return _html(paper, 404, page.absent(paper, 404))


def _story(paper: Paper, story: Story, base: str) -> Answer:
    if story.status != 200:
        return _html(paper, story.status, page.absent(paper, story.status))
    if story.kind == "pdf":
        return Answer(200, pdf(story.title), (_type("application/pdf"),))
    if story.kind == "front":
        return _html(paper, 200, page.front(paper, story.title, base))
    return _html(paper, 200, page.article(paper, story, base))


def _feed(paper: Paper, spec: FeedSpec, base: str, headers: Mapping[str, str]) -> Answer:
    body = feed.render(paper, spec, base)
    validators = _validators(paper, spec, body)
    if _unchanged(dict(validators), headers):
        return Answer(304, b"", validators)
    return Answer(200, body, (_type(f"{feed.MEDIA_TYPES[spec.format]}; charset={spec.said}"), *validators))


def _validators(paper: Paper, spec: FeedSpec, body: bytes) -> tuple[tuple[str, str], ...]:
    tag = f'"{blake2b(body, digest_size=8).hexdigest()}"'
    modified = ("Last-Modified", format_datetime(feed.newest(paper, spec), usegmt=True))
    return {
        "both": (("ETag", tag), modified),
        "etag": (("ETag", tag),),
        "weak": (("ETag", f"W/{tag}"),),
        "modified": (modified,),
        "none": (),
    }[spec.validators]


def _unchanged(validators: Mapping[str, str], headers: Mapping[str, str]) -> bool:
    """RFC 9110, 13.1: If-None-Match decides where it is sent, compared weakly; the date only where it is not."""
    if "if-none-match" in headers:
        tags = [tag.strip().removeprefix("W/") for tag in headers["if-none-match"].split(",")]
        return "*" in tags or validators.get("ETag", "").removeprefix("W/") in tags
    return "Last-Modified" in validators and headers.get("if-modified-since") == validators["Last-Modified"]


def _html(paper: Paper, status: int, text: str) -> Answer:
    body = text.encode(paper.encoding, "xmlcharrefreplace")
    return Answer(status, body, (_type(f"text/html; charset={paper.encoding}"),))


def _type(value: str) -> tuple[str, str]:
    return ("Content-Type", value)
