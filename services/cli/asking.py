"""Commands that only look: search, tail, why, status, outlets, check, config."""

import argparse
import json
import os
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from services import codec, valkey
from services.cli import account as accounts
from services.cli.account import wide
from services.cli.wiring import (
    ConfigError,
    existing_store,
    load_outlets,
    load_synonyms,
    load_topics,
    redis_location,
    settings_from,
)
from services.contracts import Event, Outlet
from services.logs import escape
from services.settings import Settings, unknown, variable
from services.store import articles, events, feeds, judgements, ledger, refusals, sightings

if TYPE_CHECKING:
    from services.search.results import Facet, Hit, Results
    from services.search.snippets import Part

TAIL_SECONDS = 0.5
FACET_VALUES = 10
"""Values of a facet that a person is told of."""

REFUSALS = 5
"""Messages that were refused, of which a person is told."""
REASONS = 12
"""Terms that a person is told of, per topic: the most weighty ones."""


def search(arguments: argparse.Namespace) -> int:
    from services.search.follower import catch_up, open_index, writing
    from services.search.index import SearchIndex

    settings = settings_from(arguments)
    store = existing_store(settings)
    with writing(settings.index_folder) as held:
        if held:  # nobody follows the events right now: bring the index up to date ourselves
            catch_up(store, open_index(settings.index_folder))
    index = SearchIndex(settings.index_folder, synonyms=load_synonyms(settings))
    found = index.find(
        " ".join(arguments.query),
        sort=arguments.sort,
        limit=arguments.limit,
        facets=arguments.facets,
        collapse=arguments.collapse,
    )
    for notice in found.notices:
        print(f"note: {notice}", file=sys.stderr)
    if arguments.json:
        for hit in found.hits:
            print(codec.dump(hit.article).decode())
        if arguments.facets:
            print(codec.dump(found.facets).decode())
        return 0
    console = Console(soft_wrap=True, highlight=False)
    for hit in found.hits:
        _tell_hit(console, hit)
    for facet in found.facets:
        console.print(_facet_line(facet), style="dim")
    console.print(_total_line(found), style="dim")
    return 0


def _tell_hit(console: Console, hit: "Hit") -> None:
    article = hit.article
    console.print(_marked(hit.title, "bold", "bold yellow") if article.title else Text("Untitled", style="bold"))
    facts = [article.outlet_name or article.outlet, article.published or "undated", article.language or "??"]
    if hit.others:
        facts.append(f"{hit.others} more of this story")
    if hit.copies:
        facts.append(f"{len(hit.copies)} cop{'y' if len(hit.copies) == 1 else 'ies'} elsewhere")
    console.print(Text("  " + " · ".join(map(escape, [*facts, article.url])), style="dim"))
    console.print(Text("  ") + _marked(hit.snippet, "", "yellow"))
    console.print()


def _facet_line(facet: "Facet") -> Text:
    values = ", ".join(f"{escape(each.value)} {each.count:,}" for each in facet.values[:FACET_VALUES])
    more = ", …" if len(facet.values) > FACET_VALUES else ""
    return Text(f"{facet.name:<9} {values or 'none'}{more}")


def _total_line(found: "Results") -> str:
    if not found.total:
        return "nothing found; fewer words find more, and names are written differently in every language"
    shown = "" if len(found.hits) == found.total else f", {len(found.hits)} shown"
    return f"{'' if found.exact else 'more than '}{found.total:,} found{shown}"


def _marked(parts: "Sequence[Part]", plain: str, match: str) -> Text:
    """Parts of a title or snippet on one line, matches in another style."""
    return Text.assemble(
        *((escape(" ".join(f"|{part.text}|".split())[1:-1]), match if part.is_match else plain) for part in parts)
    )


