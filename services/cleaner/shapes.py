"""What a block of text looks like, whatever it says and in whatever script: pure questions about one string.

Thresholds were set on the development pages: what a question calls noise should be in no hand-made article text.
"""

import re
from statistics import median

from services.cleaner import characters
from services.cleaner.phrases import Rules

_SEPARATORS = re.compile(r"[^\S\n]{2,}|[\u00a0\u2007\u202f]{2,}|\s+[•·|‖▪●■◆►▶★✦]\s*|\s\|\s|\s//+\s|\s\*\*\*+\s")
_MAYBE_SEPARATED = re.compile(r"\s\s|[•·|‖▪●■◆►▶★✦\u2007\u202f]|//|\*\*\*")
_TERMINAL = re.compile(r"[.!?…。！？؟।۔]['\"»”’)\]]*\s*$")
_SENTENCES = re.compile(r"[.!?…。！？؟।۔]+['\"»”’)\]]*(?:\s+|$)")
_CRUMB = re.compile(r"\s*[›»>→/\\|]\s*")
_CLAUSE = re.compile(r"[,;:]\s")
_CREDIT_SIGN = re.compile(r"^\W*[©Ⓒ]|^\W*\(c\)\s", re.IGNORECASE)
_URL = re.compile(r"https?://[^\s<>\"]{3,2000}")
_DATE_LIKE = re.compile(r"\d{4}(?:-\d{1,2}){0,2}|\d{1,2}[./-]\d{1,2}[./-]\d{2,4}|\d{1,2}:\d{2}(?::\d{2})?")
_CAPS = re.compile(r"\b[^\W\d_]{2,}\b")

TICKER_SEGMENTS = 5
TICKER_SEGMENTS_INSIDE = 8
"""Inside the article's body, where an enumeration may be set apart in the same way."""
CREDIT_TAIL_WORDS = 7
TITLE_WORDS = 32


def ends_sentence(text: str) -> bool:
    """True if the text ends as sentences do, closing quotes and brackets allowed."""
    return _TERMINAL.search(text[-12:]) is not None


def sentences(text: str) -> list[str]:
    """Rough sentences: enough to count them, not to quote them."""
    return [part for part in (piece.strip() for piece in _SENTENCES.split(text)) if part]


def is_title_like(text: str) -> bool:
    """One to 32 words on one line that do not end as a sentence; questions and exclamations may be titles."""
    if "\n" in text or len(text) > 300:
        return False
    size = len(text.split())
    return 0 < size <= TITLE_WORDS and not text.rstrip("'\"»”’)] ").endswith((".", "。", "।", "۔", ";", ","))


def is_paragraph(text: str) -> bool:
    """Running text: at least twelve words that end as a sentence, or very many words."""
    size = len(text.split())
    return (size >= 12 and ends_sentence(text)) or size >= 40 or (len(text) >= 60 and size < 6 and ends_sentence(text))


def is_ticker(text: str, segments_needed: int = TICKER_SEGMENTS) -> bool:
    """A run of other stories' headlines on one line, set apart by runs of spaces, bullets or bars.

    `text` must still have its original spacing. Enough segments, their median three words or more, few of
    them ending as sentences do: a paragraph typed with double spaces after full stops is none.
    """
    if len(text) < 80 or _MAYBE_SEPARATED.search(text) is None:
        return False
    segments = [segment.strip() for segment in _SEPARATORS.split(text) if segment.strip()]
    if len(segments) < segments_needed:
        return False
    sizes = [len(segment.split()) for segment in segments]
    if not 3 <= median(sizes) <= 25 or sum(sizes) < 25:
        return False
    # A full stop or a comma before the gap belongs to running text that was typed or justified with gaps.
    running = sum(1 for segment in segments[:-1] if segment.endswith((".", ",", ";", ":", "。", "،")))
    lower = sum(1 for segment in segments[1:] if segment[0].islower())
    return running <= 0.2 * len(segments) and lower <= 0.2 * len(segments)


def is_ad_label(text: str, rules: Rules) -> bool:
    """Labels of advertising slots repeated on one line: every sixth word, and two at least, say advertising."""
    found = characters.words(text)
    hits = sum(1 for word in found if word in rules.vocabulary["advertisement"])
    return hits >= 2 and hits * 6 >= len(found) and len(set(found)) <= 0.7 * len(found)


def is_share_bar(text: str, rules: Rules) -> bool:
    """Nothing but names of platforms and words of share bars, with one platform at least."""
    found = [word for word in characters.words(text) if not word.isdigit()]
    platforms = rules.vocabulary["platforms"]
    named = sum(1 for word in found if word in platforms and len(word) > 1)
    return 0 < len(found) <= 20 and named > 0 and all(w in platforms or w in rules.vocabulary["share"] for w in found)


