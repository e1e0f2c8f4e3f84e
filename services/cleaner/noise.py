"""The pass over a page's blocks: one decision per block, with the rule that made it.

Rules run in the order of `_ALONE` (what a block is by itself), then at the margins of the article, then
`neighbours.RULES` (what it is beside others). A later rule never changes an earlier decision, so the first reason
found is the one reported.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from services.cleaner import (
    biographies,
    bylines,
    characters,
    credit,
    invitations,
    lists,
    neighbours,
    phrases,
    shapes,
    speech,
)
from services.cleaner.decisions import Decision, Draft, Hit
from services.cleaner.phrases import Mode, Phrase, Rules
from services.contracts import Block, BlockKind, NoiseKind

TITLE_OVERLAP = 0.8
"""Jaccard overlap of words from which a short block near the top is the title again."""
CAPTION_WORDS = 60
LONGEST = 900
"""Characters beyond which no phrase makes a block noise."""
_TOP, _UPPER = 4, 12
_LABEL, _DATED = 120, 160
_REPORT_WORDS = 9
_SAID, _SAID_FIRST = 0.5, 0.25
_ADDRESSED = frozenset(
    {
        NoiseKind.PROMO, NoiseKind.PAYWALL, NoiseKind.NEWSLETTER, NoiseKind.COOKIE, NoiseKind.REPORT_BUTTON,
        NoiseKind.LOGIN, NoiseKind.COMMENT_FORM,
    }
)  # fmt: skip
"""Kinds of which a line speaks to its reader."""
_TICKERS = {
    BlockKind.PARAGRAPH: shapes.TICKER_SEGMENTS_INSIDE,
    BlockKind.STANDFIRST: shapes.TICKER_SEGMENTS,  # what stands above an article is taken for its lead, tickers too
}
_DIGIT = re.compile(r"\d")
_CAPTION_SENTENCE = 20
_SPOKEN = frozenset(NoiseKind) - {NoiseKind.RELATED, NoiseKind.SOURCE_LINK, NoiseKind.TAGS}
"""Kinds whose phrases people also say to reporters; the others quote the headlines that they announce."""


@dataclass(frozen=True, slots=True)
class Page:
    """What is known about the page besides its blocks; `captions` and `outlet_noise` are `characters.key`s."""

    rules: Rules
    title: str = ""
    captions: frozenset[str] = frozenset()
    outlet_noise: frozenset[str] = frozenset()


def judge(drafts: Sequence[Draft | Decision], page: Page) -> list[Decision]:
    """A decision for each block, in order. Some may be decided before: they say what their neighbours are."""
    decisions = [
        entry if isinstance(entry, Decision) else _alone(entry, page, index) for index, entry in enumerate(drafts)
    ]
    decisions = _at_margins(decisions, page)
    for rule in neighbours.RULES:
        decisions = rule(decisions, page.rules)
    return decisions


def _body(decisions: Sequence[Decision], rules: Rules) -> range:
    """From the first to the last paragraph of running text that stays; what stands outside is margin."""
    # A standfirst may stand above the byline.
    starts = (i for i, d in enumerate(decisions) if d.draft.block.kind is not BlockKind.STANDFIRST)
    first = next((i for i in starts if _is_body(decisions[i], rules)), None)
    if first is None:
        return range(0)
    last = next(i for i in range(len(decisions) - 1, -1, -1) if _is_body(decisions[i], rules))
    return range(first, last + 1)


def _is_body(decision: Decision, rules: Rules) -> bool:
    text = decision.text
    if not decision.kept or not shapes.is_paragraph(text):
        return False
    if len(text) > LONGEST:
        return True
    block = phrases.split(text)
    return (
        rules.margins.find(block) is None
        and invitations.find(text, rules, margin=True) is None
        and biographies.find(text, rules, margin=True) is None
    )


def _alone(draft: Draft, page: Page, index: int) -> Decision:
    for rule in _ALONE if len(draft.text) <= LONGEST else _LONG:
        hit = rule(draft, page, index)
        if hit is not None:
            return Decision(draft, *hit)
    return Decision(draft)


def _by_outlet(draft: Draft, page: Page, index: int) -> Hit | None:
    if page.outlet_noise and characters.key(draft.text) in page.outlet_noise:
        return NoiseKind.TEMPLATE, "outlet phrase"
    return None


def _by_ticker(draft: Draft, page: Page, index: int) -> Hit | None:
    needed = _TICKERS.get(draft.block.kind)
    if needed is not None and shapes.is_ticker(draft.raw or draft.text, needed):
        if shapes.is_ad_label(draft.text, page.rules):
            return NoiseKind.AD_LABEL, "shape:repeated advertising words"
        return NoiseKind.TICKER, "shape:separated headlines"
    return None


def _by_label(draft: Draft, page: Page, index: int) -> Hit | None:
    if draft.block.kind is BlockKind.TABLE:
        return None
    text, rules = draft.text, page.rules
    if shapes.is_crawl_header(text):
        return NoiseKind.CRAWL_HEADER, "shape:address and date"
    if len(text) > shapes.LABEL_LENGTH or (len(text) > _LABEL and shapes.ends_sentence(text)):
        return None
    if shapes.is_ad_label(text, rules):
        return NoiseKind.AD_LABEL, "shape:repeated advertising words"
    if shapes.is_breadcrumb(text, rules):
        return NoiseKind.NAVIGATION, "shape:breadcrumb"
    if shapes.is_hashtags(text):
        return NoiseKind.TAGS, "shape:hashtags"
    return lists.menu(text, rules)


def _by_bar(draft: Draft, page: Page, index: int) -> Hit | None:
    if draft.block.kind is not BlockKind.TABLE and shapes.is_share_bar(draft.text, page.rules):
        return NoiseKind.SHARE, "shape:names of platforms"
    return None


def _by_items(draft: Draft, page: Page, index: int) -> Hit | None:
    """A list is judged by its items: each of them alone, or the first as a label of the others."""
    if draft.block.kind is not BlockKind.LIST or "\n" not in draft.text:
        return None
    items = draft.text.split("\n")
    if len(items) > lists.LONGEST:
        return None
    found = [_alone(Draft(Block(BlockKind.PARAGRAPH, item)), page, _UPPER) for item in items]
    return lists.verdict(found)


def _by_phrase(draft: Draft, page: Page, index: int) -> Hit | None:
    # A list's items are judged together: a phrase decides only if it begins the list.
    if draft.block.kind is BlockKind.TABLE:
        return None
    found = _phrase(draft, page.rules.everywhere.find, page.rules)
    if found is None and draft.block.kind is not BlockKind.LIST and draft.text.count(" ") >= phrases.LONG_CONTAINS:
        found = _phrase(draft, page.rules.insisting, page.rules)
    if found is None:
        return None
    if found.kind is NoiseKind.SOURCE_LINK and credit.start(draft.text, page.rules) == 0:
        return NoiseKind.CREDIT, "shape:credit alone"
    return found.kind, found.rule


def _phrase(draft: Draft, find: Callable[[phrases.Words], Phrase | None], rules: Rules) -> Phrase | None:
    found = find(phrases.split(draft.text))
    if found is None or found.kind not in _SPOKEN or found.mode is Mode.EQUALS:
        return found
    if draft.block.kind is BlockKind.QUOTE:
        return None
    own = speech.unquoted(draft.text, 2)
    block = phrases.split(draft.text)
    if own != draft.text:
        block = phrases.split(own)
        found = find(block)
    return None if found is None or _is_report(block, found, rules) else found


def _is_report(block: phrases.Words, found: Phrase, rules: Rules) -> bool:
    """True for a sentence that tells what somebody said or did with what the phrase names.

    Either it has a verb of reports, or addresses nobody and says more in other words than in those of the phrase.
    """
    if found.mode is Mode.ENDS or len(block.words) < _REPORT_WORDS or not shapes.ends_sentence(block.text):
        return False
    if not rules.vocabulary["reported"].isdisjoint(block.words):
        return True
    if found.kind not in _ADDRESSED or (found.mode is not Mode.CONTAINS and found.kind is not NoiseKind.COOKIE):
        return False
    least = _SAID if found.mode is Mode.CONTAINS else _SAID_FIRST
    return not invitations.addresses(block.text, rules) and found.weight(block) < least * len(block.key)


def _by_invitation(draft: Draft, page: Page, index: int) -> Hit | None:
    return _invitation(draft, page.rules, margin=False)


def _invitation(draft: Draft, rules: Rules, *, margin: bool) -> Hit | None:
    if draft.block.kind in {BlockKind.TABLE, BlockKind.QUOTE} or "\n" in draft.text:
        return None
    return invitations.find(draft.text, rules, margin=margin) or biographies.find(draft.text, rules, margin=margin)


def _by_caption(draft: Draft, page: Page, index: int) -> Hit | None:
    text = draft.text
    if draft.block.kind in {BlockKind.TABLE, BlockKind.HEADING} or "\n" in text:
        return None
    # Some outlets make captions of sentences of the article: a long one in the text is the article's.
    if page.captions and characters.key(text) in page.captions:
        doubtful = text.count(" ") >= _CAPTION_SENTENCE and shapes.is_paragraph(text)
        return None if doubtful else (NoiseKind.CAPTION, "caption of a picture")
    start = credit.start(text, page.rules)
    if start is None or len(text.split()) > CAPTION_WORDS:
        return None
    if start == 0:
        return NoiseKind.CREDIT, "shape:credit alone"
    return NoiseKind.CAPTION, "shape:ends with a picture credit"


def _by_title(draft: Draft, page: Page, index: int) -> Hit | None:
    if not page.title or index >= _UPPER or draft.block.kind in {BlockKind.LIST, BlockKind.TABLE}:
        return None
    return (NoiseKind.DUPLICATE, "title repeated") if _same_title(draft.text, page.title, index < _TOP) else None


def _same_title(text: str, title: str, near: bool) -> bool:
    if len(text) > 2 * len(title) + 20:
        return False
    first, second = characters.words(text), characters.words(title)
    if not first or not second:
        return False
    if first == second:
        return True
    mine, yours = set(first), set(second)
    return near and len(first) >= 4 and len(mine & yours) >= TITLE_OVERLAP * len(mine | yours)


def _by_dated_line(draft: Draft, page: Page, index: int) -> Hit | None:
    """A byline with its date is one wherever it stands; a name or a date alone only at the margins."""
    text = draft.text
    if draft.block.kind is not BlockKind.PARAGRAPH or len(text) > _DATED or _DIGIT.search(text) is None:
        return None
    line = bylines.parse(text, page.rules)
    if line is None or line.form == "date alone":
        return None
    return NoiseKind.BYLINE, f"byline:{line.form}"


def _at_margins(decisions: list[Decision], page: Page) -> list[Decision]:
    """Bylines, and phrases that are noise only outside the article's body."""
    body = _body(decisions, page.rules)
    return [
        decision if not decision.kept or index in body else _margin(decision, page)
        for index, decision in enumerate(decisions)
    ]


