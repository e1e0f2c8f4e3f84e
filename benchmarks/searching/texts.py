"""Texts of our own in twelve languages: what the made-up articles take their words from."""

import json
import tomllib
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
CORPUS = ROOT / "benchmarks" / "topic" / "corpus"
NEWSSTAND = ROOT / "services" / "newsstand" / "outlets"


@dataclass(frozen=True, slots=True)
class Text:
    title: str
    body: str


def load() -> dict[str, list[Text]]:
    """Those of the topic's corpus and the stories of the newsstand, by language, always in the same order."""
    found: dict[str, list[Text]] = defaultdict(list)
    for path in sorted(CORPUS.glob("*.jsonl")):
        with path.open(encoding="utf-8") as lines:
            for row in map(json.loads, lines):
                found[path.name.partition(".")[0]].append(Text(row["title"], row["text"]))
    for path in sorted(NEWSSTAND.glob("*.toml")):
        outlet = tomllib.loads(path.read_text(encoding="utf-8"))
        for story in outlet.get("story", ()):
            if story.get("text"):
                found[story.get("language", outlet["language"])].append(Text(story["title"], _bare(story["text"])))
    return {language: found[language] for language in sorted(found)}


def _bare(markup: str) -> str:
    """Without the marks of headings, lists and quotes that begin a line."""
    return "\n".join(line.lstrip("#>-*0123456789. ") for line in markup.splitlines() if line.strip())
