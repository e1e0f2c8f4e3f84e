"""One walk over a parsed page: every run of text between block boundaries, and the boxes that hold it."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from lxml import etree

from services.contracts import Reason

MAX_DEPTH = 200
"""Elements nested deeper are read as one run of text: no article is, and Python's stack is finite."""
MAX_UNITS = 6_000
"""Runs of text on a page; the longest reports have about two thousand."""

_SILENT = frozenset(
    {"script", "style", "noscript", "template", "svg", "iframe", "head", "select", "datalist", "textarea", "object",
     "embed", "video", "audio", "canvas", "map", "input", "img", "source", "picture", "link", "meta", "math"}
)  # fmt: skip
_INLINE = frozenset(
    {"a", "abbr", "acronym", "b", "bdi", "bdo", "big", "cite", "code", "data", "del", "dfn", "em", "font", "i", "ins",
     "kbd", "label", "mark", "q", "ruby", "rb", "rt", "rp", "s", "samp", "small", "span", "strike", "strong", "sub",
     "sup", "time", "tt", "u", "var", "wbr", "nobr"}
)  # fmt: skip
_STRONG = frozenset({"b", "strong"})
_LISTS = frozenset({"ul", "ol", "dl", "menu"})
_WHOLE = frozenset({"article", "main"})
_HEADINGS = {"h1": 1, "h2": 2, "h3": 3, "h4": 4, "h5": 5, "h6": 6}
_BREAK = "\x1e"
_GAP = re.compile("\u00a0 ?\u00a0")
_PLAIN_SPACE = re.compile(r"[ \t\r\n\f]+")


class Unreadable(ValueError):
    """The bytes are no HTML that can be parsed; carries a `Reason`."""

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail


class Place(NamedTuple):
    """What surrounds a run of text: `level` of its heading or 0; numbers of its list's, table's and row's box or -1."""

    level: int = 0
    list: int = -1
    table: int = -1
    row: int = -1
    quote: bool = False
    caption: bool = False


_NOWHERE = Place()


@dataclass(slots=True)
class Box:
    """A block element: `parent` is its box's number, `names` its class and `#id`, `hidden` and `place` inherited."""

    parent: int
    tag: str
    depth: int
    names: str
    hidden: bool
    place: Place


@dataclass(slots=True)
class Unit:
    """A run of text in one box, squeezed; single line breaks stay as `\\n`.

    `linked` and `strong` are its characters inside links and in bold, `links` the number of its links. `raw` is the
    text with its runs of no-break spaces where it has some: headlines in a ticker are set apart by them.
    """

    box: int
    text: str
    linked: int
    links: int
    strong: int
    raw: str = ""


@dataclass(slots=True)
class Page:
    """Boxes and units in the order of the page; a box stands before what it holds."""

    boxes: list[Box] = field(default_factory=list)
    units: list[Unit] = field(default_factory=list)

    def place(self, number: int) -> Place:
        """What surrounds the unit of that number."""
        return self.boxes[self.units[number].box].place

    def holders(self, numbers: Iterable[int]) -> set[int]:
        """All boxes that hold one of those units, however deep."""
        found: set[int] = set()
        for number in numbers:
            box = self.units[number].box
            while box >= 0 and box not in found:
                found.add(box)
                box = self.boxes[box].parent
        return found

    def holds(self, box: int, number: int) -> bool:
        """True if the unit of that number stands in that box, however deep."""
        here = self.units[number].box
        while here > box:  # a box stands before what it holds
            here = self.boxes[here].parent
        return here == box


def parse(page: str) -> Any:
    """The page as an lxml tree without comments. Raises `Unreadable` where there is nothing to parse."""
    if not page.strip("\x00 \t\r\n\ufeff"):
        raise Unreadable(Reason.NOT_A_PAGE, "the page is empty")
    raw = page.replace("\x00", "").encode("utf-8", "ignore")
    # lxml.html chooses a Python class for every element that is touched, which doubles the price of a walk.
    parser = etree.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, collect_ids=False)
    try:
        tree = etree.fromstring(raw, parser)
    except (etree.LxmlError, ValueError) as error:
        raise Unreadable(Reason.NOT_A_PAGE, f"not HTML: {error}") from error
    if tree is None or not len(tree):
        raise Unreadable(Reason.NOT_A_PAGE, "the page has no elements")
    return tree


def walk(tree: Any) -> Page:
    """Every run of text of the page that a reader could see or unfold."""
    return _Walk().run(tree)


