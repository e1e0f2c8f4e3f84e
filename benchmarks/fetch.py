"""What polling costs: feeds per second, CPU per feed and memory of a real fetcher, beside `reader` (lemon24).

    python -m benchmarks.fetch                both parts, some minutes
    python -m benchmarks.fetch --only cost    1 000 feeds, polled twice
    python -m benchmarks.fetch --only day     a day of 300 feeds by a clock that jumps (`fetch_day.py`)

The feeds are made up from texts of our own in twelve languages and served by another process, each by an outlet of its
own on loopback, with ETag and Last-Modified. `vigie fetcher` runs as in production, a Valkey beside it; its clean queue
counts as full, so that it polls and downloads no pages. `reader` updates the same feeds with as many workers as vigie
has connections. Every feed is polled twice: the first time it comes whole, the second time the outlet answers 304.

seconds   from the first request to the last saved poll, the start of the process not counted
CPU       user and system, of the process and of its children, the start not counted; Valkey is not counted
memory    largest sum of the resident memory (VmRSS) of the fetcher and the child that reads its feeds, every 50 ms
"""

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.utils import formatdate
from html import escape
from itertools import islice
from pathlib import Path

from benchmarks import fetch_day, tables
from benchmarks.searching.corpus import BLOCK, Corpus, Draft
from services import valkey
from services.contracts import Outlet, Stage
from services.runtime import Runtime, open_runtime
from services.settings import Settings, from_environment
from services.store import feeds
from services.supervisor import PARENT_VARIABLE
from services.valkey import Valkey

ITEMS = (10, 40)
"""Of a feed, least and most."""
SUMMARY = 60
"""Words."""
MEMORY = Path("/dev/shm")
NEWEST = 1_763_640_000.0
READER = """
import json, resource, sys, time
from reader import make_reader
urls, folder, workers = json.loads(sys.stdin.readline())
reader = make_reader(folder + "/reader.sqlite")
for url in urls:
    reader.add_feed(url)
def cpu():
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime
for _ in range(2):
    begun, before = time.monotonic(), cpu()
    reader.update_feeds(scheduled=False, workers=workers)
    after = cpu()
    rss = int(open("/proc/self/status").read().split("VmHWM:")[1].split()[0]) * 1024
    print(json.dumps([time.monotonic() - begun, after - before, rss, reader.get_entry_counts().total]), flush=True)
"""


