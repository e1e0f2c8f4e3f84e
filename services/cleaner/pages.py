"""Page in, article out: `clean_html` and `clean_text`, the two ways into the cleaner. No I/O."""

from collections.abc import Iterable, Sequence

from services.cleaner import (
    authorship,
    characters,
    declared,
    encoding,
    extract,
    kinds,
    languages,
    lead,
    markup,
    metadata,
    noise,
    phrases,
    recovery,
    shapes,
    titles,
    unglue,
)
from services.cleaner import text as plain
from services.cleaner.decisions import Decision, Draft
from services.cleaner.declared import Declared
from services.cleaner.metadata import Given
from services.cleaner.phrases import Rules
from services.contracts import Block, BlockKind, Cleaned, Meta, Outlet, Reason, Removed

_SHORT_TEXT = 1_200
"""Characters below which a page that says it is not free shows a teaser only."""


class Rejected(ValueError):
    """A page that yields no article: `reason` from the closed list, `detail` for a person."""

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail


def clean_html(
    html: bytes | str,
    *,
    url: str | None = None,
    content_type: str | None = None,
    outlet: Outlet | None = None,
    feed_title: str | None = None,
    feed_published: str | None = None,
) -> Cleaned:
    """The article of a page. `content_type` is the HTTP header, `feed_published` any date a feed gives.

    Raises `Rejected` with `not_a_page`, `no_article` or `index_page`.
    """
    given = Given(url, outlet, feed_title, feed_published)
    rules = phrases.load()
    page = encoding.decode(html, content_type) if isinstance(html, bytes) else html
    try:
        tree = markup.parse(page)
        about = declared.read(tree)
        marked, below = authorship.read(tree), lead.below_headline(tree)
        descriptions = _descriptions(about)
        swept = markup.sweep(tree, descriptions[0] if descriptions else "")
        blocks = recovery.recover(tree, extract.extract(tree))
    except markup.Unreadable as error:
        raise Rejected(error.reason, error.detail) from error
    except extract.Failed as error:
        raise Rejected(Reason.NO_ARTICLE, str(error)) from error

    title = _title(about, swept, given)
    drafts = _unglued([Draft(block) for block in blocks], rules, title)
    known = _page(rules, given, title, frozenset(swept.captions))
    decisions = noise.judge(drafts, known)
    kept = [decision.draft.block for decision in decisions if decision.kept]
    kept = lead.place(kept, lead.choose(swept.standfirsts, descriptions, title) or _standfirst(below, known))
    _require_article(kept, about, url, swept)

    facts = metadata.gather(decisions, rules)
    body = "\n".join(block.text for block in kept)
    meta = Meta(
        outlet=metadata.outlet(about, facts, given),
        author=metadata.author(about, marked, swept.bylines, facts, given, rules),
        published=metadata.published(about, (*swept.times, *swept.dates), facts, given, rules),
        language=languages.detect(title, body, (about.language, about.meta.get("og:locale"), given.language)),
        url=metadata.address(about, facts, given),
        source_url=metadata.source(about, facts, swept.sources),
        aggregator=facts.republished or bool(swept.sources) or given.aggregator,
        paywalled=facts.paywall or _is_walled(swept, about, body),
        kind=kinds.classify(kept, about, title, rules),
    )
    return Cleaned(title, tuple(kept), (*swept.removed, *_removed(decisions)), meta)


