"""Bytes of a feed into text: what is declared is believed only where the text then makes sense.

UTF-8 is recognised by itself: text in another encoding is valid UTF-8 by accident about never. For the rest, the
declared encodings and then the usual ones of the languages vigie reads are tried, and the one wins whose words look
like words: letters of one script, an orderly case, not mostly accents.
"""

import codecs
import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

USUAL = (
    "windows-1251",
    "windows-1252",
    "koi8-u",
    "windows-1250",
    "iso-8859-2",
    "windows-1254",
    "windows-1256",
    "iso-8859-5",
)
"""In the order of preference where two make equal sense."""
BY_LANGUAGE = {"tr": "windows-1254", "pl": "windows-1250", "cs": "windows-1250", "ar": "windows-1256"}
"""Encodings whose letters are as plausible in another one: the feed's own language decides between them."""

ENOUGH = 0.8
"""Share of sensible words from which a declared encoding is believed."""
SAMPLE = 20_000
"""Bytes between the tags that are judged."""
BAD_SHARE = 0.1
"""Up to this share of broken among the non-ASCII characters, a text is damaged UTF-8 and not something else."""

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_WIDE_STARTS = (
    (b"<\x00?\x00", "utf-16-le"),
    (b"\x00<\x00?", "utf-16-be"),
    (b"<\x00r\x00", "utf-16-le"),
    (b"\x00<\x00r", "utf-16-be"),
)
_XML_DECLARED = re.compile(rb"""<\?xml[^>]{0,200}?encoding\s{0,9}=\s{0,9}["']([A-Za-z0-9._-]{1,40})["']""")
_HTTP_DECLARED = re.compile(r"""charset\s{0,9}=\s{0,9}["']?([A-Za-z0-9._-]{1,40})""", re.IGNORECASE)
_LANGUAGE = re.compile(rb"""(?:<(?:dc:)?language>\s{0,9}|xml:lang=["'])([A-Za-z]{2})""")
_NOT_FOR_DOCUMENTS = {"punycode", "idna", "unicode-escape", "raw-unicode-escape", "utf-7"}
_READ_AS = {"iso8859-1": "windows-1252", "iso8859-9": "windows-1254", "ascii": None}
"""As browsers do it: the Windows supersets. ASCII is what is declared without a thought."""
_MARKUP = re.compile(rb"<[^<>]*>")
_RARE = frozenset("þðÞÐţŢđĐ")
_EDGE = "".join(chr(c) for c in range(0x21, 0x80) if not chr(c).isalnum()) + "«»„“”‘’…–—·•"


@dataclass(frozen=True, slots=True)
class Decoded:
    """`problem` is None where the encoding was declared rightly, or is UTF-8 and nothing was declared."""

    text: str
    charset: str
    problem: str | None = None


def decode(body: bytes, content_type: str | None) -> Decoded:
    """The text of `body`; never fails, broken bytes become U+FFFD."""
    for mark, name in _BOMS:
        if body.startswith(mark):
            return _lossy(body[len(mark) :], name)
    for start, name in _WIDE_STARTS:
        if body.startswith(start):
            return _lossy(body, name)
    declared = _declared(body, content_type)
    text = _utf8(body)
    if text is not None:
        wrong = bool(declared) and "utf-8" not in declared and not text.isascii()
        return Decoded(text, "utf-8", f"says {declared[0]}, is utf-8" if wrong else None)
    return _legacy(body, declared)


def _legacy(body: bytes, declared: tuple[str, ...]) -> Decoded:
    damaged = body.decode("utf-8", "replace")
    broken = damaged.count("\ufffd")
    if broken <= BAD_SHARE * sum(not character.isascii() for character in damaged):
        return Decoded(damaged, "utf-8", f"{broken} broken characters in utf-8")
    sample = b" ".join(_MARKUP.sub(b" ", body).split())
    sample = b" ".join(word for word in sample.split(b" ") if not word.isascii())[:SAMPLE]
    found = _LANGUAGE.search(body[:20_000])
    first = BY_LANGUAGE.get(found[1].decode("ascii").lower()) if found else None
    for name in declared:
        # windows-1252 is what servers say who know nothing: a language that it cannot write knows better.
        believed = name != "utf-8" and not (name == "windows-1252" and first)
        if believed and sense(sample, name) >= ENOUGH:
            return _lossy(body, name)
    ranked = [name for name in (first, *declared, *USUAL) if name is not None and name != "utf-8"]
    best = max(ranked, key=lambda name: sense(sample, name))
    said = f"says {declared[0]}" if declared else "declares no encoding"
    return Decoded(body.decode(best, "replace"), best, f"{said}, read as {best}")


def sense(sample: bytes, charset: str) -> float:
    """Share of the words with a non-ASCII character that look like words in this encoding, 0 to 1."""
    text = sample.decode(charset, "replace")
    words = [word for word in (raw.strip(_EDGE) for raw in text.split()) if not word.isascii()]
    return sum(map(_sensible, words)) / len(words) if words else 0.0


def _sensible(word: str) -> float:
    letters = [character for character in word if character.isalpha()]
    if any(unicodedata.category(c)[0] in "SC" or c in "¿¡¹²³º\ufffd" for c in word) or not letters:
        return 0.0
    scripts = {_script(character) for character in letters}
    if len(scripts) > 1:
        return 0.0
    accents = sum(not character.isascii() for character in letters)
    if scripts == {"LATIN"} and len(letters) > 2 and accents > len(letters) / 2:
        return 0.0
    # Turkish read as windows-1252 looks Icelandic, as windows-1250 nothing known: Turkish is likelier.
    return _case(letters) * (0.9 if _RARE & set(letters) else 1.0)


def _case(letters: list[str]) -> float:
    upper = sum(character.isupper() for character in letters)
    if upper == 0 or (upper == 1 and letters[0].isupper()):
        return 1.0
    # All capitals are rare in print but all that KOI8 makes of small letters read as windows-1251.
    return 0.4 if upper == len(letters) else 0.0


@lru_cache(maxsize=2_000)
def _script(character: str) -> str:
    return unicodedata.name(character, "?").split(" ", 1)[0]


def _declared(body: bytes, content_type: str | None) -> tuple[str, ...]:
    """Encodings that the document and then the header name and Python knows, without repeats."""
    found = []
    in_xml = _XML_DECLARED.search(body[:1_024])
    if in_xml:
        found.append(in_xml[1].decode("ascii"))
    in_http = _HTTP_DECLARED.search((content_type or "")[:500])
    if in_http:
        found.append(in_http[1])
    return tuple(dict.fromkeys(name for name in map(_known, found) if name))


def _known(name: str) -> str | None:
    try:
        codec = codecs.lookup(name)
        b"".decode(name)  # refuses the codecs that are not encodings (hex, zip, rot13)
    except (LookupError, UnicodeError):
        return None
    if codec.name in _NOT_FOR_DOCUMENTS:
        return None
    if codec.name.startswith("cp125"):
        return codec.name.replace("cp", "windows-")
    return _READ_AS.get(codec.name, codec.name)


def _utf8(body: bytes) -> str | None:
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError as error:
        # A download that was cut may end inside a character.
        if len(body) - error.start < 4 and error.reason == "unexpected end of data":
            return body[: error.start].decode("utf-8")
    return None


def _lossy(body: bytes, charset: str) -> Decoded:
    text = body.decode(charset, "replace")
    broken = text.count("\ufffd")
    return Decoded(text, charset, f"{broken} broken characters in {charset}" if broken else None)
