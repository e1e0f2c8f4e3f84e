"""What a block of text looks like, whatever it says and in whatever script: pure questions about one string.

Thresholds were set on the development pages: what a question calls noise should be in no hand-made article text.
"""

import re
from statistics import median

from services.cleaner import characters
from services.cleaner.phrases import Rules

_SEPARATORS = re.compile(
    r"[^\S\n]{2,}|[\u00a0\u2007\u202f]{2,}|\s+[•·|‖▪●■◆►▶★✦]\s*|\s\|\s|\s//+\s|\s\*\*\*+\s|\+\+\++"
)
_MAYBE_SEPARATED = re.compile(r"\s\s|[•·|‖▪●■◆►▶★✦\u2007\u202f]|//|\*\*\*|\+\+\+")
_PLAIN_SEPARATORS = ("|", "  ", "//", "***", "+++")
_TERMINAL = re.compile(r"[.!?…。！？؟।۔]['\"»”’)\]]*\s*$")
_SENTENCES = re.compile(r"[.!?…。！？؟।۔]+['\"»”’)\]]*(?:\s+|$)")
_CRUMB = re.compile(r"\s*[›»>→/\\|]\s*")
_ARROW = re.compile(r"\s[›»>→]\s")
_TAGGED = 0.7
_BAR_WORDS = 20
_URL = re.compile(r"https?://[^\s<>\"]{3,2000}")
_DATE_LIKE = re.compile(r"\d{4}(?:-\d{1,2}){0,2}|\d{1,2}[./-]\d{1,2}[./-]\d{2,4}|\d{1,2}:\d{2}(?::\d{2})?")
_CAPS = re.compile(r"\b[^\W\d_]{2,}\b")

_HEADER_WORDS = 4
_CRAWLED = ("crawl", "fetch", "scrape", "retrieve", "harvest", "archived")

TICKER_SEGMENTS, TICKER_SEGMENTS_INSIDE = 5, 8
"""Headlines of a ticker at the margins of an article and inside its body, where an enumeration may look the same."""
_TICKER_WORDS, _TICKER_WORDS_INSIDE = 14, 25
_TICKER_LABEL = 2
LABEL_LENGTH = 600
"""Characters beyond which a block is no label, bar or menu."""
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
    if len(text) < 60 or not _may_be_separated(text):
        return False
    segments = [segment.strip() for segment in _SEPARATORS.split(text) if segment.strip()]
    if len(segments) > segments_needed and len(segments[0].split()) <= _TICKER_LABEL:
        del segments[0]  # "Breaking", "Trending"
    if len(segments) < segments_needed:
        return False
    sizes = [len(segment.split()) for segment in segments]
    least = _TICKER_WORDS if segments_needed < TICKER_SEGMENTS_INSIDE else _TICKER_WORDS_INSIDE
    if not 3 <= median(sizes) <= 25 or sum(sizes) < least or all(map(is_title_case_name, segments)):
        return False
    # A full stop or a comma before the gap belongs to running text that was typed or justified with gaps.
    running = sum(1 for segment in segments[:-1] if segment.endswith((".", ",", ";", ":", "。", "،")))
    lower = sum(1 for segment in segments[1:] if segment[0].islower())
    return running <= 0.2 * len(segments) and lower <= 0.2 * len(segments)


def _may_be_separated(text: str) -> bool:
    if text.isascii() and "\n" not in text and "\t" not in text:
        return any(sign in text for sign in _PLAIN_SEPARATORS)
    return _MAYBE_SEPARATED.search(text) is not None


def is_ad_label(text: str, rules: Rules) -> bool:
    """Labels of advertising slots repeated on one line: every sixth word, and two at least, say advertising."""
    found = characters.words(text)
    labels = rules.vocabulary["advertisement"]
    if labels.isdisjoint(found):
        return False
    hits = sum(1 for word in found if word in labels)
    return hits >= 2 and hits * 6 >= len(found) and len(set(found)) <= 0.7 * len(found)


def is_share_bar(text: str, rules: Rules) -> bool:
    """Nothing but names of platforms and words of share bars, with one platform at least."""
    if text.count(" ") > 2 * _BAR_WORDS:
        return False
    found = [word for word in characters.words(text) if not word.isdigit()]
    platforms = rules.vocabulary["platforms"]
    named = sum(1 for word in found if word in platforms and len(word) > 1)
    known = platforms | rules.vocabulary["share"] if named else platforms
    return 0 < len(found) <= _BAR_WORDS and named > 0 and all(word in known for word in found)


def is_breadcrumb(text: str, rules: Rules) -> bool:
    """Two or more short steps that begin at the home page, or at a rubric if arrows stand between them."""
    if len(text) > 250 or _CRUMB.search(text) is None:
        return False
    steps = [step for step in _CRUMB.split(text.strip()) if step]
    if not 2 <= len(steps) <= 8 or len(text.split()) > 30:
        return False
    first = characters.key(steps[0])
    return first in rules.vocabulary["home"] or (
        first in rules.vocabulary["sections"] and _ARROW.search(text) is not None and not ends_sentence(text)
    )


def is_hashtags(text: str) -> bool:
    """Two hashtags or more, and little else."""
    if text.count("#") < 2:
        return False
    parts = text.replace("#", " #").split()
    tags = sum(1 for part in parts if part.startswith("#") and len(part) > 1 and not part[1:].isdigit())
    return tags >= 2 and tags >= _TAGGED * len(parts)


def is_title_case_name(text: str) -> bool:
    """Two to four capitalised words and nothing else, in a script that has capitals."""
    parts = text.split()
    return 2 <= len(parts) <= 4 and len(text) <= 60 and all(is_name_part(part) for part in parts)


def is_fragments(text: str) -> bool:
    """Three or more full stops, and no more than four words between them on average: a blurb, not prose."""
    found = sentences(text.strip("\"'«»“”„ "))
    return len(found) >= 3 and sum(len(s.split()) for s in found) <= 4.5 * len(found)


def is_crawl_header(text: str) -> bool:
    """A URL and a date, or a word of crawlers, with at most four more words: what was written in front of a text."""
    if "http" not in text or len(text) > 2_500 or not _URL.search(text):
        return False
    rest = _URL.sub(" ", text)
    dated = _DATE_LIKE.search(rest)
    found = characters.words(_DATE_LIKE.sub(" ", rest))
    if rest.strip() == "" or len(found) > _HEADER_WORDS:
        return False
    return dated is not None or any(word.startswith(_CRAWLED) for word in found)


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
