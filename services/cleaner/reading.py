"""A walked page to its decisions: what each run of text is, in the order of the page."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from services.cleaner import assembly, characters, choice, lead, naming, noise, shapes, stories, unglue
from services.cleaner.assembly import Piece
from services.cleaner.decisions import Decision, Draft
from services.cleaner.noise import Page as Known
from services.cleaner.walk import Page
from services.contracts import Block, BlockKind, NoiseKind


@dataclass(frozen=True, slots=True)
class Reading:
    """All decisions, and those that are `evidence` of where the article comes from and what it costs.

    `headlines` are the texts of links of five words and more; `walled` says that a visible box sells the rest.
    """

    decisions: tuple[Decision, ...]
    evidence: tuple[Decision, ...] = ()
    headlines: tuple[str, ...] = ()
    walled: bool = False


def read(page: Page, source: str, known: Known, description: str) -> Reading:
    """Every block of the page, kept or with the reason why not. Raises `extract.Failed`."""
    chances = choice.choose(page, source, known.title, description)
    kept = choice.kept(page, chances)
    foreign = stories.others(page, kept, known.title)
    kept = [number for number in kept if number not in foreign]
    standfirst = lead.find(page, chances, kept, known.title, description)
    if standfirst is not None and standfirst not in kept:
        kept = [standfirst, *kept]
    pieces = [_marked(piece, standfirst) for piece in assembly.pieces(page, kept)]
    captions = frozenset(characters.key(unit.text) for n, unit in enumerate(page.units) if page.place(n).caption)
    cut = _cut(page, set(kept), foreign, naming.Names(page, kept), known)
    labels = [run for run in cut if kept and run.first > kept[0] and run.is_label]
    judged = _judged(pieces, labels, replace(known, captions=captions))
    rest = [(run.first, run.decision) for run in cut if run not in labels]
    decisions = sorted([*judged, *rest], key=lambda entry: entry[0])
    start = _start(page, kept, known.title)
    return Reading(
        tuple(decision for _, decision in decisions),
        tuple(decision for number, decision in decisions if number >= start or decision.kind is not NoiseKind.PAYWALL),
        tuple(naming.headlines(page)),
        any(run.first >= start and run.is_wall(known) for run in cut),
    )


def _start(page: Page, kept: Sequence[int], title: str) -> int:
    """The headline's unit, or the article's first: an offer above it is of the site, not of this article."""
    head = characters.key(title)
    limit = kept[0] if kept else 0
    for number in range(limit - 1, -1, -1):
        text = page.units[number].text
        # The key of a text is hardly ever half as long as the text.
        if page.place(number).level == 1 or (len(text) < 2 * len(title) + 20 and characters.key(text) == head):
            return number
    return limit


def _marked(piece: Piece, standfirst: int | None) -> Piece:
    if piece.first != standfirst or piece.block.kind not in {BlockKind.PARAGRAPH, BlockKind.HEADING}:
        return piece
    return replace(piece, block=Block(BlockKind.STANDFIRST, piece.block.text))


def _judged(pieces: Sequence[Piece], labels: Sequence["_Cut"], known: Known) -> list[tuple[int, Decision]]:
    """The noise pass over what the classifier kept, each block with the number of its first unit.

    Labels that are out already ("Comments") take part, because they say what stands below them.
    """
    context = "\n".join([known.title, *(piece.block.text for piece in pieces)])
    entries: list[tuple[int, Draft | Decision]] = [(label.first, label.decision) for label in labels]
    for piece in pieces:
        entries += [(piece.first, draft) for draft in unglued(Draft(piece.block, piece.raw), known, context)]
    entries.sort(key=lambda entry: entry[0])
    judged = noise.judge([entry for _, entry in entries], known)
    return [(number, decision) for (number, _), decision in zip(entries, judged, strict=True)]


def unglued(draft: Draft, known: Known, context: str) -> Iterable[Draft]:
    """A paragraph taken apart where it was glued; a ticker stays whole, so that it is recognised as one."""
    if draft.block.kind not in {BlockKind.PARAGRAPH, BlockKind.QUOTE} or shapes.is_ticker(draft.raw or draft.text):
        return [draft]
    parts = unglue.unglue(draft.text, known.rules, context)
    return [draft] if len(parts) == 1 else [Draft(Block(draft.block.kind, part)) for part in parts]


LABEL_WORDS = 6
"""Words up to which a line may head what stands below it."""
_ANOTHER = NoiseKind.RELATED, "stories:under a headline of its own"


@dataclass(slots=True)
class _Cut:
    """A run of units that are out; `first` is the number of the first."""

    first: int
    kind: NoiseKind
    rule: str
    texts: list[str]
    hidden: bool

    @property
    def text(self) -> str:
        whole = "\n".join(self.texts)
        return whole if len(whole) <= naming.LENGTH else whole[: naming.LENGTH - 1] + "…"

    @property
    def length(self) -> int:
        return sum(map(len, self.texts))

    @property
    def is_label(self) -> bool:
        """A short line that was named by what it says."""
        return self.rule.startswith("phrase:") and len(self.texts) == 1 and len(self.texts[0].split()) <= LABEL_WORDS

    def is_wall(self, known: Known) -> bool:
        """A visible box that offers to read on against payment."""
        return self.kind is NoiseKind.PAYWALL and not self.hidden and naming.is_wall(self.text, known.rules)

    @property
    def decision(self) -> Decision:
        return Decision(Draft(Block(BlockKind.PARAGRAPH, self.text)), self.kind, self.rule)


def _cut(page: Page, kept: set[int], foreign: set[int], names: naming.Names, known: Known) -> list[_Cut]:
    """What the classifier left out, neighbours of one make together."""
    found: list[_Cut] = []
    head = characters.key(known.title)
    titled = False
    for number, unit in enumerate(page.units):
        if number in kept:
            continue
        if not titled and head and page.place(number).level and characters.key(unit.text) in {head, ""}:
            titled = True  # the headline itself, which is the article's title
            continue
        kind, rule = _ANOTHER if number in foreign else names.hit(number)
        text = characters.clean(unit.raw or unit.text)
        hidden = names.is_hidden(number)
        last = found[-1] if found else None
        if last and (last.kind, last.rule) == (kind, rule) and last.length < naming.LENGTH and number - 1 not in kept:
            last.texts.append(text)
            last.hidden = last.hidden and hidden
        else:
            found.append(_Cut(number, kind, rule, [text], hidden))
    return found
