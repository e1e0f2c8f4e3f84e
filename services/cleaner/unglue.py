"""Takes apart text in which a lost line break glued two sentences, or a heading and a sentence, together.

Abbreviations, initials, numbers, addresses and names written with a capital inside are left alone.
"""

import re
from itertools import pairwise

from services.cleaner import characters
from services.cleaner.phrases import Rules

_WORD = re.compile(r"[^\W\d_]+")
_AFTER_STOP = re.compile(r"(?P<left>[^\W_]+[)\]»”’%]?)(?P<stop>[.!?…؟]+(?:\s?»|[”’)\]\"])?)(?=[«“„\"(¿¡]?[^\W\d_])")
# `re` has no classes for upper and lower case: these are the letters of every script with capitals up to Armenian.
_LOWER = "".join(char for char in map(chr, range(0x590)) if char.islower())
_UPPER = "".join(char for char in map(chr, range(0x590)) if char.isupper())
_HUMP = re.compile(f"[{_LOWER}][{_UPPER}]")
_STOP = re.compile(r"[.!?…؟](?:\s?»|[”’)\]\"])?[«“„\"(¿¡]?[^\W\d_]")
_ADDRESS = re.compile(r"[/@]|www\.|://")
_TOP_LEVEL = frozenset({"com", "org", "net", "info", "gov", "edu", "eu"})
_VOWELS = "aeiouyаеиоуыэюяіїє"
_CLOSING = ' )»”’]"'
_WINDOW = 200
_LONGEST = 100_000
_SHORT = 3
_LEFT_MIN = 4
_DIGITS_MIN = 3


def unglue(text: str, rules: Rules, context: str = "") -> list[str]:
    """The pieces of a text, in order; one piece if nothing is glued. `context` is the whole page, for evidence."""
    if len(text) > _LONGEST:
        return [text]  # no paragraph is that long: a dump, which nothing here would make readable
    cuts = sorted({*_stops(text, rules), *_humps(text, rules, context)})
    if not cuts:
        return [text]
    edges = [0, *cuts, len(text)]
    return [piece for start, end in pairwise(edges) if (piece := text[start:end].strip())]


def _stops(text: str, rules: Rules) -> list[int]:
    """Where a sentence ends and the next begins without a space."""
    if _STOP.search(text) is None:
        return []
    return [match.end() for match in _AFTER_STOP.finditer(text) if _is_glued_stop(text, match, rules)]


def _is_glued_stop(text: str, match: re.Match[str], rules: Rules) -> bool:
    after = text[match.end() : match.end() + _WINDOW].lstrip('«“„"(¿¡')
    following = _WORD.match(after)
    if following is None or _ADDRESS.search(_token(text, match.start())):
        return False
    left, right = match["left"].rstrip(")]»”’%"), following[0]
    if match["stop"].endswith('"') and text.count('"', 0, match.end()) % 2:
        return False  # this straight quote opens; the stop before it is followed by speech, not by a sentence
    if not right[0].isupper():
        return not _has_case(right) and not _has_case(left) and min(len(left), len(right)) >= _SHORT
    return _ends_sentence(left, match["stop"], rules) and _begins_sentence(right, after)


def _ends_sentence(left: str, stop: str, rules: Rules) -> bool:
    if left.isdigit():
        return len(left) >= _DIGITS_MIN
    if "." not in stop:
        return len(left) >= 2
    # A single letter is an initial, capitals are an abbreviation (U.S., ASP.NET), and some words keep their stop.
    if len(left) < 2 or not left[-1].islower() or len(stop.rstrip(_CLOSING)) == 2:
        return False
    key = characters.key(left)
    if key in rules.vocabulary["abbreviations"]:
        return False
    return len(left) >= _SHORT or any(letter in _VOWELS for letter in key)


def _begins_sentence(right: str, after: str) -> bool:
    if characters.key(right) in _TOP_LEVEL and not right.isupper():
        return False
    rest = after[len(right) :]
    if rest.startswith(".") and len(right) <= 2:
        return False  # an initial or another abbreviation
    return len(right) == 1 or right[1].islower() or rest[:1] in {" ", "-", ",", ":"}


def _humps(text: str, rules: Rules, context: str) -> list[int]:
    """Where a small letter is followed by a capital inside a word, and both halves are words of their own."""
    if _HUMP.search(text) is None:
        return []
    matches = [match for match in re.finditer(r"[^\W\d_]{5,60}", text) if _hump(match[0]) is not None]
    return [cut for match in matches if (cut := _hump_cut(text, match, rules, context or text)) is not None]


def _stands(word: str, context: str, times: int = 1) -> bool:
    """True if the word stands in the context so many times at least, as a word of its own."""
    at = context.find(word)
    while at >= 0:
        end = at + len(word)
        if not (_is_letter(context[at - 1 : at]) or _is_letter(context[end : end + 1])):
            times -= 1
            if not times:
                return True
        at = context.find(word, end)
    return False


def _is_letter(char: str) -> bool:
    return _WORD.fullmatch(char) is not None


def _hump(word: str) -> int | None:
    """Position of the only capital after a small letter; None if there is none or more than one."""
    if word[1:] == word[1:].lower():
        return None
    found = [i for i in range(1, len(word)) if word[i].isupper() and word[i - 1].islower()]
    return found[0] if len(found) == 1 else None


def _hump_cut(text: str, match: re.Match[str], rules: Rules, context: str) -> int | None:
    word = match[0]
    at = _hump(word)
    if at is None or word in rules.names or _stands(word, context, 2) or _ADDRESS.search(_token(text, match.start())):
        return None
    left, right = word[:at], word[at:]
    stands_alone = _stands(left, context)
    if right in rules.starters and len(right) > 1:
        plain = stands_alone or (left.islower() and len(left) >= _LEFT_MIN)
    else:
        # Two names side by side ("BidenPutin") may be a brand: only both words standing elsewhere proves a lost break.
        plain = stands_alone and len(left) >= _LEFT_MIN and left.islower() and _stands(right, context)
    followed = text[match.end() : match.end() + 1] in {" ", "'", "’", ","}
    return match.start() + at if plain and followed and len(left) >= 2 else None


def _token(text: str, position: int) -> str:
    """The run without white space around a position, at most `_WINDOW` characters each way."""
    window = max(0, position - _WINDOW)
    start = text.rfind(" ", window, position) + 1 or window
    end = text.find(" ", position, position + _WINDOW)
    return text[start : end if end >= 0 else position + _WINDOW]


def _has_case(word: str) -> bool:
    return any(c.isupper() or c.islower() for c in word)
