"""What a text may consist of, and the folded form in which two texts are compared."""

import re
import unicodedata
from functools import lru_cache

_INVISIBLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f"  # controls that no news text contains
    "\u00ad\u061c\u180e\u200b\u200e\u200f\u2060-\u2064\ufeff"  # soft hyphen, zero widths, direction marks
    "\u202a-\u202e\u2066-\u2069"  # bidi embeddings, overrides and isolates
    "\ufff9-\ufffb\ufffe\uffff]"  # annotations and non-characters
)
_BREAKS = re.compile("\r\n?|[\x85\u2028\u2029]")
_MARKS = re.compile("[\u0300-\u036f\u0483-\u0487\u0591-\u05bd\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06ed\u0640]+")
_WORD = re.compile(r"[^\W_]+")
_CACHED_LENGTH = 2_000


def clean(text: str) -> str:
    """NFC text without controls, bidi overrides, zero widths and lone surrogates; line breaks are `\\n`."""
    if text.isprintable():  # letters, signs and plain spaces: most lines
        return text if text.isascii() else unicodedata.normalize("NFC", text)
    text = _BREAKS.sub("\n", _without_surrogates(text))
    return unicodedata.normalize("NFC", _INVISIBLE.sub("", text))


def squeeze(text: str) -> str:
    """Every run of white space, no-break spaces included, as one space."""
    return " ".join(text.split())


def fold(text: str) -> str:
    """Lower case without accents: what `words` and phrases are compared in. Turkish ı and İ become i."""
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return _MARKS.sub("", decomposed).replace("ı", "i")


def words(text: str) -> tuple[str, ...]:
    """Folded runs of letters and digits, in any script."""
    return _words(text) if len(text) <= _CACHED_LENGTH else tuple(_WORD.findall(fold(text)))


def key(text: str) -> str:
    """Equal for two texts that differ in case, accents, punctuation and spacing only."""
    return " ".join(words(text))


@lru_cache(maxsize=1024)
def _words(text: str) -> tuple[str, ...]:
    # Every rule asks for the words of the same block: remembering the last blocks saves a third of the pass.
    return tuple(_WORD.findall(fold(text)))


def _without_surrogates(text: str) -> str:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        # Pairs of surrogates are one character that a careless decoder split; lone ones are nothing.
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "ignore")
    return text
