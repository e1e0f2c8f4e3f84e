"""Puts blocks into real pages: where, in which markup, and as plain text. Pure; randomness is passed in."""

import random
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import lxml.html

from benchmarks.examples import Negative, Noise
from services.cleaner import characters
from services.contracts import NoiseKind

PARAGRAPHS = 4
"""Paragraphs side by side that a page must have to be a host."""
PARAGRAPH_WORDS = 8
MARKUPS = ("p", "like", "div", "marked", "text")
"""A bare `<p>` per block; the tag and attributes of the page's own paragraphs; a neutral `<div>`; an element whose name
or class tells what it is; lines of a plain text."""
PLACES = ("before", "between", "after", "margin")
"""The first paragraph, a later one, the last; the sidebar or footer (in plain text: above the title).
Kinds that no outlet puts between paragraphs are not put there."""

_PLACES_OF = {
    NoiseKind.CRAWL_HEADER: ("margin",),
    NoiseKind.TICKER: ("before", "after", "margin"),
    NoiseKind.NAVIGATION: ("before", "after", "margin"),
    NoiseKind.TAGS: ("before", "after", "margin"),
    NoiseKind.SOURCE_LINK: ("before", "after"),
    NoiseKind.LEGAL: ("after", "margin"),
    NoiseKind.BYLINE: ("before", "after"),
    NoiseKind.AUTHOR_BIO: ("after", "margin"),
    NoiseKind.COMMENTS: ("after", "margin"),
    NoiseKind.COMMENT_FORM: ("after", "margin"),
    NoiseKind.CAPTION: ("before", "between"),
    NoiseKind.CREDIT: ("before", "between"),
    NoiseKind.DUPLICATE: ("between", "after"),
}
_MARKED = {
    NoiseKind.TICKER: ("div", "news-ticker"),
    NoiseKind.REPORT_BUTTON: ("div", "report-error"),
    NoiseKind.SOURCE_LINK: ("p", "source-link"),
    NoiseKind.AD_LABEL: ("div", "ad-label"),
    NoiseKind.PAYWALL: ("div", "paywall-offer"),
    NoiseKind.NEWSLETTER: ("aside", "newsletter-signup"),
    NoiseKind.PROMO: ("aside", "app-promo"),
    NoiseKind.COMMENT_FORM: ("form", "comment-form"),
    NoiseKind.COMMENTS: ("section", "comments-list"),
    NoiseKind.AUTHOR_BIO: ("div", "author-bio"),
    NoiseKind.CAPTION: ("figcaption", "caption"),
    NoiseKind.CREDIT: ("figcaption", "photo-credit"),
    NoiseKind.RELATED: ("ul", "related-articles"),
    NoiseKind.SHARE: ("ul", "social-share"),
    NoiseKind.COOKIE: ("div", "cookie-consent"),
    NoiseKind.LOGIN: ("div", "login-box"),
    NoiseKind.LEGAL: ("p", "copyright"),
    NoiseKind.NAVIGATION: ("nav", "breadcrumb"),
    NoiseKind.TAGS: ("ul", "article-tags"),
    NoiseKind.BYLINE: ("p", "byline"),
}
_LINKED = frozenset(
    {
        NoiseKind.RELATED, NoiseKind.NAVIGATION, NoiseKind.TAGS, NoiseKind.SHARE, NoiseKind.LOGIN,
        NoiseKind.SOURCE_LINK, NoiseKind.PROMO, NoiseKind.NEWSLETTER, NoiseKind.PAYWALL, NoiseKind.REPORT_BUTTON,
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Host:
    """A page that takes blocks. `paths` are the XPaths of its article's paragraphs, siblings in page order; `html` is
    what they were found in; `title` and `lines` are the article as plain text. `language` is the page's own.
    """

    id: str
    url: str | None
    language: str
    html: str
    truth: str | None
    title: str
    lines: tuple[str, ...]
    paths: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Setting:
    place: str
    markup: str


def host(row: dict[str, Any], html: str, answer: dict[str, Any]) -> Host | None:
    """The page as a host, given what the cleaner makes of it; None if too few paragraphs of it stand side by side."""
    tree = lxml.html.document_fromstring(html)
    kept = {characters.key(block["text"]) for block in answer["blocks"]}
    siblings: dict[Any, list[Any]] = defaultdict(list)
    for element in tree.iter("p", "div"):
        if element.tag == "div" and element.find(".//p") is not None:
            continue
        text = element.text_content()
        if len(text) < 5_000 and len(text.split()) >= PARAGRAPH_WORDS and characters.key(text) in kept:
            siblings[element.getparent()].append(element)
    found = max(siblings.values(), key=len, default=[])
    if answer["error"] or len(found) < PARAGRAPHS:
        return None
    paths = tuple(tree.getroottree().getpath(element) for element in found)
    lines = tuple(line for block in answer["blocks"] for line in block["text"].split("\n"))
    return Host(str(row["id"]), row["url"], row["language"], html, row["text"], answer["title"], lines, paths)


def settle(html: str) -> str:
    """The page as it is written after parsing: what a page with and one without a block have in common."""
    return str(lxml.html.tostring(lxml.html.document_fromstring(html), encoding="unicode", doctype="<!DOCTYPE html>"))


def settings(kind: NoiseKind) -> list[Setting]:
    """Where and how blocks of this kind stand on real pages."""
    markups = ("text",) if kind is NoiseKind.CRAWL_HEADER else MARKUPS
    if kind is NoiseKind.DUPLICATE:
        markups = ("p", "like", "text")
    return [Setting(place, markup) for place in _PLACES_OF.get(kind, PLACES) for markup in markups]


def request(host: Host, **content: str) -> dict[str, Any]:
    return {"id": host.id, "url": host.url, **content}


def plain(host: Host) -> dict[str, Any]:
    return request(host, text="\n".join([host.title, *host.lines]))


def inject(host: Host, noise: Noise, setting: Setting, chance: random.Random) -> dict[str, Any]:
    """The request to clean the host with the noise in it."""
    if setting.markup == "text":
        return request(host, text="\n".join(_into_lines(host, noise.lines, setting.place, chance)))
    tree = lxml.html.document_fromstring(host.html)
    paragraphs = [tree.xpath(path)[0] for path in host.paths]
    added = _elements(noise, setting.markup, _typical(paragraphs), chance)
    _place(tree, paragraphs, added, setting.place, chance)
    return request(host, html=_written(tree))


def embed(host: Host, negative: Negative, markup: str, chance: random.Random) -> dict[str, Any]:
    """The request to clean the host with article text put between its paragraphs, or as all it has (`flash`)."""
    if markup == "text":
        lines = _into_lines(host, [negative.text], "between", chance)
        return request(host, text="\n".join([host.title, negative.text] if negative.shape == "flash" else lines))
    tree = lxml.html.document_fromstring(host.html)
    paragraphs = [tree.xpath(path)[0] for path in host.paths]
    [added] = _like(_typical(paragraphs), [negative.text])
    if negative.shape == "heading":
        added = lxml.html.fragment_fromstring(f"<h2>{escape(negative.text)}</h2>")
    if negative.shape == "quote":
        quote = lxml.html.fragment_fromstring("<blockquote></blockquote>")
        quote.append(added)
        added = quote
    if negative.shape == "flash":
        _only(paragraphs, added)
    else:
        _place(tree, paragraphs, [added], "between", chance)
    return request(host, html=_written(tree))


def duplicate(host: Host, language: str, chance: random.Random) -> Noise:
    """One of the article's longer paragraphs a second time."""
    longest = sorted(host.lines, key=len)[-PARAGRAPHS:]
    return Noise(language, NoiseKind.DUPLICATE, (chance.choice(longest),))


def _into_lines(host: Host, lines: Iterable[str], place: str, chance: random.Random) -> list[str]:
    title, body = [host.title], list(host.lines)
    if place == "margin":
        return [*lines, *title, *body]
    at = {"before": 0, "after": len(body)}.get(place)
    at = chance.randrange(1, len(body)) if at is None else at
    return [*title, *body[:at], *lines, *body[at:]]


def _place(tree: Any, paragraphs: Sequence[Any], added: Sequence[Any], place: str, chance: random.Random) -> None:
    if place == "margin":
        margins = tree.xpath("//aside | //footer") or tree.xpath("//body")
        margins[-1].extend(added)
        return
    if place == "after":
        for element in reversed(added):
            paragraphs[-1].addnext(element)
        return
    target = paragraphs[0] if place == "before" else chance.choice(paragraphs[1:])
    for element in added:
        target.addprevious(element)


def _only(paragraphs: Sequence[Any], added: Any) -> None:
    paragraphs[0].addprevious(added)
    for element in paragraphs:
        element.drop_tree()


def _typical(paragraphs: Sequence[Any]) -> Any:
    # The first is often marked as the lead, the last as something else.
    return paragraphs[len(paragraphs) // 2]


def _elements(noise: Noise, markup: str, paragraph: Any, chance: random.Random) -> list[Any]:
    if markup == "marked":
        return [_marked(noise)]
    linked = noise.kind in _LINKED and chance.random() < 0.5
    if markup == "like":
        return _like(paragraph, noise.lines, linked=linked)
    inner = [_linked(line, linked and _is_link(noise, line)) for line in noise.lines]
    if markup == "div":
        parts = "".join(f"<div>{line}</div>" for line in inner) if len(inner) > 1 else inner[0]
        return [lxml.html.fragment_fromstring(f'<div class="c-box c-box--wide">{parts}</div>')]
    return [lxml.html.fragment_fromstring(f"<p>{line}</p>") for line in inner]


def _marked(noise: Noise) -> Any:
    tag, name = _MARKED[noise.kind]
    lines = [_linked(line, noise.kind in _LINKED and _is_link(noise, line)) for line in noise.lines]
    if tag == "figcaption":
        return lxml.html.fragment_fromstring(
            f'<figure><img src="/1.jpg" alt=""><figcaption class="{name}">{lines[0]}</figcaption></figure>'
        )
    if tag == "ul":
        items = "".join(f"<li>{line}</li>" for line in lines)
        return lxml.html.fragment_fromstring(f'<ul class="{name}">{items}</ul>')
    if tag == "p":
        return lxml.html.fragment_fromstring(f'<p class="{name}">{" ".join(lines)}</p>')
    head = f"<h3>{lines[0]}</h3>" if len(lines) > 1 else f"<p>{lines[0]}</p>"
    rest = "".join(f"<p>{line}</p>" for line in lines[1:])
    return lxml.html.fragment_fromstring(f'<{tag} class="{name}">{head}{rest}</{tag}>')


def _like(paragraph: Any, lines: Iterable[str], *, linked: bool = False) -> list[Any]:
    found = []
    for line in lines:
        element = lxml.html.fragment_fromstring(f"<{paragraph.tag}>{_linked(line, linked)}</{paragraph.tag}>")
        element.attrib.update({name: value for name, value in paragraph.attrib.items() if name != "id"})
        found.append(element)
    return found


def _is_link(noise: Noise, line: str) -> bool:
    """The first of several blocks is their label."""
    return len(noise.lines) == 1 or line is not noise.lines[0]


def _linked(line: str, linked: bool) -> str:
    # Spaces that separate headlines are no-break on pages, or browsers would show one.
    text = escape(line).replace("   ", "\u00a0 \u00a0")
    if not linked:
        return text
    label, colon, rest = text.partition(": ")
    return f'{label}{colon}<a href="/story/1">{rest}</a>' if rest else f'<a href="/story/1">{text}</a>'


def _written(tree: Any) -> str:
    return str(lxml.html.tostring(tree, encoding="unicode", doctype="<!DOCTYPE html>"))