def is_breadcrumb(text: str, rules: Rules) -> bool:
    """Two or more short steps that begin at the home page."""
    steps = [step for step in _CRUMB.split(text.strip()) if step]
    return (
        2 <= len(steps) <= 8
        and len(text) <= 250
        and len(text.split()) <= 30
        and characters.key(steps[0]) in rules.vocabulary["home"]
    )


def credit_start(text: str, rules: Rules) -> int | None:
    """Where a picture credit begins that ends the text: "… Photo : Reuters", "© AFP", "(Foto: dpa)"; None without one.

    0 means that the whole text is a credit.
    """
    if len(text) > 600:
        return None
    sign = re.search(r"[(\[]?[©Ⓒ]", text)
    if (
        sign
        and len(text[sign.end() :].split()) <= CREDIT_TAIL_WORDS
        and not ends_sentence(text[sign.end() :].rstrip(".)]"))
    ):
        return sign.start()
    for match in reversed(list(re.finditer(r"[:：/|]", text[-120:]))):
        at = match.start() + max(0, len(text) - 120)
        before, after = text[:at].rstrip(), text[at + 1 :].strip(" )].")
        if not 0 < len(after.split()) <= CREDIT_TAIL_WORDS:
            continue
        start = _introduced(before, rules.vocabulary["photo"])
        if start is not None and (start == 0 or _detached(before[:start]) or _is_signed(before[start:], after)):
            return start
    return _agency_start(text, rules)


def is_title_case_name(text: str) -> bool:
    """Two to four capitalised words and nothing else, in a script that has capitals."""
    parts = text.split()
    return 2 <= len(parts) <= 4 and len(text) <= 60 and all(is_name_part(part) for part in parts)


def is_fragments(text: str) -> bool:
    """Three or more full stops, and no more than four words between them on average: a blurb, not prose."""
    found = sentences(text.strip("\"'«»“”„ "))
    return len(found) >= 3 and sum(len(s.split()) for s in found) <= 4.5 * len(found)


def is_crawl_header(text: str) -> bool:
    """A URL and a date with at most three more words: what a crawler wrote in front of a text."""
    if len(text) > 2_500 or not _URL.search(text):
        return False
    rest = _DATE_LIKE.sub(" ", _URL.sub(" ", text))
    return (
        rest.count(" ") > 0 and _DATE_LIKE.search(_URL.sub(" ", text)) is not None and len(characters.words(rest)) <= 3
    )


def urls(text: str) -> list[str]:
    """The web addresses in a text, without the punctuation that follows them."""
    return [match.rstrip(".,;:!?)]}»”'") for match in _URL.findall(text)]


def has_capitals_word(text: str) -> bool:
    """True if a word of two letters or more is all capitals."""
    return any(word.isupper() for word in _CAPS.findall(text))


def is_name_part(part: str) -> bool:
    """True for a capitalised word, an initial or a particle such as "van"."""
    bare = part.strip(".,'’")
    if bare.lower() in {
        "de",
        "da",
        "di",
        "du",
        "van",
        "von",
        "der",
        "den",
        "la",
        "le",
        "el",
        "al",
        "bin",
        "dos",
        "del",
    }:
        return True
    return len(bare) >= 1 and bare[0].isupper() and all(c.isalpha() or c in "-'’." for c in bare)


def _introduced(before: str, entries: frozenset[str]) -> int | None:
    """Start of the longest entry that ends `before`, or None."""
    words = [match.start() for match in re.finditer(r"[^\W_]+(?:['’][^\W_]+)?", before)][-3:]
    return next((start for start in words if characters.key(before[start:]) in entries), None)


def _detached(before: str) -> bool:
    """True if what stands before a credit is finished: it ends with punctuation, a bracket or a gap."""
    return before.rstrip().endswith((".", "(", "[", "|", "/", "-", "–", "—", "!", "?", "…", ",", "»"))


def _is_signed(label: str, names: str) -> bool:
    """A capitalised "Photo" before nothing but names: a credit even where no full stop divides it from the caption."""
    return (
        label[0].isupper()
        and len(names.split()) <= 4
        and all(is_name_part(part) for part in re.split(r"[/\s]+", names))
    )


def _agency_start(text: str, rules: Rules) -> int | None:
    agencies = rules.vocabulary["agencies"]
    if len(text.split()) <= 6:
        parts = [part for part in re.split(r"[/|,()–—-]| via ", text) if part.strip()]
        known = agencies | rules.vocabulary["photo"]
        named = sum(
            1 for part in parts if characters.key(part) in agencies or all(w in known for w in characters.words(part))
        )
        if named and len(parts) - named <= 1:
            return 0
    closing = re.search(r"[(\[]([^()\[\]]{2,60})[)\]]\s*\.?$", text)
    if closing and len(text) <= 400:
        found = characters.words(closing[1])
        # "(AFP/Reuters)" may close a paragraph of the article; with a word for picture inside it closes a caption.
        if any(word in rules.vocabulary["photo"] for word in found) and any(word in agencies for word in found):
            return closing.start()
    return None
