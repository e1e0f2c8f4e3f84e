"""Trains the block classifier.

    python -m training ../shared/data/*.xz                    writes services/cleaner/weights.npz
    python -m training ../shared/data/*.xz --folds build/folds    and weights for measuring on hosts never seen

With `--folds`, hosts are dealt into five parts; for each part a forest is trained on the others, and
`models.json` beside them names the forest to use for each host (`benchmarks/extraction.py --model-for`).
"""

import argparse
import hashlib
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from random import Random

import numpy as np

from training import forest, samples, variants, vocabulary
from training.samples import Sample

PARTS = 5
_WEIGHTS = Path(__file__).parents[1] / "services" / "cleaner" / "weights.npz"


def part(host: str) -> int:
    """The part a host is dealt to, the same on every machine."""
    return int(hashlib.sha256(host.encode()).hexdigest(), 16) % PARTS


def train(known: Sequence[Sample], guesses: dict[int, np.ndarray], target: Path, leave: int | None = None) -> None:
    """A forest from all samples but those of one part of the hosts, with that part's words forgotten too."""
    chosen = [s for s in known if part(s.host) != leave]
    pairs = [(s.rows, *samples.weigh(s, guesses.get(id(s)))) for s in chosen]
    rows, labels, weights = (np.concatenate(column) for column in zip(*pairs, strict=True))
    words = vocabulary.Vocabulary(vocabulary.count((s.host, s.page, s.labels, s.sizes) for s in chosen if s.whole))
    forest.save(forest.fit(rows, labels, weights), words.all, target)
    _say(f"{target}: {len(rows)} units of {len(chosen)} pages, {target.stat().st_size} bytes")


def guess(known: Sequence[Sample]) -> dict[int, np.ndarray]:
    """Probabilities for the units of pages with labelled passages only, by forests that never saw their hosts."""
    whole = [s for s in known if s.whole]
    found: dict[int, np.ndarray] = {}
    for number in range(PARTS):
        pairs = [(s.rows, *samples.weigh(s)) for s in whole if part(s.host) != number]
        rows, labels, weights = (np.concatenate(column) for column in zip(*pairs, strict=True))
        first = forest.fit(rows, labels, weights, forest.FIRST_TREES)
        for sample in known:
            if not sample.whole and part(sample.host) == number:
                found[id(sample)] = forest.chances(first, sample.rows)
        _say(f"first forest {number + 1} of {PARTS}")
    return found


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m training", description=__doc__.split("\n", 1)[0])
    parser.add_argument("files", nargs="+", type=Path, help="JSON lines, xz: see the readme beside the data")
    parser.add_argument("--out", type=Path, default=_WEIGHTS)
    parser.add_argument("--folds", type=Path, help="folder for weights that leave a fifth of the hosts out")
    arguments = parser.parse_args()
    known = samples.read(arguments.files)
    random = Random(0)
    made = [variants.make(sample, random) for sample in known if sample.whole]
    known += [sample for sample in made if sample is not None]
    samples.describe(known)
    guesses = guess(known)
    train(known, guesses, arguments.out)
    if arguments.folds:
        arguments.folds.mkdir(parents=True, exist_ok=True)
        for number in range(PARTS):
            train(known, guesses, arguments.folds / f"{number}.npz", leave=number)
        models = {s.host: str(arguments.folds.resolve() / f"{part(s.host)}.npz") for s in known}
        (arguments.folds / "models.json").write_text(json.dumps(models, indent=1), encoding="utf-8")


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
