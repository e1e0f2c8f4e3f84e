"""Bytes to text. What a server or page declares is a claim: it is checked against the bytes."""

import codecs
import re

from charset_normalizer import from_bytes

_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32"))
_BOMS_16 = ((codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_HEADER = re.compile(r"charset\s*=\s*[\"']?\s*([\w.:-]{1,40})", re.IGNORECASE)
_MARKUP = re.compile(rb"charset\s*=\s*[\"']?\s*([\w.:-]{1,40})", re.IGNORECASE)
_MARKUP_WINDOW = 4096
# Python's codecs include some that take quadratic time (punycode) or are no charset at all: only those of the web.
_WEB_CHARSET = re.compile(
    r"windows-?\d+|cp\d+|iso-?8859-?\d+|koi8-?\w|mac\w+|x-mac-\w+|shift.?jis|sjis|euc-?\w\w|gb18030|big5(?:-hkscs)?|iso-2022-jp|tis-620"
)
_SAMPLE = 24_000
_TAGS = re.compile(rb"<[^<>]{0,2000}>")
_MULTIBYTE = re.compile(rb"[\xc2-\xf4][\x80-\xbf]{1,3}")
_CONTROLS = re.compile("[\x80-\x9f]")
_LETTERS = re.compile(r"[^\W\d_]")
_CASE_JUMP = re.compile(r"[а-яёіїєґ][А-ЯЁІЇЄҐ]|[A-Za-z][\u0400-\u04ff]|[\u0400-\u04ff][A-Za-z]")
_BROKEN_SHARE = 0.01


def decode(raw: bytes, content_type: str | None = None) -> str:
    """The page as text: byte order mark, then UTF-8 if the bytes are UTF-8, then what is declared, then a guess.

    Never fails: bytes that fit nothing become U+FFFD.
    """
    for mark, name in (*_BOMS, *_BOMS_16):
        if raw.startswith(mark):
            return raw.decode(name, "replace").removeprefix("\ufeff")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        pass  # not an error: most pages that are not UTF-8 come through here
    if _almost_utf8(raw):
        return raw.decode("utf-8", "replace")
    for name in _declared(raw, content_type):
        text = _try(raw, name)
        if text is not None and _plausible(text):
            return text
    return _guess(raw)


def _declared(raw: bytes, content_type: str | None) -> list[str]:
    names = []
    if content_type and (match := _HEADER.search(content_type)):
        names.append(match[1])
    if match_bytes := _MARKUP.search(raw[:_MARKUP_WINDOW]):
        names.append(match_bytes[1].decode("ascii", "ignore"))
    return [_as_browsers_read(name) for name in names]


def _as_browsers_read(name: str) -> str:
    """Pages that declare Latin-1 mean Windows-1252 (WHATWG Encoding Standard); GB2312 means GB18030."""
    lowered = name.lower()
    if lowered in {"iso-8859-1", "latin1", "latin-1", "us-ascii", "ascii", "iso8859-1"}:
        return "windows-1252"
    return {"iso-8859-9": "windows-1254", "gb2312": "gb18030", "gbk": "gb18030"}.get(lowered, lowered)


def _try(raw: bytes, name: str) -> str | None:
    if not _WEB_CHARSET.fullmatch(name):
        return None
    try:
        return raw.decode(name, "replace")
    except (LookupError, UnicodeError, ValueError):
        return None  # a charset nobody knows is the same as none declared


def _almost_utf8(raw: bytes) -> bool:
    """UTF-8 with a few broken characters, as a cut-off download or a pasted foreign byte leaves it."""
    whole = len(_MULTIBYTE.findall(raw))
    broken = raw.decode("utf-8", "replace").count("\ufffd")
    return whole > 0 and broken <= max(3, whole * _BROKEN_SHARE)


def _plausible(text: str) -> bool:
    """Neither replacement characters, nor C1 controls, nor words whose letters change script or case inside."""
    sample = re.sub(r"<[^<>]{0,2000}>", " ", text[: _SAMPLE * 4])
    foreign = sum(1 for letter in _LETTERS.findall(sample) if letter > "\x7f")
    faults = sample.count("\ufffd") + len(_CONTROLS.findall(sample)) + len(_CASE_JUMP.findall(sample))
    if faults > max(3, foreign * 0.05):
        return False
    return not _mostly_accents(sample, foreign)


def _mostly_accents(sample: str, foreign: int) -> bool:
    """Cyrillic, Greek or Arabic read as a Latin code page: nearly every letter has an accent."""
    accented = sum(1 for letter in _LETTERS.findall(sample) if "\x80" < letter < "\u0250")
    return foreign > 20 and accented > 0.45 * len(_LETTERS.findall(sample))


def _guess(raw: bytes) -> str:
    sample = b" ".join(line for line in _TAGS.sub(b" ", raw).splitlines() if max(line, default=0) > 127)[:_SAMPLE]
    best = from_bytes(sample).best() if sample else None
    name = best.encoding if best is not None else "windows-1252"
    return raw.decode(name, "replace")
