"""How far the events have come: one look at the store for all who wait."""

import asyncio
import logging

from anyio import to_thread

from services.store import Store, StoreError, events

log = logging.getLogger("vigie.api")


class Head:
    """The number of the last event. While somebody waits, a task asks the store every `poll_seconds`."""

    def __init__(self, store: Store, poll_seconds: float) -> None:
        self._store = store
        self._poll_seconds = poll_seconds
        self._waiting = 0
        self._moved = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def passes(self, seq: int, seconds: float) -> bool:
        """Wait until an event behind `seq` exists; False when `seconds` are over first."""
        self._waiting += 1
        try:
            async with asyncio.timeout(seconds):
                await self._wait(seq)
        except TimeoutError:
            return False
        finally:
            self._waiting -= 1
        return True

    def read(self) -> int:
        with self._store.read() as tx:
            return events.head(tx)

    async def _wait(self, seq: int) -> None:
        while True:
            # Taken before the look at the store: whoever moves the head after that look sets this very event.
            moved = self._moved
            if await to_thread.run_sync(self.read) > seq:
                return
            if self._task is None or self._task.done():
                self._task = asyncio.create_task(self._poll(seq))
            await moved.wait()

    async def _poll(self, seq: int) -> None:
        """Runs until nobody waits, and wakes everybody up when the head moves."""
        known = seq
        while self._waiting:
            await asyncio.sleep(self._poll_seconds)
            try:
                head = await to_thread.run_sync(self.read)
            except StoreError as error:
                # Those who wait keep waiting: the store may be back before their time is over.
                log.warning("cannot look for new events: %s", error)
                continue
            if head != known:
                known = head
                self._moved, moved = asyncio.Event(), self._moved
                moved.set()
