"""What somebody typed, as a tree that an index can answer.

    war kyiv            both words            "air alert"     the words in this order
    -drill              without it            drones OR дрони either of the two
    missil*             words beginning so    title:kyiv      in the headline
    outlet:ukrinform    lang:uk               topic:ukraine-crisis
    story:ID            after:2026-03-01      before:2026-04
    after: includes its day, before: excludes it

Nothing that can be typed is an error: what cannot be used is left out, and a notice says so.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import StrEnum

from services.search import analysis

LENGTH_LIMIT = 2_000
"""Characters of a query that are read."""

TERM_LIMIT = 64
"""Terms of a query that are looked up; each costs a list of postings per field."""

PREFIX_LENGTH = 2
"""A shorter prefix stands for a tenth of the dictionary; it is looked up as a whole word."""

_QUOTES = str.maketrans(dict.fromkeys("“”„‟«»＂", '"'))
_ITEM = re.compile(r'(?P<minus>-?)(?:(?P<field>[A-Za-z]{1,10}):)?(?:"(?P<phrase>[^"]*)(?P<end>"?)|(?P<word>[^\s"]+))')
_DATE = re.compile(r"([0-9]{4})(?:-([0-9]{1,2}))?")


class Key(StrEnum):
    """What an article can be filed under."""

    OUTLET = "outlet"
    LANG = "lang"
    TOPIC = "topic"
    STORY = "story"


@dataclass(frozen=True, slots=True)
class Words:
    """Terms that follow one another; with `prefix`, the last one is a beginning. One term is a plain word.

    `typed` is the word as it was written, where `forms` may widen it: then one of `stems` will do as well, and a
    `synonym` is another name of what was typed.
    """

    terms: tuple[str, ...]
    title: bool = False
    prefix: bool = False
    stems: tuple[str, ...] = ()
    synonym: bool = False
    typed: str = field(default="", compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Filed:
    """Articles of an outlet, language, topic or story; `value` as `file_under` makes it."""

    key: Key
    value: str


@dataclass(frozen=True, slots=True)
class Period:
    """Articles from `after` (included) to `before` (excluded), unix seconds."""

    after: float | None = None
    before: float | None = None


@dataclass(frozen=True, slots=True)
class Not:
    node: Words | Filed | Period


Node = Words | Filed | Period | Not
Clause = tuple[Node, ...]
"""Alternatives: one of them must hold."""


@dataclass(frozen=True, slots=True)
class Query:
    """All clauses must hold; none at all means everything. `notices` are sentences for the person who asked."""

    clauses: tuple[Clause, ...] = ()
    notices: tuple[str, ...] = ()

    @property
    def words(self) -> tuple[Words, ...]:
        """What may be highlighted: every run of words that is wanted, not those that are excluded."""
        return tuple(node for clause in self.clauses for node in clause if isinstance(node, Words))


@dataclass(frozen=True, slots=True)
class Filters:
    """Restrictions beside the typed query. Several values of a field are alternatives. Times in unix seconds."""

    outlets: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    stories: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    after: float | None = None
    before: float | None = None


def parse(q: str) -> Query:
    """The query that `q` means. Never raises."""
    notices: list[str] = []
    if len(q) > LENGTH_LIMIT:
        notices.append(f"Only the first {LENGTH_LIMIT} characters were read.")
    text = q[:LENGTH_LIMIT].replace("\0", " ").translate(_QUOTES)
    nodes = _limit(_read(text, notices), notices)
    clauses = _unite(_group(nodes, notices))
    return Query(tuple(clauses), tuple(dict.fromkeys(notices)))


def narrow(query: Query, filters: Filters) -> Query:
    """The query, restricted further."""
    added: list[Clause] = [
        tuple(Filed(key, file_under(key, value)) for value in values)
        for key, values in (
            (Key.OUTLET, filters.outlets),
            (Key.LANG, filters.languages),
            (Key.TOPIC, filters.topics),
            (Key.STORY, filters.stories),
        )
        if values
    ]
    if filters.after is not None or filters.before is not None:
        added.append((Period(filters.after, filters.before),))
    return replace(query, clauses=query.clauses + tuple(added))


def file_under(key: Key, value: str) -> str:
    """The form in which a value is indexed and looked up: outlets' and topics' spelling folded, `en-GB` as `en`."""
    match key:
        case Key.OUTLET | Key.TOPIC:
            return analysis.key(value)
        case Key.LANG:
            return re.split("[-_]", value.strip().casefold(), maxsplit=1)[0]
        case Key.STORY:
            return value.strip()


def moment(text: str) -> float:
    """Unix seconds at which a year, month, day or ISO 8601 time begins, UTC. Raises ValueError."""
    text = text.strip()
    if short := _DATE.fullmatch(text):
        return datetime(int(short[1]), int(short[2] or 1), 1, tzinfo=UTC).timestamp()
    try:
        found = datetime.fromisoformat(text)
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()
    except OverflowError as error:
        raise ValueError(f"{text}: out of range") from error


_OR = "OR"


def _read(text: str, notices: list[str]) -> Iterator[Node | str]:
    """The nodes in order, with the word OR between those that it joins."""
    for item in _ITEM.finditer(text):
        if item["word"] == _OR and not item["minus"] and not item["field"]:
            yield _OR
            continue
        node = _node(item, notices)
        if node is not None:
            yield Not(node) if item["minus"] else node


def _node(item: re.Match[str], notices: list[str]) -> Words | Filed | Period | None:
    quoted = item["phrase"] is not None
    value = item["phrase"] if quoted else item["word"]
    name = (item["field"] or "").lower()
    if quoted and not item["end"]:
        notices.append("A quotation mark was not closed: everything behind it was read as one phrase.")
    if not quoted and "(" in value:
        notices.append("Parentheses do not group words; they were ignored.")
    match name:
        case "title":
            return _words(value, quoted, notices, title=True)
        case "outlet" | "lang" | "topic" | "story":
            return _filed(Key(name), value, notices)
        case "after" | "before":
            return _period(name, value, notices)
        case _:
            # An unknown field is text with a colon in it: a headline, a time, an address.
            return _words(f"{item['field']}:{value}" if name else value, quoted, notices)


def _words(value: str, quoted: bool, notices: list[str], title: bool = False) -> Words | None:
    terms = tuple(analysis.terms(value))
    field = value.rstrip(":").lower()
    if not quoted and value.endswith(":") and field in {"title", "after", "before", *Key}:
        notices.append(f"{field}: needs a value right behind the colon; it was ignored.")
        return None
    if not terms:
        notices.append(f"{_quote(value)} has neither letters nor digits and was ignored.")
        return None
    prefix = not quoted and value.endswith("*")
    if prefix and len(terms[-1]) < PREFIX_LENGTH:
        notices.append(f"{_quote(value)} is too short to look for beginnings; it was read as a whole word.")
        prefix = False
    return Words(terms, title, prefix, typed="" if quoted or prefix else value)


def _filed(key: Key, value: str, notices: list[str]) -> Filed | None:
    filed = file_under(key, value)
    if not filed:
        notices.append(f"{key}: needs a value right behind the colon; it was ignored.")
        return None
    return Filed(key, filed)


def _period(name: str, value: str, notices: list[str]) -> Period | None:
    try:
        at = moment(value)
    except ValueError:
        notices.append(f"{name}:{_cut(value)} is not a date (write {name}:2026-03-31); it was ignored.")
        return None
    return Period(after=at) if name == "after" else Period(before=at)


def _limit(nodes: Iterator[Node | str], notices: list[str]) -> Iterator[Node | str]:
    left = TERM_LIMIT
    for node in nodes:
        inner = node.node if isinstance(node, Not) else node
        left -= len(inner.terms) if isinstance(inner, Words) else 1
        if left < 0:
            notices.append(f"The query is too long: only its first {TERM_LIMIT} words were used.")
            return
        yield node


def _group(nodes: Iterable[Node | str], notices: list[str]) -> list[Clause]:
    clauses: list[Clause] = []
    joined = False
    for node in nodes:
        if isinstance(node, str):
            if joined or not clauses:
                notices.append("OR stands between two words; one without was ignored.")
            joined = bool(clauses)
        elif joined:
            clauses[-1] += (node,)
            joined = False
        else:
            clauses.append((node,))
    if joined:
        notices.append("OR stands between two words; one without was ignored.")
    return clauses


def _unite(clauses: list[Clause]) -> list[Clause]:
    """Two outlets typed one after the other mean either, for no article has both; so do two topics."""
    united: list[Clause] = []
    filed: dict[Key, list[Node]] = {}
    for clause in clauses:
        keys = {node.key if isinstance(node, Filed) else None for node in clause}
        key = keys.pop() if len(keys) == 1 else None
        if key is None:
            united.append(clause)
        else:
            filed.setdefault(key, []).extend(clause)
    return united + [tuple(nodes) for nodes in filed.values()]


def _quote(value: str) -> str:
    return f'"{_cut(value)}"'


def _cut(value: str) -> str:
    return value if len(value) <= 40 else value[:40] + "…"