def _margin(decision: Decision, page: Page) -> Decision:
    block, rules = decision.draft.block, page.rules
    if block.kind in {BlockKind.TABLE, BlockKind.STANDFIRST} or "\n" in block.text or len(block.text) > LONGEST:
        return decision
    if block.kind is BlockKind.PARAGRAPH and shapes.is_ticker(decision.draft.raw or block.text):
        return replace(decision, kind=NoiseKind.TICKER, rule="shape:separated headlines")
    phrase = _phrase(decision.draft, rules.margins.find, rules)
    if phrase is not None:
        return replace(decision, kind=phrase.kind, rule=phrase.rule)
    invitation = _invitation(decision.draft, rules, margin=True)
    if invitation is not None:
        return replace(decision, kind=invitation[0], rule=invitation[1])
    line = bylines.parse(block.text, rules)
    return decision if line is None else replace(decision, kind=NoiseKind.BYLINE, rule=f"byline:{line.form}")


_LONG: tuple[Callable[[Draft, Page, int], Hit | None], ...] = (_by_outlet, _by_ticker, _by_items)
_ALONE: tuple[Callable[[Draft, Page, int], Hit | None], ...] = (
    _by_outlet,
    _by_ticker,
    _by_label,
    _by_title,
    _by_phrase,
    _by_bar,
    _by_items,
    _by_invitation,
    _by_caption,
    _by_dated_line,
)
