"""WebSub subscriptions in the store: asked for at hubs, verified, renewed, and checked by whoever delivers."""

import hmac
import logging
from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

from services.fetcher import websub
from services.fetcher.threads import Threads
from services.fetcher.web import FetchError, Web, verdict
from services.fetcher.websub import Offer
from services.store import Store, subscriptions
from services.store.subscriptions import Subscription

log = logging.getLogger("vigie.fetcher")

_ANSWER_BYTES = 10_000


class Subscriptions:
    """`callback` is the public URL below which `Receiver` answers; `secret` gives 32 or more random hex digits."""

    def __init__(
        self,
        store: Store,
        web: Web,
        threads: Threads,
        *,
        callback: str,
        deadline_s: float,
        clock: Callable[[], float],
        secret: Callable[[], str],
    ) -> None:
        self._store = store
        self._web = web
        self._threads = threads
        self._callback = callback.rstrip("/")
        self._deadline_s = deadline_s
        self._clock = clock
        self._secret = secret

    async def keep(self, feed: str, offer: Offer) -> None:
        """Ask the hub where there is no subscription yet, or its lease is running out; else do nothing."""
        asked = await self._threads.run(self._begin, feed, offer)
        if asked is None:
            return
        form = websub.request(offer, f"{self._callback}/{asked.token}", asked.secret)
        try:
            answer = await self._web.post(
                offer.hub, form, accept="*/*", limit_bytes=_ANSWER_BYTES, deadline_s=self._deadline_s
            )
        except FetchError as error:
            log.info("%s: its hub cannot be asked (%s)", feed, error)
            return
        if verdict(answer.status) is not None:
            log.info("%s: its hub %s refused with status %d", feed, urlsplit(offer.hub).netloc, answer.status)

    async def renew(self) -> None:
        """Ask for every subscription again whose lease runs out: a feed that does not change is answered with 304,
        and `keep` never hears of it."""
        for due in await self._threads.run(self._due):
            await self.keep(due.feed, Offer(due.hub, due.topic))

    async def forget(self, feed: str) -> None:
        """The feed names no hub any more; what the old one still delivers is answered with 410."""
        await self._threads.run(self._forget, feed)

    async def is_alive(self, feed: str) -> bool:
        """Whether a hub delivers this feed, so that it may be polled more slowly."""
        known = await self._threads.run(self._of, feed)
        return known is not None and websub.is_alive(known.lease_until, known.delivered, self._clock())

    async def answer(self, token: str, asked: Mapping[str, str]) -> str | None:
        """The challenge that a hub's question is answered with; None where nobody here asked for that."""
        return await self._threads.run(self._answer, token, asked)

    async def feed_of(self, token: str) -> str | None:
        """The feed that is delivered to the callback of this token."""
        known = await self._threads.run(self._by_token, token)
        return known.feed if known else None

    async def is_genuine(self, token: str, signature: str, body: bytes) -> bool:
        """Whether this delivery was signed with the secret that only we and the hub know."""
        known = await self._threads.run(self._by_token, token)
        return known is not None and websub.is_signed(signature, known.secret, body)

    def _begin(self, feed: str, offer: Offer) -> Subscription | None:
        """The subscription to ask for, None where nothing is due; noted before, because a hub may ask back at once."""
        now = self._clock()
        with self._store.write() as tx:
            known = subscriptions.of(tx, feed)
            if known is None or (known.hub, known.topic) != (offer.hub, offer.topic):
                subscriptions.ask(tx, feed, offer.hub, offer.topic, self._secret(), self._secret(), now)
            elif websub.is_due(known.asked, known.verified, known.lease_until, now):
                subscriptions.ask_again(tx, feed, now)
            else:
                return None
            return subscriptions.of(tx, feed)

    def _due(self) -> list[Subscription]:
        now = self._clock()
        with self._store.read() as tx:
            return [
                each
                for each in subscriptions.running(tx)
                if websub.is_due(each.asked, each.verified, each.lease_until, now)
            ]

    def _forget(self, feed: str) -> None:
        with self._store.read() as tx:
            if subscriptions.of(tx, feed) is None:
                return
        with self._store.write() as tx:
            subscriptions.forget(tx, feed)

    def _answer(self, token: str, asked: Mapping[str, str]) -> str | None:
        known = self._by_token(token)
        if known is None or not hmac.compare_digest(known.token, token):
            return None
        denied, confirmed = websub.is_denied(asked, known.topic), websub.confirm(asked, known.topic)
        if not denied and confirmed is None:
            return None  # strangers may ask as often as they like: nothing is written for them
        now = self._clock()
        with self._store.write() as tx:
            if confirmed is None:
                subscriptions.deny(tx, known.feed)
                return ""
            subscriptions.verify(tx, known.feed, now, now + confirmed.lease_s)
            return confirmed.challenge

    def _of(self, feed: str) -> Subscription | None:
        with self._store.read() as tx:
            return subscriptions.of(tx, feed)

    def _by_token(self, token: str) -> Subscription | None:
        with self._store.read() as tx:
            return subscriptions.by_token(tx, token)
