"""Two small topics, and the pipeline up to the indexer: what tests of several topics and of their files share."""

from dataclasses import dataclass, field

from services.contracts import Block, BlockKind, Cleaned, Event, Meta, Outlet, State
from services.indexer import topic
from services.indexer.job import Indexer
from services.indexer.retopic import Rejudged, Retopic
from services.indexer.topics import Topics
from services.store import Store, articles, events, feeds, judgements, ledger, sightings
from services.store.sightings import Sighted

NOW = 1_772_366_400.0
"""2026-03-01T12:00:00Z"""


def crisis(name: str, *words: str, version: int = 1, rule: str = "matter", accept: float = 18.0, more: str = "") -> str:
    """A topic file about anything that is called by one of the words. What misses `accept` narrowly or widely is
    borderline."""
    terms = ", ".join(f'"{word}*"' for word in words)
    return f"""
topic = "{name}"
version = {version}
from = 2021-04-01
rule = "{rule}"
[score]
accept = {accept}
borderline = 1.0
[groups.matter]
weight = 5
anchor = true
terms = {{{name} = [{terms}]}}
{more}
"""


FLOODS = crisis("floods", "flood", "deluge")
FIRES = crisis("fires", "wildfire")


def in_force(*files: str) -> Topics:
    return Topics(tuple(topic.load(each) for each in files))


def text(subject: str, seed: int) -> str:
    """Some two hundred words that name their subject in every line, and share no five in a row with another text."""
    lines = (" ".join(f"w{seed}x{line}y{number}" for number in range(15)) for line in range(12))
    return "\n".join(f"The {subject} {line}" for line in lines)


NARROWLY = 1e6
"""An `accept` that nothing reaches."""


@dataclass
class Desk:
    """A store, and an indexer over it whose topics may be exchanged between two articles."""

    store: Store
    topics: Topics
    now: float = NOW
    indexer: Indexer = field(init=False)

    def __post_init__(self) -> None:
        self.indexer = Indexer(self.store, lambda: self.topics, lambda: self.now)

    def clean(self, key: str, title: str, body: str, *, outlet: str = "post", **meta: str) -> str:
        """What the cleaner hands on."""
        self.now += 60
        url = f"https://{outlet}.example/{key}"
        with self.store.write() as tx:
            sightings.sight(
                tx, outlet, "feed", [Sighted(key, url, url, f"{outlet}.example", None, title, None)], self.now
            )
            ledger.advance(tx, key, State.SEEN, State.FETCHED, self.now)
            ledger.advance(tx, key, State.FETCHED, State.CLEANED, self.now)
            blocks = tuple(Block(BlockKind.PARAGRAPH, line) for line in body.split("\n"))
            cleaned = Cleaned(title, blocks, (), Meta(language="en", **meta))
            articles.save(tx, key, outlet, f"{outlet}.example", cleaned, self.now)
        return key

    def index(self, key: str, title: str, body: str, **given: str) -> str:
        self.indexer(self.clean(key, title, body, **given))
        return key

    def know(self, *outlets: Outlet) -> None:
        with self.store.write() as tx:
            feeds.sync(tx, outlets, self.now)

    def retopic(self, *, dry: bool = False, outlet: str | None = None, since: float = 0.0) -> dict[str, Rejudged]:
        self.now += 60
        again = Retopic(self.store, self.topics, lambda: self.now, dry=dry)
        return {done.key: done for done in map(again, again.keys(outlet, since))}

    def state(self, key: str) -> State:
        with self.store.read() as tx:
            item = ledger.get(tx, key)
        assert item is not None
        return item.state

    def stream(self, after: int = 0) -> list[Event]:
        with self.store.read() as tx:
            return events.after(tx, after, 1000)

    def said(self, key: str) -> dict[str, tuple[str, int, str]]:
        """By topic: the outcome, the version and the clause."""
        with self.store.read() as tx:
            found = judgements.of(tx, key)
        return {each.topic: (each.outcome, each.version, each.clause or "") for each in found}

    def history(self, key: str) -> list[str]:
        with self.store.read() as tx:
            return [what for _, what, _ in ledger.history(tx, key)]