def tail(arguments: argparse.Namespace) -> int:
    settings = settings_from(arguments)
    store, place = existing_store(settings), arguments.after
    while True:
        with store.read() as tx:
            batch = events.after(tx, place)
        for event in batch:
            print(codec.dump(event).decode() if arguments.json else _event_line(event))
            place = event.seq
        sys.stdout.flush()
        if not batch:
            if arguments.once:
                return 0
            time.sleep(TAIL_SECONDS)


def why(arguments: argparse.Namespace) -> int:
    from services.fetcher import urls

    store = existing_store(settings_from(arguments))
    with store.read() as tx:
        item = ledger.find(tx, arguments.url)
        if item is None and urls.is_web(arguments.url):
            item = ledger.get(tx, urls.item_key(arguments.url))
        if item is None:
            print(f"vigie: {escape(arguments.url)} was never seen in a feed", file=sys.stderr)
            return 1
        told = {
            "item": codec.plain(item),
            "history": [
                dict(zip(("at", "what", "detail"), line, strict=True)) for line in ledger.history(tx, item.key)
            ],
            "sightings": [codec.plain(each) for each in sightings.of(tx, item.key)],
            "removed": [codec.plain(each) for each in articles.removed(tx, item.key) or ()],
            "topics": [judgements.plain(each) for each in judgements.of(tx, item.key)],
            "article": codec.plain(article) if (article := articles.get(tx, item.key)) else None,
            "shared": list(articles.shared(tx, item.key)),
        }
    told["topic"] = next(iter(told["topics"]), None)
    if arguments.json:
        print(json.dumps(told, ensure_ascii=False))
    else:
        _tell(Console(highlight=False, soft_wrap=True), told)
    return 0


def status(arguments: argparse.Namespace) -> int:
    store = existing_store(settings_from(arguments))
    with store.read() as tx:
        account, problems = replace(ledger.account(tx), topics=judgements.tally(tx)), feeds.problems(tx)
        refused = refusals.latest(tx, REFUSALS)
    if arguments.json:
        print(codec.dump(account).decode())
    else:
        accounts.show(wide(), account, problems, refused)
    return 0


def outlets(arguments: argparse.Namespace) -> int:
    known = load_outlets(settings_from(arguments))
    if arguments.json:
        print(json.dumps([codec.plain(_unsecret(outlet)) for outlet in known], ensure_ascii=False))
        return 0
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in ("id", "name", "language", "country", "kind", "feeds"):
        table.add_column(column, overflow="fold")
    for each in known:
        table.add_row(each.id, each.name, each.language or "", each.country or "", each.kind, "\n".join(each.feeds))
    wide().print(table)
    return 0


def _unsecret(outlet: Outlet) -> Outlet:
    """The outlet with the names of its headers only: values may be keys."""
    return replace(outlet, headers=tuple((name, "**********") for name, _ in outlet.headers))


def check(arguments: argparse.Namespace) -> int:
    settings = settings_from(arguments)
    results = [_try(name, look) for name, look in _checks(settings)]
    if arguments.json:
        print(json.dumps([dict(zip(("what", "ok", "detail"), result, strict=True)) for result in results]))
    else:
        for name, fine, detail in results:
            print(f"{'ok  ' if fine else 'FAIL'}  {name}: {detail}")
    return 0 if all(fine for _, fine, _ in results) else 1


def config(arguments: argparse.Namespace) -> int:
    settings = settings_from(arguments)
    values = json.loads(settings.model_dump_json())  # secrets come out masked
    if arguments.json:
        print(json.dumps(values))
        return 0
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in ("setting", "value", "meaning"):
        table.add_column(column, overflow="fold")
    for name, described in Settings.model_fields.items():
        table.add_row(variable(name), "" if values[name] is None else str(values[name]), described.description)
    wide().print(table)
    return 0


