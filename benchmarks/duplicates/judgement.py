"""What a stream of decisions is worth. Pure.

Every arrival is judged as it comes. A decision that it repeats another (`exact`, `near`, `excerpt`) is right where
both belong to one cluster. Recall is over the arrivals that had an earlier one in their cluster. `pairs` and the
adjusted Rand index compare the clusters that the decisions add up to with the true ones (Hubert and Arabie 1985).

A link says that an article reuses passages of another cluster: `derived` between two clusters of which one truly
reuses the other is right, whichever came first; several between the same two count once. `derived` within one cluster
is a missed repeat, and neither right nor wrong as a link. What is decided about an arrival that is moot counts in
the clusters only.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from benchmarks.duplicates.arrivals import Arrival

REPEATS = frozenset({"exact", "near", "excerpt"})


@dataclass(frozen=True, slots=True)
class Decision:
    """`of` is the id of an earlier arrival; None where there is none. `detail` is for people."""

    relation: str
    of: str | None = None
    detail: str = ""


NEW = Decision("new")
Decide = Callable[[Arrival], Decision]


@dataclass(frozen=True, slots=True)
class Failure:
    """A decision that is wrong: what it is called, how bad it is (larger is worse), and about which article."""

    what: str
    weight: int
    arrival: Arrival
    decision: Decision


@dataclass(slots=True)
class Report:
    """Shares are None where nothing was asked. `confusion` counts (kind, relation) pairs."""

    precision: float | None
    recall: float | None
    pair_precision: float | None
    pair_recall: float | None
    rand: float
    link_precision: float | None
    link_recall: float | None
    kinds: dict[str, tuple[int, int]]
    """Kind -> repeats found, repeats there were."""
    languages: dict[str, tuple[int, int]]
    confusion: Counter[tuple[str, str]]
    false_repeats: Counter[str]
    false_links: Counter[str]
    failures: list[Failure] = field(default_factory=list)

    @property
    def link_f1(self) -> float | None:
        precision, recall = self.link_precision or 0.0, self.link_recall or 0.0
        return 2 * precision * recall / (precision + recall) if precision + recall else None


def judge(arrivals: Sequence[Arrival], decisions: Sequence[Decision], lenient: bool = False) -> Report:
    """`lenient` takes every decision across clusters for a link: for methods that know one relation only."""
    clusters = {arrival.id: arrival.cluster for arrival in arrivals}
    repeats = _repeats(arrivals, decisions, clusters)
    links = _links(arrivals, decisions, clusters, lenient)
    truth = {frozenset((arrival.cluster, other)) for arrival in arrivals for other in arrival.reuses}
    right = repeats.right.total()
    pair_precision, pair_recall, rand = compare(predicted(arrivals, decisions), clusters)
    return Report(
        precision=_share(right, right + repeats.wrong.total()),
        recall=_share(right, repeats.wanted.total()),
        pair_precision=pair_precision,
        pair_recall=pair_recall,
        rand=rand,
        link_precision=_share(len(truth & set(links)), len(links)),
        link_recall=_share(len(truth & set(links)), len(truth)),
        kinds={kind: (repeats.right[kind], wanted) for kind, wanted in sorted(repeats.wanted.items())},
        languages={name: (repeats.spoken_right[name], n) for name, n in repeats.spoken.most_common()},
        confusion=Counter((a.kind, d.relation) for a, d in zip(arrivals, decisions, strict=True)),
        false_repeats=repeats.wrong,
        false_links=Counter(arrival.kind for pair, (arrival, _) in links.items() if pair not in truth),
        failures=[*repeats.failures, *_link_failures(arrivals, links, truth)],
    )


def predicted(arrivals: Sequence[Arrival], decisions: Sequence[Decision]) -> dict[str, str]:
    """Arrival -> the root of the cluster that the decisions put it in."""
    roots: dict[str, str] = {}
    for arrival, decision in zip(arrivals, decisions, strict=True):
        repeats = decision.relation in REPEATS and decision.of is not None
        roots[arrival.id] = roots.get(decision.of or "", arrival.id) if repeats else arrival.id
    return roots


def compare(found: Mapping[str, str], truth: Mapping[str, str]) -> tuple[float | None, float | None, float]:
    """Precision and recall over pairs in one cluster, and the adjusted Rand index, of two clusterings of the same."""
    both = _pairs(Counter((found[name], truth[name]) for name in truth))
    ours, theirs = _pairs(Counter(found[name] for name in truth)), _pairs(Counter(truth.values()))
    every = len(truth) * (len(truth) - 1) // 2
    expected = ours * theirs / every if every else 0.0
    most = (ours + theirs) / 2
    rand = (both - expected) / (most - expected) if most != expected else 1.0
    return _share(both, ours), _share(both, theirs), rand


@dataclass(slots=True)
class _Repeats:
    wanted: Counter[str] = field(default_factory=Counter)
    right: Counter[str] = field(default_factory=Counter)
    wrong: Counter[str] = field(default_factory=Counter)
    spoken: Counter[str] = field(default_factory=Counter)
    spoken_right: Counter[str] = field(default_factory=Counter)
    failures: list[Failure] = field(default_factory=list)


def _repeats(arrivals: Sequence[Arrival], decisions: Sequence[Decision], clusters: Mapping[str, str]) -> _Repeats:
    counted = _Repeats()
    seen: Counter[str] = Counter()
    for arrival, decision in zip(arrivals, decisions, strict=True):
        said = decision.relation in REPEATS
        right = said and clusters.get(decision.of or "") == arrival.cluster
        repeats = seen[arrival.cluster] > 0
        seen[arrival.cluster] += 1
        if arrival.moot:
            continue
        counted.wanted[arrival.kind] += repeats
        counted.right[arrival.kind] += right
        counted.spoken[arrival.language] += repeats
        counted.spoken_right[arrival.language] += right
        counted.wrong[arrival.kind] += said and not right
        if said and not right:
            counted.failures.append(Failure("false repeat", 3, arrival, decision))
        elif repeats and not said:
            counted.failures.append(Failure("missed repeat", 1, arrival, decision))
    counted.wanted, counted.spoken = +counted.wanted, +counted.spoken
    return counted


_Links = dict[frozenset[str], tuple[Arrival, Decision]]


def _links(
    arrivals: Sequence[Arrival], decisions: Sequence[Decision], clusters: Mapping[str, str], lenient: bool
) -> _Links:
    found: _Links = {}
    for arrival, decision in zip(arrivals, decisions, strict=True):
        other = clusters.get(decision.of or "")
        says = decision.relation == "derived" or (lenient and decision.relation in REPEATS)
        if says and other is not None and other != arrival.cluster and not arrival.moot:
            found.setdefault(frozenset((arrival.cluster, other)), (arrival, decision))
    return found


def _link_failures(arrivals: Iterable[Arrival], links: _Links, truth: set[frozenset[str]]) -> Iterable[Failure]:
    for pair, (arrival, decision) in links.items():
        if pair not in truth:
            yield Failure("false link", 2, arrival, decision)
    for arrival in arrivals:
        for other in arrival.reuses:
            if frozenset((arrival.cluster, other)) not in links:
                yield Failure(f"missed link to {other}", 1, arrival, NEW)


def _pairs(sizes: Counter) -> int:
    return sum(size * (size - 1) // 2 for size in sizes.values())


def _share(part: float, whole: float) -> float | None:
    return part / whole if whole else None
