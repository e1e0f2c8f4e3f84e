"""A response body into a feed, in this process or in a child that may be killed.

`parse` is the whole of it. A hostile document can keep a parser busy for minutes, so the fetcher runs it where it can
be stopped: `request` makes the question, `answer` is what the child runs, `from_answer` reads its reply.
"""

import base64
import binascii
import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from services.contracts import Reason
from services.fetcher import charset, compression, entries, jsonfeed, sitemap, xmlfeed
from services.fetcher.entries import Entry, Feed, NotAFeed, from_json, to_json

__all__ = ["Entry", "Feed", "NotAFeed", "answer", "from_answer", "from_json", "parse", "question", "request", "to_json"]

_GZIP = b"\x1f\x8b"


def parse(body: bytes, *, content_type: str | None, url: str, now: float) -> Feed:
    """The feed in `body`, which came from `url`; `now` is unix seconds and judges the entries' dates.

    The format is told from the content: a Content-Type is believed only for its charset. A damaged feed gives what
    can be read, and a `problem`. Raises NotAFeed where there is nothing to read: an HTML page, an empty body.
    """
    decoded = charset.decode(_unpacked(body), content_type)
    del body  # a hostile one is as large as it may be: no copy is kept longer than needed
    text = decoded.text.replace("\x00", "")
    feed = _reader(text)(text, url=url, now=now)
    named = tuple(entry for entry in feed.entries if entry.url or entry.guid or entry.title)
    nameless = len(feed.entries) - len(named)
    problems = (decoded.problem, feed.problem, f"{nameless} without link, id and title" if nameless else None)
    return replace(feed, entries=named, charset=decoded.charset, problem="; ".join(filter(None, problems)) or None)


def _unpacked(body: bytes) -> bytes:
    """A file that is gzipped in itself (`sitemap.xml.gz`), whatever its headers say."""
    if not body.startswith(_GZIP):
        return body
    try:
        return compression.expand(body, "gzip", sitemap.MAX_BYTES)
    except compression.TooLarge as error:
        raise NotAFeed(f"{error} when unpacked", Reason.TOO_LARGE) from error
    except compression.BadCoding as error:
        raise NotAFeed(str(error), Reason.BAD_ENCODING) from error


def _reader(text: str) -> Callable[..., Feed]:
    if text.lstrip("\ufeff \t\r\n")[:1] in {"{", "["}:
        return jsonfeed.parse
    return sitemap.parse if sitemap.is_one(text) else xmlfeed.parse


def request(body: bytes, *, content_type: str | None, url: str, now: float) -> dict[str, Any]:
    """The question for `answer`, in JSON's types."""
    return {
        "body_b64": base64.b64encode(body).decode("ascii"),
        "content_type": content_type,
        "url": url,
        "now": now,
    }


def question(body: bytes, *, content_type: str | None, url: str, now: float) -> tuple[bytes, bytes, bytes]:
    """What `request` makes, written down, in three pieces."""
    rest = json.dumps({"content_type": content_type, "url": url, "now": now})
    return b'{"body_b64": "', base64.b64encode(body), f'", {rest[1:]}'.encode()


def answer(asked: dict[str, Any]) -> dict[str, Any]:
    """`{"feed": …}` or `{"error": {"reason", "detail"}}` for what `request` made; takes the body out of it."""
    try:
        body = [base64.b64decode(asked.pop("body_b64"), validate=True)]
        content_type, url, now = asked["content_type"], str(asked["url"]), float(asked["now"])
    except (KeyError, TypeError, ValueError, AttributeError, binascii.Error) as error:
        return {"error": {"reason": Reason.BAD_MESSAGE.value, "detail": f"not a request: {error!r}"}}
    try:
        return {"feed": to_json(parse(body.pop(), content_type=content_type, url=url, now=now))}
    except NotAFeed as error:
        return {"error": {"reason": error.reason.value, "detail": error.detail}}
    except MemoryError:
        return {"error": {"reason": Reason.TOO_LARGE.value, "detail": "takes more memory to read than a feed may"}}


def from_answer(reply: Mapping[str, Any]) -> Feed:
    """The feed that a child answered with. Raises NotAFeed with the reason that the child gave."""
    if "error" in reply:
        error = reply["error"]
        raise NotAFeed(str(error["detail"]), Reason(error["reason"]))
    return entries.from_json(reply["feed"])
