"""Names that differ from language to language and mean the same: Kyiv, Kiev, Kiew, Kijów, Київ, كييف.

Only what somebody types is expanded, so that changing the names needs no new index.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from services.search import analysis, stemming

CAPITALS = 3
"""Letters up to which a name in capitals is only known where it is typed so: EU is a union, eu a French verb."""


@dataclass(frozen=True, slots=True)
class Name:
    """One spelling as it is looked up: terms in order, and the stems of a single one."""

    terms: tuple[str, ...]
    stems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Synonyms:
    """What else a name is called. Empty: nothing has another name."""

    _groups: tuple[tuple[Name, ...], ...] = ()
    _places: Mapping[str, int] = field(default_factory=dict)
    _capitals: frozenset[str] = frozenset()
    longest: int = 1
    """Terms of the longest name."""

    def of(self, typed: str, stems: Sequence[str] = ()) -> tuple[Name, ...]:
        """The other names of what was typed, itself left out. `stems` lets an inflected form be known too."""
        terms = tuple(analysis.terms(typed))
        spelled = " ".join(terms)
        if spelled in self._capitals and not typed.isupper():
            return ()
        group = next((self._places[key] for key in (spelled, *stems) if key in self._places), None)
        if group is None:
            return ()
        return tuple(name for name in self._groups[group] if name.terms != terms)


NONE = Synonyms()


def build(groups: Iterable[Sequence[str]]) -> Synonyms:
    """Each group holds the spellings of one name. A spelling in two groups belongs to the first."""
    named = [_names(group) for group in groups]
    exact: dict[str, int] = {}
    inflected: dict[str, int] = {}
    capitals: set[str] = set()
    for number, names in enumerate(named):
        for spelling, name in names.items():
            exact.setdefault(" ".join(name.terms), number)
            if spelling.isupper() and len(spelling) <= CAPITALS:
                capitals.add(name.terms[0])
            else:
                inflected.update((stem, number) for stem in name.stems if stem not in inflected)
    longest = max((len(name.terms) for names in named for name in names.values()), default=1)
    unique = tuple(tuple({name.terms: name for name in names.values()}.values()) for names in named)
    return Synonyms(unique, inflected | exact, frozenset(capitals), longest)


def _names(group: Sequence[str]) -> dict[str, Name]:
    """By spelling; one without letters or digits is none."""
    found = {spelling: tuple(analysis.terms(spelling)) for spelling in group}
    return {
        spelling: Name(terms, stemming.of_typed(spelling, terms[0]) if len(terms) == 1 else ())
        for spelling, terms in found.items()
        if terms
    }
