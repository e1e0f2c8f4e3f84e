"""`vigie outlets check URL|ID …`: what an outlet's feeds are, allow and want, and whether they can be relied on."""

import argparse
import asyncio
import base64
import json
import time
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from rich.console import Console

from services.cli.account import wide
from services.cli.cleaning import ask_cleaner, cleaning
from services.cli.wiring import ConfigError, load_outlets, settings_from
from services.logs import escape
from services.sandbox import Sandbox, SandboxCrash, SandboxTimeout
from services.settings import Settings

if TYPE_CHECKING:
    from services.fetcher.entries import Feed
    from services.fetcher.web import Response, Web

FEED_SECONDS = 5.0
"""A feed that takes longer to parse is hostile."""
_OPENING = 300

Report = dict[str, Any]


def outlets(arguments: argparse.Namespace) -> int:
    """List the outlets file, or look at some of its outlets or at URLs; 1 where one of those cannot be used."""
    if arguments.action == "list":
        from services.cli import asking

        return asking.outlets(arguments)
    settings = settings_from(arguments)
    places = _places(arguments.what, settings)
    sandbox = Sandbox("services.fetcher.feeds:answer", timeout=FEED_SECONDS, memory=settings.clean_memory)
    try:
        sandbox.start()
        reports = asyncio.run(_inspect(places, settings, sandbox))
    finally:
        sandbox.close()
    if arguments.json:
        print(json.dumps(reports, ensure_ascii=False))
    else:
        console = wide()
        for report in reports:
            _tell(console, report)
    return 0 if reports and all(report["ok"] for report in reports) else 1


def _places(given: Iterable[str], settings: Settings) -> list[str]:
    """The URLs to look at: those given, and the feeds of the outlets whose ids were; of all outlets without either."""
    named = list(given)
    found = [each for each in named if each.startswith(("http://", "https://"))]
    ids = [each for each in named if each not in found]
    if ids or not named:
        known = {outlet.id: outlet for outlet in load_outlets(settings)}
        missing = [each for each in ids if each not in known]
        if missing:
            raise ConfigError(f"no outlet {missing[0]!r} in {settings.outlets}; `vigie outlets list` names them")
        found += [feed for each in ids or known for feed in known[each].feeds]
    return found


async def _inspect(places: list[str], settings: Settings, sandbox: Sandbox) -> list[Report]:
    from services.fetcher import urls
    from services.fetcher.inspection import Inspector
    from services.fetcher.web import Web

    async def read(response: "Response") -> "Feed":
        return await asyncio.to_thread(_read, sandbox, response)

    asked: dict[str, float] = {}

    async def turn(url: str) -> bool:
        host = urls.host(url)
        await asyncio.sleep(max(0.0, asked.get(host, 0.0) + settings.page_spacing - time.monotonic()))
        asked[host] = time.monotonic()
        return True

    async with Web(settings.user_agent, settings.allow_private) as web:
        inspector = Inspector(
            web,
            user_agent=settings.user_agent,
            turn=turn,
            read=read,
            clock=time.time,
            limit_bytes=settings.feed_bytes,
            deadline_s=settings.page_timeout,
        )
        reports: list[Report] = []
        for place in places:
            for found in await inspector.inspect(place) if urls.is_web(place) else []:
                report = found.to_json()
                if found.sample and found.error is None:
                    await turn(found.sample)
                    report["sample"] = await _sample(web, found.sample, settings)
                reports.append(report)
            if not urls.is_web(place):
                reports.append({"url": place, "ok": False, "verdict": "cannot be used: not an http(s) URL"})
        return reports


def _read(sandbox: Sandbox, response: "Response") -> "Feed":
    from services.contracts import Reason
    from services.fetcher import feeds

    content_type = response.headers.get("content-type")
    asked = feeds.request(response.body, content_type=content_type, url=response.url, now=time.time())
    try:
        return feeds.from_answer(sandbox.ask(asked))
    except SandboxTimeout as error:
        raise feeds.NotAFeed(str(error), Reason.TIMEOUT) from error
    except SandboxCrash as error:
        raise feeds.NotAFeed(str(error), Reason.POISON) from error