def _checks(settings: Settings) -> list[tuple[str, Callable[[], str]]]:
    from services.runtime import check_policy, open_redis

    def agent() -> str:
        if settings.user_agent == Settings.model_fields["user_agent"].default:
            raise ConfigError("is still the example; set VIGIE_USER_AGENT to a product and a contact URL of yours")
        return settings.user_agent

    def topics() -> str:
        try:
            known = [each.definition for each in load_topics(settings).topics]
        except ConfigError as error:
            raise ConfigError(f"{error}; an indexer that runs goes on with what it last read whole") from error
        return "; ".join(f"{each.topic} {each.version}, its {len(each.trials)} tests pass" for each in known)

    def store() -> str:
        if settings.store_url is None and not (settings.data / "vigie.db").exists():
            return "not made yet; `vigie run` will"
        existing_store(settings).check()
        return "opens, no damage found"

    def queue() -> str:
        if settings.redis_url is None and not valkey.answers(settings.redis_folder):
            return "the embedded one, which runs while `vigie run` does"
        client = open_redis(redis_location(settings))
        check_policy(client)
        return "answers, and will not evict jobs"

    def names() -> str:
        if slips := unknown(os.environ):
            raise ConfigError(f"no such setting: {', '.join(slips)}; `vigie config` lists them all")
        return "every VIGIE_ variable is one"

    return [
        ("settings", names),
        ("user agent", agent),
        ("outlets file", lambda: f"{len(load_outlets(settings))} outlets"),
        ("topic files", topics),
        ("store", store),
        ("Redis", queue),
    ]


def _try(name: str, look: Callable[[], str]) -> tuple[str, bool, str]:
    try:
        return name, True, look()
    except Exception as error:
        return name, False, str(error)


def _event_line(event: Event) -> str:
    article = event.article
    return (
        f"{event.seq:>6} {event.at} {event.type:<9} {article.outlet:<16} {escape(article.title)} {escape(article.url)}"
    )


def _tell(console: Console, told: dict[str, Any]) -> None:
    item, article = told["item"], told["article"]
    console.print(Text(escape(item["title"] or item["url"]), style="bold"))
    reason = f" ({item['reason']}: {escape(item['detail'] or '')})" if item["reason"] else ""
    console.print(Text(f"state: {item['state']}{reason}\n"))
    for line in told["history"]:
        console.print(Text(f"{line['at']}  {line['what']:<12} {escape(line['detail'])}"))
    if not told["history"]:
        console.print(Text("what happened to it was forgotten because of its age (VIGIE_KEEP_HISTORY_DAYS)"))
    for judged in told["topics"]:
        _tell_topic(console, judged)
    if article:
        of = f" of {article['of']}" if article["of"] else ""
        console.print(Text(f"\nrelation: {article['relation']}{of}, story {article['story']}"))
        for passage in told["shared"]:
            console.print(Text(f"  shared: {escape(passage)}", style="dim"))
    if told["removed"]:
        console.print(Text("\nremoved:"))
    for cut in told["removed"]:
        console.print(Text(f"  {cut['kind']:<14} {cut['rule']:<28} {escape(cut['text'])[:100]}", style="dim"))


def _tell_topic(console: Console, judged: dict[str, Any]) -> None:
    name = f"{escape(judged['topic'])} {judged['version']}" if judged["topic"] else "judged before topics were named"
    facts = [f"score {judged['score']:.1f}, needs {judged['threshold']:.1f}"]
    if judged["topic"]:
        facts.append(f"clause: {judged['clause'] or 'none holds'}")
    if not judged["about"]:
        facts.append("only mentioned in passing")
    if judged["before_gate"]:
        facts.append("published before the topic's first day")
    console.print(Text(f"\ntopic {name}: {judged['outcome']}; {'; '.join(facts)}"))
    for hit in judged["reasons"][:REASONS]:
        console.print(Text(f"  {hit['weight']:+7.1f}  {hit['group']:<10} {hit['where']:<6} {escape(hit['term'])}"))
    if len(judged["reasons"]) > REASONS:
        console.print(Text(f"  … and {len(judged['reasons']) - REASONS} more; --json lists them all", style="dim"))
