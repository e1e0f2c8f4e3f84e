"""Where an outlet keeps its news sitemaps, as its robots.txt says (sitemaps.org, "Submitting your sitemap")."""

from collections import OrderedDict
from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

from services.fetcher import robots, urls
from services.fetcher.web import ACCEPT_ROBOTS, FetchError, Web

MAX_SITEMAPS = 2
"""Of one outlet, that are asked for to fill one gap."""
KEPT_S = 86_400.0
MAX_ORIGINS = 10_000

Turn = Callable[[str], Awaitable[bool]]
"""Waits until a URL's host may be asked; False where that is too far away."""


class NewsSitemaps:
    """Asks an outlet for its robots.txt once a day at most, and only when told to. `clock` gives seconds."""

    def __init__(self, web: Web, clock: Callable[[], float], deadline_s: float) -> None:
        self._web = web
        self._clock = clock
        self._deadline_s = deadline_s
        self._known: OrderedDict[str, tuple[float, tuple[str, ...]]] = OrderedDict()

    async def of(self, url: str, turn: Turn) -> tuple[str, ...]:
        """The URLs of the news sitemaps of `url`'s host; none where it names none, or cannot be asked."""
        origin = urls.origin(url)
        until, found = self._known.get(origin, (0.0, ()))
        if self._clock() < until:
            return found
        place = f"{origin}/robots.txt"
        if not await turn(place):
            return ()
        found = await self._ask(place)
        self._known[origin] = (self._clock() + KEPT_S, found)
        if len(self._known) > MAX_ORIGINS:
            self._known.popitem(last=False)
        return found

    async def _ask(self, place: str) -> tuple[str, ...]:
        try:
            response = await self._web.get(
                place, accept=ACCEPT_ROBOTS, limit_bytes=robots.MAX_BYTES, deadline_s=self._deadline_s, cut=True
            )
        except FetchError:
            return ()
        return named(response.body) if response.status == 200 else ()


def named(body: bytes) -> tuple[str, ...]:
    """The news sitemaps in a robots.txt: those whose path speaks of news, the first MAX_SITEMAPS."""
    lines = (line.strip() for line in body.decode("utf-8-sig", "replace").splitlines())
    places = (line[len("sitemap:") :].strip() for line in lines if line.lower().startswith("sitemap:"))
    found = (place for place in places if urls.is_web(place) and "news" in urlsplit(place).path.lower())
    return tuple(dict.fromkeys(found))[:MAX_SITEMAPS]
