"""Lines in which an outlet asks its reader to do something for it: get its app, its letter, a subscription.

Such lines are said in many ways but made of the same parts, which stand in `rules/*.toml`: somebody is addressed
(`invite` at the start of a sentence, or at the end where verbs stand last), a way to be reached is named (`channel`,
`letter`) and it is the outlet's own (`ours`, and `news` outside the article's body). A story about apps or letters
has one of the parts, seldom all.
"""

import re
from functools import lru_cache

from services.cleaner import characters, shapes, speech
from services.cleaner.phrases import Rules
from services.contracts import NoiseKind

MAX_WORDS = 30
MAX_SENTENCES = 3
MAX_LENGTH = 400
STEM = 5
"""Letters from which an entry of one word is a stem and also stands for its longer forms."""

Hit = tuple[NoiseKind, str]

_PRICE = re.compile(
    r"[$€£¥₴₽₺₹]\s?\d|\d\s?(?:[$€£¥₴₽₺₹]|(?:euros?|eur|zł|usd|tl|lira|pln|руб\w{0,3}|грн|грив\w{1,3}|dollars?|dollar)\b)"
    r"|دولار|يورو|ريال|درهم|جنيه",
    re.IGNORECASE,
)
_PARTS = re.compile(r"[.!?؟،,;·•–—]\s|\n")
_CANCEL_WORDS = 6
_DIGIT = re.compile(r"\d")


def find(text: str, rules: Rules, *, margin: bool) -> Hit | None:
    """What the block invites to, or None; `margin` says that it stands outside the article's body."""
    if len(text) > MAX_LENGTH or text.count(" ") > 2 * MAX_WORDS:
        return None
    if not rules.vocabulary["term"].isdisjoint(characters.words(text)) or _DIGIT.search(text) is not None:
        words = characters.words(text)
        if len(words) <= MAX_WORDS and _is_priced(text, _Said(" ".join(words), words, rules), margin):
            return NoiseKind.PAYWALL, "shape:price and term"
    if _openings(rules).isdisjoint(characters.words(text)):
        return None
    own = speech.unquoted(text, 3)
    words = characters.words(own)
    if not 3 <= len(words) <= MAX_WORDS:
        return None
    if len(shapes.sentences(own)) > MAX_SENTENCES:
        return None
    said = _Said(" ".join(words), words, rules)
    invited, loose = _invites(own, rules), margin or not shapes.ends_sentence(own)
    if not invited and not (loose and said.opens("recurring") and said.has("yours")):
        return None
    ours = said.has("ours")
    if said.has("letter") and (ours or loose or said.has("recurring")):
        return NoiseKind.NEWSLETTER, "shape:invitation to a letter"
    if said.has("channel") and invited and (ours or (loose and said.has("news"))):
        return NoiseKind.PROMO, "shape:invitation to a channel"
    if margin and invited and said.count("offer") >= 2:
        return NoiseKind.PAYWALL, "shape:offer"
    return None


def offers(text: str, rules: Rules, *, least: int = 1, longest: int = MAX_WORDS) -> bool:
    """True for a short block with that many words for subscriptions, prices or access.

    One is enough right below a paywall notice; elsewhere any story about money has one.
    """
    words = characters.words(text)
    return len(words) <= longest and _Said(" ".join(words), words, rules).count("offer") >= least


def addresses(text: str, rules: Rules) -> bool:
    """True if the text speaks to its reader, or of the outlet as "our" and "we"."""
    words = characters.words(text)
    said = _Said(" ".join(words), words, rules)
    return said.has("ours") or said.has("address") or _invites(text, rules)


def promises(text: str, rules: Rules) -> bool:
    """True for a few words that say how often something comes, or speak of letters or prices."""
    words = characters.words(text)
    said = _Said(" ".join(words), words, rules)
    return said.has("recurring") or said.has("letter") or said.has("offer")


def _is_priced(text: str, said: "_Said", margin: bool) -> bool:
    """A price, and that one may cancel: "First month for $1, then $5 a month. Cancel anytime."

    At the margins a price for a span of time suffices, where no sentence is made of it.
    """
    if _PRICE.search(text) is None:
        return False
    if said.has("cancel"):
        parts = (characters.words(part) for part in _PARTS.split(text))
        short = [part for part in parts if len(part) <= _CANCEL_WORDS]
        return any(_Said(" ".join(part), part, said.rules).has("cancel") for part in short)
    return margin and said.has("term") and not shapes.ends_sentence(text)


class _Said:
    """A block's words, asked for entries of the vocabulary."""

    __slots__ = ("_padded", "_words", "rules")

    def __init__(self, key: str, words: tuple[str, ...], rules: Rules) -> None:
        self._padded, self._words, self.rules = f" {key} ", words, rules

    def has(self, name: str) -> bool:
        return self.count(name) > 0

    def count(self, name: str) -> int:
        """How many different words and phrases of that list the block has."""
        exact, stems, longer = _sorted(self.rules.vocabulary[name])
        single = sum(1 for word in set(self._words) if word in exact or word.startswith(stems))
        return single + sum(1 for phrase in longer if f" {phrase} " in self._padded)

    def opens(self, name: str) -> bool:
        """True if the block begins with an entry of that list."""
        return _opens(self._words, self.rules.vocabulary[name])


def _invites(text: str, rules: Rules) -> bool:
    entries = rules.vocabulary["invite"]
    parts = [characters.words(part) for piece in shapes.sentences(text) for part in piece.split(":")]
    return any(_opens(words, entries) or words[-1] in entries for words in parts if words)


def _opens(words: tuple[str, ...], entries: frozenset[str]) -> bool:
    return any(" ".join(words[:size]) in entries for size in (1, 2, 3))


@lru_cache(maxsize=4)
def _openings(rules: Rules) -> frozenset[str]:
    """Words without which no block invites: the first of what addresses a reader, or says how often."""
    entries = rules.vocabulary["invite"] | rules.vocabulary["recurring"]
    return frozenset(entry.split()[0] for entry in entries)


@lru_cache(maxsize=64)
def _sorted(entries: frozenset[str]) -> tuple[frozenset[str], tuple[str, ...], tuple[str, ...]]:
    """Short words, stems, and phrases of several words."""
    single = [entry for entry in entries if " " not in entry]
    return (
        frozenset(entry for entry in single if len(entry) < STEM),
        tuple(sorted(entry for entry in single if len(entry) >= STEM)),
        tuple(sorted(entries - set(single))),
    )
