"""A day of many feeds by a clock that jumps: the fetcher's door, schedule, gate and store over HTTP on loopback.

Nothing of the fetcher is replaced but its clock and its waiting: `Jumping` stands still while anything is under way and
then jumps to the next moment at which something is due. Valkey's clock cannot jump, so the gates that it keeps are
moved instead. What is enqueued for the cleaner is written down with its time.

The outlets say when they want to be asked again in every way there is, fail, forbid and move; each publishes at random,
more by day than by night. The outlet keeps the books: what it was asked, when, with which validators, what it answered.
"""

import asyncio
import heapq
import random
import time
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from email.utils import formatdate
from ipaddress import ip_network
from math import exp, log
from pathlib import Path

from redis.asyncio import Redis

from benchmarks.fetch_outlets import Answer, Asked, Outlets
from services.cli.roles import FEED_GROWTH
from services.contracts import GATE_KEY, Outlet, Stage
from services.fetcher.downloads import Downloads
from services.fetcher.gate import Gate
from services.fetcher.poller import LOOK_SECONDS, Poller
from services.fetcher.polls import Polls
from services.fetcher.threads import Threads
from services.fetcher.underway import UnderWay
from services.fetcher.urls import item_key
from services.fetcher.web import Web
from services.sandbox import Sandbox
from services.store import Store, feeds, open_store

START = 1_763_596_800.0
"""Thursday, 20 November 2025, 00:00 GMT."""
HOUR, DAY = 3_600.0, 86_400.0
SPACING_S = 1.0
INTERVAL_MIN, INTERVAL_MAX = 60.0, 900.0
JITTER = 1.1
"""What the schedule may add to an interval."""
GRACE_S = 5.0
MOVES_AT = 2 * HOUR
SKIPPED = range(1, 4)
"""Hours, GMT."""
KINDS = (
    "etag", "max-age", "throttled", "modified", "ttl", "moved", "both", "skips", "unavailable", "quiet",
    "etag", "expires", "flaky", "modified", "max-age", "quiet", "both", "ttl", "sy", "quiet",
)  # fmt: skip
"""What outlets are like, in turn."""
BARE_EVERY = 50
"""One of so many gives no validators: nobody can ask it conditionally."""
USER_AGENT = "vigie/0.1 (+https://example.org/vigie)"
_SHIFT = """
for _, key in ipairs(redis.call('KEYS', ARGV[1])) do
  local left, value = redis.call('PTTL', key) - ARGV[2], redis.call('GET', key)
  local earlier = string.gsub(value, '%d+', function(moment) return string.format('%.0f', moment - ARGV[2]) end)
  if left > 0 then redis.call('SET', key, earlier, 'PX', string.format('%.0f', left)) else redis.call('DEL', key) end
end
"""


class Jumping:
    """A clock that stands still until it is moved."""

    def __init__(self, now: float) -> None:
        self.now = now
        self._asleep: list[tuple[float, int, asyncio.Future[None]]] = []
        self._count = 0

    def __call__(self) -> float:
        return self.now

    @property
    def asleep(self) -> int:
        return len(self._asleep)

    @property
    def next(self) -> float:
        """When the first sleeper wakes."""
        return self._asleep[0][0] if self._asleep else float("inf")

    async def sleep(self, seconds: float) -> None:
        if seconds <= 0:
            return
        self._count += 1
        awake = asyncio.get_running_loop().create_future()
        heapq.heappush(self._asleep, (self.now + seconds, self._count, awake))
        await awake

    def jump(self, to: float) -> None:
        self.now = to
        while self._asleep and self._asleep[0][0] <= to:
            heapq.heappop(self._asleep)[2].set_result(None)


