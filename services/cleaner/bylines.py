"""Lines that say who wrote an article, where it was published, and when."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import takewhile

from services.cleaner import characters, dates, shapes
from services.cleaner.phrases import Rules

MAX_WORDS = 25
_DATELINE_WORDS = 6
_UPDATED_WORDS = 4
_BY_WORDS = 8
_LATE = frozenset({"by", "par", "autor", "autorin", "author", "автор"})
"""Entries of `by` that introduce a writer in the middle of a line too: none that are parts of names."""
_ADDRESS = re.compile(r"https?://\S+|\S+@\S+")
_BAR = re.compile(r"[|•·–—]|\s-\s|\s{3,}")
_DATED_FIRST = re.compile(r"\d{1,2}\.\s?\d{1,2}\.\s?\d{4}\s?[|:–-]")
_WORD = re.compile(r"[^\W_]+")
_NAMES = re.compile(
    r"\s*(?:,|;|\||/|&|\band\b|\bet\b|\bund\b|\by\b|\be\b|\bi\b|\ben\b|\bта\b|\bі\b|\bи\b|\bve\b|\bو\b)\s*"
)
_TRIM = " \t:|-–—,;•·\u00a0"
_NAME_WORDS = 5
_OUTLET_WORDS = 4
_PLACED_WORDS = 12
_PLACE = re.compile(
    r"\s*(?:,|\||\s[–—-])\s+(?:(?:in|en|em|à|aus|a|w|у|в|da)\s+)?(?=[^\s,]+(?:\s[^\s,]+)?$)"
    r"|\s(?:in|em|à|aus)\s(?=[^\s,]+$)"
)


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
    return _signed(line, rules) or _placed(line)


def author(text: str, rules: Rules, *, marked: bool = True) -> str | None:
    """The names in a byline element, without "By", dates and addresses; None where no name is left.

    `marked` says that the markup calls it a byline: then a name need not follow "By", and may be a nickname.
    """
    line = _undated(characters.squeeze(_ADDRESS.sub(" ", text[:400]))[:200], rules)
    line, introduced = _introduced(line, rules)
    if not line or not (marked or introduced):
        return None
    line = _BAR.split(line, maxsplit=1)[0].strip(_TRIM)
    names = [name for name in _leading_names(split(line)) if not _is_label(name, rules)]
    if not marked and names and not (len(names[0].split()) >= 2 or line == names[0]):
        return None
    if not names and _is_nickname(line) and not _is_label(line, rules) and (marked or introduced):
        names = [line]
    return ", ".join(dict.fromkeys(names)) or None


def _undated(line: str, rules: Rules) -> str:
    """The line up to its date; what follows the date where only a label or a weekday stands before it."""
    found = dates.find(line, rules.months)
    if found is None:
        return line
    words = line[: found.start].strip(_TRIM).split()
    while words and characters.key(words[-1]) in rules.vocabulary["on"]:
        words.pop()
    before = " ".join(words)
    labelled = len(words) == 1 and line[: found.start].rstrip().endswith((",", ".", ":"))
    if before and not labelled and not _is_label(before, rules):
        return before
    after = line[found.end :].strip(_TRIM)
    return after if len(after.split()) >= 2 else ""


def _is_label(text: str, rules: Rules) -> bool:
    """True for "By", "Published" or "Updated on" without anything else."""
    said = characters.words(text)
    known = (rules.vocabulary[name] for name in ("by", "published", "on"))
    return bool(said) and any(said[0] in entries or " ".join(said) in entries for entries in known) and len(said) <= 2


def published(text: str, rules: Rules, *, month_first: bool = False) -> tuple[str | None, str | None]:
    """The date of publication in a line that gives dates, and that of an update."""
    first = changed = None
    start = 0
    for found in dates.find_all(text, rules.months, month_first=month_first):
        if _says_updated(text[start : found.start], rules):
            changed = changed or found.iso
        else:
            first = first or found.iso
        start = found.end
    return first, changed


def is_dateline(text: str, rules: Rules, *, month_first: bool = False) -> bool:
    """True for a short line that says little besides a date."""
    rest = text
    for found in reversed(dates.find_all(text, rules.months, month_first=month_first)):
        rest = rest[: found.start] + rest[found.end :]
    words = [word for word in characters.words(rest) if not word.isdigit()]
    if rest == text:
        return dates.parse(text, rules.months) is not None and len(words) <= 1
    if _DATED_FIRST.match(text):
        return True
    return len(words) <= _DATELINE_WORDS or _after(text, rules.vocabulary["published"]) is not None


def _says_updated(before: str, rules: Rules) -> bool:
    words = characters.words(before)[-_UPDATED_WORDS:]
    entries = rules.vocabulary.get("updated", frozenset())
    return any(" ".join(words[i:j]) in entries for i in range(len(words)) for j in range(i + 1, len(words) + 1))


def _introduced(line: str, rules: Rules) -> tuple[str, bool]:
    """What follows "By", be it the first words of a line or after the words before a writer, as in "Posted by"."""
    entries = rules.vocabulary["by"]
    rest = _after(line, entries)
    if rest is not None:
        return _after(rest, entries) or rest, True
    starts = [match.span() for match in _WORD.finditer(line)][1:_BY_WORDS]
    for start, end in reversed(starts):
        if characters.key(line[start:end]) in _LATE & entries and line[end:].strip(_TRIM)[:1].isupper():
            return line[end:].strip(_TRIM), True
    return line, False


def _leading_names(parts: Iterable[str]) -> list[str]:
    """Names up to the first part that is none: after it come roles and places."""
    return list(takewhile(_is_name, parts))


def _is_nickname(text: str) -> bool:
    parts = text.split()
    return 1 <= len(parts) <= 3 and 2 < len(text) <= 40 and not text.isdigit() and parts[0][0].isalnum()


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
        outlet = len(before.split()) <= _OUTLET_WORDS and _is_name(before)
        return Byline("date alone", None, None, found.iso) if published or outlet or not before else None
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
    names = split(rest)
    if not names or not all(_is_name(name) for name in names[:1]):
        return None
    kept = [name for name in names if _is_name(name)]
    return Byline("signed", ", ".join(dict.fromkeys(kept)))


def _placed(line: str) -> Byline | None:
    """Two names or more and where they write from: "Jane Roe and John Doe, Brussels"."""
    if shapes.ends_sentence(line) or len(line.split()) > _PLACED_WORDS:
        return None
    names, found, place = _PLACE.sub("\n", line).rpartition("\n")
    writers = split(names)
    if not found or len(writers) < 2 or len(place.split()) > 2 or not _is_name(place):
        return None
    if not all(shapes.is_title_case_name(name) and any(map(str.islower, name)) for name in writers):
        return None
    return Byline("names and place", ", ".join(dict.fromkeys(writers)))


def _after(line: str, entries: Iterable[str]) -> str | None:
    """What follows the longest entry that begins the line, or None."""
    starts = [match.end() for match in re.finditer(r"[^\W_]+", line)][:4]
    known = frozenset(entries)
    for end in reversed(starts):
        if characters.key(line[:end]) in known:
            return line[end:].strip(_TRIM)
    return None


def split(text: str) -> list[str]:
    """The parts of a list of names, at commas, bars and every language's "and"."""
    return [name for part in _NAMES.split(text) if (name := part.strip(_TRIM + "()"))]


def _is_name(text: str) -> bool:
    parts = text.split()
    if not 1 <= len(parts) <= _NAME_WORDS or len(text) > 60 or any(c.isdigit() for c in text):
        return False
    if not any(part[0].isupper() or part[0].islower() for part in parts):
        return len(parts) <= 4  # a script without capitals
    return all(shapes.is_name_part(part) for part in parts) and parts[0][0].isupper()
