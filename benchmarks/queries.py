"""What the topic is compared with: the country's name anywhere, and a boolean query as media monitors write them.

The spellings are plain knowledge of the twelve languages, not taken from the topic file.
"""

from services.indexer import words
from services.indexer.matching import Hit, Matcher

NEAR = 12
"""Words between two names that stand near each other."""

_GROUPS = {
    "ukraine": """ukrain* ucrain* ucrania* oekrain* oekraien* ukrayna* украин* україн* أوكراني* kyiv* kiev* kiew*
        kijow* kijew* киев* київ* києв* كييف zelensk* selensk* zelenski* зеленск* зеленськ* زيلينسكي
        donbas* донбас* دونباس""",
    "russia": """russia* russie russe* russland* russisch* rusia ruso* rusa* russo* russa* rusland* rosj* rosyj* rusya*
        росси* росі* روسي* moscow* moscou* moskau* mosca moscu moskw* moskva* moskova* москв* موسكو putin* poutine*
        poetin* путин* путін* بوتين kremlin* kreml* кремл* الكرملين""",
    "alliance": """nato otan navo нато الناتو washington* вашингтон* واشنطن biden* байден* بايدن trump* трамп* ترامب
        stoltenberg* столтенберг* ستولتنبرغ""",
    "war": """war wars guerre* krieg* guerra* wojn* oorlog* войн* війн* حرب savas* invasion* invas* inwazj* вторгнен*
        вторжен* غزو isgal* attack* attaque* angriff* ataque* attacc* atak* aanval* атак* هجوم saldiri* missile* rakete*
        misil* missil* rakiet* raket* ракет* صواريخ fuze* sanction* sanktion* sancion* sanzion* sankcj* sancti* sanc*
        санкц* عقوبات yaptirim* troops troupes truppen* tropas truppe wojsk* troepen* войск* військ* قوات asker*""",
}
_NAMES = list(_GROUPS)


class Query:
    """`name` anywhere; or `boolean`, `ukraine & (russia | alliance | war) | russia & alliance & war`; `near`."""

    def __init__(self, kind: str) -> None:
        self._kind = kind
        self._matcher = Matcher((term, _NAMES.index(name)) for name in _NAMES for term in _GROUPS[name].split())

    def holds(self, title: str, text: str) -> bool:
        line = words.line(f"{title}\n{text}")
        hits = self._matcher.find(line)
        present = {_NAMES[number] for _, _, number in hits}
        if self._kind == "name":
            return any(line.startswith(_BARE, start) for start, _, _ in hits)
        if self._kind == "near":
            return self._near(line, hits, present)
        return ("ukraine" in present and len(present) > 1) or present >= {"russia", "alliance", "war"}

    def _near(self, line: str, hits: list[Hit], present: set[str]) -> bool:
        starts = sorted((line.count(" ", 0, start), _NAMES[number]) for start, _, number in hits)
        pairs = {
            frozenset((name, other))
            for number, (at, name) in enumerate(starts)
            for place, other in starts[number + 1 :]
            if place - at <= NEAR and other != name
        }
        ukraine = any("ukraine" in pair for pair in pairs)
        return ukraine or ("alliance" in present and frozenset(("russia", "war")) in pairs)


_BARE = tuple(
    f" {proclitic}{words.fold(stem)}"
    for stem in ("ukrain", "ucrain", "ucrania", "oekrain", "oekraien", "ukrayna", "украин", "україн", "أوكراني")
    for proclitic in ("", "و", "ب", "ل", "ال", "وال", "بال", "لل")
)
