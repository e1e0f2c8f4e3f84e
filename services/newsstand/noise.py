"""The boilerplate of a story's page, place by place."""

from services.contracts import NoiseKind
from services.newsstand import markup
from services.newsstand.paper import Paper
from services.newsstand.story import Story

PLACES = frozenset(NoiseKind) | {"most-read"}
"""Names that the `noise` table of an outlet's file may use."""

SHORT = 20
"""Lines of fewer characters are labels ("Sport", "Share"): the same word may well stand in a story."""


def places(paper: Paper, story: Story) -> dict[str, tuple[str, ...]]:
    """Lines of every place, filled in for this story; a place that the page does not carry is empty."""
    found = {str(place): _lines(paper, story, str(place)) for place in PLACES}
    if story.related and "related" in story.noise:
        found["related"] = (*found["related"][:1], *story.related)
    return found


def lines(paper: Paper, story: Story) -> tuple[str, ...]:
    """Lines that stand on the page and may not stand in the cleaned text; short labels are left out."""
    if story.kind not in {"article", "live"} or story.status != 200:
        return ()
    found = [line for place in places(paper, story).values() for line in place]
    found += markup.captions(story.parts)
    return tuple(dict.fromkeys(line for line in found if len(line) >= SHORT))


def _lines(paper: Paper, story: Story, place: str) -> tuple[str, ...]:
    if place not in story.noise or (place == NoiseKind.PAYWALL and not story.shown):
        return ()
    words = {
        "source": story.source or paper.name,
        "day": f"{story.published:%d - %m - %Y}",
        "author": story.author or paper.name,
        "outlet": paper.name,
        "section": story.section,
    }
    return tuple(line.format_map(words) for line in paper.noise.get(place, ()))