@dataclass(frozen=True, slots=True)
class Round:
    """One poll of every feed."""

    feeds: int
    seconds: float
    cpu: float
    memory: int
    items: int

    @property
    def row(self) -> list[str]:
        return [
            f"{self.seconds:.1f}",
            f"{self.feeds / self.seconds:.0f}",
            f"{1000 * self.cpu / self.feeds:.1f}",
            f"{self.memory / 1e6:.0f}",
            str(self.items),
        ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", choices=("cost", "day"))
    parser.add_argument("--feeds", type=int, default=1_000, metavar="N", help="of the first part")
    parser.add_argument("--outlets", type=int, default=300, metavar="N", help="of the day")
    parser.add_argument("--hours", type=float, default=24.0, metavar="N", help="of the day")
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    if asked.only != "day":
        measure(asked.feeds, asked.seed)
    if asked.only != "cost":
        live(asked.outlets, asked.hours, asked.seed)


def live(outlets: int, hours: float, seed: int) -> None:
    """The day, its store in memory where there is such a place: it commits more often than any real one."""
    print(f"\n{outlets} outlets, {hours:g} hours", flush=True)
    with tempfile.TemporaryDirectory(prefix="vigie-bench-", dir=MEMORY if MEMORY.is_dir() else None) as name:
        server = Valkey(Path(name))
        server.start()
        try:
            figures = fetch_day.run(valkey.socket_path(Path(name)), Path(name), count=outlets, hours=hours, seed=seed)
        finally:
            server.stop()
    tables.show(figures.rows())


def measure(count: int, seed: int) -> None:
    with tempfile.TemporaryDirectory(prefix="vigie-bench-") as name:
        folder = Path(name)
        size = write_feeds(folder / "feeds", 1 + count, seed)
        print(f"{count} feeds, {size / (1 + count) / 1000:.0f} KB each on average", flush=True)
        with serving(folder / "feeds") as urls:
            ours = poll_with_vigie(folder, urls[1:], urls[0])
            theirs = poll_with_reader(folder, urls[1:], from_environment(data=folder).connections)
    heads = ["", "seconds", "feeds/s", "CPU ms per feed", "memory MB", "items"]
    named = [("first poll, 200", 0), ("second poll, 304", 1)]
    for what, number in named:
        print(f"\n{what}")
        tables.show([heads, ["vigie", *ours[number].row], ["reader", *theirs[number].row]])


def write_feeds(folder: Path, count: int, seed: int) -> int:
    """Feeds as files; the bytes of all of them."""
    folder.mkdir()
    chance = random.Random(seed)
    drafts = _drafts(seed)
    size = 0
    for number in range(count):
        items = list(islice(drafts, chance.randint(*ITEMS)))
        body = (_atom if number % 4 == 3 else _rss)(number, items, chance).encode()
        (folder / f"{number:05}.xml").write_bytes(body)
        size += len(body)
    return size


def _drafts(seed: int) -> Iterator[Draft]:
    corpus = Corpus(BLOCK, seed)
    number = 0
    while True:
        yield from corpus.block(number)
        number += 1


def _parts(number: int, items: list[Draft], chance: random.Random) -> Iterator[tuple[str, str, str, float]]:
    at = NEWEST
    for item in items:
        at -= chance.expovariate(1 / 1_800)
        summary = " ".join(item.text.split()[:SUMMARY])
        yield f"https://outlet{number}.example/news/{item.number}", escape(item.title), escape(summary), at


def _rss(number: int, items: list[Draft], chance: random.Random) -> str:
    written = "".join(
        f"<item><title>{title}</title><link>{link}</link><guid>{link}</guid><description>{summary}</description>"
        f"<pubDate>{formatdate(at, usegmt=True)}</pubDate><category>news</category></item>\n"
        for link, title, summary, at in _parts(number, items, chance)
    )
    return (
        f"<?xml version='1.0' encoding='UTF-8'?>\n<rss version='2.0'><channel><title>Outlet {number}</title>"
        f"<link>https://outlet{number}.example/</link><description>News</description>\n{written}</channel></rss>"
    )


def _atom(number: int, items: list[Draft], chance: random.Random) -> str:
    written = "".join(
        f"<entry><title>{title}</title><link href='{link}'/><id>{link}</id><summary>{summary}</summary>"
        f"<updated>{time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime(at))}</updated></entry>\n"
        for link, title, summary, at in _parts(number, items, chance)
    )
    return (
        f"<?xml version='1.0' encoding='UTF-8'?>\n<feed xmlns='http://www.w3.org/2005/Atom'><title>Outlet {number}"
        f"</title><id>https://outlet{number}.example/</id><updated>2025-11-20T12:00:00Z</updated>\n{written}</feed>"
    )


@contextmanager
def serving(folder: Path) -> Iterator[list[str]]:
    server = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.fetch_outlets", str(folder)], stdout=subprocess.PIPE, text=True
    )
    try:
        assert server.stdout is not None
        yield json.loads(server.stdout.readline())
    finally:
        server.terminate()
        server.communicate()


def poll_with_vigie(folder: Path, urls: list[str], first: str) -> list[Round]:
    """`first` is polled before anything is measured."""
    settings = _settings(folder, [first, *urls])
    server = Valkey(settings.redis_folder)
    server.start()
    runtime = open_runtime(settings, redis_url=valkey.url(settings.redis_folder))
    runtime.enqueue(Stage.CLEAN, ["a-job-that-nobody-does"])
    _put_off(runtime, [_outlet(number, url) for number, url in enumerate([first, *urls])])
    _make_due(runtime, [first], time.time())
    process = subprocess.Popen([sys.executable, "-m", "services", "fetcher"], env=_environment(settings))
    try:
        _wait(lambda: _account(runtime, 0.0).polled == 1)  # by then it has started its child too
        return [_round(runtime, process.pid, urls) for _ in range(2)]
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait()
        runtime.close()
        server.stop()


