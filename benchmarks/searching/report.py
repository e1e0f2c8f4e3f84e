"""The tables of benchmarks/search.py."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any

from benchmarks.searching.engines import OURS
from benchmarks.searching.freshness import Fresh
from benchmarks.searching.laws import Law
from benchmarks.searching.questions import GOALS, KINDS
from benchmarks.searching.trials import Asked, Built, Clock, Load, percentile

REBUILT, STORED, FRESH = 1000.0, 4096.0, 1.0
"""Goals: articles per second, bytes of index per article, seconds from commit to found at the 95th percentile."""


def laws(found: Mapping[str, Law]) -> Iterator[list[str]]:
    yield ["words", "texts", "words", "distinct", "of 300", "slope to 1000", "to 10 000", "top 1000", "once"]
    for name, law in found.items():
        yield [
            name, str(law.texts), str(law.words), str(law.vocabulary),
            *(_number(each, 2) for each in (law.distinct, law.upper, law.lower, law.top, law.once)),
        ]  # fmt: skip


def built(found: Mapping[str, Built]) -> Iterator[list[str]]:
    yield ["built", "articles", "per second", "ratio", "CPU ms each", "bytes each", "ratio", "memory MB", "goals"]
    ours = found.get(OURS)
    for name, each in found.items():
        rate, size = each.articles / each.spent.seconds, each.size / each.articles
        yield [
            name, str(each.articles), f"{rate:.0f}",
            _ratio(rate, ours.articles / ours.spent.seconds if ours else None),
            "-" if each.spent.cpu is None else _milliseconds(each.spent.cpu / each.articles),
            f"{size:.0f}", _ratio(size, ours.size / ours.articles if ours else None),
            _megabytes(each.memory),
            f"≥ {REBUILT:.0f}/s, ≤ {STORED:.0f} B" if name == OURS else "",
        ]  # fmt: skip


def answers(found: Mapping[str, Asked]) -> Iterator[list[str]]:
    """Milliseconds, `CPU` the median of what the process used; ratios to ours, of medians and 95th percentiles."""
    yield [
        "ms",
        "engine",
        "asked",
        "median",
        "p95",
        "max",
        "first p95",
        "CPU",
        "CPU p95",
        "ratio",
        "of p95",
        "goal",
        "empty",
    ]
    for kind in KINDS:
        base = found[OURS].clocks.get(kind) if OURS in found else None
        for name, asked in found.items():
            if kind in asked.clocks:
                yield [kind, name, *_answer(asked.clocks[kind], base, name == "postgres"), _goal(kind, name),
                       str(asked.clocks[kind].empty or "")]  # fmt: skip


def _answer(clock: Clock, base: Clock | None, apart: bool) -> list[str]:
    """`apart`: the work is done in another process, so that CPU here says nothing."""
    timed = clock.warm or clock.first
    middle, late = percentile(timed, 0.5), percentile(timed, 0.95)
    own = (base.warm or base.first) if base else []
    return [
        str(len(timed)),
        *(_milliseconds(each) for each in (middle, late, max(timed), percentile(clock.first, 0.95))),
        *("-" if apart else _milliseconds(percentile(clock.cpu, share)) for share in (0.5, 0.95)),
        _ratio(middle, percentile(own, 0.5)),
        _ratio(late, percentile(own, 0.95)),
    ]


def _goal(kind: str, name: str) -> str:
    return f"≤ {GOALS[kind]:.0f}" if name == OURS and kind in GOALS else ""


def loads(found: Mapping[str, Asked]) -> Iterator[list[str]]:
    yield ["all kinds mixed", "threads", "asked", "per second", "ratio", "median ms", "p95 ms", "max ms", "memory MB"]
    for name, asked in found.items():
        for load in asked.loads:
            own = [each for each in found[OURS].loads if each.threads == load.threads] if OURS in found else []
            yield [
                name, str(load.threads), str(len(load.each)), f"{_rate(load):.1f}",
                _ratio(_rate(load), _rate(own[0]) if own else None),
                *(_milliseconds(percentile(load.each, share)) for share in (0.5, 0.95, 1.0)),
                _megabytes(asked.memory) if name != "postgres" else "-",
            ]  # fmt: skip


def fresh(found: Fresh) -> Iterator[list[str]]:
    yield ["commit to found, ms", "looked for", "median", "p95", "max", "lost", "written per second", "goal p95"]
    times = (percentile(found.delays, share) for share in (0.5, 0.95, 1.0))
    yield [OURS, str(len(found.delays)), *map(_milliseconds, times), str(found.lost), f"{found.pace:.0f}",
           f"≤ {1000 * FRESH:.0f}"]  # fmt: skip


def plain(value: Any) -> Any:
    """For JSON: seconds and bytes as measured; the times of single questions are left to percentiles."""
    if isinstance(value, Mapping):
        return {key: plain(each) for key, each in value.items()}
    if isinstance(value, Clock):
        return {name: _spread(getattr(value, name)) for name in ("first", "warm", "cpu")} | {"empty": value.empty}
    if isinstance(value, Load):
        return {"threads": value.threads, "each": _spread(value.each), "seconds": value.seconds}
    if isinstance(value, Asked):
        return {
            "clocks": plain(value.clocks), "loads": [plain(load) for load in value.loads], "memory": value.memory
        }  # fmt: skip
    if isinstance(value, Fresh):
        return {"delays": _spread(value.delays), "lost": value.lost, "pace": value.pace}
    return asdict(value)


def _spread(seconds: list[float]) -> dict[str, float | int | None]:
    shares = {"median": 0.5, "p95": 0.95, "max": 1.0}
    return {"count": len(seconds)} | {name: percentile(seconds, share) for name, share in shares.items()}


def _rate(load: Load) -> float:
    return len(load.each) / load.seconds


def _ratio(value: float | None, base: float | None) -> str:
    return f"{value / base:.2f}" if value is not None and base else "-"


def _milliseconds(seconds: float | None) -> str:
    return "-" if seconds is None else f"{1000 * seconds:.1f}"


def _megabytes(count: int | None) -> str:
    return "-" if count is None else f"{count / 1e6:.0f}"


def _number(value: float | None, digits: int) -> str:
    return "-" if value is None else f"{value:.{digits}f}"
