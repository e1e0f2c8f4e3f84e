"""What became of the blocks that were put into a page, and of the article around them. Pure."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from benchmarks import scores, tables
from benchmarks.examples import Negative, Noise
from benchmarks.injection import Host, Setting
from benchmarks.scores import Gram
from services.cleaner import characters
from services.contracts import NoiseKind

Answer = dict[str, Any]


ALIKE: tuple[frozenset[NoiseKind], ...] = (
    frozenset({NoiseKind.CAPTION, NoiseKind.CREDIT}),
    frozenset({NoiseKind.COMMENTS, NoiseKind.COMMENT_FORM}),
    frozenset({NoiseKind.PROMO, NoiseKind.SHARE}),
    frozenset({NoiseKind.PAYWALL, NoiseKind.LOGIN}),
)
"""Kinds that one block can be at once: "Already a subscriber? Log in", "Follow us on Telegram"."""


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of one block; `grams` of it went."""

    gone: bool
    told: bool
    named: bool
    grams: int


@dataclass(slots=True)
class Tally:
    """Counts over injections; `grams` are 4-grams."""

    blocks: int = 0
    gone: int = 0
    told: int = 0
    named: int = 0
    runs: int = 0
    unharmed: int = 0
    noise_grams: int = 0
    lost_grams: int = 0
    article_grams: int = 0

    def add(self, fates: Sequence[Fate], lost: int, article: int) -> None:
        """Counts one injection that cost `lost` of the `article` grams."""
        self.blocks += len(fates)
        self.gone += sum(fate.gone for fate in fates)
        self.told += sum(fate.told for fate in fates)
        self.named += sum(fate.named for fate in fates)
        self.noise_grams += sum(fate.grams for fate in fates)
        self.runs += 1
        self.unharmed += not lost
        self.lost_grams += lost
        self.article_grams += article

    def row(self, name: str) -> list[str]:
        shares = (
            (self.gone, self.blocks),
            (self.told, self.gone),
            (self.named, self.gone),
            (self.article_grams - self.lost_grams, self.article_grams),
            (self.noise_grams, self.noise_grams + self.lost_grams),
            (self.unharmed, self.runs),
        )
        return [name, str(self.blocks), *(tables.text_share(tables.share(*pair)) for pair in shares)]


HEAD = ["blocks", "recall", "told", "kind", "article", "precision", "unharmed"]


@dataclass(frozen=True, slots=True)
class Baseline:
    """A host cleaned as it is: what an answer with something put in is compared with."""

    host: Host
    answers: dict[bool, Answer]
    grams: dict[bool, Counter[Gram]]
    article: dict[bool, Counter[Gram]]
    """All by whether the input is plain text; `article` are the 4-grams whose loss counts."""


