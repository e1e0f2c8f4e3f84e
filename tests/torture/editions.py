"""The bundled newsstand enlarged: as many distinct stories as wanted, and what must become of each.

Every edition of an outlet prints variants of that outlet's own stories: the words of each paragraph in another order,
invented ones among them, and where it names the country of the crisis, more often in every paragraph. Words make the
topic and the language, and stay; their order makes a text, and no two variants share a passage.
"""

import random
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import cycle, islice

from services.contracts import State
from services.newsstand import markup, paper
from services.newsstand.paper import FeedSpec, Paper
from services.newsstand.story import Story

SENTENCE = 14
"""Words."""
INVENTED = 8
"""Words of a source to one that is invented for the variant."""
PUNCTUATION = ".,;:!?\"'«»„“”()…-–—،؟"
FEED = 50
"""Stories that a feed lists."""
FORMATS = ("rss", "atom", "json", "rdf")
ROBOTS = "User-agent: *\nDisallow: /internal/\n"
ENDS = (*[State.INDEXED] * 13, *[State.DUPLICATE] * 3, *[State.OFF_TOPIC] * 2, State.GONE, State.REFUSED)
"""Of twenty stories, how many come to which end."""
LONG = 80
"""Words of a story that is told in more than a flash."""
COUNTRY = re.compile("ukra[iy]n|ucrain|ucrani|oekra|украин|україн|أوكران", re.IGNORECASE)

AGAIN = 4
"""So often more does a variant's paragraph name the country than its source."""
APART = {"faro/fragata-mar-negro-defensa", "nadrzecze/wegiel-embargo-cieplownia"}
"""One names a sea of other countries too, one is about coal: in another order the topic file may doubt them."""

_SYLLABLES = [first + second for first in "bdfgklmnprstvz" for second in "aeiou"]


@dataclass(frozen=True)
class Editions:
    """`papers` for the stand, and how many of their stories must come to which end."""

    papers: tuple[Paper, ...]
    ends: Counter[State]


def enlarge(size: int, rng: random.Random) -> Editions:
    """`size` stories, spread over two or more editions of every outlet that has stories of its own."""
    bases = [base for base in paper.load() if not base.failing and _sources(base, State.INDEXED)]
    count = max(2, round(size / len(bases) / 150))
    stories: dict[str, list[Story]] = {f"{base.id}-{number}": [] for number in range(count) for base in bases}
    ends: Counter[State] = Counter()
    before: dict[str, tuple[Story, int]] = {}
    sources = {(base.id, state): cycle(_sources(base, state)) for base in bases for state in _PRINTED}
    for serial, (end, base) in enumerate(islice(_plan(bases, rng), size)):
        number = serial // len(bases) % count
        if end is State.DUPLICATE and base.id in before:
            source, number = before.pop(base.id)
            number = (number + 1) % count
        else:
            end = State.INDEXED if end is State.DUPLICATE else end
            printed = end if (base.id, end) in sources else State.INDEXED
            source = _variant(next(sources[base.id, printed]), rng)
            if end is State.INDEXED:
                before[base.id] = source, number
        edition = f"{base.id}-{number}"
        stories[edition].append(_printed(source, edition, serial, end, section=len(stories[edition]) // FEED))
        ends[end] += 1
    return Editions(tuple(_edition(base, f"{base.id}-{n}", stories) for n in range(count) for base in bases), ends)


_PRINTED = (State.INDEXED, State.OFF_TOPIC)


def _plan(bases: list[Paper], rng: random.Random) -> Iterator[tuple[State, Paper]]:
    """What is printed next, and by whose editions; an outlet without stories off the topic prints others."""
    ends: list[State] = []
    for base in cycle(bases):
        if not ends:
            ends = rng.sample(ENDS, len(ENDS))
        end = ends.pop()
        yield (State.INDEXED if end is State.OFF_TOPIC and not _sources(base, end) else end), base


def _sources(base: Paper, state: State) -> list[Story]:
    return [
        story for story in base.stories
        if story.expect is state and story.relation is None and story.kind == "article" and not story.shown
        and story.id not in APART
        and len(story.text.split()) >= LONG
        and (state is State.OFF_TOPIC or COUNTRY.search(story.text))
    ]  # fmt: skip


def _variant(source: Story, rng: random.Random) -> Story:
    texts = (source.title, *(part.text for part in markup.parse(source.text) if part.kind == "paragraph"))
    named = [word for text in texts for word in _words(text) if COUNTRY.search(word)][:1]
    title, *paragraphs = (_shuffled([*_words(text), *named * AGAIN], rng) for text in texts)
    return replace(source, title=" ".join(title), standfirst="", text="\n\n".join(map(_prose, paragraphs)), event=None)


def _prose(words: list[str]) -> str:
    sentences = (" ".join(words[start : start + SENTENCE]) for start in range(0, len(words), SENTENCE))
    return " ".join(f"{sentence[:1].upper()}{sentence[1:]}." for sentence in sentences)


def _words(text: str) -> list[str]:
    return [bare for word in text.split() if (bare := word.strip(PUNCTUATION))]


def _shuffled(words: list[str], rng: random.Random) -> list[str]:
    invented = ["".join(rng.choices(_SYLLABLES, k=3)) for _ in range(len(words) // INVENTED + 1)]
    return rng.sample([*words, *invented], len(words) + len(invented))


def _printed(source: Story, edition: str, serial: int, end: State, section: int) -> Story:
    folder = "internal" if end is State.REFUSED else "news"
    return replace(
        source,
        outlet=edition,
        slug=f"{source.slug}-{serial}",
        path=f"/{folder}/{serial}/{source.slug}.html",
        status=404 if end is State.GONE else 200,
        section=f"part-{section}",
        expect=end,
        reasons=(),
    )


def _edition(base: Paper, edition: str, stories: dict[str, list[Story]]) -> Paper:
    own = tuple(stories[edition])
    feeds = tuple(
        FeedSpec(path=f"/{section}.feed", format=format_, sections=(section,))
        for section, format_ in zip(
            dict.fromkeys(story.section for story in own), cycle(("rss", "atom", "json", "rdf"))
        )
    )
    return replace(base, id=edition, name=f"{base.name} {edition}", feeds=feeds, stories=own, robots=ROBOTS)
