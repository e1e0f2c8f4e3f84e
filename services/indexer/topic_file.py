"""The topic file: what an operator writes to have one crisis watched, as TOML.

topic, title, version, from (a date: nothing published earlier is about it), rule (over the groups' names)
[score]             see `Scoring`
[groups.NAME]       weight, anchor (true: it names the topic; false: it only supports)
[groups.NAME.terms] concept = [spellings]: looked for in texts of every language; a hit is reported as the concept
[groups.NAME.terms.CONCEPT]  any = [...], de = [...], fr = [...]: the same, spellings of a language only in its texts
[contexts.NAME]     weight, and the same terms: what looks alike and is something else
[[home]]            countries, languages, factors (group or context = factor), rule: outlets that live in the crisis
[synonyms]          name = [its spellings in all languages, no wildcards]: what a search for one finds too
[[test]]            title, text, published, country, relevant: run whenever the file is loaded
"""

import math
import tomllib
from dataclasses import dataclass, fields
from datetime import date
from typing import Any

from services.indexer import matching, rule

ANY = "any"
"""In place of a language: the terms under it are looked for in texts of every language."""


class TopicError(ValueError):
    """The topic file cannot be used. The message names the line, group or term, and says what to change."""


@dataclass(frozen=True, slots=True)
class Scoring:
    """Points, lengths (in characters) and thresholds (in points).

    `body` is what a concept of weight 1 counts that stands in every window of a text, `title` and `lead` what it counts
    on top where it stands there. Contexts take at most `context_share` of the points that speak for the topic; a text
    is about it if at least the share `about` of its windows has a term of its groups. Fitted,
    with the weights of the groups and rounded, to the development half of a corpus in twelve languages
    (benchmarks/topic/corpus).
    """

    title: float = 5.0
    lead: float = 1.5
    body: float = 10.0
    window_characters: int = 200
    lead_windows: int = 2
    context_share: float = 0.9
    about: float = 0.333
    accept: float = 23.5
    borderline: float = 16.0


