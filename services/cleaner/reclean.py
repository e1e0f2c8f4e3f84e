"""The cleaner's second door: a page that was cleaned before, cleaned again by today's rules and template.

Safe beside a running pipeline and to be stopped at any moment: an item is looked at again, compared, written and told
of in one transaction, and an item whose text is as it should be is left alone. What a page was fetched as is not
asked again, and neither is what the indexer decided about it.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from services.cleaner import differences, learning, template
from services.cleaner.job import cleaned, question
from services.cleaner.template import Reading
from services.contracts import Cleaned, NoiseKind, Reason, Removed
from services.sandbox import Sandbox, SandboxError
from services.store import Store, Transaction, articles, feeds, ledger, pages
from services.store.articles import Stored
from services.store.ledger import Item
from services.store.locks import DECIDING, TEMPLATES
from services.store.pages import Page

Republish = Callable[[Transaction, Stored, float], int | None]
"""Follows a document that was replaced, given the one before and the time; the number of the event it issued."""

_TEACH = 100
"""Stored articles that are learned from in one transaction: others wait for it no longer than a moment."""


class Outcome(StrEnum):
    """What came of an item."""

    SAME = "same"
    CHANGED = "changed"
    EMPTY = "empty"
    FAILED = "failed"
    PASSED = "passed"


@dataclass(frozen=True, slots=True)
class Recleaned:
    """One item, looked at again. `event` is the `updated` event's number; `template` counts blocks struck as such.

    `same`: nothing to do. `empty`: no text would be left, so the old one stays. `failed`: the page could not be
    cleaned now, and the old text stays. `passed`: page or article have gone meanwhile.
    """

    key: str
    url: str
    outcome: Outcome
    detail: str = ""
    event: int | None = None
    template: int = 0


class Recleaner:
    """Cleans stored pages again. With `dry`, says what would be done and writes nothing."""

    def __init__(
        self, store: Store, sandbox: Sandbox, republish: Republish, clock: Callable[[], float], *, dry: bool = False
    ) -> None:
        self._store = store
        self._sandbox = sandbox
        self._republish = republish
        self._clock = clock
        self._dry = dry

    def learn(self, outlet: str | None) -> Iterator[int]:
        """Learn from articles that were cleaned before there was anything to learn; how many, after each batch."""
        done = 0
        while not self._dry:
            with self._store.write(exclusive=TEMPLATES) as tx:
                learned = learning.catch_up(tx, outlet, _TEACH)
            if not learned:
                return
            done += learned
            yield done

    def keys(self, outlet: str | None, since: float) -> list[str]:
        """The items whose pages can be cleaned again, oldest page first."""
        with self._store.read() as tx:
            return pages.recleanable(tx, outlet, since)

    def __call__(self, key: str) -> Recleaned:
        with self._store.read() as tx:
            item, page = ledger.get(tx, key), pages.get(tx, key)
            outlet = feeds.outlet(tx, item.outlet) if item else None
        if item is None or page is None:
            return Recleaned(key, item.url if item else "", Outcome.PASSED, "its page is no longer kept")
        try:
            answer = self._sandbox.ask(question(item, page, outlet))
            if wrong := answer["error"]:
                outcome = Outcome.FAILED if wrong["reason"] == Reason.POISON else Outcome.EMPTY
                return Recleaned(key, item.url, outcome, f"{wrong['reason']}: {wrong['detail']}")
            made = cleaned(answer)
        except (SandboxError, ValueError) as error:
            return Recleaned(key, item.url, Outcome.FAILED, str(error))
        return self._settle(item, page, made, template.read(made))

    def _settle(self, item: Item, page: Page, made: Cleaned, reading: Reading) -> Recleaned:
        key = item.key
        with self._store.read() if self._dry else self._store.write(exclusive=(DECIDING, TEMPLATES)) as tx:
            before = articles.load(tx, key)
            if before is None:
                return Recleaned(key, "", Outcome.PASSED, "its article is gone")
            if ledger.get(tx, key) != item or pages.get(tx, key) != page:
                return Recleaned(key, item.url, Outcome.PASSED, "a new version of its page has come")
            learned = learning.judge(tx, before.outlet, key, made, reading)
            if not self._dry:
                learning.keep(tx, before.outlet, key, learned.lesson)
            return self._compare(tx, before, learned.cleaned)

    def _compare(self, tx: Transaction, before: Stored, after: Cleaned) -> Recleaned:
        struck = sum(1 for cut in after.removed if _is_learned(cut))
        what = differences.between(before.cleaned, after)
        if not what:
            return Recleaned(before.key, before.url, Outcome.SAME, template=struck)
        event = None if self._dry else self._replace(tx, before, after, what)
        return Recleaned(before.key, before.url, Outcome.CHANGED, what, event, struck)

    def _replace(self, tx: Transaction, before: Stored, after: Cleaned, what: str) -> int | None:
        now = self._clock()
        articles.replace(tx, before, after)
        event = self._republish(tx, before, now)
        told = f"updated as event {event}" if event else "no event: the stream does not show it"
        ledger.note(tx, before.key, "recleaned", f"{what}; {told}", now)
        return event


def _is_learned(cut: Removed) -> bool:
    return cut.kind is NoiseKind.TEMPLATE and cut.rule.startswith(template.RULE)
