"""The pass over a page's blocks: one decision per block, with the rule that made it.

Rules run in the order of `_ALONE` (what a block is by itself), then at the margins of the article, then
`neighbours.RULES` (what it is beside others). A later rule never changes an earlier decision, so the first reason
found is the one reported.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from services.cleaner import bylines, characters, invitations, neighbours, phrases, shapes, speech
from services.cleaner.decisions import Decision, Draft
from services.cleaner.phrases import Mode, Phrase, Rules
from services.contracts import BlockKind, NoiseKind

TITLE_OVERLAP = 0.8
"""Jaccard overlap of words from which a short block near the top is the title again."""
CAPTION_WORDS = 60
_TOP = 4
_CAPTION_SENTENCE = 20
_PROMOTIONAL = frozenset({NoiseKind.NEWSLETTER, NoiseKind.PROMO, NoiseKind.PAYWALL})
"""Kinds whose phrases people also say to reporters."""


@dataclass(frozen=True, slots=True)
class Page:
    """What is known about the page besides its blocks; `captions` and `outlet_noise` are `characters.key`s."""

    rules: Rules
    title: str = ""
    captions: frozenset[str] = frozenset()
    outlet_noise: frozenset[str] = frozenset()


Hit = tuple[NoiseKind, str]


def judge(drafts: Sequence[Draft], page: Page) -> list[Decision]:
    """A decision for each block, in order."""
    decisions = [_alone(draft, page, index) for index, draft in enumerate(drafts)]
    decisions = _at_margins(decisions, page)
    for rule in neighbours.RULES:
        decisions = rule(decisions, page.rules)
    return decisions


def _body(decisions: Sequence[Decision], rules: Rules) -> range:
    """From the first to the last paragraph of running text that stays; what stands outside is margin."""
    long = [
        index
        for index, d in enumerate(decisions)
        if d.kept and shapes.is_paragraph(d.text) and invitations.find(d.text, rules, margin=True) is None
    ]
    return range(long[0], long[-1] + 1) if long else range(0)


def _alone(draft: Draft, page: Page, index: int) -> Decision:
    for rule in _ALONE:
        hit = rule(draft, page, index)
        if hit is not None:
            return Decision(draft, *hit)
    return Decision(draft)


def _by_outlet(draft: Draft, page: Page, index: int) -> Hit | None:
    if page.outlet_noise and characters.key(draft.text) in page.outlet_noise:
        return NoiseKind.TEMPLATE, "outlet phrase"
    return None


def _by_ticker(draft: Draft, page: Page, index: int) -> Hit | None:
    if draft.block.kind is BlockKind.PARAGRAPH and shapes.is_ticker(
        draft.raw or draft.text, shapes.TICKER_SEGMENTS_INSIDE
    ):
        if shapes.is_ad_label(draft.text, page.rules):
            return NoiseKind.AD_LABEL, "shape:repeated advertising words"
        return NoiseKind.TICKER, "shape:separated headlines"
    return None


def _by_label(draft: Draft, page: Page, index: int) -> Hit | None:
    text = draft.text
    if len(text) > 600 or draft.block.kind is BlockKind.TABLE:
        return None
    if index < _TOP and shapes.is_crawl_header(text):
        return NoiseKind.CRAWL_HEADER, "shape:address and date"
    if shapes.is_ad_label(text, page.rules):
        return NoiseKind.AD_LABEL, "shape:repeated advertising words"
    if shapes.is_share_bar(text, page.rules):
        return NoiseKind.SHARE, "shape:names of platforms"
    if shapes.is_breadcrumb(text, page.rules):
        return NoiseKind.NAVIGATION, "shape:breadcrumb"
    return None


def _by_phrase(draft: Draft, page: Page, index: int) -> Hit | None:
    # A list's items are judged together: a phrase decides only if it begins the list.
    if draft.block.kind is BlockKind.TABLE or len(draft.text) > 800:
        return None
    found = _phrase(draft, page.rules, margin=False)
    return None if found is None else (found.kind, found.rule)


def _phrase(draft: Draft, rules: Rules, *, margin: bool) -> Phrase | None:
    found = rules.find(phrases.split(draft.text), margin=margin)
    if found is None or found.kind not in _PROMOTIONAL:
        return found
    if draft.block.kind is BlockKind.QUOTE and found.mode is not Mode.EQUALS:
        return None
    own = speech.unquoted(draft.text)
    return found if own == draft.text else rules.find(phrases.split(own), margin=margin)


def _by_invitation(draft: Draft, page: Page, index: int) -> Hit | None:
    return _invitation(draft, page.rules, margin=False)


def _invitation(draft: Draft, rules: Rules, *, margin: bool) -> Hit | None:
    if draft.block.kind in {BlockKind.TABLE, BlockKind.LIST, BlockKind.QUOTE}:
        return None
    return invitations.find(draft.text, rules, margin=margin)


def _by_caption(draft: Draft, page: Page, index: int) -> Hit | None:
    text = draft.text
    if draft.block.kind in {BlockKind.TABLE, BlockKind.LIST, BlockKind.HEADING} or len(text) > 700:
        return None
    # Some outlets make captions of sentences of the article: a long one in the text is the article's.
    doubtful = shapes.is_paragraph(text) and len(text.split()) > _CAPTION_SENTENCE
    if page.captions and not doubtful and characters.key(text) in page.captions:
        return NoiseKind.CAPTION, "caption of a picture"
    start = shapes.credit_start(text, page.rules)
    if start is None or len(text.split()) > CAPTION_WORDS:
        return None
    if start == 0:
        return NoiseKind.CREDIT, "shape:credit alone"
    return NoiseKind.CAPTION, "shape:ends with a picture credit"


def _by_title(draft: Draft, page: Page, index: int) -> Hit | None:
    if not page.title or index >= _TOP or draft.block.kind in {BlockKind.LIST, BlockKind.TABLE}:
        return None
    return (NoiseKind.DUPLICATE, "title repeated") if _same_title(draft.text, page.title) else None


def _same_title(text: str, title: str) -> bool:
    first, second = characters.words(text), characters.words(title)
    if not first or not second or len(first) > 60:
        return False
    if first == second:
        return True
    mine, yours = set(first), set(second)
    return len(first) >= 4 and len(mine & yours) >= TITLE_OVERLAP * len(mine | yours)


def _at_margins(decisions: list[Decision], page: Page) -> list[Decision]:
    """Bylines, and phrases that are noise only outside the article's body."""
    body = _body(decisions, page.rules)
    return [
        decision if not decision.kept or index in body else _margin(decision, page)
        for index, decision in enumerate(decisions)
    ]


def _margin(decision: Decision, page: Page) -> Decision:
    block = decision.draft.block
    if block.kind in {BlockKind.TABLE, BlockKind.LIST}:
        return decision
    if block.kind is BlockKind.PARAGRAPH and shapes.is_ticker(decision.draft.raw or block.text):
        return replace(decision, kind=NoiseKind.TICKER, rule="shape:separated headlines")
    phrase = _phrase(decision.draft, page.rules, margin=True)
    if phrase is not None:
        return replace(decision, kind=phrase.kind, rule=phrase.rule)
    invitation = _invitation(decision.draft, page.rules, margin=True)
    if invitation is not None:
        return replace(decision, kind=invitation[0], rule=invitation[1])
    line = bylines.parse(block.text, page.rules)
    return decision if line is None else replace(decision, kind=NoiseKind.BYLINE, rule=f"byline:{line.form}")


_ALONE: tuple[Callable[[Draft, Page, int], Hit | None], ...] = (
    _by_outlet,
    _by_ticker,
    _by_label,
    _by_title,
    _by_phrase,
    _by_invitation,
    _by_caption,
)
