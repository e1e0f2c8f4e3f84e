"""`vigie outlets check URL|ID …`: what an outlet's feeds are, allow and want, and whether they can be relied on."""

import argparse
import asyncio
import json
import time
from collections.abc import Iterable
from typing import TYPE_CHECKING

from rich.console import Console

from services.cli.account import wide
from services.cli.sampling import Report, Sampling
from services.cli.wiring import ConfigError, load_outlets, settings_from
from services.contracts import Outlet
from services.logs import escape
from services.sandbox import Sandbox, SandboxCrash, SandboxTimeout
from services.settings import Settings

if TYPE_CHECKING:
    from services.fetcher.entries import Feed
    from services.fetcher.web import Response

FEED_GROWTH = 32_000_000
"""Bytes that a feed may add to its reader's memory."""
FEED_SECONDS = 5.0
"""A feed that takes longer to parse is hostile."""
_OPENING = 300

Places = dict[str, Outlet | None]
"""What is looked at, in that order; of feeds that the outlets file names, with their outlet."""


def outlets(arguments: argparse.Namespace) -> int:
    """List, take in or give out the outlets file, or look at some of its outlets or at URLs.

    1 where one of those that were looked at cannot be used.
    """
    if arguments.action == "list":
        from services.cli import asking

        return asking.outlets(arguments)
    if arguments.action in {"import", "export"}:
        from services.cli import exchanging

        return exchanging.take(arguments) if arguments.action == "import" else exchanging.give(arguments)
    settings = settings_from(arguments)
    places = _places(arguments.what, settings)
    sandbox = Sandbox(
        "services.fetcher.feeds:answer", timeout=FEED_SECONDS, memory=settings.clean_memory, growth=FEED_GROWTH
    )
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


def _places(given: Iterable[str], settings: Settings) -> Places:
    """The URLs to look at: those given, and the feeds of the outlets whose ids were; of all outlets without either."""
    named = list(given)
    found: Places = {each: None for each in named if each.startswith(("http://", "https://"))}
    ids = [each for each in named if each not in found]
    if ids or not named:
        known = {outlet.id: outlet for outlet in load_outlets(settings)}
        missing = [each for each in ids if each not in known]
        if missing:
            raise ConfigError(f"no outlet {missing[0]!r} in {settings.outlets}; `vigie outlets list` names them")
        found |= {feed: known[each] for each in ids or known for feed in known[each].feeds}
    return found


async def _inspect(places: Places, settings: Settings, sandbox: Sandbox) -> list[Report]:
    from services.fetcher import urls
    from services.fetcher.inspection import Inspector
    from services.fetcher.web import Web

    sampling = Sampling(places, settings)

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
            judge=sampling.judge,
            headers=sampling.headers,
        )
        reports: list[Report] = []
        for place in places:
            for found in await inspector.inspect(place) if urls.is_web(place) else []:
                report = found.to_json()
                if found.sample and found.error is None:
                    await turn(found.sample)
                    report["sample"] = await sampling.page(web, found.sample, found.url)
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
        "topics": _hits(report),
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
    for said in sample["topics"]:
        score = f"score {said['score']:.1f}, needs {said['threshold']:.1f}"
        console.print(f"             topic {_safe(said['topic'])}: {said['outcome']} ({score})")
    for cut in sample["removed"]:
        console.print(f"             [strike]{_safe(cut['text'][:80])}[/] ({_safe(cut['kind'])}, {_safe(cut['rule'])})")


def _hits(report: Report) -> str | None:
    if not report.get("items"):
        return None
    each = "".join(f", {topic} {count}" for topic, count in report["topics"].items()) if report["topics"] else ""
    return f"{report['on_topic']} of {report['items']} entries by title and summary{each}"


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
