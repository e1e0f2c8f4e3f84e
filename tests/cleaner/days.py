"""Cleaners that a sandbox runs in the tests of cleaning again: one for each day on which the rules were others.

A page is JSON: {"title", "blocks", ...}. What a day's rules make of it is said beside each function.
"""

import base64
import json
import os
from typing import Any


def monday(asked: dict[str, Any]) -> dict[str, Any]:
    """Keeps every block."""
    return _answer(asked, lambda text: False)


def tuesday(asked: dict[str, Any]) -> dict[str, Any]:
    """Has a rule against advertisements; breaks on a page that says so, and dies on one that says so."""
    if _page(asked).get("fatal"):
        os._exit(3)
    if _page(asked).get("breaks"):
        return {"id": asked["id"], "error": {"reason": "poison", "detail": "ValueError: a page like no other"}}
    return _answer(asked, lambda text: text.startswith("Advertisement"))


def _page(asked: dict[str, Any]) -> dict[str, Any]:
    page: dict[str, Any] = json.loads(base64.b64decode(asked["html_b64"]))
    return page


def _answer(asked: dict[str, Any], is_noise: Any) -> dict[str, Any]:
    page = _page(asked)
    blocks = [{"kind": "paragraph", "text": text} for text in page["blocks"] if not is_noise(text)]
    removed = [{"kind": "ad-label", "rule": "day", "text": text} for text in page["blocks"] if is_noise(text)]
    error = None if blocks else {"reason": "no_article", "detail": "nothing on the page is the text of an article"}
    return {
        "id": asked["id"], "title": page["title"], "blocks": blocks, "removed": removed, "error": error,
        "meta": {
            "published": "2022-03-01", "language": "en", "kind": "article", "paywalled": bool(page.get("paywalled")),
        },
    }  # fmt: skip
