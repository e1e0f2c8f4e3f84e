"""What a fetcher has under way: its tasks, by what they work on, and how many of each host are among them."""

import asyncio
import contextlib
import logging
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping

from redis import RedisError

from services.contracts import Outlet
from services.store import StoreCorrupt, StoreError

log = logging.getLogger("vigie.fetcher")

HOLD_FIRST, HOLD_SECONDS = 2.0, 60.0
"""How long nothing new is asked for after the store could not save: at first, and at most when it still cannot."""
GATHER_SECONDS = 0.05
"""What is waited after a place became free: a look at the store per place would be a transaction each."""


class UnderWay:
    """`outlets` are those of the outlets file, by id. A place is a kind of work (`feeds of `) and a host."""

    def __init__(self, outlets: Mapping[str, Outlet], monotonic: Callable[[], float] = time.monotonic) -> None:
        self.outlets = outlets
        self._monotonic = monotonic
        self.tasks: dict[str, asyncio.Task[object]] = {}
        self.places: Counter[str] = Counter()
        self._freed = asyncio.Event()
        self._held_until = 0.0
        self._hold = HOLD_FIRST
        self.damaged = asyncio.Event()
        self.damage: StoreCorrupt | None = None

    def start(self, what: str, work: Callable[[], Awaitable[object]], place: str) -> None:
        """Begin `work`, unless it is under way: a clock that jumps makes our own leases look lapsed."""
        if what in self.tasks:
            return
        self.places[place] += 1
        task: asyncio.Task[object] = asyncio.create_task(self.guard(what, work))
        self.tasks[what] = task
        task.add_done_callback(lambda _: self._ended(what, place))

    def start_within(self, most: int, what: str, work: Callable[[], Awaitable[object]], place: str) -> bool:
        """Begin `work` where fewer than `most` are under way at its place; whether there was room."""
        if self.places[place] >= most:
            return False
        self.start(what, work, place)
        return True

    def count(self, kind: str) -> int:
        """How many tasks of one kind there are."""
        return sum(count for place, count in self.places.items() if place.startswith(kind))

    def busy_hosts(self, kind: str, most: int) -> list[str]:
        """Hosts of which `most` tasks of one kind are under way, or more."""
        return [
            place.removeprefix(kind) for place, count in self.places.items() if place.startswith(kind) and count >= most
        ]

    def is_held(self) -> bool:
        """Whether nothing new is begun: a store that cannot save makes every request to an outlet a wasted one."""
        return self._monotonic() < self._held_until

    async def finish(self, seconds: float) -> None:
        if self.tasks:
            await asyncio.wait(self.tasks.values(), timeout=seconds)
        for task in self.tasks.values():
            task.cancel()  # its lease lapses, and another fetcher does it again

    async def repeat(self, what: str, pause: float, work: Callable[[], Awaitable[object]]) -> None:
        """For ever; at once again after a True, as soon as there is a free place. A store or Redis that is away is
        waited for, not died of."""
        while True:
            if await self.guard(what, work) is True:
                await self._wait_for_place(pause)
            else:
                await asyncio.sleep(pause)

    async def guard(self, what: str, work: Callable[[], Awaitable[object]]) -> object:
        """What `work` answers, None where it failed: one failure must not end the others, and what was left undone is
        taken up again when its lease lapses."""
        try:
            return await work()
        except StoreCorrupt as error:
            self.damage = self.damage or error
            self.damaged.set()
        except StoreError as error:
            self._begin_hold()
            log.error("%s: %s; nothing new is begun for %.0f s", what, error, self._hold)
        except RedisError as error:
            log.error("%s: %s; it is taken up again", what, error)
        except Exception:
            log.exception("%s: failed; it is taken up again", what)
        return None

    def _begin_hold(self) -> None:
        """Twice as long as the last, where that ended a moment ago: a server that restarts is back in seconds, room on
        a full disk is not."""
        if self.is_held():
            return
        now = self._monotonic()
        again = self._held_until and now - self._held_until < HOLD_SECONDS
        self._hold = min(self._hold * 2, HOLD_SECONDS) if again else HOLD_FIRST
        self._held_until = now + self._hold

    async def _wait_for_place(self, seconds: float) -> None:
        self._freed.clear()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._freed.wait(), seconds)
        await asyncio.sleep(GATHER_SECONDS)

    def _ended(self, what: str, place: str) -> None:
        del self.tasks[what]
        self.places[place] -= 1
        if not self.places[place]:
            del self.places[place]
        self._freed.set()
