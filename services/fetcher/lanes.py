"""Feeds are read in two lanes, so that one that keeps its parser busy stands in the way of no other.

Every feed is read in the quick lane first, whose child is stopped after `QUICK_S`. What was stopped there is read in
the slow lane, where feeds of its kind wait for each other only; it begins there the next time.
"""

import time
from collections import OrderedDict
from collections.abc import Sequence
from typing import Any

from services.contracts import Reason
from services.fetcher.threads import Threads
from services.sandbox import Sandbox, SandboxTimeout

QUICK_S = 1.0
"""Seconds. A feed of 200 entries takes a tenth of that."""
MOST_SLOW = 1_000
"""Feeds that are remembered as slow, the last ones."""


class Lanes:
    """`quick` is the quick lane's child; the slow lane makes itself one like it when it is needed, and ends it at once.

    Each lane has a thread of its own: the kernel ends a child together with the thread that began it.
    """

    def __init__(self, quick: Sandbox) -> None:
        self._quick, self._slow = quick, quick.another()
        self._quick_thread, self._slow_thread = Threads(1), Threads(1)
        self._known_as_slow: OrderedDict[str, None] = OrderedDict()

    async def ask(self, url: str, question: Sequence[bytes]) -> dict[str, Any]:
        """A child's answer to `feeds.question` about the feed at `url`. Raises SandboxError, SandboxUnfit."""
        left = self._slow.timeout
        if url not in self._known_as_slow:
            try:
                return await self._quick_thread.run(self._ask_quickly, question)
            except SandboxTimeout:
                self._remember(url)
                left -= QUICK_S  # both lanes together take no longer than one
        answer, seconds = await self._slow_thread.run(self._ask_slowly, question, left)
        if seconds < QUICK_S:
            self._known_as_slow.pop(url, None)
        return answer

    def close(self) -> None:
        """Wait for what is being read."""
        self._quick_thread.close()
        self._slow_thread.close()

    def _ask_quickly(self, question: Sequence[bytes]) -> dict[str, Any]:
        answer = self._quick.pass_on(*question, timeout=QUICK_S)
        if answer.get("error", {}).get("reason") == Reason.TOO_LARGE:
            self._quick.close()  # what it could not give back would be missing to the feeds after this one
        return answer

    def _ask_slowly(self, question: Sequence[bytes], left: float) -> tuple[dict[str, Any], float]:
        self._slow.start()
        begun = time.monotonic()
        try:
            return self._slow.pass_on(*question, timeout=left), time.monotonic() - begun
        finally:
            self._slow.close()

    def _remember(self, url: str) -> None:
        self._known_as_slow[url] = None
        self._known_as_slow.move_to_end(url)
        if len(self._known_as_slow) > MOST_SLOW:
            self._known_as_slow.popitem(last=False)
