"""Rules about what a block is beside its neighbours. Each takes and gives the decisions on all blocks of a page.

A rule never changes a decision that another has made; it only cuts blocks that were kept so far.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace

from services.cleaner import characters, invitations, shapes
from services.cleaner.decisions import Decision
from services.cleaner.phrases import Rules
from services.contracts import BlockKind, NoiseKind

DUPLICATE_WORDS = 6
"""Shorter blocks may stand in an article twice: answers in interviews, refrains, sub-headings."""
_LABELS = 2
_LABEL_WORDS = 5
_BIO_WORDS = 60


def _mark(decisions: list[Decision], positions: Iterable[int], kind: NoiseKind, rule: str) -> list[Decision]:
    chosen = set(positions)
    return [
        replace(decision, kind=kind, rule=rule) if index in chosen and decision.kept else decision
        for index, decision in enumerate(decisions)
    ]


def _duplicates(decisions: list[Decision], rules: Rules) -> list[Decision]:
    seen: set[str] = set()
    again = []
    for index, decision in enumerate(decisions):
        key = characters.key(decision.text)
        plain = decision.draft.block.kind in {BlockKind.PARAGRAPH, BlockKind.QUOTE, BlockKind.STANDFIRST}
        if not decision.kept or not plain or not _is_long(key):
            continue
        if key in seen:
            again.append(index)
        seen.add(key)
    return _mark(decisions, again, NoiseKind.DUPLICATE, "said before")


def _is_long(key: str) -> bool:
    return len(key.split()) >= DUPLICATE_WORDS or len(key) >= 8 * DUPLICATE_WORDS


def _after_related(decisions: list[Decision], rules: Rules) -> list[Decision]:
    """Lists and headlines that follow a label such as "Read also" which has no headline of its own."""
    chosen: list[int] = []
    labels = Counter(decision.rule for decision in decisions if decision.kind is NoiseKind.RELATED)
    for index, decision in enumerate(decisions):
        # "Read more" below each of many cards closes them; only a label that stands once or twice opens a list.
        if decision.kind is NoiseKind.RELATED and labels[decision.rule] <= _LABELS and _is_label(decision):
            chosen.extend(_headlines(decisions, index + 1))
    return _mark(decisions, chosen, NoiseKind.RELATED, "after a label of related stories")


def _is_label(decision: Decision) -> bool:
    return len(decision.text.split()) <= 6 and (
        decision.draft.block.kind is BlockKind.HEADING
        or decision.text.endswith(":")
        or not shapes.ends_sentence(decision.text)
    )


def _headlines(decisions: list[Decision], start: int) -> list[int]:
    run: list[int] = []
    for index in range(start, len(decisions)):
        decision = decisions[index]
        block = decision.draft.block
        if not decision.kept:
            break
        if block.kind is BlockKind.LIST:
            items = block.text.split("\n")
            if all(shapes.is_title_like(item) for item in items):
                run.append(index)
            break
        if block.kind not in {BlockKind.PARAGRAPH, BlockKind.HEADING} or not shapes.is_title_like(block.text):
            break
        run.append(index)
    # What stands right above a paragraph of the article is most likely that paragraph's sub-heading.
    follows = run[-1] + 1 if run else start
    if (
        run
        and follows < len(decisions)
        and decisions[follows].kept
        and decisions[run[-1]].draft.block.kind is BlockKind.HEADING
    ):
        run.pop()
    return run


def _comments_to_the_end(decisions: list[Decision], rules: Rules) -> list[Decision]:
    """Everything after a label of the comments, if the article lies before it."""
    kinds = {NoiseKind.COMMENTS, NoiseKind.COMMENT_FORM}
    total = sum(len(d.text) for d in decisions if d.kept)
    before = 0
    for index, decision in enumerate(decisions):
        if decision.kept:
            before += len(decision.text)
        elif decision.kind in kinds and before >= 0.5 * total and before > 0 and _is_label(decision):
            return _mark(
                decisions, range(index + 1, len(decisions)), NoiseKind.COMMENTS, "after the label of the comments"
            )
    return decisions


def _below_the_wall(decisions: list[Decision], rules: Rules) -> list[Decision]:
    """What follows the notice that ends a cut article, as long as it speaks of offers or says little."""
    notices = [index for index, decision in enumerate(decisions) if decision.kind is NoiseKind.PAYWALL]
    total = sum(len(d.text) for d in decisions if d.kept)
    if not notices or 2 * sum(len(d.text) for d in decisions[: notices[0]] if d.kept) < total:
        return decisions
    chosen: list[int] = []
    for index in range(notices[0] + 1, len(decisions)):
        decision = decisions[index]
        if not decision.kept:
            continue
        offered = invitations.offers(decision.text, rules)
        if decision.draft.block.kind is BlockKind.TABLE or not (offered or _says_little(decision.text)):
            break
        chosen.append(index)
    return _mark(decisions, chosen, NoiseKind.PAYWALL, "below a paywall notice")


def _sandwiched(decisions: list[Decision], rules: Rules) -> list[Decision]:
    """A short block that is no sentence, right between two blocks of one kind of noise."""
    found = list(decisions)
    for index in range(1, len(found) - 1):
        before, here, after = found[index - 1 : index + 2]
        if here.kept and before.kind is not None and before.kind is after.kind and _says_little(here.text):
            found[index] = replace(here, kind=before.kind, rule="between two blocks of this kind")
    return found


def _says_little(text: str) -> bool:
    open_end = not shapes.ends_sentence(text) or text.endswith(("…", "..."))
    return open_end and len(text.split()) <= 2 * _LABEL_WORDS and ". " not in text


def _author_at_the_end(decisions: list[Decision], rules: Rules) -> list[Decision]:
    """The writer's name and a blurb as the last kept blocks, after the article."""
    kept = [index for index, decision in enumerate(decisions) if decision.kept]
    if len(kept) < 4:
        return decisions
    name, blurb = kept[-2:]
    text = decisions[blurb].text
    if len(text.split()) > _BIO_WORDS:
        return decisions
    is_bio = shapes.is_fragments(text) or _says_biography(text, rules)
    if shapes.is_title_case_name(decisions[name].text) and is_bio and blurb == name + 1:
        return _mark(decisions, [name, blurb], NoiseKind.AUTHOR_BIO, "shape:name and blurb at the end")
    if _says_biography(text, rules) and shapes.is_title_case_name(" ".join(text.split()[:2])):
        return _mark(decisions, [blurb], NoiseKind.AUTHOR_BIO, "shape:blurb at the end")
    return decisions


