"""Is this text about the topic, and which terms say so?

A text is its title and windows of some two hundred characters. A concept counts weight x share of the windows that it
stands in, however often, and more if it stands in the title or the lead: what an article is about fills it, a
background sentence fills one window. Contexts (another war, a match, prices) count against it in the same way, and
take no more than a given part of what speaks for it: a footballer at the front is news about the front. For outlets
at home in the crisis the file may weigh groups otherwise. Terms are those of the text's language and of every language.
"""

import math
import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from services.contracts import TopicHit, Verdict
from services.indexer import trials, words
from services.indexer.language import settle
from services.indexer.matching import Hit, Matcher, Matchers
from services.indexer.topic_file import ANY, Definition, Group, TopicError, parse

__all__ = ["Assessment", "Topic", "TopicError", "load"]

_SENTENCE_END = re.compile(r"[.!?…:;。؟][\s\"”»)]|\n")
_REASONS = 20
"""Reasons kept of a verdict: the weightiest. The score counts all."""
_HEADLINE = 200
"""Characters: the longest first sentence that may stand in for a missing title."""


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
class _Reading:
    """Which concepts stand in the title, and in which windows below it each stands, as bits.

    Where there was no title the first sentence stands in for it, and `titled` is False.
    """

    title: set[int]
    body: dict[int, int]
    windows: int
    titled: bool


