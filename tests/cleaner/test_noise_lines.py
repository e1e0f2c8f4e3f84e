"""Lines of every kind in twelve languages, before, inside and after an article; and news that sounds like them."""

import tomllib
from pathlib import Path

import pytest

from services.cleaner import noise, phrases
from services.cleaner.decisions import Draft
from services.contracts import Block, BlockKind

RULES = phrases.load()
LINES = tomllib.loads(Path(__file__).with_name("noise_lines.toml").read_text(encoding="utf-8"))
NEWS = tomllib.loads(Path(__file__).with_name("news_lines.toml").read_text(encoding="utf-8"))
BODY = [
    f"Paragraph number {n} of the story tells what happened at the bridge on day {n}, and who saw it happen there."
    for n in range(8)
]


def kinds(line: str, place: int, block: BlockKind = BlockKind.PARAGRAPH) -> str | None:
    """What becomes of a line put into the article at a place; the article itself must stay."""
    drafts = [Draft(Block(BlockKind.PARAGRAPH, text), text) for text in BODY]
    drafts.insert(place, Draft(Block(block, line), line))
    decisions = noise.judge(drafts, noise.Page(RULES, "What happened at the bridge"))
    assert [d.text for n, d in enumerate(decisions) if n != place and not d.kept] == []
    return decisions[place].kind


@pytest.mark.parametrize("place", [0, 4, 8], ids=["before", "inside", "after"])
@pytest.mark.parametrize("language", sorted(LINES))
def test_lines_of_every_kind_go_under_their_kind(language: str, place: int) -> None:
    found = {(kind, line): str(kinds(line, place)) for kind, lines in LINES[language].items() for line in lines}
    assert {line: got for (kind, line), got in found.items() if got != kind} == {}


@pytest.mark.parametrize("place", [4, 8], ids=["inside", "after"])
@pytest.mark.parametrize("language", sorted(NEWS))
def test_news_that_sounds_like_noise_stays(language: str, place: int) -> None:
    assert {line: kind for line in NEWS[language] if (kind := kinds(line, place)) is not None} == {}
