"""The topic file: what an operator writes to have one crisis watched, as TOML.

topic, title, version, from (a date: nothing published earlier is about it), rule (over the groups' names)
[score]             see `Scoring`
[groups.NAME]       weight, anchor (true: it may carry a verdict; false: it only supports one)
[groups.NAME.terms] concept = [spellings in any language]; a hit is reported under the concept's name
[contexts.NAME]     weight, and the same terms: what looks alike and is something else
[[test]]            title, text, published, relevant: run whenever the file is loaded
"""

import math
import tomllib
from dataclasses import dataclass, fields
from datetime import date
from typing import Any

from services.indexer import matching, rule


class TopicError(ValueError):
    """The topic file cannot be used. The message names the line, group or term, and says what to change."""


@dataclass(frozen=True, slots=True)
class Scoring:
    """Weights, lengths (in characters) and thresholds (in points).

    Weights, `cap`, lengths and thresholds come from an earlier list of terms, tested on 5 049 articles in twelve
    languages, 635 of them relevant; they have not been measured again with the terms that ship.
    `body` counts per `body_characters`; `cap` is how often one concept may count in one field.
    `title_only` is the threshold of a text without a body; it rises to `accept` as the text grows to `full_characters`,
    a length chosen so that two sentences pass and not measured.
    """

    title: float = 4.0
    lead: float = 2.0
    body: float = 1.0
    cap: int = 4
    lead_characters: int = 450
    body_characters: int = 2000
    full_characters: int = 900
    accept: float = 18.75
    borderline: float = 12.0
    title_only: float = 8.0


@dataclass(frozen=True, slots=True)
class Concept:
    """One thing, whatever it is called: its name and its spellings."""

    name: str
    terms: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """`anchor` groups carry a verdict; the others count at most as much as the anchors do. `excluded`: a context."""

    name: str
    weight: float
    anchor: bool
    excluded: bool
    concepts: tuple[Concept, ...]


@dataclass(frozen=True, slots=True)
class Trial:
    """A text whose verdict the file's author knows."""

    title: str
    text: str
    published: str | None
    relevant: bool


@dataclass(frozen=True, slots=True)
class Definition:
    topic: str
    title: str
    version: int
    gate: date | None
    rule: rule.Rule
    scoring: Scoring
    groups: tuple[Group, ...]
    trials: tuple[Trial, ...]


_TOP_KEYS = frozenset({"topic", "title", "version", "from", "rule", "score", "groups", "contexts", "test"})


def parse(text: str) -> Definition:
    """Raises TopicError. The trials are read, not run."""
    table = _toml(text)
    _known_keys(table, _TOP_KEYS, "the file")
    groups = _groups(table, "groups", text)
    contexts = _groups(table, "contexts", text) if "contexts" in table else ()
    _distinct(groups + contexts)
    return Definition(
        topic=_typed(table, "topic", str, "the file"),
        title=_typed(table, "title", str, "the file", default=""),
        version=_typed(table, "version", int, "the file", default=1),
        gate=_gate(table),
        rule=_rule(table, groups),
        scoring=_scoring(table),
        groups=groups + contexts,
        trials=_trials(table),
    )


