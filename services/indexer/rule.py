"""A boolean rule over the names of groups: `core | theatre & (adversary | west) & !sport`.

`&` binds tighter than `|`, `!` tightest; parentheses group. The text is parsed, never evaluated as code.
"""

import re
from collections.abc import Set
from dataclasses import dataclass

_TOKEN = re.compile(r"\s*([A-Za-z_][A-Za-z0-9_]*|[&|!()])")
_DEEPEST = 20


class RuleError(ValueError):
    """The rule cannot be read; the message says where and why."""


@dataclass(frozen=True, slots=True)
class Name:
    name: str

    def holds(self, present: Set[str]) -> bool:
        return self.name in present

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class Not:
    part: "Node"

    def holds(self, present: Set[str]) -> bool:
        return not self.part.holds(present)

    def __str__(self) -> str:
        return f"!{_bracketed(self.part)}"


@dataclass(frozen=True, slots=True)
class All:
    parts: "tuple[Node, ...]"

    def holds(self, present: Set[str]) -> bool:
        return all(part.holds(present) for part in self.parts)

    def __str__(self) -> str:
        return " & ".join(_bracketed(part) for part in self.parts)


@dataclass(frozen=True, slots=True)
class AnyOf:
    parts: "tuple[Node, ...]"

    def holds(self, present: Set[str]) -> bool:
        return any(part.holds(present) for part in self.parts)

    def __str__(self) -> str:
        return " | ".join(str(part) for part in self.parts)


Node = Name | Not | All | AnyOf


@dataclass(frozen=True, slots=True)
class Rule:
    """The alternatives of the outermost `|`, in the order they are written."""

    clauses: tuple[Node, ...]
    names: tuple[str, ...]
    """The clauses as they are written."""

    def clause(self, present: Set[str]) -> str | None:
        """The first alternative that holds for the groups present; None when none does."""
        held = (name for clause, name in zip(self.clauses, self.names, strict=True) if clause.holds(present))
        return next(held, None)


def parse(text: str, names: Set[str]) -> Rule:
    """Raises RuleError for a syntax error, nesting beyond 20 levels, or a name that is not in `names`."""
    parser = _Parser(_tokens(text), names)
    tree = parser.alternatives(0)
    if parser.rest:
        raise RuleError(f"unexpected {parser.rest[0]!r} in the rule")
    clauses = tree.parts if isinstance(tree, AnyOf) else (tree,)
    return Rule(clauses, tuple(str(clause) for clause in clauses))


def _tokens(text: str) -> list[str]:
    found = []
    at = 0
    text = text.rstrip()
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise RuleError(f"unexpected {text[at:].strip()[:1]!r} at character {at + 1} of the rule")
        found.append(match.group(1))
        at = match.end()
    return found


class _Parser:
    def __init__(self, tokens: list[str], names: Set[str]) -> None:
        self.rest = tokens
        self._names = names

    def alternatives(self, depth: int) -> Node:
        parts = [self._conjunction(depth)]
        while self._take("|"):
            parts.append(self._conjunction(depth))
        return parts[0] if len(parts) == 1 else AnyOf(tuple(parts))

    def _conjunction(self, depth: int) -> Node:
        parts = [self._unary(depth)]
        while self._take("&"):
            parts.append(self._unary(depth))
        return parts[0] if len(parts) == 1 else All(tuple(parts))

    def _unary(self, depth: int) -> Node:
        if depth > _DEEPEST:
            raise RuleError(f"the rule nests deeper than {_DEEPEST} levels")
        if self._take("!"):
            return Not(self._unary(depth + 1))
        if self._take("("):
            inside = self.alternatives(depth + 1)
            if not self._take(")"):
                raise RuleError("a parenthesis of the rule is not closed")
            return inside
        return self._name()

    def _name(self) -> Node:
        if not self.rest:
            raise RuleError("the rule ends where a group's name should stand")
        name = self.rest.pop(0)
        if name in self._names:
            return Name(name)
        if name in "&|)":
            raise RuleError(f"{name!r} of the rule stands where a group's name should")
        raise RuleError(f"the rule names {name!r}, which is not a group")

    def _take(self, token: str) -> bool:
        if self.rest and self.rest[0] == token:
            self.rest.pop(0)
            return True
        return False


def _bracketed(node: Node) -> str:
    return str(node) if isinstance(node, Name | Not) else f"({node})"
