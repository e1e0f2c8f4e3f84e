"""Who published a page, who wrote it, when, and where it stands: every source in the order in which it is trusted."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

from services.cleaner import bylines, characters, dates, declared, shapes
from services.cleaner.authorship import Authorship
from services.cleaner.decisions import Decision
from services.cleaner.declared import Declared
from services.cleaner.phrases import Rules
from services.contracts import NoiseKind, Outlet

_DATES = (
    "article:published_time", "og:article:published_time", "article:published", "og:published_time",
    "datepublished", "date", "pubdate", "publishdate", "publish-date", "publish_date", "publication_date",
    "article.published", "parsely-pub-date", "sailthru.date", "dc.date", "dc.date.issued", "dcterms.created",
    "dcterms.date", "dc.date.created", "cxenseparse:recs:publishtime", "cxenseparse:publishtime",
    "vr:published_time", "rnews:datepublished", "originalpublicationdate", "article_date_original", "bt:pubdate",
    "published", "published-date", "citation_publication_date",
)  # fmt: skip
_AUTHORS = (
    "author", "article:author", "parsely-author", "sailthru.author", "dc.creator", "dcterms.creator", "byl",
    "cxenseparse:author",
    "article:author_name", "citation_author", "dc.contributor", "og:article:author", "vr:author",
)  # fmt: skip
_SOURCES = ("original-source", "syndication-source", "article:original_source")
_MAX_AUTHOR = 200


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


def published(page: Declared, times: Iterable[str], facts: Facts, given: Given, rules: Rules) -> str | None:
    """ISO 8601: JSON-LD, meta elements, the byline, `<time>`, the feed, the address."""
    claims = [declared.text(page.article.get("datePublished")), *(page.meta.get(name) for name in _DATES)]
    claims += [facts.published, declared.text(page.article.get("dateCreated")), *times, given.feed_published]
    for claim in claims:
        found = dates.parse(claim, rules.months) if claim else None
        if found is not None:
            return found
    return next((found for url in (facts.url, given.url) if url and (found := dates.from_url(url))), None)


def author(
    page: Declared, marked: Authorship, found: Sequence[str], facts: Facts, given: Given, rules: Rules
) -> str | None:
    """Names joined by a comma: JSON-LD, meta elements, byline elements, microdata, the byline in the text, links.

    An outlet that names itself as author counts only if nobody else is named.
    """
    outlets = {characters.key(name) for name in outlet_names(page, given)}
    names = [name for entry in declared.texts(page.article.get("author")) if (name := _author(entry, rules))]
    if any(characters.key(name) not in outlets for name in names):
        return ", ".join(dict.fromkeys(names))[:_MAX_AUTHOR]
    for name in _AUTHORS:
        claim = page.meta.get(name)
        single = _author(claim, rules) if claim and not claim.startswith(("http", "/", "@")) else ""
        if single and characters.key(single) not in outlets:
            return single
    return (
        next((line for text in found if (line := bylines.author(text, rules))), None)
        or _named(marked.declared, outlets, rules)
        or facts.author
        or _named(marked.linked, outlets, rules)
        or ", ".join(names)
        or None
    )


def _named(claims: Iterable[str], outlets: set[str], rules: Rules) -> str:
    names = [name for claim in claims if (name := _author(claim, rules)) and characters.key(name) not in outlets]
    return ", ".join(dict.fromkeys(names))[:_MAX_AUTHOR]


def _author(claim: str, rules: Rules) -> str:
    if claim.startswith(("http", "/")) or len(claim) > _MAX_AUTHOR:
        return ""
    bare = re.sub(r"\S+@\S+|\(\s*\)", " ", claim)
    parts = bare.split(None, 1)
    if len(parts) == 2 and rules.has("by", parts[0]) and parts[1][:1].isupper():
        bare = parts[1]
    name = characters.squeeze(bare).strip(" ,;|")
    return name if len(name) > 2 and not rules.has("by", name) else ""


def outlet(page: Declared, facts: Facts, given: Given) -> str | None:
    """The outlets file, then what the text, the page, and the address name."""
    if given.outlet is not None:
        return given.outlet.name
    names = (facts.outlet, page.meta.get("og:site_name"), declared.text(page.article.get("publisher")))
    url = facts.url or given.url or page.canonical
    return next((name for name in names if name and not name.startswith("http")), None) or host(url)


def outlet_names(page: Declared, given: Given) -> list[str]:
    """Every name under which a title may carry its outlet."""
    names = [
        page.meta.get("og:site_name"),
        declared.text(page.article.get("publisher")),
        page.meta.get("application-name"),
    ]
    names += [given.outlet.name if given.outlet else None, page.meta.get("twitter:site", "").lstrip("@")]
    name = host(given.url or page.canonical)
    if name:
        names += [name, name.rsplit(".", 1)[0].rsplit(".", 1)[-1]]
    return [name for name in names if name]


def address(page: Declared, facts: Facts, given: Given) -> str | None:
    """The canonical address if it is one of the same site and of a page, else the address that was asked for."""
    known = given.url or facts.url
    for claim in (page.canonical, page.meta.get("og:url")):
        full = _joined(known, claim)
        if full and _is_page(full, known):
            return full
    return known


def source(page: Declared, facts: Facts, links: Sequence[str]) -> str | None:
    """Where a republished article first stood: a declared source, or a link "to the original article"."""
    claims = [page.meta.get(name) for name in _SOURCES]
    claims += [facts.source_url, *links, declared.text(page.article.get("isBasedOn"))]
    return next((claim for claim in claims if claim and claim.startswith(("http://", "https://"))), None)


def host(url: str | None) -> str | None:
    """The host of an address without `www.`; None for what is no address."""
    try:
        name = urlsplit(url or "").hostname
    except ValueError:
        return None  # "http://[": no host to speak of
    return name.removeprefix("www.") if name else None


def _joined(base: str | None, url: str | None) -> str | None:
    try:
        full = urljoin(base or "", (url or "").strip())
    except ValueError:
        return None
    return full if full.startswith(("http://", "https://")) and url else None


def _is_page(url: str, known: str | None) -> bool:
    if known is None:
        return True
    mine, other = host(url), host(known)
    if mine is None or other is None:
        return False
    related = mine == other or mine.endswith(f".{other}") or other.endswith(f".{mine}")
    # A canonical link that always names the front page is a mistake of the template, not an address.
    return related and (urlsplit(url).path.strip("/") != "" or urlsplit(known).path.strip("/") == "")