def clean_text(text: str, *, url: str | None = None, outlet: Outlet | None = None) -> Cleaned:
    """The article of a plain text, one block a line. Raises `Rejected` with `no_article` or `too_large`."""
    if length := plain.too_long(text):
        raise Rejected(Reason.TOO_LARGE, f"a line of {length} characters; an article's has at most {plain.MAX_LINE}")
    given = Given(url, outlet)
    rules = phrases.load()
    drafts = _unglued(plain.drafts(text), rules, "")
    decisions = noise.judge(drafts, _page(rules, given, "", frozenset()))
    at = plain.title(decisions)
    title = ""
    if at is not None:
        title = titles.tidy(decisions[at].text)
        rest = [draft for index, draft in enumerate(drafts) if index != at]
        decisions = noise.judge(rest, _page(rules, given, title, frozenset()))
    kept = plain.headings([decision.draft.block for decision in decisions if decision.kept])
    if not kept:
        raise Rejected(Reason.NO_ARTICLE, "no line of the text is part of an article")

    facts = metadata.gather(decisions, rules)
    nothing = Declared()
    meta = Meta(
        outlet=metadata.outlet(nothing, facts, given),
        author=facts.author,
        published=metadata.published(nothing, (), facts, given, rules),
        language=languages.detect(title, "\n".join(block.text for block in kept), (given.language,)),
        url=given.url or facts.url,
        source_url=facts.source_url,
        aggregator=facts.republished or given.aggregator,
        paywalled=facts.paywall,
        kind=kinds.classify(kept, nothing, title, rules),
    )
    return Cleaned(title, tuple(kept), tuple(_removed(decisions)), meta)


def _title(about: Declared, swept: markup.Sweep, given: Given) -> str:
    claims = (
        declared.text(about.article.get("headline")),
        about.first("og:title", "twitter:title", "dc.title", "title"),
    )
    return titles.choose(
        declared=[claim for claim in claims if claim],
        page_title=about.title,
        headings=swept.h1,
        outlet=metadata.outlet_names(about, given),
        feed=given.feed_title,
    )


def _descriptions(about: Declared) -> list[str]:
    claims = (
        about.meta.get("description"),
        about.meta.get("og:description"),
        declared.text(about.article.get("description")),
    )
    return list(dict.fromkeys(claim for claim in claims if claim))


def _standfirst(candidates: Iterable[str], page: noise.Page) -> str | None:
    """The first of the sentences under the headline that is no noise."""
    for text in candidates:
        [decision] = noise.judge([Draft(Block(BlockKind.STANDFIRST, text))], page)
        if decision.kept:
            return text
    return None


def _page(rules: Rules, given: Given, title: str, captions: frozenset[str]) -> noise.Page:
    phrases_of_outlet = given.outlet.noise if given.outlet else ()
    return noise.Page(rules, title, captions, frozenset(characters.key(phrase) for phrase in phrases_of_outlet))


def _unglued(drafts: Iterable[Draft], rules: Rules, title: str) -> list[Draft]:
    """Paragraphs taken apart where they were glued; a ticker stays whole, so that it is recognised as one."""
    listed = list(drafts)
    context = "\n".join([title, *(draft.text for draft in listed)])
    found: list[Draft] = []
    for draft in listed:
        if draft.block.kind not in {BlockKind.PARAGRAPH, BlockKind.QUOTE} or shapes.is_ticker(draft.raw or draft.text):
            found.append(draft)
            continue
        pieces = unglue.unglue(draft.text, rules, context)
        if len(pieces) == 1:
            found.append(draft)
        else:
            found.extend(Draft(Block(draft.block.kind, piece)) for piece in pieces)
    return found


def _require_article(blocks: Sequence[Block], about: Declared, url: str | None, swept: markup.Sweep) -> None:
    if not any(block.kind is not BlockKind.HEADING for block in blocks):
        raise Rejected(Reason.NO_ARTICLE, "nothing on the page is the text of an article")
    if kinds.is_index(blocks, about, url, swept.headlines):
        raise Rejected(Reason.INDEX_PAGE, f"the page lists others: {len(swept.headlines)} headlines that are links")


def _is_walled(swept: markup.Sweep, about: Declared, body: str) -> bool:
    """A visible notice in the markup that says so, or a page not free by its own account that shows a teaser."""
    free = about.article.get("isAccessibleForFree")
    charged = free is False or (isinstance(free, str) and free.strip().lower() == "false")
    return swept.paywall or (charged and len(body) < _SHORT_TEXT)


def _removed(decisions: Iterable[Decision]) -> list[Removed]:
    return [Removed(d.kind, d.rule, d.draft.text) for d in decisions if d.kind is not None]