@dataclass(slots=True)
class Report:
    by: dict[str, dict[str, Tally]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(Tally)))
    missed: list[str] = field(default_factory=list)
    harmed: list[str] = field(default_factory=list)
    kept: Counter[tuple[str, str]] = field(default_factory=Counter)
    asked: Counter[tuple[str, str]] = field(default_factory=Counter)
    lost: list[str] = field(default_factory=list)
    lost_as: Counter[str] = field(default_factory=Counter)

    def count(self, noise: Noise, setting: Setting, base: Baseline, answer: Answer) -> None:
        """Adds one injection to every table it belongs to."""
        is_text = setting.markup == "text"
        before, after = base.grams[is_text], _grams(answer)
        fates = [_fate(line, noise.kind, before, after, base.answers[is_text], answer) for line in noise.lines]
        lost = (base.article[is_text] - after).total()
        names = {"kind": noise.kind, "language": noise.language, "markup": setting.markup, "place": setting.place}
        for table, name in {**names, "all": "all"}.items():
            self.by[table][name].add(fates, lost, base.article[is_text].total())
        where = f"{noise.kind} {noise.language} {setting.markup}/{setting.place} in {base.host.id[:40]}"
        left = [line for line, fate in zip(noise.lines, fates, strict=True) if not fate.gone]
        self.missed.extend(f"{where}: {line}" for line in left)
        if lost:
            self.harmed.append(f"{where}: {lost} 4-grams lost to: {noise.lines[0][:80]}")

    def count_negative(self, negative: Negative, markup: str, base: Baseline, answer: Answer) -> None:
        kept = _stands_in(negative.text, answer)
        self.asked[negative.shape, markup] += 1
        self.kept[negative.shape, markup] += kept
        if not kept:
            entries = _entries(negative.text, answer["removed"])
            why = entries[0]["kind"] + " " + entries[0]["rule"] if entries else "unexplained"
            if answer["error"]:
                why = f"error {answer['error']['reason']}"
            self.lost_as[why.split()[0]] += 1
            where = f"{negative.shape} {negative.language} {markup} in {base.host.id[:40]}"
            self.lost.append(f"{where} [{why}]: {negative.text}")

    def as_json(self) -> dict[str, Any]:
        figures = {table: {name: asdict(tally) for name, tally in own.items()} for table, own in self.by.items()}
        kept = [[*name, self.kept[name], count] for name, count in self.asked.items()]
        listed = {"missed": self.missed, "harmed": self.harmed, "lost": self.lost}
        return {"tables": figures, "negatives": kept, "lost_as": self.lost_as, **listed}


def _fate(
    line: str, kind: NoiseKind, before: Counter[Gram], after: Counter[Gram], without: Answer, answer: Answer
) -> Fate:
    own = scores.grams(characters.clean(line))
    left = sum(min(count, after[gram] - before[gram]) for gram, count in own.items() if after[gram] > before[gram])
    if left:
        return Fate(False, False, False, own.total() - left)
    entries = _entries(line, _more(answer["removed"], without["removed"]))
    alike = frozenset({kind}).union(*(each for each in ALIKE if kind in each))
    return Fate(True, bool(entries), any(entry["kind"] in alike for entry in entries), own.total())


def _more(removed: Iterable[dict[str, str]], before: Iterable[dict[str, str]]) -> list[dict[str, str]]:
    """What was removed that was not removed without the noise."""
    known = Counter((entry["kind"], entry["text"]) for entry in before)
    found = []
    for entry in removed:
        name = entry["kind"], entry["text"]
        if known[name]:
            known[name] -= 1
        else:
            found.append(entry)
    return found


def _entries(line: str, removed: Iterable[dict[str, str]]) -> list[dict[str, str]]:
    """The entries that hold the line, or half of it and more."""
    said = f" {characters.key(line)} "
    found = []
    for entry in removed:
        text = f" {characters.key(entry['text'])} "
        if said in text or (text in said and 2 * len(text) >= len(said)):
            found.append(entry)
    return found


def _grams(answer: Answer) -> Counter[Gram]:
    """The 4-grams of each block for itself: what stands between two blocks changes none. Shorter runs of short blocks
    count too, so that a block of two words is found inside another.
    """
    total: Counter[Gram] = Counter()
    for block in answer["blocks"]:
        for line in block["text"].split("\n"):
            for size in range(1, scores.GRAM + 1):
                total.update(scores.grams(line, size) if len(scores.tokens(line)) >= size else ())
    return total


def _article(grams: Counter[Gram], truth: str | None) -> Counter[Gram]:
    long = Counter({gram: count for gram, count in grams.items() if len(gram) == scores.GRAM})
    return long & scores.grams(characters.clean(truth)) if truth else long


def _stands_in(text: str, answer: Answer) -> bool:
    return f" {characters.key(text)} " in f" {characters.key(answer['text'])} "


def baseline(host: Host, answers: dict[bool, Answer]) -> Baseline:
    """What answers with noise are compared with; `answers` are those without, by whether the input is plain text."""
    grams = {is_text: _grams(answer) for is_text, answer in answers.items()}
    return Baseline(host, answers, grams, {is_text: _article(own, host.truth) for is_text, own in grams.items()})
