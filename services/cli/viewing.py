"""`vigie clean FILE|URL`: one page as a person wants to see it, what was kept and what was struck out, and why."""

import argparse
import asyncio
import base64
import json
import sys
from collections import Counter
from itertools import groupby
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.text import Text

from services.cli.cleaning import ask_cleaner, cleaning, written
from services.cli.wiring import settings_from
from services.logs import escape
from services.settings import Settings

MAX_FILE = 20_000_000
"""Bytes of the largest file that is read; no page is that large."""

_KEPT = {"heading": "bold", "standfirst": "italic", "quote": "italic"}
_OPENING = 1_000
_TAGS = (b"<html", b"<body", b"<p>", b"<div", b"<!doctype")
_SHORTENED = 400
_LONGEST_RULE = 60


class CannotShow(Exception):
    """There is nothing to show; the message says why and what to do."""


def clean(arguments: argparse.Namespace) -> int:
    """Exit code 0 for a page with an article, 1 for one without or a place that cannot be read."""
    settings = settings_from(arguments)
    try:
        question = _question(arguments.place, settings)
    except CannotShow as error:
        print(f"vigie: {error}", file=sys.stderr)
        return 1
    with cleaning(settings) as sandbox:
        answer = ask_cleaner(sandbox, json.dumps(question).encode(), arguments.place)
    if arguments.json:
        from services.cleaner import answers

        sys.stdout.buffer.write(written(answers.published(answer)) + b"\n")
    elif answer["error"] is None:
        _tell(Console(highlight=False, soft_wrap=True), answer, removed_only=arguments.removed_only)
    if (wrong := answer["error"]) is not None:
        print(f"vigie: {escape(arguments.place)}: {wrong['reason']}: {escape(wrong['detail'])}", file=sys.stderr)
    return 0 if wrong is None else 1


def _question(place: str, settings: Settings) -> dict[str, Any]:
    if place.startswith(("http://", "https://")):
        return _fetched(place, settings)
    body = _stdin() if place == "-" else _file(Path(place))
    if not body.strip():
        raise CannotShow(f"{escape(place)} is empty")
    return {"id": place, **_content(body)}


def _stdin() -> bytes:
    return _bounded(sys.stdin.buffer.read(MAX_FILE + 1), "standard input")


def _file(path: Path) -> bytes:
    try:
        with path.open("rb") as opened:
            return _bounded(opened.read(MAX_FILE + 1), str(path))
    except FileNotFoundError as error:
        raise CannotShow(f"{path} is not there; name a file, an http(s) URL, or - for standard input") from error
    except (OSError, ValueError) as error:
        raise CannotShow(f"{path} cannot be read: {error}") from error


def _bounded(body: bytes, name: str) -> bytes:
    if len(body) > MAX_FILE:
        raise CannotShow(f"{name} is larger than {MAX_FILE:,} bytes; no page is")
    return body


def _content(body: bytes) -> dict[str, str]:
    """HTML or plain text: what begins with markup, or has elements of a page near its beginning, is HTML."""
    opening = body[:_OPENING].replace(b"\x00", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n").lower()
    if opening.startswith(b"<") or any(tag in opening for tag in _TAGS):
        return {"html_b64": base64.b64encode(body).decode("ascii")}
    from services.cleaner import encoding

    return {"text": encoding.decode(body, "text/plain")}


def _fetched(url: str, settings: Settings) -> dict[str, Any]:
    from services.fetcher.web import ACCEPT_PAGE, FetchError, Response, Web, verdict

    async def get() -> Response:
        async with Web(settings.user_agent, settings.allow_private) as web:
            return await web.get(
                url, accept=ACCEPT_PAGE, limit_bytes=settings.page_bytes, deadline_s=settings.page_timeout
            )

    try:
        response = asyncio.run(get())
    except FetchError as error:
        raise CannotShow(f"{escape(url)}: {error.reason}: {escape(error.detail)}{_remedy(error.reason)}") from error
    if (wrong := verdict(response.status)) is not None:
        answered = f"the server answered {response.status}"
        raise CannotShow(f"{escape(url)}: {wrong}: {answered}; save the page in a browser and name the file")
    kind = response.headers.get("content-type")
    body = base64.b64encode(response.body).decode("ascii")
    return {"id": url, "url": response.url, "html_b64": body, "content_type": kind}


def _remedy(reason: str) -> str:
    remedies = {
        "private_address": "; VIGIE_ALLOW_PRIVATE names private networks that may be asked",
        "too_large": "; VIGIE_PAGE_BYTES sets the limit",
        "timeout": "; VIGIE_PAGE_TIMEOUT sets the limit",
    }
    return remedies.get(str(reason), "")


def _tell(console: Console, answer: dict[str, Any], *, removed_only: bool) -> None:
    console.print(Text(escape(answer["title"]) or "(no title)", style="bold"))
    console.print(Text(_meta(answer["meta"]), style="dim"))
    console.print()
    if removed_only:
        _group(console, answer["removed"])
    elif any(cut["at"] for cut in answer["removed"]) or not answer["removed"]:
        _in_order(console, answer)
    else:
        for block in answer["blocks"]:
            _keep(console, block)
        console.print()
        _group(console, answer["removed"])
    console.print()
    counts = Counter(cut["kind"] for cut in answer["removed"])
    told = ", ".join(f"{count} {kind}" for kind, count in counts.most_common()) or "nothing"
    console.print(Text(f"{len(answer['blocks'])} blocks kept; struck out: {told}", style="dim"))


def _meta(meta: dict[str, Any]) -> str:
    facts = [meta[name] for name in ("outlet", "author", "published", "language", "kind") if meta[name]]
    facts += [word for word in ("paywalled", "aggregator") if meta[word]]
    facts += [meta[name] for name in ("url", "source_url") if meta[name]]
    return " · ".join(escape(fact) for fact in facts)


def _in_order(console: Console, answer: dict[str, Any]) -> None:
    """Kept and struck-out blocks as they stood on the page."""
    cuts = sorted(answer["removed"], key=lambda cut: int(cut["at"]))
    for number, block in enumerate([*answer["blocks"], None]):
        while cuts and cuts[0]["at"] <= number:
            _strike(console, cuts.pop(0))
        if block is not None:
            _keep(console, block)


def _group(console: Console, removed: list[dict[str, Any]]) -> None:
    for kind, cuts in groupby(sorted(removed, key=lambda cut: str(cut["kind"])), key=lambda cut: cut["kind"]):
        listed = list(cuts)
        console.print(Text(f"{kind} ({len(listed)})", style="bold red"))
        for cut in listed:
            _strike(console, cut)


def _keep(console: Console, block: dict[str, str]) -> None:
    for line in block["text"].split("\n"):
        mark = "• " if block["kind"] == "list" else ""
        console.print(Text(mark + escape(line), style=_KEPT.get(block["kind"], "")))


def _strike(console: Console, cut: dict[str, Any]) -> None:
    text = escape(" ".join(cut["text"].split()))
    rule = escape(cut["rule"])
    reason = Text(f"  - {cut['kind']}", style="red")
    reason.append(f"  [{_shortened(rule, _LONGEST_RULE)}]  ", style="dim")
    reason.append(_shortened(text, _SHORTENED), style="strike red")
    console.print(reason)


def _shortened(text: str, length: int) -> str:
    return text if len(text) <= length else f"{text[: length - 1]}…"
