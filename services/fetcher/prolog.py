"""What stands before the root element of an XML document. It is cut, so that no DTD ever reaches a parser."""

import re

_BLANK = re.compile(r"[\ufeff \t\r\n]*")


def end(text: str) -> int:
    """Past white space, declarations, comments and a DOCTYPE, so that nothing in them is taken for a root."""
    at, before = 0, -1
    while at != before:
        before = at
        at = _BLANK.match(text, at).end()  # type: ignore[union-attr]  # it always matches, if nothing
        for opening, closing in (("<!--", "-->"), ("<?", "?>")):
            if text.startswith(opening, at):
                at = _past(text, closing, at)
        if text[at : at + 9].lower() == "<!doctype" and text[at + 9 : at + 20].strip()[:4].lower() != "html":
            at = _past(text, "]", at) if "[" in text[at : max(at, text.find(">", at))] else at
            at = _past(text, ">", at)
    return at


def _past(text: str, closing: str, at: int) -> int:
    found = text.find(closing, at)
    return at if found < 0 else found + len(closing)
