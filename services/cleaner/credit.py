"""Where a picture credit begins that ends a text: "… Photo : Reuters", "© AFP", "(Foto: dpa)"."""

import re
from functools import lru_cache

from services.cleaner import characters, shapes
from services.cleaner.phrases import Rules

TAIL_WORDS = 7
MAX_LENGTH = 600
"""Characters beyond which a text is no caption."""

_SIGN = re.compile(r"[(\[]?[©Ⓒ]")
_LABEL = re.compile(r"[:：/|]|(?<=\b[^\W\d_]{3})\.")  # a label of three letters may end with a full stop: "Fot."
_PARTS = re.compile(r"[/|,()–—-]| via ")
_CLOSING = re.compile(r"[(\[]([^()\[\]]{2,60})[)\]]\s*\.?$")
_SENTENCE = re.compile(r"[.!?…؟।][\"'»”’)\]]*\s+")
_CAPTION_WORDS = 25
_FINISHED = (".", "(", "[", "|", "/", "-", "–", "—", "!", "?", "…", ",", "»")


def start(text: str, rules: Rules) -> int | None:
    """The position at which the credit begins, 0 if all of the text is one; None without a credit."""
    if len(text) > MAX_LENGTH:
        return None
    if "©" in text or "Ⓒ" in text:
        found = _signed(text)
        if found is not None:
            return found
    if _signs(rules).isdisjoint(characters.words(text)):
        return None
    found = _labelled(text, rules)
    return _agency(text, rules) if found is None else found


@lru_cache(maxsize=4)
def _signs(rules: Rules) -> frozenset[str]:
    """Words of which a credit without a sign has one."""
    return frozenset(
        word for name in ("photo", "agencies") for entry in rules.vocabulary[name] for word in entry.split()
    )


def _signed(text: str) -> int | None:
    sign = _SIGN.search(text)
    if sign is None:
        return None
    rest = text[sign.end() :]
    short = len(rest.split()) <= TAIL_WORDS and not shapes.ends_sentence(rest.rstrip(".)]"))
    return sign.start() if short else None


def _labelled(text: str, rules: Rules) -> int | None:
    offset = max(0, len(text) - 120)
    for match in reversed(list(_LABEL.finditer(text, offset))):
        before, after = text[: match.start()].rstrip(), text[match.end() :].strip(" )].")
        if not 0 < len(after.split()) <= TAIL_WORDS:
            continue
        found = _introduced(before, rules.vocabulary["photo"])
        if found is not None and (found == 0 or _is_detached(before[:found]) or _is_signature(before[found:], after)):
            return found
    return None


def _introduced(before: str, entries: frozenset[str]) -> int | None:
    """Start of the longest entry that ends `before`, or None."""
    tail = max(0, len(before) - 60)
    words = [match.start() + tail for match in re.finditer(r"[^\W_]+(?:['’][^\W_]+)?", before[tail:])][-3:]
    return next((at for at in words if characters.key(before[at:]) in entries), None)


def _is_detached(before: str) -> bool:
    """True if what stands before a credit is finished: it ends with punctuation, a bracket or a gap."""
    return before.rstrip().endswith(_FINISHED)


def _is_signature(label: str, names: str) -> bool:
    """A capitalised "Photo" before nothing but names: a credit even where no full stop divides it from the caption."""
    return (
        label[0].isupper()
        and len(names.split()) <= 4
        and all(shapes.is_name_part(part) for part in re.split(r"[/\s]+", names))
    )


def _agency(text: str, rules: Rules) -> int | None:
    agencies, photo = rules.vocabulary["agencies"], rules.vocabulary["photo"]
    if text.count(" ") < 6:
        parts = [found for part in _PARTS.split(text) if (found := characters.words(part))]
        known = agencies | photo
        named = sum(1 for words in parts if " ".join(words) in agencies or all(word in known for word in words))
        if named and len(parts) - named <= 1:
            return 0
    closing = _CLOSING.search(text, max(0, len(text) - 66)) if text.endswith((")", "]", ").")) else None
    if closing:
        found = characters.words(closing[1])
        # "(AFP/Reuters)" may close a paragraph of the article; with a word for picture inside it closes a caption.
        pictured = any(word in photo for word in found)
        if any(word in agencies for word in found) and (pictured or _is_unfinished(text, closing)):
            return closing.start()
    return _closing_names(text, agencies)


def _is_unfinished(text: str, closing: re.Match[str]) -> bool:
    """True for a short text that no full stop ends, neither before the bracket nor after it."""
    before = text[: closing.start()].rstrip()
    return not text.endswith(".") and not shapes.ends_sentence(before) and before.count(" ") < _CAPTION_WORDS


def _closing_names(text: str, agencies: frozenset[str]) -> int | None:
    """Where the names after the last full stop begin, one of them an agency's: "…, 3 May 2021. JANE ROE / AFP"."""
    at = max((match.end() for match in _SENTENCE.finditer(text, max(0, len(text) - 80))), default=0)
    tail = text[at:].strip(" )]")
    parts = [part.strip() for part in _PARTS.split(tail) if part.strip()]
    if not at or not 2 <= len(parts) <= 4 or len(tail.split()) > TAIL_WORDS + 1 or shapes.ends_sentence(tail):
        return None
    others = [part for part in parts if characters.key(part) not in agencies]
    named = all(all(map(shapes.is_name_part, part.split())) for part in others)
    return at if len(others) < len(parts) and named else None
