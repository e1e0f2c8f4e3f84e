"""A parsed page to its blocks, in order. trafilatura chooses the region; what is noise in it is decided elsewhere."""

import logging
from collections.abc import Iterator
from typing import Any

import trafilatura

from services.cleaner import characters
from services.contracts import Block, BlockKind

# Its warnings are about single pages; what matters of them comes back as an error value.
logging.getLogger("trafilatura").setLevel(logging.CRITICAL)


class Failed(ValueError):
    """The extractor itself broke on a page."""


def extract(tree: Any) -> list[Block]:
    """The blocks of the article region of an lxml tree, empty if there is none. Raises `Failed`.

    Not safe in threads, and trafilatura's module-level caches grow: run it in a process that is replaced now and then.
    """
    try:
        found = trafilatura.bare_extraction(tree, include_comments=False, include_tables=True, deduplicate=False)
    except Exception as error:  # a page must not take the worker down, whatever it makes the library raise
        raise Failed(f"trafilatura: {type(error).__name__}: {error}") from error
    body = getattr(found, "body", None)
    if body is None:
        return []
    return [Block(kind, text) for kind, raw in _blocks(body) if (text := _tidy(raw))]


def _blocks(body: Any) -> Iterator[tuple[BlockKind, str]]:
    if body.text and body.text.strip():
        yield BlockKind.PARAGRAPH, body.text
    for element in body:
        tag = element.tag
        if tag in {"list", "dl"}:
            yield BlockKind.LIST, "\n".join(_inline(item) for item in element.iter("item"))
        elif tag == "table":
            yield BlockKind.TABLE, "\n".join(_row(row) for row in element.iter("row"))
        elif tag == "quote":
            yield BlockKind.QUOTE, _lines(element)
        elif tag == "head":
            yield BlockKind.HEADING, _inline(element)
        else:
            for line in _lines(element).split("\n"):
                yield BlockKind.PARAGRAPH, line
        if element.tail and element.tail.strip():
            yield BlockKind.PARAGRAPH, element.tail


def _row(row: Any) -> str:
    return " | ".join(_inline(cell) for cell in row.iter("cell"))


def _lines(element: Any) -> str:
    """Text with a line per `<lb/>` and per paragraph inside."""
    parts = []
    for node in element.iter():
        if node is not element and node.tag in {"lb", "p", "item", "quote", "head"}:
            parts.append("\n")
        parts.append(" ".join((node.text or "").split("\n")))
        if node is not element and node.tail:
            if node.tag in {"p", "item", "quote", "head"}:
                parts.append("\n")
            parts.append(" ".join(node.tail.split("\n")))
    return "".join(parts)


def _inline(element: Any) -> str:
    return " ".join(_lines(element).split())


def _tidy(raw: str) -> str:
    lines = (characters.squeeze(line) for line in characters.clean(raw).split("\n"))
    return "\n".join(line for line in lines if line.strip(" |"))
