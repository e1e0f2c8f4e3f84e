"""The topics in force together: an article is kept if any of them keeps it, and each says why or why not."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.contracts import Cleaned, Judgement, Outcome, Outlet, Reason
from services.indexer.topic import Assessment, Topic, TopicError


@dataclass(frozen=True, slots=True)
class Topics:
    """At least one topic, each with a name of its own. Immutable: what is judged by it is judged by it whole."""

    topics: tuple[Topic, ...]

    def __post_init__(self) -> None:
        """Raises TopicError."""
        names = [topic.definition.topic for topic in self.topics]
        if not names:
            raise TopicError("no topic: nothing would be kept")
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise TopicError(f"two topic files are named {twice[0]!r}: `topic` must differ")

    def judge(self, cleaned: Cleaned, outlet: Outlet | None) -> tuple[Judgement, ...]:
        """What each topic says of an article, best first. Where an outlet is at home counts, unless it collects from
        others."""
        country = outlet.country if outlet and not outlet.aggregator else None
        judged = [_judgement(topic, cleaned, country) for topic in self.topics]
        return tuple(sorted(judged, key=lambda each: each.rank))


def _judgement(topic: Topic, cleaned: Cleaned, country: str | None) -> Judgement:
    meta = cleaned.meta
    found = topic.assess(cleaned.title, cleaned.text, published=meta.published, language=meta.language, country=country)
    return _named(topic, found)


def _named(topic: Topic, found: Assessment) -> Judgement:
    verdict = found.verdict
    return Judgement(
        topic=topic.definition.topic,
        version=topic.definition.version,
        relevant=verdict.relevant,
        score=verdict.score,
        threshold=verdict.threshold,
        language=verdict.language,
        reasons=verdict.reasons,
        band=found.band,
        clause=found.clause,
        about=found.about,
        before_gate=found.before_gate,
    )


def kept(judged: Sequence[Judgement]) -> bool:
    return any(each.relevant for each in judged)


def reason(judged: Sequence[Judgement]) -> Reason:
    """Why an article is dropped by all of them."""
    if all(each.before_gate for each in judged):
        return Reason.BEFORE_GATE
    return Reason.BORDERLINE if any(each.outcome is Outcome.BORDERLINE for each in judged) else Reason.OFF_TOPIC


def why_not(judged: Sequence[Judgement]) -> str:
    """The same in words, topic by topic."""
    if len(judged) == 1:
        return _why_not(judged[0])
    return "; ".join(f"{each.topic}: {_why_not(each)}" for each in judged)


def _why_not(judged: Judgement) -> str:
    if judged.before_gate:
        return "published before the topic's first day"
    if judged.score < judged.threshold:
        return f"score {judged.score:.1f}, needs {judged.threshold:.1f}"
    if judged.clause is None:
        return f"score {judged.score:.1f}, but no clause of the rule holds"
    return f"score {judged.score:.1f}, but only mentioned in passing"


def why(judged: Sequence[Judgement]) -> str:
    """By which topics an article is kept, with their scores."""
    return ", ".join(f"{each.topic} {each.score:.1f}" for each in judged if each.relevant)