async def _sample(web: "Web", url: str, settings: Settings) -> Report:
    """One page of the feed as the cleaner leaves it, and what it struck out."""
    from services.fetcher.web import ACCEPT_PAGE, FetchError, verdict

    try:
        response = await web.get(
            url, accept=ACCEPT_PAGE, limit_bytes=settings.page_bytes, deadline_s=settings.page_timeout
        )
    except FetchError as error:
        return {"url": url, "error": str(error)}
    if verdict(response.status) is not None:
        return {"url": url, "error": f"status {response.status}"}
    question = {
        "id": url,
        "url": response.url,
        "html_b64": base64.b64encode(response.body).decode("ascii"),
        "content_type": response.headers.get("content-type"),
    }
    with cleaning(settings) as sandbox:
        answer = await asyncio.to_thread(ask_cleaner, sandbox, json.dumps(question).encode(), url)
    if answer["error"] is not None:
        return {"url": url, "error": f"{answer['error']['reason']}: {answer['error']['detail']}"}
    text = "\n".join(block["text"] for block in answer["blocks"])
    removed = [{"kind": cut["kind"], "rule": cut["rule"], "text": cut["text"][:_OPENING]} for cut in answer["removed"]]
    return {"url": url, "title": answer["title"], "text": text, "removed": removed}


def _tell(console: Console, report: Report) -> None:
    console.print(f"[bold]{_safe(report['url'])}[/]")
    lines = {
        "verdict": report["verdict"],
        "found on": report.get("found_on"),
        "redirects": " -> ".join(f"{status} {url}" for status, url in report.get("redirects", ())),
        "format": _joined(report.get("format"), report.get("charset"), report.get("language")),
        "items": _items(report) if report.get("format") else None,
        "robots": "{allowed} of {sampled} sampled pages allowed".format(**report["robots"])
        if report.get("robots")
        else "",
        "validators": _joined(report.get("etag"), report.get("last_modified"), _conditional(report.get("conditional"))),
        "hints": _hints(report),
        "hub": report.get("hub"),
        "archive": report.get("archive"),
    }
    for name, value in lines.items():
        if value:
            console.print(f"  {name:<11}{_safe(str(value))}")
    if isinstance(report.get("sample"), dict):
        _tell_sample(console, report["sample"])


def _tell_sample(console: Console, sample: Report) -> None:
    console.print(f"  sample     {_safe(sample['url'])}")
    if "error" in sample:
        console.print(f"             {_safe(sample['error'])}")
        return
    console.print(f"             [bold]{_safe(sample['title'])}[/]")
    console.print(f"             {_safe(' '.join(sample['text'].split())[:_OPENING])}")
    for cut in sample["removed"]:
        console.print(f"             [strike]{_safe(cut['text'][:80])}[/] ({_safe(cut['kind'])}, {_safe(cut['rule'])})")


def _items(report: Report) -> str:
    dates = f", {report['oldest']} to {report['newest']}" if report["newest"] else ", none with a date"
    return f"{report['items']}{dates}; asked about every {report['rhythm_s']:.0f} s by its own rhythm"


def _hints(report: Report) -> str:
    hints = {
        "fresh for": report.get("fresh_s"),
        "ttl": report.get("ttl_s"),
        "sy:update every": report.get("update_period_s"),
    }
    told = [f"{name} {seconds:.0f} s" for name, seconds in hints.items() if seconds]
    told += [f"skips hours {', '.join(map(str, report['skip_hours']))} GMT"] if report.get("skip_hours") else []
    told += [f"skips days {', '.join(map(str, report['skip_days']))}"] if report.get("skip_days") else []
    return ", ".join(told)


def _conditional(answer: bool | None) -> str | None:
    return {None: None, True: "answers 304", False: "answers 200 all the same"}[answer]


def _joined(*values: str | None) -> str:
    return ", ".join(filter(None, values))


def _safe(text: str) -> str:
    """Without control characters and without what the console would take for markup."""
    return escape(text).replace("[", "\\[")
