"""Who published a page, who wrote it, when, and where it stands: every source in the order in which it is trusted."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from services.cleaner import (
    addresses,
    authorship,
    bylines,
    characters,
    dates,
    declared,
    languages,
    notes,
    shapes,
    titles,
)
from services.cleaner.decisions import Decision
from services.cleaner.declared import Declared
from services.cleaner.notes import Moment, Notes
from services.cleaner.phrases import Rules
from services.cleaner.titles import Claims
from services.contracts import Meta, NoiseKind, Outlet, PageKind

_DATES = (
    "article:published_time", "og:article:published_time", "article:published", "og:published_time",
    "datepublished", "date", "pubdate", "publishdate", "publish-date", "publish_date", "publication_date",
    "article.published", "parsely-pub-date", "sailthru.date", "dc.date", "dc.date.issued", "dcterms.created",
    "dcterms.date", "dc.date.created", "cxenseparse:recs:publishtime", "cxenseparse:publishtime",
    "vr:published_time", "rnews:datepublished", "originalpublicationdate", "article_date_original", "bt:pubdate",
    "published", "published-date", "citation_publication_date",
)  # fmt: skip
_CHANGES = ("article:modified_time", "og:updated_time", "datemodified", "last-modified", "dcterms.modified")
_SOURCES = ("original-source", "syndication-source", "article:original_source")


@dataclass(frozen=True, slots=True)
class Given:
    """What is known from outside the page."""

    url: str | None = None
    outlet: Outlet | None = None
    feed_title: str | None = None
    feed_published: str | None = None

    @property
    def language(self) -> str | None:
        return self.outlet.language if self.outlet else None

    @property
    def aggregator(self) -> bool:
        return self.outlet is not None and self.outlet.aggregator


@dataclass(frozen=True, slots=True)
class Facts:
    """What the text of a page says about its origin, gathered from the blocks that were cut."""

    author: str | None = None
    outlet: str | None = None
    published: str | None = None
    url: str | None = None
    source_url: str | None = None
    republished: bool = False
    paywall: bool = False


def gather(decisions: Iterable[Decision], rules: Rules) -> Facts:
    """Facts from bylines, crawl headers, source links, paywall notices and the writer's name at the end."""
    author = outlet = published = url = source = None
    republished = paywall = False
    for decision in decisions:
        if decision.kind is NoiseKind.BYLINE and (line := bylines.parse(decision.text, rules)):
            author, outlet, published = author or line.author, outlet or line.outlet, published or line.published
        elif decision.kind is NoiseKind.CRAWL_HEADER:
            url = url or next(iter(shapes.urls(decision.text)), None)
            found = dates.find(decision.text.split("http", 1)[0], rules.months)
            published = published or (found.iso if found else None)
        elif decision.kind is NoiseKind.SOURCE_LINK:
            republished = True
            source = source or next(iter(shapes.urls(decision.text)), None)
        elif decision.kind is NoiseKind.PAYWALL:
            paywall = paywall or is_strong(decision)
        elif decision.kind is NoiseKind.AUTHOR_BIO and shapes.is_title_case_name(decision.text):
            author = author or decision.text
    return Facts(author, outlet, published, url, source, republished, paywall)


def is_strong(decision: Decision) -> bool:
    """A notice of three words and more is evidence of a paywall; a lone "Subscribe" is on every page."""
    return len(characters.words(decision.rule.removeprefix("phrase:").split(":", 1)[-1])) >= 3


def read(tree: Any, page: Declared, given: Given, rules: Rules) -> Notes:
    """What the body of a page says near its headline; looked for in full only where its head does not say it."""
    signed = bool(authorship.read(page, _own_names(page, given), rules)[0])
    return notes.read(tree, page, signed=signed, dated=_declared_date(page) is not None)


def title(page: Declared, noted: Notes, given: Given) -> str:
    """The headline, or an empty string."""
    others = [page.meta.get(name) for name in ("twitter:title", "dc.title", "title")]
    claims = Claims(
        shared=page.first("og:title", "twitter:title") or "",
        headline=declared.text(page.article.get("headline")) or "",
        page=page.title,
        others=tuple(other for other in others if other),
        feed=given.feed_title or "",
    )
    return titles.choose(claims, noted.headings, [*outlet_names(page, given), *noted.sites])


def meta(
    page: Declared,
    noted: Notes,
    facts: Facts,
    given: Given,
    rules: Rules,
    *,
    title: str,
    body: str,
    kind: PageKind,
    paywalled: bool = False,
) -> Meta:
    """Everything that a page says about itself. `body` is the article's text."""
    return Meta(
        outlet=outlet(page, facts, given),
        author=authorship.choose(page, noted, facts.author, _own_names(page, given), rules),
        published=published(page, noted, facts, given, rules),
        language=languages.detect(title, body, (page.language, page.meta.get("og:locale"), given.language)),
        url=address(page, facts, given),
        source_url=source(page, facts, noted.sources),
        aggregator=facts.republished or bool(noted.sources) or given.aggregator,
        paywalled=facts.paywall or paywalled,
        kind=kind,
    )


