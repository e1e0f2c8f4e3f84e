"""Page in, article out: `clean_html` and `clean_text`, the two ways into the cleaner. No I/O."""

from collections.abc import Iterable, Sequence

from services.cleaner import (
    characters,
    declared,
    encoding,
    extract,
    kinds,
    metadata,
    noise,
    phrases,
    reading,
    titles,
    walk,
)
from services.cleaner import text as plain
from services.cleaner.decisions import Decision
from services.cleaner.declared import Declared
from services.cleaner.metadata import Given
from services.cleaner.notes import Notes
from services.cleaner.phrases import Rules
from services.contracts import Block, BlockKind, Cleaned, Outlet, Reason, Removed

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
    text = encoding.decode(html, content_type) if isinstance(html, bytes) else html
    try:
        tree = walk.parse(text)
        about = declared.read(tree)
        noted = metadata.read(tree, about, given, rules)
        title = metadata.title(about, noted, given)
        known = _known(rules, given, title)
        made = reading.read(walk.walk(tree), text, known, description(about))
    except walk.Unreadable as error:
        raise Rejected(error.reason, error.detail) from error
    except extract.Failed as error:
        raise Rejected(Reason.NO_ARTICLE, str(error)) from error

    kept = [decision.draft.block for decision in made.decisions if decision.kept]
    _require_article(kept, about, url, made.headlines)
    body = "\n".join(block.text for block in kept)
    meta = metadata.meta(
        about,
        noted,
        metadata.gather(made.evidence, rules),
        given,
        rules,
        title=title,
        body=body,
        kind=kinds.classify(kept, about, title, rules),
        paywalled=made.walled or _is_charged(about, body),
    )
    return Cleaned(title, tuple(kept), tuple(_removed(made.decisions)), meta)


def clean_text(text: str, *, url: str | None = None, outlet: Outlet | None = None) -> Cleaned:
    """The article of a plain text, one block a line. Raises `Rejected` with `no_article` or `too_large`."""
    if length := plain.too_long(text):
        raise Rejected(Reason.TOO_LARGE, f"a line of {length} characters; an article's has at most {plain.MAX_LINE}")
    given = Given(url, outlet)
    rules = phrases.load()
    untitled = _known(rules, given, "")
    lines = plain.drafts(text)
    context = "\n".join(draft.text for draft in lines)
    drafts = [part for draft in lines for part in reading.unglued(draft, untitled, context)]
    decisions = noise.judge(drafts, untitled)
    at = plain.title(decisions)
    title = ""
    if at is not None:
        title = titles.tidy(decisions[at].text)
        rest = [draft for index, draft in enumerate(drafts) if index != at]
        decisions = noise.judge(rest, _known(rules, given, title))
    kept = plain.headings([decision.draft.block for decision in decisions if decision.kept])
    if not kept:
        raise Rejected(Reason.NO_ARTICLE, "no line of the text is part of an article")
    nothing = Declared()
    meta = metadata.meta(
        nothing,
        Notes(),
        metadata.gather(decisions, rules),
        given,
        rules,
        title=title,
        body="\n".join(block.text for block in kept),
        kind=kinds.classify(kept, nothing, title, rules),
    )
    return Cleaned(title, tuple(kept), tuple(_removed(decisions)), meta)


def description(about: Declared) -> str:
    """The longest of the page's own summaries."""
    claims = (
        about.meta.get("description"),
        about.meta.get("og:description"),
        declared.text(about.article.get("description")),
    )
    return max((claim for claim in claims if claim), key=len, default="")


def _known(rules: Rules, given: Given, title: str) -> noise.Page:
    phrases_of_outlet = given.outlet.noise if given.outlet else ()
    return noise.Page(rules, title, frozenset(), frozenset(characters.key(phrase) for phrase in phrases_of_outlet))


def _require_article(blocks: Sequence[Block], about: Declared, url: str | None, headlines: Sequence[str]) -> None:
    if not any(block.kind is not BlockKind.HEADING for block in blocks):
        if len(headlines) >= kinds.LISTED and not about.article:
            raise Rejected(Reason.INDEX_PAGE, f"the page only lists others: {len(headlines)} headlines that are links")
        raise Rejected(Reason.NO_ARTICLE, "nothing on the page is the text of an article")
    if kinds.is_index(blocks, about, url, headlines):
        raise Rejected(Reason.INDEX_PAGE, f"the page lists others: {len(headlines)} headlines that are links")


def _is_charged(about: Declared, body: str) -> bool:
    """A page not free by its own account that shows a teaser."""
    free = about.article.get("isAccessibleForFree")
    charged = free is False or (isinstance(free, str) and free.strip().lower() == "false")
    return charged and len(body) < _SHORT_TEXT


def _removed(decisions: Iterable[Decision]) -> list[Removed]:
    found: list[Removed] = []
    above = 0
    for decision in decisions:
        if decision.kind is None:
            above += 1
        else:
            found.append(Removed(decision.kind, decision.rule, decision.text, above))
    return found