class Topic:
    """A compiled topic file. Immutable; safe to use from several threads."""

    def __init__(self, definition: Definition) -> None:
        self.definition = definition
        concepts = [(group, concept) for group in definition.groups for concept in group.concepts]
        self._names = [(concept.name, group.name) for group, concept in concepts]
        self._groups = [group.name for group, _ in concepts]
        self._matchers = Matchers(
            (None if language == ANY else language, term, number)
            for number, (_, concept) in enumerate(concepts)
            for language, terms in concept.terms.items()
            for term in terms
        )
        self._weights = {None: [_weight(group, {}) for group, _ in concepts]} | {
            home: [_weight(group, home.factors) for group, _ in concepts] for home in definition.homes
        }
        self._anchors = {number for number, (group, _) in enumerate(concepts) if group.anchor}
        self._contexts = {number for number, (group, _) in enumerate(concepts) if group.excluded}

    def score(
        self, title: str, text: str, *, published: str | None, language: str | None, country: str | None = None
    ) -> Verdict:
        """`published` is ISO 8601 or unknown; `language` is handed through. Reasons: most weighty first."""
        return self.assess(title, text, published=published, language=language, country=country).verdict

    def assess(
        self, title: str, text: str, *, published: str | None, language: str | None, country: str | None = None
    ) -> Assessment:
        """The verdict together with the band, the clause of the rule, and whether the date gate refused it.

        `country` is the outlet's, as ISO 3166 has it, or unknown. A `language` that is unknown, or cannot be that of
        the script, is looked for in the text; the verdict holds the one that was told.
        """
        titled = bool(title.strip())
        headline, body = map(words.line, (title, text) if titled else _headline(text))
        spoken = settle(language, headline + body)
        reading = self._read(headline, body, self._matchers.of(spoken), titled=titled)
        home = self.definition.home(country, spoken)
        points = self._points(reading, self._weights[home])
        score = round(self._total(points), 3)
        threshold = self.definition.scoring.accept
        clause = (home or self.definition).rule.clause({self._groups[number] for number, _ in points})
        about = self._about(reading, at_home=home is not None)
        gated = self._before_gate(published)
        relevant = score >= threshold and clause is not None and about and not gated
        verdict = Verdict(relevant, score, threshold, language, self._reasons(points))
        return Assessment(verdict, self._band(score), clause, about, gated)

    def _read(self, headline: str, line: str, matcher: Matcher, *, titled: bool) -> _Reading:
        windows = math.ceil(len(line) / self.definition.scoring.window_characters) if len(line) > 1 else 0
        body: defaultdict[int, int] = defaultdict(int)
        for start, _, number in self._find(line, matcher):
            body[number] |= 1 << start * windows // len(line)
        return _Reading({number for _, _, number in self._find(headline, matcher)}, body, windows, titled)

    def _find(self, line: str, matcher: Matcher) -> list[Hit]:
        """Hits without those inside a longer phrase of a context: Shakhtar Donetsk does not name Donetsk."""
        hits = matcher.find(line)
        contexts = self._contexts
        covered = [
            (start, end) for start, end, number in hits if number in contexts and line.find(" ", start + 1, end) > 0
        ]
        return list(_uncovered(hits, covered, contexts)) if covered else hits

    def _points(self, reading: _Reading, weights: list[float]) -> dict[tuple[int, str], float]:
        """What each concept counts, by its number and where it stands."""
        scoring = self.definition.scoring
        share = scoring.body / (1 + reading.windows)
        lead = (1 << scoring.lead_windows) - 1
        headline = "title" if reading.titled else "lead"
        points = {(number, headline): weights[number] * (scoring.title + share) for number in reading.title}
        for number, windows in reading.body.items():
            led = (windows & lead).bit_count()
            if led:
                there = weights[number] * (scoring.lead + share * led)
                points[number, "lead"] = points.get((number, "lead"), 0.0) + there
            if windows > lead:
                points[number, "body"] = weights[number] * share * (windows.bit_count() - led)
        return points

    def _reasons(self, points: Mapping[tuple[int, str], float]) -> tuple[TopicHit, ...]:
        """The weightiest first, and those of one weight as the file has them."""
        order = sorted([(-abs(value), place) for place, value in points.items()])[:_REASONS]
        return tuple([TopicHit(*self._names[place[0]], place[1], round(points[place], 3)) for _, place in order])

    def _total(self, points: Mapping[tuple[int, str], float]) -> float:
        pro = sum(value for value in points.values() if value > 0)
        con = -sum(value for value in points.values() if value < 0)
        return pro - min(con, pro * self.definition.scoring.context_share)

    def _band(self, score: float) -> str:
        scoring = self.definition.scoring
        return "accept" if score >= scoring.accept else "borderline" if score >= scoring.borderline else "drop"

    def _about(self, reading: _Reading, *, at_home: bool) -> bool:
        """Whether an anchor is named, and enough of the text says something of the topic; the title is one window."""
        named = not (self._anchors.isdisjoint(reading.title) and self._anchors.isdisjoint(reading.body))
        if not named and not at_home:
            return False
        filled = 0
        for number, windows in reading.body.items():
            if number not in self._contexts:
                filled |= windows
        spoken = filled.bit_count() + (not reading.title <= self._contexts)
        return spoken >= self.definition.scoring.about * (1 + reading.windows)

    def _before_gate(self, published: str | None) -> bool:
        gate, day = self.definition.gate, _day(published)
        return gate is not None and day is not None and day < gate


def load(text: str) -> Topic:
    """Compiles a topic file and runs the tests inside it. Raises TopicError; nothing is left half loaded."""
    topic = Topic(parse(text))
    failed = [str(failure) for failure in trials.failures(topic)]
    if failed:
        raise TopicError(f"{len(failed)} of its own tests fail: " + "; ".join(failed[:5]))
    return topic


def _uncovered(hits: Iterable[Hit], covered: list[tuple[int, int]], contexts: set[int]) -> Iterator[Hit]:
    """Without hits that start in one of the `covered` spans, if they are not themselves of a context."""
    reached = 0
    spans = []
    for start, end in sorted(covered):
        if end > reached:
            spans.append((max(start, reached), end))
            reached = end
    starts = [start for start, _ in spans]
    for hit in hits:
        at = bisect_right(starts, hit[0]) - 1
        if hit[2] in contexts or at < 0 or hit[0] >= spans[at][1]:
            yield hit


def _weight(group: Group, factors: Mapping[str, float]) -> float:
    weight = group.weight * factors.get(group.name, 1.0)
    return -weight if group.excluded else weight


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
