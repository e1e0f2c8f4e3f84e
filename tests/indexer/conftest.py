"""Texts made up word by word, so that nothing but what a test repeats is ever shared."""

import json
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from services.indexer import requests, topic
from services.indexer.memory_corpus import MemoryCorpus
from services.indexer.topic import Topic

SHIPPED = Path(requests.__file__).parent / "topics" / "ukraine.toml"
SAMPLES = Path(__file__).parents[2].parent / "shared" / "samples"

Ask = Callable[..., dict]


def _word(rng: random.Random) -> str:
    return "".join(rng.choice("bcdfgklmnprstvz") + rng.choice("aeiou") for _ in range(rng.randint(2, 4)))


def _sentence(rng: random.Random, length: int | None = None) -> str:
    words = [_word(rng) for _ in range(length or rng.randint(12, 22))]
    return " ".join([words[0].capitalize(), *words[1:]]) + "."


@pytest.fixture(scope="session")
def sentences() -> Callable[[int, int], list[str]]:
    """`sentences(seed, count)`: another seed, other words."""

    def make(seed: int, count: int) -> list[str]:
        rng = random.Random(seed)
        return [_sentence(rng) for _ in range(count)]

    return make


@pytest.fixture(scope="session")
def ticker() -> Callable[..., str]:
    """`ticker(seed, between=...)`: forty headlines on one line."""

    def make(seed: int, between: str) -> str:
        rng = random.Random(seed)
        return between.join(_sentence(rng, rng.randint(7, 12)).rstrip(".") for _ in range(40))

    return make


@pytest.fixture(scope="session")
def ukraine() -> Topic:
    return topic.load(SHIPPED.read_text(encoding="utf-8"))


@pytest.fixture
def ask() -> Ask:
    """Feeds one text after the other into an empty corpus; answers as `vigie dedup --jsonl` does."""
    corpus = MemoryCorpus()
    count = iter(range(10_000))

    def answer(text: str, **given: str | None) -> dict:
        return requests.dedup_answer(corpus, {"id": f"t{next(count)}", "text": text, **given})

    return answer


@pytest.fixture(scope="session")
def samples() -> dict[str, dict]:
    """The five sample articles, cleaned by hand: 000 to 004, each with its first raw line as `ticker`."""
    if not SAMPLES.is_dir():
        pytest.skip("../shared/samples is not here")
    labels = json.loads((SAMPLES / "labels.json").read_text(encoding="utf-8"))
    return {name[:3]: _sample(name, label) for name, label in labels.items()}


def _sample(name: str, label: dict) -> dict:
    lines = (SAMPLES / name).read_text(encoding="utf-8").split("\n")
    kept = [lines[int(number) - 1] for number, kind in label["lines"].items() if kind in {"body", "heading", "either"}]
    outlet = (label["meta"]["outlet"] or name[:3]).replace(" ", "").replace("'", "")
    return {
        "id": name[:3],
        "title": label["meta"]["title"],
        "text": "\n".join(kept),
        "url": f"https://{outlet}.example/{name}",
        "published": label["meta"]["published"],
        "ticker": lines[0],
    }
