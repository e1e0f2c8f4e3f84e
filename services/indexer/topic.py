"""Is this text about the topic, and which terms say so?

A concept counts weight x field (title, lead, body) x hits, the hits capped per field and the body's divided by the
text's length, so that a long text which only mentions the matter does not drift over the threshold. Groups that only
support (`action`, `west`) count at most as much as those they support: an article about another war names missiles
and a president forty times and the adversary once. Excluded contexts may halve a score and never sink it: a footballer
at the front is news about the front.
"""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from services.contracts import TopicHit, Verdict
from services.indexer import words
from services.indexer.matching import Hit, Matcher
from services.indexer.topic_file import Concept, Definition, Group, TopicError, Trial, parse

__all__ = ["Assessment", "Topic", "TopicError", "load"]

_SENTENCE_END = re.compile(r"[.!?…:;。؟][\s\"”»)]|\n")
_HEADLINE = 200
"""Characters: the longest first sentence that may stand in for a missing title."""

_SIXTHS = 6
_SIXTHS_NEEDED = 4
"""A text is about a thing that stands in its title or lead, or in four sixths of its body."""


@dataclass(frozen=True, slots=True)
class Assessment:
    """A verdict and how it came about.

    `band` is accept, borderline or drop, by score alone; `clause` the alternative of the rule that holds, None where
    none does; `about` is False for a text that only mentions its terms in passing.
    """

    verdict: Verdict
    band: str
    clause: str | None
    about: bool
    before_gate: bool


@dataclass(frozen=True, slots=True)
class _Fields:
    """A text cut where the weights change: words of the title, of lead and body together, and the lead's count."""

    title: list[str]
    body: list[str]
    lead: int
    characters: int
    titled: bool