class _Walk:
    __slots__ = ("boxes", "here", "linked", "links", "parts", "strong", "units")

    def __init__(self) -> None:
        self.boxes = [Box(-1, "html", 0, "", False, _NOWHERE)]
        self.units: list[Unit] = []
        self.parts: list[str] = []
        self.here = 0
        self.linked = self.links = self.strong = 0

    def run(self, tree: Any) -> Page:
        for body in tree.iterchildren("body"):
            self._block(body, "body", 0, 1)
        return Page(self.boxes, self.units)

    def _flush(self) -> None:
        raw = "".join(self.parts)
        self.parts.clear()
        if _BREAK in raw:
            text = "\n".join([line for part in raw.split(_BREAK) if (line := " ".join(part.split()))])
        else:
            text = " ".join(raw.split())
        if text and len(self.units) < MAX_UNITS:
            spaced = " ".join(_PLAIN_SPACE.split(raw)).strip() if "\u00a0" in raw and _GAP.search(raw) else ""
            self.units.append(Unit(self.here, text, min(self.linked, len(text)), self.links, self.strong, spaced))
        self.linked = self.links = self.strong = 0

    def _block(self, element: Any, tag: str, parent: int, depth: int) -> None:
        if self.parts:
            self._flush()
        index = len(self.boxes)
        self.boxes.append(self._box(element, tag, parent, depth, index))
        self.here = index
        text = element.text
        if text:
            self.parts.append(text)
        if depth >= MAX_DEPTH:
            self.parts.extend(element.itertext())
        elif len(element):
            self._children(element, index, depth, False, False)
        if self.parts:
            self._flush()
        self.here = parent

    def _box(self, element: Any, tag: str, parent: int, depth: int, index: int) -> Box:
        names = identity = style = ""
        above = self.boxes[parent]
        hidden = above.hidden
        # One call for all attributes costs less than one per name, and most elements have one or none.
        for name, value in element.items():
            if name == "class":
                names = value
            elif name == "id":
                identity = value
            elif name == "style":
                style = value
            elif name == "hidden" or (name == "aria-hidden" and value == "true"):
                hidden = True
        if style and not hidden and "none" in style:
            hidden = "display:none" in style.replace(" ", "").lower()
        if identity:
            names = f"{names} #{identity}"
        return Box(parent, tag, depth, names, hidden, _placed(above.place, tag, index))

    def _children(self, element: Any, box: int, depth: int, link: bool, strong: bool) -> None:
        parts = self.parts
        for child in element:
            tag = child.tag
            if tag in _INLINE:
                self._inline(child, tag, box, depth, link, strong)
            elif tag == "br":
                self._break()
            elif tag not in _SILENT and isinstance(tag, str):
                first = len(self.units)
                self._block(child, tag, box, depth + 1)
                if link:
                    self._link(first)
            tail = child.tail
            if tail:
                parts.append(tail)
                if link:
                    self.linked += len(tail)
                if strong:
                    self.strong += len(tail)

    def _inline(self, element: Any, tag: str, box: int, depth: int, link: bool, strong: bool) -> None:
        if tag == "a":
            link = True
            self.links += 1
        elif tag in _STRONG:
            strong = True
        text = element.text
        if text:
            self.parts.append(text)
            if link:
                self.linked += len(text)
            if strong:
                self.strong += len(text)
        if len(element):
            if depth >= MAX_DEPTH:
                self.parts.extend(element.itertext())
            else:
                self._children(element, box, depth + 1, link, strong)

    def _break(self) -> None:
        """One break is a new line, two are a new paragraph."""
        parts = self.parts
        if parts and (parts[-1] is _BREAK or (len(parts) > 1 and parts[-2] is _BREAK and parts[-1].isspace())):
            self._flush()
        elif parts:
            parts.append(_BREAK)

    def _link(self, first: int) -> None:
        """Everything from unit `first` on stands in a link around whole boxes."""
        for unit in self.units[first:]:
            unit.linked = len(unit.text)
            unit.links = max(1, unit.links)


def _placed(above: Place, tag: str, index: int) -> Place:
    """The place inside a box; an `<article>` or `<main>` in a list or table is a page of its own."""
    if tag in _LISTS:
        return above._replace(list=index)
    if tag in _HEADINGS:
        return above._replace(level=_HEADINGS[tag])
    if tag == "table":
        return above._replace(table=index, row=-1)
    if tag == "tr":
        return above._replace(row=index)
    if tag == "blockquote":
        return above._replace(quote=True)
    if tag == "figcaption" or tag == "caption":
        return above._replace(caption=True)
    return _NOWHERE if tag in _WHOLE else above