def _says_biography(text: str, rules: Rules) -> bool:
    said = f" {characters.key(text)} "
    return any(f" {phrase} " in said for phrase in rules.vocabulary["biography"])


def _label_at_the_end(decisions: list[Decision], rules: Rules) -> list[Decision]:
    """Short lines after the last paragraph that say nothing: a rubric in capitals, a sub-heading of what was cut."""
    kept = [index for index, decision in enumerate(decisions) if decision.kept]
    chosen = []
    while len(kept) > 3:
        last = decisions[kept[-1]]
        if (
            len(last.text.split()) > _LABEL_WORDS
            or shapes.ends_sentence(last.text)
            or last.draft.block.kind in {BlockKind.LIST, BlockKind.TABLE}
        ):
            break
        cut_below = kept[-1] + 1 < len(decisions)
        if not (shapes.has_capitals_word(last.text) or (cut_below and last.draft.block.kind is BlockKind.HEADING)):
            break
        chosen.append(kept.pop())
    return _mark(decisions, chosen, NoiseKind.PROMO, "shape:label after the article")


RULES: tuple[Callable[[list[Decision], Rules], list[Decision]], ...] = (
    _after_related,
    _comments_to_the_end,
    _below_the_wall,
    _sandwiched,
    _author_at_the_end,
    _label_at_the_end,
    _duplicates,
)