@dataclass(slots=True)
class Source:
    """An outlet with one feed, and its books. `news` are the moments of its publications, those before START too."""

    number: int
    kind: str
    news: list[float]
    window: int
    announced: float
    polls: list[float] = field(default_factory=list)
    conditional: int = 0
    could_be: int = 0
    """Polls of which the fetcher had validators to send."""
    unchanged: int = 0
    not_modified: int = 0
    early: list[float] = field(default_factory=list)
    not_before: float = 0.0
    forbidden: list[tuple[float, float]] = field(default_factory=list)
    """Times from and until which an error kept the fetcher away."""
    shown: int = 0
    """How much of `news` has stood in the feed at some poll."""
    first_shown: int = -1
    given: str = ""
    """The validator of the last whole feed."""

    @property
    def interval(self) -> float:
        """The longest that the schedule may wait, in seconds."""
        return JITTER * max(self.announced or INTERVAL_MAX, INTERVAL_MIN)

    def link(self, item: int) -> str:
        return f"/news/{item}"

    def answer(self, asked: Asked, now: float, chance: random.Random, home: str) -> Answer:
        if not asked.path.startswith("/feed"):
            return _page(asked.path)
        if self.kind == "moved" and now >= START + MOVES_AT and asked.path == "/feed":
            return Answer(status=301, headers={"Location": "/feed/moved"})
        self._note(asked, now)
        refused = self._refusal(now, chance)
        return refused or self._feed(asked, now, home)

    def _note(self, asked: Asked, now: float) -> None:
        self.polls.append(now)
        self.conditional += "if-none-match" in asked.headers or "if-modified-since" in asked.headers
        self.could_be += bool(self.given) and self.kind != "bare"
        skipped = self.kind == "skips" and time.gmtime(now).tm_hour in SKIPPED
        if now < self.not_before or (skipped and len(self.polls) > 1):
            self.early.append(now)

    def _refusal(self, now: float, chance: random.Random) -> Answer | None:
        status = {"throttled": 429, "unavailable": 503, "flaky": 500}.get(self.kind)
        if status is None or chance.random() > 0.1:
            return None
        wait = 0 if self.kind == "flaky" else chance.randrange(60, 1_200)
        self.not_before = now + wait
        self.forbidden.append((now, now + max(wait, 2 * INTERVAL_MIN)))
        return Answer(status=status, headers={"Retry-After": str(wait)} if wait else {})

    def _feed(self, asked: Asked, now: float, home: str) -> Answer:
        count = bisect_right(self.news, now)
        last = self.news[count - 1] if count else START - DAY
        self.not_before = now + self.announced
        self.shown = count
        if self.first_shown < 0:
            self.first_shown = count
        headers = self._headers(now, count, last)
        validator = f"{count}"
        if validator == self.given:
            self.unchanged += 1
            if _holds(asked.headers, headers):
                self.not_modified += 1
                return Answer(status=304, headers=headers)
        self.given = validator
        items = range(max(0, count - self.window), count)
        return Answer(self._body(items, home), headers={"Content-Type": "application/rss+xml", **headers})

    def _headers(self, now: float, count: int, last: float) -> dict[str, str]:
        headers = {"Date": formatdate(now, usegmt=True)}
        if self.kind not in {"modified", "bare"}:
            headers["ETag"] = f'W/"{self.number}:{count}"'
        if self.kind in {"modified", "both"}:
            headers["Last-Modified"] = formatdate(last, usegmt=True)
        if self.kind == "max-age":
            headers["Cache-Control"] = f"public, max-age={self.announced:.0f}"
        if self.kind == "expires":
            headers["Expires"] = formatdate(int(now) + self.announced, usegmt=True)
        return headers

    def _body(self, items: range, home: str) -> bytes:
        channel = {
            "ttl": f"<ttl>{self.announced / 60:.0f}</ttl>",
            "sy": "<sy:updatePeriod>hourly</sy:updatePeriod>"
            f"<sy:updateFrequency>{HOUR / (self.announced or HOUR):.0f}</sy:updateFrequency>",
            "skips": f"<skipHours>{''.join(f'<hour>{hour}</hour>' for hour in SKIPPED)}</skipHours>",
        }.get(self.kind, "")
        written = "".join(
            f"<item><title>News {item}</title><link>{home}{self.link(item)}</link>"
            f"<pubDate>{formatdate(self.news[item], usegmt=True)}</pubDate></item>"
            for item in reversed(items)
        )
        return (
            "<rss version='2.0' xmlns:sy='http://purl.org/rss/1.0/modules/syndication/'>"
            f"<channel><title>Outlet {self.number}</title>{channel}{written}</channel></rss>"
        ).encode()

    def due(self, published: float) -> float:
        """By when an item should be enqueued: an interval later, and what the outlet forbade does not count."""
        at = self.may_be_asked(published) + self.interval
        for begin, end in self.forbidden:
            if published < begin < at:
                at += end - begin
        return at

    def may_be_asked(self, moment: float) -> float:
        """The first moment from then on at which no error and no skipHours forbid it."""
        for begin, end in self.forbidden:
            if begin <= moment < end:
                moment = end
        while self.kind == "skips" and time.gmtime(moment).tm_hour in SKIPPED:
            moment = (moment // HOUR + 1) * HOUR + 60.0
        return moment


def _page(path: str) -> Answer:
    if not path.startswith("/news/"):
        return Answer(status=404)
    return Answer(f"<html><p>News {path}.</p></html>".encode(), headers={"Content-Type": "text/html"})


def _holds(asked: dict[str, str], headers: dict[str, str]) -> bool:
    if "if-none-match" in asked:
        return asked["if-none-match"] == headers.get("ETag")
    return "Last-Modified" in headers and asked.get("if-modified-since") == headers["Last-Modified"]


def sources(count: int, seed: int, hours: float, per_day: tuple[float, float]) -> list[Source]:
    """Outlets whose news per day are spread evenly on a logarithmic scale, within `per_day`."""
    chance = random.Random(seed)
    kinds = ["bare" if number % BARE_EVERY == BARE_EVERY - 1 else KINDS[number % len(KINDS)] for number in range(count)]
    return [_source(number, kind, chance, hours, per_day) for number, kind in enumerate(kinds)]


def _source(number: int, kind: str, chance: random.Random, hours: float, per_day: tuple[float, float]) -> Source:
    news = exp(chance.uniform(*map(log, per_day)))
    announced = {"max-age": 120.0, "expires": 300.0, "ttl": 300.0, "sy": 900.0}.get(kind, 0.0) * chance.randint(1, 4)
    if kind == "sy":
        announced = 900.0
    ends = START if kind == "quiet" else START + hours * HOUR
    return Source(number, kind, list(_moments(news, ends, chance)), chance.randint(15, 40), announced)


def _moments(per_day: float, ends: float, chance: random.Random) -> list[float]:
    """A Poisson process, four times as busy at noon as at midnight."""
    moments, at = [], START - 2 * DAY
    while at < ends:
        at += chance.expovariate(1.6 * per_day / DAY)
        hour = at % DAY / HOUR
        if chance.random() < (0.25 if hour < 6 else 1.0 if 8 <= hour < 20 else 0.6):
            moments.append(at)
    return [moment for moment in moments if moment < ends]


@dataclass(frozen=True, slots=True)
class Figures:
    """What a day came to; shares are 0.0 to 1.0, `late` is what of the items' delays lies beyond what is allowed, p95
    in seconds, `delay` half of them and 19 of 20 come within."""

    feeds: int
    polls: int
    items: int
    conditional: float
    conditional_where_possible: float
    early: int
    not_modified: float
    missed: int
    delay: tuple[float, float]
    late: float
    seconds: float

    def rows(self) -> list[list[str]]:
        return [
            ["", "seen", "goal"],
            ["polls", str(self.polls), ""],
            ["items enqueued", str(self.items), ""],
            ["conditional polls", f"{self.conditional:.3f}", ">= .95"],
            ["  of those that could be", f"{self.conditional_where_possible:.3f}", ""],
            ["polls before an announced time", str(self.early), "0"],
            ["polls of an unchanged feed answered 304", f"{self.not_modified:.3f}", ">= .90"],
            ["items missed that stood in a feed at a poll", str(self.missed), "0"],
            ["from publication to enqueued, median, s", f"{self.delay[0]:.0f}", ""],
            ["  p95, s", f"{self.delay[1]:.0f}", ""],
            ["  p95 beyond the feed's allowed interval, s", f"{self.late:.1f}", f"<= {GRACE_S:.0f}"],
            ["seconds it took", f"{self.seconds:.0f}", ""],
        ]


class Queues:
    """In the place of the runtime: what is enqueued, and when."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self.enqueued: dict[str, float] = {}

    def queue_lengths(self) -> dict[str, int]:
        return {Stage.CLEAN.value: 0}

    def reconcile(self) -> int:
        return 0

    def enqueue(self, _: Stage, keys: Sequence[str]) -> int:
        for key in keys:
            self.enqueued.setdefault(key, self._clock())
        return len(keys)


def run(
    valkey_socket: Path,
    folder: Path,
    *,
    count: int,
    hours: float,
    per_day: tuple[float, float] = (3.0, 150.0),
    seed: int = 1,
) -> Figures:
    """The day of `count` outlets, or the first `hours` of it; the store is made in `folder`, the Valkey is emptied."""
    sandbox = Sandbox("services.fetcher.feeds:answer", timeout=5.0, memory=1_500_000_000, growth=FEED_GROWTH)
    sandbox.start()
    store = open_store(f"sqlite:///{folder / 'vigie.db'}")
    try:
        return asyncio.run(_Day(store, sandbox, valkey_socket, sources(count, seed, hours, per_day), hours, seed).run())
    finally:
        store.close()
        sandbox.close()


class _Day:
    def __init__(
        self, store: Store, sandbox: Sandbox, valkey_socket: Path, of: list[Source], hours: float, seed: int
    ) -> None:
        self.clock = Jumping(START)
        self.store = store
        self.sandbox = sandbox
        self.socket = valkey_socket
        self.ends = START + hours * HOUR
        self.seed = seed
        self.chance = random.Random(seed)
        self.sources = of
        self.queues = Queues(self.clock)

    async def run(self) -> Figures:
        began = time.monotonic()
        threads = Threads()
        networks = (ip_network("127.0.0.0/8"),)
        async with (
            Outlets(len(self.sources), self._answer) as outlets,
            Web(USER_AGENT, networks) as web,
            Redis(unix_socket_path=str(self.socket)) as client,
        ):
            await client.flushall()
            self.outlets = outlets
            poller = self._poller(web, Gate(client, SPACING_S), threads)
            with self.store.write() as tx:
                feeds.sync(tx, [self._outlet(source) for source in self.sources], self.clock())
            await self._live(poller, client)
            poller.polls.close()
        threads.close()
        return self._figures(time.monotonic() - began)

    def _answer(self, asked: Asked) -> Answer:
        source = self.sources[asked.outlet]
        return source.answer(asked, self.clock(), self.chance, self.outlets.url(asked.outlet, ""))

    def _outlet(self, source: Source) -> Outlet:
        home = self.outlets.url(source.number)
        return Outlet(
            f"outlet{source.number}", f"Outlet {source.number}", home, (f"{home}feed",),
            interval_min=INTERVAL_MIN, interval_max=INTERVAL_MAX,
        )  # fmt: skip

    def _poller(self, web: Web, gate: Gate, threads: Threads) -> Poller:
        rng = random.Random(self.seed + 1)
        limits = {"limit_bytes": 1_000_000, "deadline_s": 20.0, "clock": self.clock, "rng": rng}
        return Poller(
            store=self.store,
            gate=gate,
            queues=self.queues,
            threads=threads,
            polls=Polls(self.store, web, self.sandbox, threads, **limits),
            downloads=Downloads(
                self.store, web, gate, threads, self.queues.enqueue, owner="day", user_agent=USER_AGENT, keep_s=60.0,
                monotonic=self.clock, sleep=self.clock.sleep, **limits,
            ),
            owner="day",
            clock=self.clock,
            connections=20,
            queue_limit=1_000,
            grace_s=5.0,
            sleep=self.clock.sleep,
        )  # fmt: skip

    async def _live(self, poller: Poller, client: Redis) -> None:
        under_way = UnderWay({})
        shift = client.register_script(_SHIFT)
        while self.clock.now < self.ends:
            await self._settle(poller, under_way)
            to = min(max(self._next_due(), self._next_look()), self.clock.next, self.ends)
            moved = to - self.clock.now
            await shift(keys=[], args=[GATE_KEY.format(host="*"), round(1_000 * moved)])
            self.clock.jump(to)
        await under_way.finish(0.0)

    async def _settle(self, poller: Poller, under_way: UnderWay) -> None:
        """Look until nothing is begun any more; then all that is under way sleeps."""
        while True:
            await poller.take_feeds(under_way)
            await poller.take_pages(under_way)
            begun = len(under_way.tasks) > self.clock.asleep
            while len(under_way.tasks) > self.clock.asleep:
                await asyncio.sleep(0.0005)
            if not begun:
                return  # what may be due still waits for a place that a sleeper holds

    def _next_look(self) -> float:
        return (self.clock.now // LOOK_SECONDS + 1) * LOOK_SECONDS

    def _next_due(self) -> float:
        with self.store.read() as tx:
            feed = tx.one("SELECT MIN(next_poll) AS at FROM feeds WHERE active = 1")
            page = tx.one("SELECT MIN(due) AS at FROM items WHERE state = 'seen'")
        due = min(row["at"] for row in (feed, page) if row is not None and row["at"] is not None)
        return -(-due // LOOK_SECONDS) * LOOK_SECONDS

    def _figures(self, seconds: float) -> Figures:
        told = [self._told(source) for source in self.sources]
        delays = sorted(enqueued - published for each in told for published, enqueued, _ in each)
        late = sorted(enqueued - allowed for each in told for _, enqueued, allowed in each)
        polls = sum(len(source.polls) for source in self.sources)
        conditional = sum(source.conditional for source in self.sources)
        return Figures(
            feeds=len(self.sources),
            polls=polls,
            items=len(self.queues.enqueued),
            conditional=conditional / polls,
            conditional_where_possible=conditional / sum(source.could_be for source in self.sources),
            early=sum(len(source.early) for source in self.sources),
            not_modified=sum(source.not_modified for source in self.sources)
            / sum(source.unchanged for source in self.sources),
            missed=self._missed(),
            delay=(_quantile(delays, 0.5), _quantile(delays, 0.95)),
            late=_quantile(late, 0.95),
            seconds=seconds,
        )

    def _told(self, source: Source) -> list[tuple[float, float, float]]:
        """Of every item that came after the first poll: published, enqueued, and by when it should have been.

        One that is not enqueued when the day ends counts as enqueued then.
        """
        return [
            (
                source.news[item],
                self.queues.enqueued.get(self._key(source, item), self.ends),
                source.due(source.news[item]),
            )
            for item in range(max(0, source.first_shown), len(source.news))
        ]

    def _missed(self) -> int:
        with self.store.read() as tx:
            known = {row["key"] for row in tx.all("SELECT key FROM items")}
        return sum(
            self._key(source, item) not in known
            for source in self.sources
            for item in range(max(0, source.first_shown - source.window), source.shown)
        )

    def _key(self, source: Source, item: int) -> str:
        return item_key(self.outlets.url(source.number, source.link(item)))


def _quantile(values: list[float], share: float) -> float:
    return values[min(len(values) - 1, int(share * len(values)))]
