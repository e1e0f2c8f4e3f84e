"""The cleaner's door: a fetched page in, a cleaned article out, or an end with its reason.

A page that has changed since gives the article's next version; one that reads as before gives nothing.
"""

import base64
import logging
from collections.abc import Callable, Sequence
from dataclasses import replace

from services import codec, crashing
from services.cleaner import differences, learning, template
from services.contracts import Block, Cleaned, Meta, Outlet, Reason, Removed, Stage, State
from services.sandbox import Sandbox, SandboxCrash, SandboxTimeout
from services.store import Store, articles, feeds, ledger, pages, versions
from services.store.ledger import Item
from services.store.locks import TEMPLATES
from services.store.pages import Page

log = logging.getLogger("vigie.cleaner")

TARGET = "services.cleaner.requests:answer"
"""What the sandbox runs; the same function answers `vigie clean --jsonl`."""
RETRY_SECONDS = 1.0
WARM_UP = {"id": "warm-up", "text": "Une page en français, pour que le modèle des langues soit chargé.\n\nVoilà."}
"""Asked once when a worker starts, so that no page pays for what is loaded on first use."""


class CleanerFailed(Exception):
    """The cleaner itself failed on a page: a bug of ours, not a property of the page."""


class Cleaner:
    """Cleans the item of one key. `enqueue` hands keys on to the next stage; `clock` gives unix seconds."""

    def __init__(
        self,
        store: Store,
        sandbox: Sandbox,
        enqueue: Callable[[Stage, Sequence[str]], object],
        clock: Callable[[], float],
    ) -> None:
        self._store = store
        self._sandbox = sandbox
        self._enqueue = enqueue
        self._clock = clock

    def __call__(self, key: str) -> None:
        with self._store.read() as tx:
            item = ledger.get(tx, key)
            page = pages.get(tx, key)
            outlet = feeds.outlet(tx, item.outlet) if item else None
        if item is None or item.state is not State.FETCHED:
            return  # done before, or never seen: the ledger decides
        if page is None:
            self._end(item, State.GONE, Reason.NOT_FOUND, "its page is no longer in the store")
            return
        try:
            answer = self._sandbox.ask(question(item, page, outlet))
        except (SandboxCrash, SandboxTimeout) as error:
            self._count_crash(item, error)
            return
        if answer["id"] != key:
            raise CleanerFailed(f"the answer is about {answer['id']!r:.80}")
        if answer["error"] and answer["error"]["reason"] == Reason.POISON:
            self._count_crash(item, CleanerFailed(answer["error"]["detail"]))
        elif answer["error"]:
            self._end(item, State.REFUSED, Reason(answer["error"]["reason"]), answer["error"]["detail"])
        elif self._save(item, page, cleaned(answer)):
            crashing.at("cleaned")
            self._enqueue(Stage.INDEX, [key])

    def _save(self, item: Item, page: Page, made: Cleaned) -> bool:
        """What the page teaches about its outlet's template is kept with it: once per item, like all else."""
        now, reading = self._clock(), template.read(made)
        with self._store.write(exclusive=TEMPLATES) as tx:
            learned = learning.judge(tx, item.outlet, item.key, made, reading)
            made = learned.cleaned
            known = articles.document(tx, item.key) if item.settled else None
            if known and (nothing := _no_news(known, made)):
                ledger.resettle(tx, item.key, State.FETCHED, now, nothing)
                return False
            detail = f"{len(made.blocks)} blocks kept, {len(made.removed)} removed"
            if not ledger.advance(tx, item.key, State.FETCHED, State.CLEANED, now, detail):
                return False
            if known:
                versions.propose(tx, item.key, made, now)
            else:
                articles.save(tx, item.key, item.outlet, item.host, made, now)
            learning.keep(tx, item.outlet, item.key, learned.lesson)
        return True

    def _end(self, item: Item, state: State, reason: Reason, detail: str) -> None:
        with self._store.write() as tx:
            ledger.end(tx, item.key, State.FETCHED, state, reason, detail, self._clock())

    def _count_crash(self, item: Item, error: Exception) -> None:
        now = self._clock()
        log.warning("%s: %s", item.url, error)
        with self._store.write() as tx:
            ledger.crash(tx, item.key, State.FETCHED, str(error), now, now + RETRY_SECONDS)


def _no_news(known: Cleaned, made: Cleaned) -> str:
    """Why a changed page is no other version of its article; empty where it is one."""
    if not differences.between(known, made):
        return "the page has changed, the article reads as before"
    return "a subscriber wall has come up; the text from before it stays" if differences.is_walled(known, made) else ""


def question(item: Item, page: Page, outlet: Outlet | None) -> dict[str, object]:
    """What the sandbox is asked about a page."""
    return {
        "id": item.key,
        "url": page.url,
        "html_b64": base64.b64encode(page.body).decode("ascii"),
        "content_type": page.content_type,
        # its headers may be keys: a child that a page took over must not read them
        "outlet": codec.plain(replace(outlet, headers=())) if outlet else None,
        "feed_title": item.title or None,
        "feed_published": item.published,
    }


def cleaned(answer: dict[str, object]) -> Cleaned:
    """The child's answer, checked: it has read a hostile page. Raises ValueError."""
    return Cleaned(
        title=codec.build(str, answer["title"] or ""),
        blocks=codec.build(tuple[Block, ...], answer["blocks"]),
        removed=codec.build(tuple[Removed, ...], answer["removed"]),
        meta=codec.build(Meta, answer["meta"]),
    )
