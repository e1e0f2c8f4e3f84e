"""The account in words: what was polled, fetched, cleaned and removed, and where every item stands."""

from collections.abc import Mapping, Sequence

from rich.console import Console
from rich.table import Table

from services.contracts import END_STATES, Account, State
from services.logs import escape
from services.store import Row, refusals

_MEANING = {
    State.SEEN: "waiting for its page",
    State.FETCHED: "waiting for the cleaner",
    State.CLEANED: "waiting for the indexer",
    State.INDEXED: "searchable",
    State.DUPLICATE: "recognised as a copy; counted at its original",
    State.OFF_TOPIC: "not about any topic",
    State.GONE: "no longer at its address",
    State.REFUSED: "not to be had, or no article",
    State.QUARANTINED: "given up after three tries; `vigie dead list` names them",
}


_LABELS = {
    State.SEEN: "to fetch",
    State.FETCHED: "to clean",
    State.CLEANED: "to index",
    State.OFF_TOPIC: "off topic",
}


def wide() -> Console:
    """A console for tables; where nobody looks, wide enough that no URL is broken."""
    console = Console()
    return console if console.is_terminal else Console(width=240)


def line(account: Account, queues: Mapping[str, int], searchable: int) -> str:
    """One line of progress."""
    feeds = " ".join(f"{name} {count}" for name, count in sorted(account.feeds.items()))
    parts = [f"feeds {feeds or 'none'}", f"items {account.seen}"]
    parts += [f"{_LABELS.get(state, state.value)} {count}" for state, count in account.states.items() if count]
    parts.append("queues " + " ".join(f"{name} {length}" for name, length in queues.items()))
    parts.append(f"events {account.events} searchable to {searchable}")
    return " · ".join(parts)


def show(console: Console, account: Account, problems: Sequence[Row], refused: Sequence[refusals.Refusal] = ()) -> None:
    """The whole account, as tables."""
    console.print(_work(account))
    console.print(_states(account))
    if account.topics:
        console.print(_topics(account))
    if account.noise:
        console.print(_noise(account))
    if problems:
        console.print(_problems(problems))
    if refused:
        console.print(_refused(refused))


def _table(title: str, *columns: tuple[str, str]) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", box=None, pad_edge=False, show_header=False)
    for name, justify in columns:
        table.add_column(name, justify=justify, overflow="fold")  # type: ignore[arg-type]
    return table


def _work(account: Account) -> Table:
    table = _table("\nWork", ("what", "left"), ("count", "right"), ("more", "left"))
    feeds = ", ".join(f"{count} {name}" for name, count in sorted(account.feeds.items()))
    table.add_row("feed polls", str(account.polls), f"feeds: {feeds}" if feeds else "")
    table.add_row("pages fetched", str(account.fetched), "")
    table.add_row("pages cleaned", str(account.cleaned), f"{sum(account.noise.values())} blocks removed")
    table.add_row("events", str(account.events), "")
    if account.refused_jobs:
        table.add_row("forged or malformed jobs", str(account.refused_jobs), "none of them ran")
    return table


def _states(account: Account) -> Table:
    table = _table("\nItems", ("state", "left"), ("count", "right"), ("why", "left"))
    for state, count in account.states.items():
        if count or state in END_STATES:
            reasons = ", ".join(f"{n} {reason}" for reason, n in sorted(account.reasons.get(state, {}).items()))
            table.add_row(_LABELS.get(state, state.value), str(count), reasons or _MEANING[state])
    table.add_row("seen in all", str(account.seen), "the sum of the above", style="bold")
    return table


def _topics(account: Account) -> Table:
    table = _table("\nTopics", ("topic", "left"), ("kept", "right"), ("borderline", "right"), ("dropped", "right"))
    table.show_header = True
    for name, tally in account.topics.items():
        table.add_row(escape(name), str(tally.kept), str(tally.borderline), str(tally.dropped))
    return table


def _noise(account: Account) -> Table:
    table = _table("\nBlocks removed", ("kind", "left"), ("count", "right"))
    for kind, count in account.noise.items():
        table.add_row(kind.value, str(count))
    return table


def _problems(problems: Sequence[Row]) -> Table:
    table = _table(
        "\nFeeds with problems", ("outlet", "left"), ("feed", "left"), ("reason", "left"), ("detail", "left")
    )
    for row in problems:
        detail = escape(row["detail"] or "")
        table.add_row(row["outlet"], escape(row["url"]), row["reason"] or "partly readable", detail)
    return table


def _refused(refused: Sequence[refusals.Refusal]) -> Table:
    table = _table("\nMessages refused last (bad_message)", ("at", "left"), ("queue", "left"), ("detail", "left"))
    for each in refused:
        table.add_row(each.at, each.queue, escape(each.detail))
    return table
