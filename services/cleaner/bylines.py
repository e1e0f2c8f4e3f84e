"""Lines that say who wrote an article, where it was published, and when."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from services.cleaner import characters, dates, shapes
from services.cleaner.phrases import Rules

MAX_WORDS = 25
_NAMES = re.compile(
    r"\s*(?:,|;|\||/|&|\band\b|\bet\b|\bund\b|\by\b|\be\b|\bi\b|\ben\b|\bта\b|\bі\b|\bи\b|\bve\b|\bو\b)\s*"
)
_TRIM = " \t:|-–—,;•·\u00a0"
_NAME_WORDS = 5


@dataclass(frozen=True, slots=True)
class Byline:
    """What a line says; `form` names the pattern that it followed."""

    form: str
    author: str | None = None
    outlet: str | None = None
    published: str | None = None


def parse(text: str, rules: Rules) -> Byline | None:
    """The byline that a line is as a whole, or None."""
    line = characters.squeeze(text)
    if not line or len(line) > 250 or len(line.split()) > MAX_WORDS:
        return None
    found = dates.find(line, rules.months)
    if found is not None:
        return _dated(line, found, rules)
    return _signed(line, rules)


def author(text: str, rules: Rules) -> str | None:
    """The names in a byline element, without "By", dates and addresses; None where no name is left."""
    line = characters.squeeze(re.sub(r"https?://\S+|\S+@\S+", " ", text))[:200]
    found = dates.find(line, rules.months)
    if found is not None:
        line = line[: found.start]
    line = _after(line, rules.vocabulary["by"]) or line
    names = [name for name in _split_names(line) if _is_name(name)]
    return ", ".join(dict.fromkeys(names)) or None


def _dated(line: str, found: dates.Found, rules: Rules) -> Byline | None:
    before, after = line[: found.start].strip(_TRIM), line[found.end :].strip(_TRIM + ".)(")
    if len(after.split()) > 10 or shapes.ends_sentence(line.rstrip(".")):
        return None
    lead = _after(before, rules.vocabulary["published"])
    if lead is not None:
        return Byline("published", None, _outlet(lead, rules), found.iso)
    signed = _signed(before, rules) if before else None
    if signed is not None:
        return Byline("signed and dated", signed.author, None, found.iso)
    if len(before.split()) <= 3 and len(after.split()) <= 5 and not after.endswith("."):
        published = _published_word(before, rules)
        return Byline("date alone", None, None, found.iso) if published or not before else None
    return None


def _published_word(before: str, rules: Rules) -> bool:
    """A weekday or a label in front of a bare date: one word, or any word that dates articles."""
    return len(before.split()) == 1 or any(w in rules.vocabulary["published"] for w in characters.words(before))


def _outlet(lead: str, rules: Rules) -> str | None:
    """X of "published in X on" once "published" and the date are gone."""
    name = _after(lead, rules.vocabulary["inside"])
    if name is None:
        return None
    parts = name.split()
    while parts and characters.key(parts[-1]) in rules.vocabulary["on"]:
        parts.pop()
    joined = " ".join(parts).strip(_TRIM)
    return joined if 0 < len(parts) <= 6 else None


def _signed(line: str, rules: Rules) -> Byline | None:
    rest = _after(line, rules.vocabulary["by"])
    if rest is None or line.endswith((".", "!", "?")) or len(rest.split()) > 14:
        return None
    names = _split_names(rest)
    if not names or not all(_is_name(name) for name in names[:1]):
        return None
    kept = [name for name in names if _is_name(name)]
    return Byline("signed", ", ".join(dict.fromkeys(kept)))


def _after(line: str, entries: Iterable[str]) -> str | None:
    """What follows the longest entry that begins the line, or None."""
    starts = [match.end() for match in re.finditer(r"[^\W_]+", line)][:4]
    known = frozenset(entries)
    for end in reversed(starts):
        if characters.key(line[:end]) in known:
            return line[end:].strip(_TRIM)
    return None


def _split_names(text: str) -> list[str]:
    return [name for part in _NAMES.split(text) if (name := part.strip(_TRIM + "()"))]


def _is_name(text: str) -> bool:
    parts = text.split()
    if not 1 <= len(parts) <= _NAME_WORDS or len(text) > 60 or any(c.isdigit() for c in text):
        return False
    if not any(part[0].isupper() or part[0].islower() for part in parts):
        return len(parts) <= 4  # a script without capitals
    return all(shapes.is_name_part(part) for part in parts) and parts[0][0].isupper()
