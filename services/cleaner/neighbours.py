"""Rules about what a block is beside its neighbours. Each takes and gives the decisions on all blocks of a page.

A rule never changes a decision that another has made; it only cuts blocks that were kept so far.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from services.cleaner import characters, invitations, shapes
from services.cleaner.decisions import Decision
from services.cleaner.phrases import Rules
from services.contracts import BlockKind, NoiseKind

DUPLICATE_WORDS = 6
"""Shorter blocks may stand in an article twice: answers in interviews, refrains, sub-headings."""
_LABELS = 2
_LABEL_WORDS = 5
_BIO_WORDS = 60
_ENTRIES, _ENTRY_WORDS = 3, 5
_KNOWN = 0.6
"""Share of the entries of a menu that are names of rubrics."""
_PROMISE_WORDS = 14
_PROMISE = "promise above a form"
_BUTTON_WORDS = 8
_ATTACHED = frozenset(
    {
        NoiseKind.NEWSLETTER, NoiseKind.PAYWALL, NoiseKind.LOGIN, NoiseKind.COOKIE, NoiseKind.PROMO,
        NoiseKind.SHARE, NoiseKind.REPORT_BUTTON, NoiseKind.COMMENT_FORM, NoiseKind.COMMENTS, NoiseKind.TAGS,
        NoiseKind.NAVIGATION, NoiseKind.AUTHOR_BIO,
    }
)  # fmt: skip
_BOXES = frozenset({NoiseKind.NEWSLETTER, NoiseKind.PAYWALL, NoiseKind.LOGIN})
_LONG = 400
_NEAR = 3
_READERS = frozenset({NoiseKind.COMMENTS, NoiseKind.COMMENT_FORM})
_PLAIN = frozenset({BlockKind.PARAGRAPH, BlockKind.QUOTE, BlockKind.STANDFIRST})


def _mark(decisions: list[Decision], positions: Iterable[int], kind: NoiseKind, rule: str) -> list[Decision]:
    chosen = set(positions)
    return [
        replace(decision, kind=kind, rule=rule) if index in chosen and decision.kept else decision
        for index, decision in enumerate(decisions)
    ]


def _duplicates(decisions: list[Decision], rules: Rules) -> list[Decision]:
    seen: dict[tuple[str, ...], int] = {}
    again = []
    for index, decision in enumerate(decisions):
        if not decision.kept or decision.draft.block.kind not in _PLAIN:
            continue
        # Long paragraphs come again letter by letter; comparing their words would cost more than all other rules.
        text = decision.text
        key = characters.words(text) if len(text) <= _LONG else (text,)
        if len(key) < DUPLICATE_WORDS and len(text) < 8 * DUPLICATE_WORDS:
            continue
        # A line of a form ("Price: …") comes again for every entry of a list; a sentence does not.
        if key in seen and (shapes.ends_sentence(text) or len(text) > _LONG or index - seen[key] <= _NEAR):
            again.append(index)
        seen[key] = index
    return _mark(decisions, again, NoiseKind.DUPLICATE, "said before")


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
    """What stands below a label of the comments, if the article lies above it.

    The number of comments is often told in the middle of an article, too: such a line proves something as a heading,
    where no paragraph follows, or down to the last line that belongs to comments.
    """
    total = sum(len(d.text) for d in decisions if d.kept)
    before = 0
    for index, decision in enumerate(decisions):
        if decision.kept:
            before += len(decision.text)
        elif decision.kind in _READERS and 2 * before >= total and before > 0 and _is_label(decision):
            end = _end_of_comments(decisions, index)
            return _mark(decisions, range(index + 1, end), NoiseKind.COMMENTS, "after the label of the comments")
    return decisions


def _end_of_comments(decisions: Sequence[Decision], label: int) -> int:
    last = max(index for index, decision in enumerate(decisions) if decision.kind in _READERS)
    heading = decisions[label].draft.block.kind is BlockKind.HEADING
    return len(decisions) if heading or not _has_paragraph(decisions[last + 1 :]) else last


def _has_paragraph(decisions: Sequence[Decision]) -> bool:
    return any(d.kept and shapes.is_paragraph(d.text) for d in decisions)


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


def _menu_in_blocks(decisions: list[Decision], rules: Rules) -> list[Decision]:
    """A menu whose entries are blocks of their own: three or more in a row, most of them names of rubrics.

    Its first entries may have passed for a label ("Top stories") that would claim the others.
    """
    chosen: list[int] = []
    rubrics = rules.vocabulary["sections"] | rules.vocabulary["home"]
    for run in _runs(decisions, _may_be_entry):
        known = sum(characters.key(decisions[index].text) in rubrics for index in run)
        if len(run) >= _ENTRIES and known >= _KNOWN * len(run):
            chosen.extend(run)
    return _mark(decisions, chosen, NoiseKind.NAVIGATION, "shape:rubrics in a row")


def _may_be_entry(decision: Decision) -> bool:
    is_label = decision.kind in {NoiseKind.RELATED, NoiseKind.NAVIGATION} and _is_label(decision)
    return (decision.kept or is_label) and _is_entry(decision)


def _is_entry(decision: Decision) -> bool:
    text = decision.text
    plain = decision.draft.block.kind in {BlockKind.PARAGRAPH, BlockKind.HEADING}
    return plain and text.count(" ") < _ENTRY_WORDS and not shapes.ends_sentence(text)


def _runs(decisions: Sequence[Decision], belongs: Callable[[Decision], bool]) -> Iterator[list[int]]:
    """Positions of blocks that stand together and belong together."""
    run: list[int] = []
    for index, decision in enumerate(decisions):
        if belongs(decision):
            run.append(index)
        elif run:
            yield run
            run = []
    if run:
        yield run


def _after_tags(decisions: list[Decision], rules: Rules) -> list[Decision]:
    """Tags that are blocks of their own, below their label."""
    chosen: list[int] = []
    for index, decision in enumerate(decisions):
        if decision.kind is NoiseKind.TAGS and decision.text.count(" ") < _ENTRY_WORDS and "," not in decision.text:
            for below in range(index + 1, len(decisions)):
                if not _is_entry(decisions[below]) or decisions[below].draft.block.kind is BlockKind.HEADING:
                    break
                chosen.append(below)
    return _mark(decisions, chosen, NoiseKind.TAGS, "after a label of tags")


def _above_a_box(decisions: list[Decision], rules: Rules) -> list[Decision]:
    """Name and promise of a letter above its form ("The evening letter", "Every weekday at six")."""
    found = list(decisions)
    for index in range(len(found) - 2, 0, -1):
        here, below = found[index : index + 2]
        if below.kind not in _BOXES or not here.kept or here.draft.block.kind is not BlockKind.PARAGRAPH:
            continue
        text = here.text
        if shapes.ends_sentence(text) or text.count(" ") >= _PROMISE_WORDS:
            continue
        named = below.rule == _PROMISE and text.count(" ") < _LABEL_WORDS
        if named or invitations.promises(text, rules):
            found[index] = replace(here, kind=below.kind, rule="name above a promise" if named else _PROMISE)
    return found


def _name_above_biography(decisions: list[Decision], rules: Rules) -> list[Decision]:
    """A name and nothing else right above the lines about that person."""
    chosen = [
        index
        for index, (here, below) in enumerate(pairwise(decisions))
        if here.kept and below.kind is NoiseKind.AUTHOR_BIO and _is_name(here.text)
    ]
    return _mark(decisions, chosen, NoiseKind.AUTHOR_BIO, "name above a biography")


def _is_name(text: str) -> bool:
    cased = any(char.isupper() or char.islower() for char in text)
    return shapes.is_title_case_name(text) if cased else 2 <= len(text.split()) <= 3 and len(text) <= 40


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


def _beside_noise_at_the_end(decisions: list[Decision], rules: Rules) -> list[Decision]:
    """Lines of a few words below the article that touch a box: its heading, its button, the labels of its form."""
    last = max((i for i, d in enumerate(decisions) if d.kept and shapes.is_paragraph(d.text)), default=None)
    if last is None:
        return decisions
    found = list(decisions)
    below = range(last + 1, len(found))
    for steps, way in ((below, -1), (reversed(below), 1)):
        for index in steps:
            beside = found[index + way] if index + way < len(found) else found[index]
            if beside.kind in _ATTACHED and found[index].kept and _is_button(found[index]):
                found[index] = replace(found[index], kind=beside.kind, rule="beside a box below the article")
    return found


def _is_button(decision: Decision) -> bool:
    text = decision.text
    return (
        decision.draft.block.kind is BlockKind.PARAGRAPH
        and text.count(" ") < _BUTTON_WORDS
        and not (text.endswith((".", ":", "。", "।")) and text.count(" ") >= _LABELS)
    )


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
    _menu_in_blocks,
    _after_tags,
    _name_above_biography,
    _after_related,
    _comments_to_the_end,
    _below_the_wall,
    _above_a_box,
    _sandwiched,
    _author_at_the_end,
    _label_at_the_end,
    _beside_noise_at_the_end,
    _duplicates,
)
