"""What the whole line costs per article, beside the bare extraction of the same pages.

    python -m benchmarks.pipeline                                  the pages of the bundled newsstand
    python -m benchmarks.pipeline --pages FILE.jsonl.xz --limit N  real pages: JSON lines with `url` and `html`

The pages are put into a store as a fetcher would have saved them. Then one `vigie cleaner` and one `vigie
indexer` work them off through a real queue, and the search index is brought up to date. CPU is that of these
processes and their children, user and system, less what the same processes need to start and to end with
nothing to do. The baseline is `trafilatura.bare_extraction` with its metadata in a fresh process.
"""

import argparse
import json
import lzma
import os
import resource
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from hashlib import blake2b
from pathlib import Path

from services import valkey
from services.contracts import Outlet, Stage, State
from services.newsstand import expectation
from services.newsstand.server import open_stand
from services.runtime import Runtime, open_runtime
from services.search.follower import catch_up, open_index
from services.settings import from_environment
from services.store import feeds, ledger, pages, sightings
from services.store.pages import Page
from services.store.sightings import Sighted
from services.supervisor import PARENT_VARIABLE
from services.valkey import Valkey

BARE = """
import json, resource, sys, time
import trafilatura
pages = [bytes.fromhex(line) for line in sys.stdin]
begun = time.process_time()
for page in pages:
    trafilatura.bare_extraction(page, with_metadata=True)
print(json.dumps((time.process_time() - begun) / len(pages)))
"""
SETTLE_SECONDS = 600


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", type=Path, metavar="FILE", help="JSON lines, xz-compressed")
    parser.add_argument("--limit", type=int, default=150, metavar="N")
    parser.add_argument("--rounds", type=int, default=3, metavar="N", help="repetitions; the median counts")
    asked = parser.parse_args()
    taken = list(_from_file(asked.pages, asked.limit) if asked.pages else _from_newsstand())
    size = sum(len(page.body) for page in taken) / len(taken)
    print(f"{len(taken)} pages, {size / 1000:.0f} KB each on average")
    bare = sorted(_bare(taken) for _ in range(asked.rounds))
    idle = sorted(_line([]).cpu for _ in range(asked.rounds))
    whole = sorted((_line(taken, idle[len(idle) // 2]) for _ in range(asked.rounds)), key=lambda run: run.cpu)
    baseline, run = bare[len(bare) // 2], whole[len(whole) // 2]
    print(f"bare trafilatura      {baseline * 1000:7.1f} ms CPU per page  (rounds: {_shown(bare)})")
    print(
        f"the whole line        {run.cpu * 1000:7.1f} ms CPU per page  (rounds: {_shown([each.cpu for each in whole])})"
    )
    for part, seconds in run.parts.items():
        print(f"  {part:<19} {seconds * 1000:7.1f} ms")
    print(f"ratio                 {run.cpu / baseline:7.2f}")
    print(f"throughput            {len(taken) / run.wall:7.1f} articles per second, one cleaner, one indexer")


class Run:
    """CPU seconds per page in all and by part, and wall seconds for all pages."""

    def __init__(self, cpu: float, wall: float, parts: dict[str, float]) -> None:
        self.cpu = cpu
        self.wall = wall
        self.parts = parts


def _line(taken: list[Page], idle: float = 0.0) -> Run:
    with tempfile.TemporaryDirectory(prefix="vigie-bench-") as name:
        settings = from_environment(data=name)
        server = Valkey(settings.redis_folder)
        server.start()
        runtime = open_runtime(settings, redis_url=valkey.url(settings.redis_folder))
        keys = _save(runtime, taken)
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        begun = time.monotonic()
        workers = [_start(role, settings.data) for role in ("cleaner", "indexer")]
        runtime.enqueue(Stage.CLEAN, keys)
        _wait(runtime, len(keys))
        wall = time.monotonic() - begun
        for worker in workers:
            worker.send_signal(signal.SIGTERM)
        for worker in workers:
            worker.wait()
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        indexing = time.process_time()
        index = open_index(settings.index_folder)
        catch_up(runtime.store, index)
        index.close()
        indexing = time.process_time() - indexing
        runtime.close()
        server.stop()
        redis_cpu = resource.getrusage(resource.RUSAGE_CHILDREN)
    pages_count = max(1, len(taken))
    working = _seconds(after) - _seconds(before)
    queue = _seconds(redis_cpu) - _seconds(after)
    if not taken:
        return Run(working + queue, wall, {})
    parts = {
        "cleaner + indexer": (working + queue - idle) / pages_count,
        "search index": indexing / pages_count,
    }
    return Run(sum(parts.values()), wall, parts)


def _save(runtime: Runtime, taken: list[Page]) -> list[str]:
    now = time.time()
    keys = []
    with runtime.store.write() as tx:
        feeds.sync(tx, [Outlet("bench", "Bench", "https://bench.example/", ())], now)
        for page in taken:
            key = blake2b(page.url.encode(), digest_size=16).hexdigest()
            host = page.url.split("/")[2]
            sightings.sight(tx, "bench", "bench", [Sighted(key, page.url, page.url, host, None, "", None)], now)
            pages.save(tx, key, page, now, now + 86_400)
            ledger.advance(tx, key, State.SEEN, State.FETCHED, now)
            keys.append(key)
    return list(dict.fromkeys(keys))


def _start(role: str, data: Path) -> subprocess.Popen[bytes]:
    environment = {
        **os.environ,
        "VIGIE_DATA": str(data),
        "VIGIE_LOG_LEVEL": "ERROR",
        PARENT_VARIABLE: str(os.getpid()),  # whatever happens here, the workers end with us
    }
    return subprocess.Popen([sys.executable, "-m", "services", role], env=environment)


def _wait(runtime: Runtime, count: int) -> None:
    deadline = time.monotonic() + SETTLE_SECONDS
    with runtime.store.read() as tx:
        account = ledger.account(tx)
    while not account.settled or not _both_are_up(runtime):
        assert time.monotonic() < deadline, "the line does not settle"
        time.sleep(0.05)
        with runtime.store.read() as tx:
            account = ledger.account(tx)
    assert account.seen == count


def _both_are_up(runtime: Runtime) -> bool:
    return runtime.redis.scard("rq:workers") == 2


def _bare(taken: list[Page]) -> float:
    lines = "\n".join(page.body.hex() for page in taken)
    done = subprocess.run([sys.executable, "-c", BARE], input=lines, capture_output=True, text=True, check=True)
    return float(json.loads(done.stdout))


def _from_newsstand() -> Iterator[Page]:
    import urllib.request

    with open_stand() as stand:
        for story in expectation.expectations():
            if story.kept:
                url = stand.url(story.outlet, story.path)
                with urllib.request.urlopen(url) as answer:
                    yield Page(url, answer.headers["content-type"], answer.read())


def _from_file(path: Path, limit: int) -> Iterator[Page]:
    with lzma.open(path, "rt", encoding="utf-8") as lines:
        for number, line in enumerate(lines):
            if number >= limit:
                return
            row = json.loads(line)
            yield Page(
                row["url"] or f"https://bench.example/{number}", "text/html; charset=utf-8", row["html"].encode()
            )


def _seconds(usage: resource.struct_rusage) -> float:
    return usage.ru_utime + usage.ru_stime


def _shown(values: list[float]) -> str:
    return ", ".join(f"{value * 1000:.1f}" for value in values)


if __name__ == "__main__":
    main()