def _settings(folder: Path, urls: list[str]) -> Settings:
    tables_of = "".join(
        f'[[outlet]]\nid = "outlet{number}"\nname = "Outlet {number}"\nurl = "{url}"\nfeeds = ["{url}"]\n'
        for number, url in enumerate(urls)
    )
    (folder / "outlets.toml").write_text(tables_of, encoding="utf-8")
    return from_environment(data=folder / "data", outlets=folder / "outlets.toml")


def _environment(settings: Settings) -> dict[str, str]:
    return {
        **os.environ,
        "VIGIE_DATA": str(settings.data),
        "VIGIE_OUTLETS": str(settings.outlets),
        "VIGIE_ALLOW_PRIVATE": '["127.0.0.0/8"]',
        "VIGIE_QUEUE_LIMIT": "1",
        "VIGIE_LOG_LEVEL": "WARNING",
        PARENT_VARIABLE: str(os.getpid()),  # whatever happens here, the fetcher ends with us
    }


def _outlet(number: int, url: str) -> Outlet:
    return Outlet(f"outlet{number}", f"Outlet {number}", url, (url,))


def _put_off(runtime: Runtime, outlets: list[Outlet]) -> None:
    """All feeds in the store, none of them due: the start of the process is not to be measured."""
    with runtime.store.write() as tx:
        feeds.sync(tx, outlets, time.time() + 3_600)


def _make_due(runtime: Runtime, urls: list[str], now: float) -> None:
    with runtime.store.write() as tx:
        tx.many("UPDATE feeds SET next_poll = ? WHERE url = ?", [(now, url) for url in urls])


@dataclass(frozen=True, slots=True)
class _Account:
    polled: int
    last: float
    failed: int
    items: int


def _account(runtime: Runtime, since: float) -> _Account:
    """What was polled since then, and all items."""
    with runtime.store.read() as tx:
        row = tx.one(
            "SELECT COUNT(*) AS n, COALESCE(MAX(polled), 0) AS last, COUNT(reason) AS failed FROM feeds"
            " WHERE polled >= ?",
            since,
        )
        items = tx.one("SELECT COUNT(*) AS n FROM items")
    assert row is not None
    assert items is not None
    return _Account(row["n"], row["last"], row["failed"], items["n"])


def _round(runtime: Runtime, pid: int, urls: list[str]) -> Round:
    before, memory, begun = _cpu(pid), 0, time.time()
    _make_due(runtime, urls, begun)
    while (found := _account(runtime, begun)).polled < len(urls):
        memory = max(memory, sum(map(_resident, _family(pid))))
        time.sleep(0.05)
    assert not found.failed, f"{found.failed} polls failed"
    return Round(len(urls), found.last - begun, _cpu(pid) - before, memory, found.items)


def _wait(condition: Callable[[], object], seconds: float = 60.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "the fetcher does not start"
        time.sleep(0.05)


def _family(pid: int) -> list[int]:
    """A process and the children that read feeds; one that has only been forked still shows its parent's memory."""
    found = Path(f"/proc/{pid}/task").glob("*/children")
    born = [child for path in found for child in path.read_text().split()]
    return [pid, *(int(child) for child in born if b"services.sandbox" in Path(f"/proc/{child}/cmdline").read_bytes())]


def _resident(pid: int) -> int:
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0
    return int(status.split("VmRSS:")[1].split()[0]) * 1024 if "VmRSS:" in status else 0


def _cpu(pid: int) -> float:
    """Seconds of a process, of its children that live, and of those that it has waited for."""
    used = 0.0
    for each in _family(pid):
        fields = Path(f"/proc/{each}/stat").read_text().rpartition(")")[2].split()
        used += sum(map(int, fields[11:15] if each == pid else fields[11:13])) / os.sysconf("SC_CLK_TCK")
    return used


def poll_with_reader(folder: Path, urls: list[str], workers: int) -> list[Round]:
    done = subprocess.run(
        [sys.executable, "-c", READER],
        input=json.dumps([urls, str(folder), workers]),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return [
        Round(len(urls), seconds, cpu, memory, items)
        for seconds, cpu, memory, items in map(json.loads, done.stdout.splitlines())
    ]


if __name__ == "__main__":
    main()
