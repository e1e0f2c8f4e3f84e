"""What a pipeline that works makes of the newsstand, story by story and feed by feed."""

from dataclasses import dataclass

from services.contracts import Reason, Relation, State
from services.newsstand import markup, noise, paper
from services.newsstand.paper import FeedSpec, Paper
from services.newsstand.story import Story


@dataclass(frozen=True, slots=True)
class Expected:
    """The end of one story. Its canonical URL is the outlet's address and `path`; queries of feeds add nothing to it.

    `of` names the source ("outlet/slug") of what is a reprint, and `state` tells the outcome where the source comes
    first. Which of them does is not laid down: of a source and its exact and near copies exactly one is to be
    indexed, whichever it is; an excerpt that comes before its source may be indexed, and the fuller source beside it.
    `reasons` are those that fit the state (none: any). `kept` lines must stand in the cleaned text (white space aside:
    pages of one outlet lose it), `noise` lines stand on the page and must not. `published` is ISO 8601; `source` the
    publisher that an aggregator's byline names.
    """

    outlet: str
    slug: str
    path: str
    title: str
    state: State
    reasons: tuple[Reason, ...]
    relation: Relation | None
    of: str | None
    event: str | None
    language: str
    published: str
    author: str | None
    source: str | None
    paywalled: bool
    kept: tuple[str, ...]
    noise: tuple[str, ...]

    @property
    def id(self) -> str:
        return f"{self.outlet}/{self.slug}"


@dataclass(frozen=True, slots=True)
class ExpectedFeed:
    """The reading of one feed: how many entries come out, and whether it fails, moves or is damaged."""

    outlet: str
    path: str
    entries: int
    failing: bool
    moved: bool
    damaged: bool


def expectations() -> list[Expected]:
    """Every story that a reader of the feeds learns of, in the order of the outlets' files."""
    return [_expected(p, story, story.expect) for p in paper.load() for story in p.stories if story.expect is not None]


def feeds() -> list[ExpectedFeed]:
    """Every feed that the outlets file lists, under the address it gives."""
    return [_feed(p, spec) for p in paper.load() for spec in p.feeds]


def _expected(p: Paper, story: Story, state: State) -> Expected:
    read = story.kind in {"article", "live"} and story.status == 200
    return Expected(
        outlet=p.id,
        slug=story.slug,
        path=story.path,
        title=story.title,
        state=state,
        reasons=story.reasons,
        relation=story.relation,
        of=story.of,
        event=story.event,
        language=p.language,
        published=story.published.isoformat(),
        author=story.author or None,
        source=story.source or None,
        paywalled=bool(story.shown),
        kept=(*filter(None, [story.standfirst]), *markup.kept(story.parts)) if read else (),
        noise=noise.lines(p, story),
    )


def _feed(p: Paper, spec: FeedSpec) -> ExpectedFeed:
    entries = 0 if p.failing else len(p.listed(spec))
    return ExpectedFeed(
        outlet=p.id,
        path=spec.moved_from or spec.path,
        entries=min(entries, spec.readable) if spec.readable else entries,
        failing=p.failing,
        moved=bool(spec.moved_from),
        damaged=bool(spec.readable) or spec.said != spec.sent,
    )