@dataclass(frozen=True, slots=True)
class Concept:
    """One thing, whatever it is called: its name, and by language its spellings; `ANY` are those of every language."""

    name: str
    terms: dict[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Group:
    """`anchor`: a text that names none of these groups is not about the topic. `excluded`: a context."""

    name: str
    weight: float
    anchor: bool
    excluded: bool
    concepts: tuple[Concept, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Home:
    """Outlets to which the crisis is home news: those of its countries, and where none is known of its languages.

    Their own country's name is in every story and says little: `factors` change the weights of groups. The front needs
    no name of a country: `rule` takes the place of the file's, and no anchor is needed.
    """

    countries: frozenset[str]
    languages: frozenset[str]
    factors: dict[str, float]
    rule: rule.Rule


@dataclass(frozen=True, slots=True)
class Trial:
    """A text whose verdict the file's author knows."""

    title: str
    text: str
    published: str | None
    country: str | None
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
    homes: tuple[Home, ...]
    trials: tuple[Trial, ...]
    synonyms: tuple[tuple[str, ...], ...] = ()

    def home(self, country: str | None, language: str | None) -> Home | None:
        """The home that an outlet of this country belongs to."""
        return next((home for home in self.homes if _at_home(home, country, language)), None)


def _at_home(home: Home, country: str | None, language: str | None) -> bool:
    return country.upper() in home.countries if country else language in home.languages


_TOP_KEYS = frozenset(
    {"topic", "title", "version", "from", "rule", "score", "groups", "contexts", "home", "synonyms", "test"}
)


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
        rule=_rule(table, groups, "the file"),
        scoring=_scoring(table),
        groups=groups + contexts,
        homes=_homes(table, groups + contexts),
        trials=_trials(table),
        synonyms=_synonyms(table),
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
    where = f"{where} {name!r}"
    by_language = spellings if isinstance(spellings, dict) else {ANY: spellings}
    if not by_language:
        raise TopicError(f"{where}: has no terms")
    for language in by_language:
        if language != ANY and not _is_code(language):
            raise TopicError(f"{where}: {language!r} is neither {ANY!r} nor a two-letter language such as 'de'")
    return Concept(name, {language: _terms(found, where, text) for language, found in by_language.items()})


def _terms(found: object, where: str, text: str) -> tuple[str, ...]:
    if not isinstance(found, list) or not all(isinstance(term, str) for term in found) or not found:
        raise TopicError(f"{where}: must be a list of terms in quotes")
    for term in found:
        try:
            matching.compile_term(term)
        except matching.TermError as error:
            raise TopicError(f"{_line(text, term)}{where}: term {term!r}: {error}") from error
    return tuple(found)


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


def _rule(table: dict[str, Any], groups: tuple[Group, ...], where: str) -> rule.Rule:
    names = {group.name for group in groups if not group.excluded}
    try:
        return rule.parse(_typed(table, "rule", str, where), names)
    except rule.RuleError as error:
        raise TopicError(f"{'' if where == 'the file' else where + ', '}rule: {error}") from error


def _gate(table: dict[str, Any]) -> date | None:
    gate = table.get("from")
    if gate is None or type(gate) is date:
        return gate
    raise TopicError("`from` must be a date without quotes, such as 2021-04-01")


def _scoring(table: dict[str, Any]) -> Scoring:
    given = _typed(table, "score", dict, "the file", default={})
    _known_keys(given, {entry.name for entry in fields(Scoring)}, "[score]")
    values = {name: _positive(given, name, "[score]") for name in given}
    for name in ("window_characters", "lead_windows"):
        if name in values:
            values[name] = _typed(given, name, int, "[score]")
    scoring = Scoring(**values)  # type: ignore[arg-type]
    if scoring.borderline > scoring.accept:
        raise TopicError("[score] must have borderline <= accept")
    if scoring.context_share > 1:
        raise TopicError("[score] must have context_share <= 1")
    return scoring


def _homes(table: dict[str, Any], groups: tuple[Group, ...]) -> tuple[Home, ...]:
    given = _typed(table, "home", list, "the file", default=[])
    return tuple(_home(body, f"[[home]] {number}", table, groups) for number, body in enumerate(given, 1))


def _home(body: object, where: str, table: dict[str, Any], groups: tuple[Group, ...]) -> Home:
    if not isinstance(body, dict):
        raise TopicError(f"{where} must be a table")
    _known_keys(body, {"countries", "languages", "factors", "rule"}, where)
    factors = _typed(body, "factors", dict, where, default={})
    _known_keys(factors, {group.name for group in groups}, f"{where}, factors")
    return Home(
        countries=frozenset(code.upper() for code in _codes(body, "countries", where)),
        languages=frozenset(_codes(body, "languages", where)),
        factors={name: _positive(factors, name, f"{where}, factors") for name in factors},
        rule=_rule(body if "rule" in body else table, groups, where if "rule" in body else "the file"),
    )


def _codes(body: dict[str, Any], key: str, where: str) -> list[str]:
    codes: list[str] = _typed(body, key, list, where, default=[])
    if not all(isinstance(code, str) and _is_code(code) for code in codes):
        raise TopicError(f"{where}: {key!r} must be a list of two-letter codes in quotes")
    return codes


def _is_code(code: str) -> bool:
    return len(code) == _CODE and code.isascii() and code.isalpha()


def _synonyms(table: dict[str, Any]) -> tuple[tuple[str, ...], ...]:
    found = _typed(table, "synonyms", dict, "the file", default={})
    for name, names in found.items():
        if not isinstance(names, list) or not names or not all(isinstance(each, str) for each in names):
            raise TopicError(f"[synonyms] {name!r}: must be a list of names in quotes")
        if wild := next((each for each in names if "*" in each), None):
            raise TopicError(f"[synonyms] {name!r}: {wild!r}: names have no wildcards")
    return tuple(tuple(names) for names in found.values())


def _trials(table: dict[str, Any]) -> tuple[Trial, ...]:
    given = _typed(table, "test", list, "the file", default=[])
    return tuple(_trial(body, f"[[test]] {number}") for number, body in enumerate(given, 1))


def _trial(body: object, where: str) -> Trial:
    if not isinstance(body, dict):
        raise TopicError(f"{where} must be a table")
    _known_keys(body, {"title", "text", "published", "country", "relevant"}, where)
    return Trial(
        title=_typed(body, "title", str, where, default=""),
        text=_typed(body, "text", str, where, default=""),
        published=_typed(body, "published", str, where, default=None),
        country=_typed(body, "country", str, where, default=None),
        relevant=_typed(body, "relevant", bool, where),
    )


def _known_keys(table: dict[str, Any], known: frozenset[str] | set[str], where: str) -> None:
    unknown = sorted(set(table) - known)
    if unknown:
        raise TopicError(f"{where}: unknown key {unknown[0]!r}; known are {', '.join(sorted(known))}")


_CODE = 2
"""Letters of an ISO 3166 country or an ISO 639-1 language."""

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