class Topic:
    """A compiled topic file. Immutable; safe to use from several threads."""

    def __init__(self, definition: Definition) -> None:
        self.definition = definition
        self._concepts: list[tuple[Group, Concept]] = [
            (group, concept) for group in definition.groups for concept in group.concepts
        ]
        self._matcher = Matcher(
            (term, number) for number, (_, concept) in enumerate(self._concepts) for term in concept.terms
        )

    def score(self, title: str, text: str, *, published: str | None, language: str | None) -> Verdict:
        """`published` is ISO 8601 or unknown; `language` is handed through. Reasons: most weighty first."""
        return self.assess(title, text, published=published, language=language).verdict

    def assess(self, title: str, text: str, *, published: str | None, language: str | None) -> Assessment:
        """The verdict together with the band, the clause of the rule, and whether the date gate refused it."""
        fields = _cut(title, text, self.definition.scoring.lead_characters)
        title_hits, body_hits = self._find(fields.title), self._find(fields.body)
        reasons = self._weigh(fields, title_hits, body_hits)
        score = round(self._total(reasons), 3)
        threshold = round(self._threshold(fields), 3)
        clause = self.definition.rule.clause({hit.group for hit in reasons})
        about = self._about(fields, title_hits, body_hits)
        gated = self._before_gate(published)
        relevant = score >= threshold and clause is not None and about and not gated
        verdict = Verdict(relevant, score, threshold, language, tuple(reasons))
        return Assessment(verdict, self._band(score, threshold), clause, about, gated)

    def _find(self, text_words: list[str]) -> list[Hit]:
        """Hits without those inside a longer phrase of a context: Shakhtar Donetsk does not name Donetsk."""
        hits = self._matcher.find(text_words)
        phrases = [hit for hit in hits if hit.length > 1 and self._concepts[hit.term][0].excluded]
        if not phrases:
            return hits
        covered = {at for hit in phrases for at in range(hit.at, hit.at + hit.length)}
        return [hit for hit in hits if hit.at not in covered or self._concepts[hit.term][0].excluded]

    def _weigh(self, fields: _Fields, title_hits: list[Hit], body_hits: list[Hit]) -> list[TopicHit]:
        counts = Counter((hit.term, "title" if fields.titled else "lead", True) for hit in title_hits)
        counts += Counter((hit.term, "lead" if hit.at < fields.lead else "body", False) for hit in body_hits)
        merged: dict[tuple[int, str], float] = {}
        for (number, where, headline), hits in counts.items():
            points = self._points(number, "title" if headline else where, hits, fields.characters)
            merged[number, where] = merged.get((number, where), 0.0) + points
        found = [self._reason(number, where, points) for (number, where), points in merged.items()]
        return sorted(found, key=lambda hit: (-abs(hit.weight), hit.term, hit.where))

    def _points(self, number: int, where: str, hits: int, characters: int) -> float:
        scoring = self.definition.scoring
        factor = {"title": scoring.title, "lead": scoring.lead}.get(where)
        if factor is None:
            factor = scoring.body * min(1.0, scoring.body_characters / characters)
        group = self._concepts[number][0]
        return (-1 if group.excluded else 1) * group.weight * factor * min(hits, scoring.cap)

    def _reason(self, number: int, where: str, points: float) -> TopicHit:
        group, concept = self._concepts[number]
        return TopicHit(concept.name, group.name, where, round(points, 3))

    def _total(self, reasons: list[TopicHit]) -> float:
        anchors = {group.name for group in self.definition.groups if group.anchor}
        carried = sum(hit.weight for hit in reasons if hit.group in anchors)
        support = sum(hit.weight for hit in reasons if hit.weight > 0 and hit.group not in anchors)
        penalty = -sum(hit.weight for hit in reasons if hit.weight < 0)
        full = carried + min(support, carried)
        return max(full - penalty, full / 2)

    def _threshold(self, fields: _Fields) -> float:
        scoring = self.definition.scoring
        grown = min(1.0, fields.characters / scoring.full_characters)
        return scoring.title_only + (scoring.accept - scoring.title_only) * grown

    def _band(self, score: float, threshold: float) -> str:
        if score >= threshold:
            return "accept"
        scoring = self.definition.scoring
        return "borderline" if score >= threshold * scoring.borderline / scoring.accept else "drop"

    def _about(self, fields: _Fields, title_hits: list[Hit], body_hits: list[Hit]) -> bool:
        if any(True for _ in self._anchors(title_hits)):
            return True
        places = list(self._anchors(body_hits))
        if any(hit.at < fields.lead for hit in places):
            return True
        sixths = {hit.at * _SIXTHS // max(1, len(fields.body)) for hit in places}
        return len(sixths) >= _SIXTHS_NEEDED

    def _anchors(self, hits: Iterable[Hit]) -> Iterable[Hit]:
        return (hit for hit in hits if self._concepts[hit.term][0].anchor)

    def _before_gate(self, published: str | None) -> bool:
        gate, day = self.definition.gate, _day(published)
        return gate is not None and day is not None and day < gate


def load(text: str) -> Topic:
    """Compiles a topic file and runs the tests inside it. Raises TopicError; nothing is left half loaded."""
    topic = Topic(parse(text))
    failed = [
        failure
        for number, trial in enumerate(topic.definition.trials, 1)
        if (failure := _failure(topic, number, trial)) is not None
    ]
    if failed:
        raise TopicError(f"{len(failed)} of its own tests fail: " + "; ".join(failed[:5]))
    return topic


def _failure(topic: Topic, number: int, trial: Trial) -> str | None:
    found = topic.assess(trial.title, trial.text, published=trial.published, language=None)
    if found.verdict.relevant == trial.relevant:
        return None
    name = (trial.title or trial.text)[:60]
    terms = ", ".join(f"{hit.term} {hit.where} {hit.weight:g}" for hit in found.verdict.reasons[:4])
    return (
        f"[[test]] {number} ({name!r}): expected {'relevant' if trial.relevant else 'not relevant'}, "
        f"got score {found.verdict.score:g} of {found.verdict.threshold:g}, "
        f"clause {found.clause or 'none'}, terms: {terms or 'none'}"
    )


def _cut(title: str, text: str, lead_characters: int) -> _Fields:
    titled = bool(title.strip())
    if not titled:
        title, text = _headline(text)
    body = words.split(text)
    lead = len(words.split(text[:lead_characters]))
    return _Fields(words.split(title), body, lead, len(text), titled)


def _headline(text: str) -> tuple[str, str]:
    """News tells in its first sentence what a title would: it stands in for one that is unknown."""
    text = text.strip()
    end = _SENTENCE_END.search(text, 0, _HEADLINE)
    cut = end.end() if end else min(_HEADLINE, len(text))
    return text[:cut], text[cut:]


def _day(published: str | None) -> date | None:
    try:
        return date.fromisoformat((published or "")[:10])
    except ValueError:
        return None
