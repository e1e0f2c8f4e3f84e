"""What must be true when all is over. Every sentence that comes back is a broken promise."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from services.contracts import END_STATES, State
from services.newsstand.server import Newsstand
from services.newsstand.story import Story
from services.store import Store, Transaction, events, ledger
from tests.torture import consumer
from tests.torture.editions import Editions
from tests.torture.line import Line

NAMED = 5


@dataclass(frozen=True, slots=True)
class Verdict:
    """`lost` items are in no end state, `doubled` ones have come to an end, or into the stream, more than once."""

    lost: tuple[str, ...]
    doubled: tuple[str, ...]
    wrong: tuple[str, ...]

    @property
    def clean(self) -> bool:
        return not (self.lost or self.doubled or self.wrong)


def audit(store: Store, stand: Newsstand, editions: Editions, line: Line) -> Verdict:
    """`line` has ended; everything is read from what it has left behind."""
    stories = [story for own in editions.papers for story in own.stories]
    with store.read() as tx:
        items = {story.id: ledger.find(tx, stand.url(story.outlet, story.path)) for story in stories}
        lost = tuple(name for name, item in items.items() if item is None or item.state not in END_STATES)
        doubled = tuple(_doubled(tx))
        wrong = (*_ends(stories, items), *_account(tx, editions), *_stream(tx), *_cursor(tx, line))
    return Verdict(lost, doubled, tuple(wrong))


def _doubled(tx: Transaction) -> Iterator[str]:
    for row in tx.all("SELECT item, count(*) AS n FROM events GROUP BY item HAVING count(*) > 1"):
        yield f"{row['item']}: {row['n']} events"
    ends = ", ".join(f"'{state}'" for state in END_STATES)
    told = f"SELECT item, count(*) AS n FROM history WHERE what IN ({ends}) GROUP BY item HAVING count(*) > 1"
    for row in tx.all(told):
        yield f"{row['item']}: {row['n']} ends"


def _ends(stories: list[Story], items: dict[str, ledger.Item | None]) -> Iterator[str]:
    """A text and its copy come in any order: one is indexed, the other its duplicate."""
    printings: dict[str, list[Story]] = defaultdict(list)
    for story in stories:
        printings[story.title].append(story)
    for same in printings.values():
        expected = Counter(story.expect for story in same)
        found = Counter(item.state for story in same if (item := items[story.id]))
        if found != expected:
            yield f"{', '.join(story.id for story in same)}: {dict(found)} instead of {dict(expected)}"


def _account(tx: Transaction, editions: Editions) -> Iterator[str]:
    account = ledger.account(tx)
    for state in State:
        if account.states[state] != editions.ends[state]:
            yield f"{account.states[state]} items are {state}, {editions.ends[state]} should be"
    told = account.states[State.INDEXED] + account.states[State.DUPLICATE]
    if account.events != told:
        yield f"{account.events} events of {told} articles"


def _stream(tx: Transaction) -> Iterator[str]:
    numbers = [seq for seq, _, _ in events.outline(tx, events.head(tx))]
    if numbers != list(range(1, events.head(tx) + 1)):
        yield f"the stream has holes: {len(numbers)} events, the last is {events.head(tx)}"


def _cursor(tx: Transaction, line: Line) -> Iterator[str]:
    sent = [(seq, item) for seq, _, item in events.outline(tx, events.head(tx))]
    read = consumer.kept(line.read)
    if read != sent:
        yield f"the consumer has read {len(read)} events, {len(set(read) & set(sent))} of the {len(sent)} right"
    stands = events.consumer(tx, consumer.NAME)
    if stands.lag:
        yield f"the consumer's cursor stands at {stands.seq} and lags by {stands.lag}"
