"""What the units that are not the article's are: the kind of noise, and what shows it.

The classifier says that a unit is out; its boxes, its words and its links say what it is.
"""

from collections.abc import Iterator, Sequence
from functools import lru_cache

from services.cleaner import bylines, characters, credit, hints, invitations, phrases, shapes
from services.cleaner.phrases import Rules
from services.cleaner.walk import Page, Unit
from services.contracts import NoiseKind

LENGTH = 2_000
"""Characters of a removed run that are kept for the record."""
HEADLINE_WORDS = 5
"""Words from which a link is a headline; a shorter one leads to a section."""

_CLIMB = 6
_KINDS = frozenset(str(kind) for kind in NoiseKind)
_IDENTITY_WORDS = 4
_PHRASE_LENGTH, _LINE_LENGTH = 500, 200
_CREDIT_SIGNS = "©Ⓒ:：/|(["
_OFFER_WORDS, _OFFER_SIGNS = 90, 3
_TAGS = {
    "nav": (NoiseKind.NAVIGATION, "markup:<nav>"),
    "footer": (NoiseKind.LEGAL, "markup:<footer>"),
    "form": (NoiseKind.LOGIN, "markup:<form>"),
    "marquee": (NoiseKind.TICKER, "markup:<marquee>"),
    "dialog": (NoiseKind.PROMO, "markup:<dialog>"),
    "aside": (NoiseKind.RELATED, "markup:<aside>"),
}

Hit = tuple[NoiseKind, str]


class Names:
    """Names the units of one page. `kept` are the boxes that hold something of the article: no box of noise does."""

    def __init__(self, page: Page, chosen: Sequence[int]) -> None:
        self._page = page
        self._kept = page.holders(chosen)
        self._known: dict[int, Hit | None] = {}

    def hit(self, number: int) -> Hit:
        """The kind of a unit that is out, and what decided."""
        unit = self._page.units[number]
        if self._page.place(number).caption:
            return NoiseKind.CAPTION, "markup:<figcaption>"
        boxed = self._boxed(unit.box)
        if boxed is not None:
            return boxed
        near = self._is_near(unit.box)
        # A link far from the article leads elsewhere, whatever it says: most of a page is such links.
        if 5 * unit.linked >= 4 * len(unit.text) and not near:
            return self._tagged(unit.box) or _shaped(unit)
        said = _said(unit.text, unit.raw, near=near, linked=2 * unit.linked >= len(unit.text))
        return said or self._tagged(unit.box) or _shaped(unit)

    def _is_near(self, box: int) -> bool:
        """True right beside something of the article."""
        parent = self._page.boxes[box].parent
        return box in self._kept or parent in self._kept

    def is_hidden(self, number: int) -> bool:
        return self._page.boxes[self._page.units[number].box].hidden

    def _boxed(self, box: int) -> Hit | None:
        """By the nearest box whose class or id says what it holds."""
        if box in self._known:
            return self._known[box]
        start = box
        found: Hit | None = None
        for _ in range(_CLIMB):
            if box < 0 or box in self._kept:
                break
            here = self._page.boxes[box]
            if here.names and (said := meaning(here.names)) is not None:
                found = said
                break
            box = here.parent
        self._known[start] = found
        return found

    def _tagged(self, box: int) -> Hit | None:
        """By the nearest element that is there for such things; what the unit itself says is better evidence."""
        for _ in range(_CLIMB):
            if box < 0 or box in self._kept:
                break
            here = self._page.boxes[box]
            if here.tag in _TAGS:
                return _TAGS[here.tag]
            box = here.parent
        return None


@lru_cache(maxsize=16_384)
def meaning(names: str) -> Hit | None:
    """What a class and `#id` say that their box holds."""
    identity = names.rpartition("#")[2] if "#" in names else ""
    if len(hints.words(identity[:100])) > _IDENTITY_WORDS:
        names = names.rpartition("#")[0]  # the anchor of a heading, which quotes the article
    found = hints.load().match(names[:300])
    if found is None or found[0] not in _KINDS:
        return (NoiseKind.BYLINE, f"markup:{found[1]}") if found and found[0] in {"byline", "date"} else None
    return NoiseKind(found[0]), f"markup:{found[1]}"


@lru_cache(maxsize=8_192)
def _said(text: str, raw: str, *, near: bool, linked: bool) -> Hit | None:
    """By its words; a byline only `near` the article, where it can be one.

    Remembered, because the pages of an outlet say the same things around their articles.
    """
    if shapes.is_ticker(raw or text):
        return NoiseKind.TICKER, "shape:separated headlines"
    if len(text) > _PHRASE_LENGTH:
        return None
    rules = phrases.load()
    phrase = rules.find(phrases.split(text), margin=True)
    if phrase is not None:
        return phrase.kind, phrase.rule
    if linked:
        return None
    if len(text) <= _LINE_LENGTH and any(sign in text for sign in _CREDIT_SIGNS):
        start = credit.start(text, rules)
        if start is not None:
            return (NoiseKind.CREDIT if start == 0 else NoiseKind.CAPTION), "shape:picture credit"
    if near and len(text) <= _LINE_LENGTH:
        line = bylines.parse(text, rules)
        if line is not None:
            return NoiseKind.BYLINE, f"byline:{line.form}"
    return invitations.find(text, rules, margin=True)


def _shaped(unit: Unit) -> Hit:
    words = len(unit.text.split())
    if 2 * unit.linked >= len(unit.text):
        if words >= HEADLINE_WORDS or len(unit.text) >= 8 * HEADLINE_WORDS:
            return NoiseKind.RELATED, "shape:headline that is a link"
        return NoiseKind.NAVIGATION, "shape:link"
    if words < HEADLINE_WORDS:
        return NoiseKind.NAVIGATION, "shape:label"
    return NoiseKind.RELATED, "blocks:not the article's"


def is_wall(text: str, rules: Rules) -> bool:
    """True for a short text that offers to read on against payment."""
    said = phrases.split(text[:LENGTH])
    if len(said.words) > _OFFER_WORDS:
        return False
    return rules.says(said, NoiseKind.PAYWALL) or invitations.offers(
        text, rules, least=_OFFER_SIGNS, longest=_OFFER_WORDS
    )


def headlines(page: Page) -> Iterator[str]:
    """Texts of links of five words and more."""
    for unit in page.units:
        if 5 * unit.linked >= 4 * len(unit.text) and len(unit.text.split()) >= HEADLINE_WORDS:
            yield characters.squeeze(unit.text)
