"""Real pages that noise is put into: drawn from the labelled pages, a few per language, the same ones every time."""

import random
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path

from benchmarks import injection, scores
from benchmarks.injection import Host
from services.cleaner import requests

LARGEST_PAGE = 400_000
"""Characters; larger pages cost time and show nothing else."""
POOL = 4
"""Pages looked at for each host that is wanted."""


def find(paths: Iterable[Path], languages: Sequence[str], count: int, seed: int) -> dict[str, list[Host]]:
    """`count` hosts per language, those of other languages where the data have too few of its own."""
    chance = random.Random(seed)
    pools: dict[str, list[scores.Row]] = defaultdict(list)
    seen: Counter[str] = Counter()
    for path in paths:
        for row in scores.read(path):
            if len(row["html"]) <= LARGEST_PAGE:
                _sample(pools[row["language"]], row, POOL * count, seen, chance)
    found = {language: _hosts(pools.get(language, []), count) for language in languages}
    short = {language: hosts for language, hosts in found.items() if len(hosts) < count}
    mixed = [row for language in sorted(pools) for row in pools[language]] if short else []
    others = _hosts(chance.sample(mixed, len(mixed)), count)
    if short and not others:
        raise SystemExit("no page can take a block; name more data with --files, or look at what `vigie clean` says")
    for language, hosts in short.items():
        print(f"{language}: {len(hosts)} pages of its own, the rest of other languages", file=sys.stderr)
        hosts.extend(others[: count - len(hosts)])
    return found


def _sample(pool: list[scores.Row], row: scores.Row, size: int, seen: Counter[str], chance: random.Random) -> None:
    """Keeps `size` rows of a language, each as likely as any other."""
    seen[row["language"]] += 1
    if len(pool) < size:
        pool.append(row)
    elif (at := chance.randrange(seen[row["language"]])) < size:
        pool[at] = row


def _hosts(rows: Iterable[scores.Row], count: int) -> list[Host]:
    found: list[Host] = []
    for row in rows:
        if len(found) >= count:
            break
        html = injection.settle(row["html"])
        host = injection.host(row, html, requests.answer({"id": row["id"], "url": row["url"], "html": html}))
        if host is not None:
            found.append(host)
    return found