def _toml(text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise TopicError(f"not TOML: {error}") from error
    except RecursionError as error:
        raise TopicError("not TOML: nested too deeply") from error


def _groups(table: dict[str, Any], kind: str, text: str) -> tuple[Group, ...]:
    named = _typed(table, kind, dict, "the file")
    if not named:
        raise TopicError(f"[{kind}] is empty: at least one group is needed")
    return tuple(_group(name, body, kind, text) for name, body in named.items())


def _group(name: str, body: object, kind: str, text: str) -> Group:
    where = f"[{kind}.{name}]"
    if not isinstance(body, dict):
        raise TopicError(f"{where} must be a table")
    _known_keys(body, {"weight", "anchor", "terms"}, where)
    terms = _typed(body, "terms", dict, where)
    return Group(
        name=name,
        weight=_positive(body, "weight", where),
        anchor=_typed(body, "anchor", bool, where, default=False),
        excluded=kind == "contexts",
        concepts=tuple(_concept(concept, spellings, where, text) for concept, spellings in terms.items()),
    )


def _concept(name: str, spellings: object, where: str, text: str) -> Concept:
    if not isinstance(spellings, list) or not all(isinstance(term, str) for term in spellings) or not spellings:
        raise TopicError(f"{where} {name!r}: must be a list of terms in quotes")
    for term in spellings:
        try:
            matching.compile_term(term)
        except matching.TermError as error:
            raise TopicError(f"{_line(text, term)}{where} {name!r}: term {term!r}: {error}") from error
    return Concept(name, tuple(spellings))


def _line(text: str, term: str) -> str:
    """'line 12: ' for the line where the term stands in quotes; empty when it is written with escapes."""
    lines = text.splitlines()
    numbers = [number for number, line in enumerate(lines, 1) if f'"{term}"' in line or f"'{term}'" in line]
    return f"line {numbers[0]}: " if numbers else ""


def _distinct(groups: tuple[Group, ...]) -> None:
    names = [group.name for group in groups]
    for name in names:
        if names.count(name) > 1:
            raise TopicError(f"{name!r} is both a group and a context: rename one")
    if not any(group.anchor for group in groups):
        raise TopicError("no group has `anchor = true`: nothing could carry a verdict")


def _rule(table: dict[str, Any], groups: tuple[Group, ...]) -> rule.Rule:
    try:
        return rule.parse(_typed(table, "rule", str, "the file"), {group.name for group in groups})
    except rule.RuleError as error:
        raise TopicError(f"rule: {error}") from error


def _gate(table: dict[str, Any]) -> date | None:
    gate = table.get("from")
    if gate is None or type(gate) is date:
        return gate
    raise TopicError("`from` must be a date without quotes, such as 2021-04-01")


def _scoring(table: dict[str, Any]) -> Scoring:
    given = _typed(table, "score", dict, "the file", default={})
    _known_keys(given, {entry.name for entry in fields(Scoring)}, "[score]")
    values = {name: _positive(given, name, "[score]") for name in given}
    for name in ("cap", "lead_characters", "body_characters", "full_characters"):
        if name in values:
            values[name] = _typed(given, name, int, "[score]")
    scoring = Scoring(**values)  # type: ignore[arg-type]
    if not scoring.title_only <= scoring.borderline <= scoring.accept:
        raise TopicError("[score] must have title_only <= borderline <= accept")
    return scoring


def _trials(table: dict[str, Any]) -> tuple[Trial, ...]:
    given = _typed(table, "test", list, "the file", default=[])
    return tuple(_trial(body, f"[[test]] {number}") for number, body in enumerate(given, 1))


def _trial(body: object, where: str) -> Trial:
    if not isinstance(body, dict):
        raise TopicError(f"{where} must be a table")
    _known_keys(body, {"title", "text", "published", "relevant"}, where)
    return Trial(
        title=_typed(body, "title", str, where, default=""),
        text=_typed(body, "text", str, where, default=""),
        published=_typed(body, "published", str, where, default=None),
        relevant=_typed(body, "relevant", bool, where),
    )


def _known_keys(table: dict[str, Any], known: frozenset[str] | set[str], where: str) -> None:
    unknown = sorted(set(table) - known)
    if unknown:
        raise TopicError(f"{where}: unknown key {unknown[0]!r}; known are {', '.join(sorted(known))}")


_REQUIRED = object()


def _typed(table: dict[str, Any], key: str, kind: type, where: str, default: Any = _REQUIRED) -> Any:
    if key not in table:
        if default is _REQUIRED:
            raise TopicError(f"{where}: {key!r} is missing")
        return default
    value = table[key]
    if type(value) is not kind:
        raise TopicError(f"{where}: {key!r} must be {kind.__name__}, not {value!r:.60}")
    return value


def _positive(table: dict[str, Any], key: str, where: str) -> float:
    value = table.get(key)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value) or value <= 0:
        raise TopicError(f"{where}: {key!r} must be a number above 0, not {value!r:.60}")
    return float(value)
