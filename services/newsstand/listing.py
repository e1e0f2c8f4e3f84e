"""The outlets file of a stand: its papers as outlets with addresses."""

import json
from collections.abc import Iterable

from services.contracts import Outlet
from services.newsstand.paper import Paper

INTERVAL_MIN = 5.0
INTERVAL_MAX = 30.0
"""Seconds between two polls of a feed of the stand: a demonstration is over within a minute."""

_FIELDS = ("id", "name", "url", "feeds", "language", "country", "kind", "aggregator", "interval_min", "interval_max")


def outlet(paper: Paper, base: str) -> Outlet:
    """`base` is the address of its server, with the slash."""
    return Outlet(
        id=paper.id,
        name=paper.name,
        url=base,
        feeds=tuple(base + (feed.moved_from or feed.path).lstrip("/") for feed in paper.feeds),
        language=paper.language,
        country=paper.country,
        kind=paper.kind,
        aggregator=paper.aggregator,
        interval_min=INTERVAL_MIN,
        interval_max=INTERVAL_MAX,
    )


def outlets_toml(outlets: Iterable[Outlet]) -> str:
    return "\n".join(_table(each) for each in outlets)


def _table(each: Outlet) -> str:
    # A JSON string, list of strings, number or boolean is the same in TOML.
    lines = [f"{name} = {json.dumps(getattr(each, name), ensure_ascii=False)}" for name in _FIELDS]
    return "\n".join(["[[outlet]]", *lines, ""])