def published(page: Declared, noted: Notes, facts: Facts, given: Given, rules: Rules) -> str | None:
    """ISO 8601: JSON-LD, meta elements, marked dates, bylines, the address, dates near the headline, the feed.

    A date of an update counts only where there is no other.
    """
    firm = _declared_date(page)
    if firm is not None:
        return firm
    month_first = _is_american(page, given)
    by_url = next((found for url in (facts.url, given.url) if url and (found := dates.from_url(url))), None)
    read = [(moment, *_moment(moment, rules, month_first=month_first)) for moment in noted.moments]
    claims = [first for moment, first, _ in read if moment.marked]
    claims += [facts.published, *(first for _, first, _ in read if first and first[:10] == by_url)]
    claims += [by_url, *(first for moment, first, _ in read if not moment.loose)]
    # Site builders write the day of the last build in words: a date near the headline knows better.
    claims += [first for moment, first, _ in read if moment.loose]
    claims += [_parsed(claim, rules, month_first=month_first) for claim in _date_claims(page)]
    claims += [_parsed(declared.text(page.article.get("dateCreated")), rules), _parsed(given.feed_published, rules)]
    claims += [changed for _, _, changed in read]
    claims += [_parsed(page.first(*_CHANGES), rules), _parsed(declared.text(page.article.get("dateModified")), rules)]
    return next((claim for claim in claims if claim), None)


def _parsed(claim: str | None, rules: Rules, *, month_first: bool = False) -> str | None:
    return dates.parse(claim, rules.months, month_first=month_first) if claim else None


def _declared_date(page: Declared) -> str | None:
    """The date that the head of a page gives in a form for machines."""
    return next((date for claim in _date_claims(page) if (date := dates.exactly(claim))), None)


def _date_claims(page: Declared) -> list[str]:
    claims = [declared.text(page.article.get("datePublished")), *(page.meta.get(name) for name in _DATES)]
    claims += [declared.text(node.get("datePublished")) for node in page.nodes if "webpage" in declared.types(node)]
    return [claim for claim in claims if claim]


def _moment(moment: Moment, rules: Rules, *, month_first: bool) -> tuple[str | None, str | None]:
    """The date of publication that a moment gives, and that of an update."""
    exact = _parsed(moment.value, rules, month_first=month_first)
    if moment.loose and not bylines.is_dateline(moment.text, rules, month_first=month_first):
        return None, None
    first, changed = bylines.published(moment.text, rules, month_first=month_first)
    if exact is None and first is None and changed is None:
        first = _parsed(moment.text, rules, month_first=month_first)
    if moment.changed:
        return None, exact or first or changed
    if changed and not first:
        return None, exact or changed
    return exact or first, changed


def _is_american(page: Declared, given: Given) -> bool:
    """True where 3/9/2026 is in March: English pages that do not come from a country with the day first."""
    language = (page.language or page.meta.get("og:locale") or "").replace("_", "-").lower()
    if language.startswith("en-"):
        return language.startswith(("en-us", "en-ph"))
    ending = (addresses.host(given.url or page.canonical) or "").rpartition(".")[2]
    return language == "en" and (len(ending) != 2 or ending in {"us", "io", "co", "ai", "tv", "me"})


def _own_names(page: Declared, given: Given) -> set[str]:
    """Keys of the outlet's names. A host's first part is none: a writer's own site is called after the writer."""
    names = [page.meta.get("og:site_name"), declared.text(page.article.get("publisher"))]
    names += [given.outlet.name if given.outlet else None, addresses.host(given.url or page.canonical)]
    return {characters.key(name) for name in names if name}


def outlet(page: Declared, facts: Facts, given: Given) -> str | None:
    """The outlets file, then what the text, the page, and the address name."""
    if given.outlet is not None:
        return given.outlet.name
    names = (facts.outlet, page.meta.get("og:site_name"), declared.text(page.article.get("publisher")))
    url = facts.url or given.url or page.canonical
    return next((name for name in names if name and not name.startswith("http")), None) or addresses.host(url)


def outlet_names(page: Declared, given: Given) -> list[str]:
    """Every name under which a title may carry its outlet."""
    names = [
        page.meta.get("og:site_name"),
        declared.text(page.article.get("publisher")),
        page.meta.get("application-name"),
    ]
    names += [given.outlet.name if given.outlet else None, page.meta.get("twitter:site", "").lstrip("@")]
    name = addresses.host(given.url or page.canonical)
    if name:
        names += [name, name.rsplit(".", 1)[0].rsplit(".", 1)[-1]]
    return [name for name in names if name]


def address(page: Declared, facts: Facts, given: Given) -> str | None:
    """The canonical address if it is one of the same site and of a page, else the address that was asked for."""
    known = given.url or facts.url
    for claim in (page.canonical, page.meta.get("og:url")):
        full = addresses.join(known, claim)
        if full and _is_page(full, known):
            return full
    return known


def source(page: Declared, facts: Facts, links: Sequence[str]) -> str | None:
    """Where a republished article first stood: a declared source, or a link "to the original article"."""
    claims = [page.meta.get(name) for name in _SOURCES]
    claims += [facts.source_url, *links, declared.text(page.article.get("isBasedOn"))]
    return next((claim for claim in claims if claim and claim.startswith(("http://", "https://"))), None)


def _is_page(url: str, known: str | None) -> bool:
    if known is None:
        return True
    mine, other = addresses.host(url), addresses.host(known)
    if mine is None or other is None:
        return False
    related = mine == other or mine.endswith(f".{other}") or other.endswith(f".{mine}")
    # A canonical link that always names the front page is a mistake of the template, not an address.
    return related and (urlsplit(url).path.strip("/") != "" or urlsplit(known).path.strip("/") == "")
