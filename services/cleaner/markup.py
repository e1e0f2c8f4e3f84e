"""One walk over a parsed page: known noise containers are taken out, what metadata needs is noted.

Which words in a class or id mean what stands in `rules/markup.toml`.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from lxml import etree, html

from services.cleaner import characters, hints, invitations, phrases, shapes
from services.contracts import NoiseKind, Reason, Removed

STANDFIRST, BYLINE, DATE = "standfirst", "byline", "date"
LONG_PARAGRAPH = 160
"""Characters from which a paragraph outside links counts as running text."""
LINKED_SHARE = 0.3
"""Share of the characters of a box of related stories that are links."""
REMOVED_LENGTH = 2_000
"""Characters of a removed block that are kept for the record."""

_OPENING = 20
_IDENTITY_WORDS = 4
_HEADLINE_WORDS = 5
_HEADLINE_LENGTH = 300
_SOURCE_WORDS = 16
_NOTES = 12
_NOTE_LENGTH = 4_000
_OFFER_WORDS = 90
_OFFER_SIGNS = 3
_LEAD_TAGS = frozenset({"p", "div", "h2", "h3", "h4", "strong", "b", "span", "em"})
_UNTOUCHABLE = frozenset(
    {"html", "body", "main", "head", "h1", "h2", "h3", "h4", "h5", "h6", "table", "tbody", "tr", "td", "form"}
)
_SILENT = frozenset(
    {"script", "style", "noscript", "template", "svg", "iframe", "head", "select", "button", "input", "textarea"}
)
_INLINE = frozenset(
    {"a", "abbr", "b", "bdi", "bdo", "cite", "code", "del", "em", "font", "i", "ins", "mark", "q", "s", "small", "span",
     "strong", "sub", "sup", "time", "u", "wbr"}
)  # fmt: skip
_READERS = frozenset({NoiseKind.COMMENTS, NoiseKind.COOKIE, NoiseKind.COMMENT_FORM})
_UNSEEN = frozenset({NoiseKind.NAVIGATION, NoiseKind.LEGAL})


class Unreadable(ValueError):
    """The bytes are no HTML that can be parsed; carries a `Reason`."""

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail


@dataclass(slots=True)
class Sweep:
    """What the walk found. Elements under `h1`, `standfirsts`, `bylines` and `times` are still in the tree.

    `headlines` are the texts of links of five words and more.
    """

    removed: list[Removed] = field(default_factory=list)
    captions: set[str] = field(default_factory=set)
    h1: list[str] = field(default_factory=list)
    standfirsts: list[str] = field(default_factory=list)
    bylines: list[str] = field(default_factory=list)
    times: list[str] = field(default_factory=list)
    dates: list[str] = field(default_factory=list)
    sources: list[str] = field(default_factory=list)
    headlines: list[str] = field(default_factory=list)
    paywall: bool = False


def parse(page: str) -> Any:
    """The page as an lxml tree without comments. Raises `Unreadable` where there is nothing to parse."""
    if not page.strip("\x00 \t\r\n\ufeff"):
        raise Unreadable(Reason.NOT_A_PAGE, "the page is empty")
    raw = page.replace("\x00", "").encode("utf-8", "ignore")
    parser = html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, collect_ids=False)
    try:
        tree = html.document_fromstring(raw, parser=parser)
    except (etree.LxmlError, ValueError, AssertionError) as error:
        raise Unreadable(Reason.NOT_A_PAGE, f"not HTML: {error}") from error
    if not len(tree):
        raise Unreadable(Reason.NOT_A_PAGE, "the page has no elements")
    return tree


def sweep(tree: Any, description: str = "") -> Sweep:
    """Takes known noise containers out of `tree` and tells what they were, in the order of the page.

    An element that says what the page's `description` says is noted as a standfirst.
    """
    found = Sweep()
    opening = description[:_OPENING] if len(description) >= 2 * _OPENING else None
    candidates: list[tuple[Any, str, str]] = []
    for element in tree.iter(etree.Element):
        tag = element.tag
        if tag in _SILENT:
            continue
        if tag == "a":
            _count_link(element, found)
        elif tag == "h1":
            _note(element, found.h1)
        elif tag == "time":
            _note_time(element, found)
        if opening and tag in _LEAD_TAGS and element.text and element.text.strip()[:_OPENING] == opening:
            _note(element, found.standfirsts)
        meaning = _meaning(element, tag)
        if meaning is None:
            continue
        if meaning[0] == STANDFIRST:
            _note(element, found.standfirsts)
        elif meaning[0] == BYLINE:
            _note(element, found.bylines)
        elif meaning[0] == DATE:
            _note(element, found.dates)
        elif tag not in _UNTOUCHABLE:
            candidates.append((element, *meaning))
    _take_out(candidates, found)
    _take_out_tickers(tree, found)
    return found


def text_of(element: Any) -> str:
    """Visible text of an element, squeezed; scripts and styles inside it do not count."""
    return characters.squeeze(characters.clean("".join(_texts(element))))


def _texts(element: Any) -> Iterator[str]:
    if not len(element):
        yield element.text or ""
        return
    walk = etree.iterwalk(element, events=("start", "end"))
    for event, node in walk:
        tag = node.tag
        if event == "start":
            if tag in _SILENT:
                walk.skip_subtree()
            elif node.text:
                yield node.text if tag in _INLINE else f" {node.text}"
        elif node is not element:
            yield (node.tail or "") if tag in _INLINE else f" {node.tail or ''}"


def _count_link(element: Any, found: Sweep) -> None:
    text = "".join(element.itertext())
    size = len(text.split())
    if size >= _HEADLINE_WORDS:
        found.headlines.append(text[:_HEADLINE_LENGTH])
    address = element.get("href") or ""
    if 3 <= size <= _SOURCE_WORDS and address.startswith(("http://", "https://")) and len(found.sources) < _NOTES:
        phrase = phrases.load().find(phrases.split(text), margin=False)
        if phrase is not None and phrase.kind is NoiseKind.SOURCE_LINK:
            found.sources.append(address.strip()[:2_000])


def _note(element: Any, target: list[str]) -> None:
    if len(target) < _NOTES:
        text = text_of(element)
        if text and len(text) <= _NOTE_LENGTH and text not in target:
            target.append(text)


def _note_time(element: Any, found: Sweep) -> None:
    value = element.get("datetime") or element.get("content") or ""
    if value and len(found.times) < 6:
        found.times.append(value.strip()[:60])


def _meaning(element: Any, tag: str) -> tuple[str, str] | None:
    known = hints.load()
    if tag in known.tags:
        return known.tags[tag], f"<{tag}>"
    names = element.get("class")
    identity = element.get("id")
    if names or identity:
        found = _matched(names or "", identity or "")
        if found is not None:
            return found
    role = element.get("role")
    if role and (kind := known.attributes.get(("role", role))):
        return kind, f"role={role}"
    test = element.get("data-testid")
    if test and (kind := known.attributes.get(("data-testid", test))):
        return kind, f"data-testid={test}"
    return None


@lru_cache(maxsize=4096)
def _matched(names: str, identity: str) -> tuple[str, str] | None:
    # Utility classes ("md:mb-4 …") make attributes long and say nothing: a long one is not looked at in full.
    # An id of many words is the anchor of a heading ("what-share-of-adolescents-smoke") and quotes the article.
    if len(hints.words(identity[:100])) > _IDENTITY_WORDS:
        identity = ""
    return hints.load().match(f"{identity} | {names[:300]}")


def _take_out(candidates: list[tuple[Any, str, str]], found: Sweep) -> None:
    gone: set[Any] = set()
    whole = 0
    for element, name, words in candidates:
        kind = NoiseKind(name)
        if any(ancestor in gone for ancestor in element.iterancestors()):
            continue
        if not _is_container(element, kind):
            continue
        text = text_of(element)
        if kind in _READERS and len(text) > REMOVED_LENGTH:
            # "comments" also names the running commentary of a match: most of a page is never its comments' box.
            whole = whole or len(text_of(element.getroottree().getroot()))
            if len(text) > whole / 2:
                continue
        if kind is NoiseKind.PAYWALL:
            # The same class often marks the paid text itself: only a short offer that says so is taken.
            if not _is_offer(text):
                continue
            found.paywall = found.paywall or not _hidden(element)
        if kind in {NoiseKind.CAPTION, NoiseKind.CREDIT} and text:
            found.captions.add(characters.key(text))
        if text and kind not in _UNSEEN:
            found.removed.append(Removed(kind, f"markup:{words}", _shortened(text)))
        gone.add(element)
    for element in gone:
        element.drop_tree()


def _is_container(element: Any, kind: NoiseKind) -> bool:
    """False for what holds the article itself, whatever its class says."""
    if element.find(".//h1") is not None or element.get("itemprop") == "articleBody":
        return False
    if element.find(".//*[@itemprop='articleBody']") is not None:
        return False
    if kind is NoiseKind.CAPTION and (element.find(".//table") is not None or element.tag == "table"):
        return False
    if kind in _READERS:
        return element.find(".//article") is None
    if kind is NoiseKind.RELATED and not _is_linked(element):
        return False  # "read more" also names the box that unfolds the rest of the article
    return _running_paragraphs(element) < 2


def _is_offer(text: str) -> bool:
    rules, words = phrases.load(), phrases.split(text[:2_000])
    if len(words.words) > _OFFER_WORDS:
        return False
    said = rules.says(words, NoiseKind.PAYWALL)
    return said or invitations.offers(text, rules, least=_OFFER_SIGNS, longest=_OFFER_WORDS)


def _is_linked(element: Any) -> bool:
    """True if a good part of the text is links, as lists of other stories are."""
    whole = len("".join(element.itertext()).strip())
    linked = sum(len("".join(link.itertext()).strip()) for link in element.iter("a"))
    return whole <= LONG_PARAGRAPH or linked >= LINKED_SHARE * whole


def _running_paragraphs(element: Any) -> int:
    count = 0
    paragraphs = [element] if element.tag == "p" else element.iter("p")
    for paragraph in paragraphs:
        if paragraph.find(".//a") is None or len(paragraph) > 1:
            count += len("".join(paragraph.itertext()).strip()) >= LONG_PARAGRAPH
    return count


def _hidden(element: Any) -> bool:
    style = (element.get("style") or "").replace(" ", "").lower()
    return "display:none" in style or element.get("hidden") is not None or element.get("aria-hidden") == "true"


def _take_out_tickers(tree: Any, found: Sweep) -> None:
    """Elements whose own text is a run of headlines set apart by no-break spaces, bullets or bars."""
    gone = []
    for element in tree.iter("p", "div", "span", "td", "li", "font", "b", "center"):
        own = element.text or ""
        if len(own) < 120:
            own = "".join([own, *(child.tail or "" for child in element)])
        if len(own) >= 120 and shapes.is_ticker(own):
            gone.append(element)
    for element in gone:
        if _is_container(element, NoiseKind.TICKER) or not len(element):
            found.removed.append(Removed(NoiseKind.TICKER, "shape:separated headlines", _shortened(text_of(element))))
            element.drop_tree()


def _shortened(text: str) -> str:
    return text if len(text) <= REMOVED_LENGTH else text[: REMOVED_LENGTH - 1] + "…"
