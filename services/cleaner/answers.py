"""Answers to requests to clean, as JSON objects; light to import, for those who only pass them on."""

from typing import Any

from services.contracts import Cleaned, Reason


def show(identity: Any, cleaned: Cleaned) -> dict[str, Any]:
    """An article with everything that was cut from it."""
    meta = cleaned.meta
    return {
        "id": identity,
        "title": cleaned.title,
        "text": cleaned.text,
        "blocks": [{"kind": str(block.kind), "text": block.text} for block in cleaned.blocks],
        "removed": [{"kind": str(r.kind), "rule": r.rule, "text": r.text, "at": r.at} for r in cleaned.removed],
        "meta": {
            "outlet": meta.outlet,
            "author": meta.author,
            "published": meta.published,
            "language": meta.language,
            "url": meta.url,
            "source_url": meta.source_url,
            "aggregator": meta.aggregator,
            "paywalled": meta.paywalled,
            "kind": str(meta.kind),
        },
        "error": None,
    }


def published(answer: dict[str, Any]) -> dict[str, Any]:
    """An answer with the fields that are promised to users, and no others."""
    removed = [{name: entry[name] for name in ("kind", "rule", "text")} for entry in answer["removed"]]
    return {**answer, "removed": removed}


def refuse(identity: Any, reason: Reason, detail: str) -> dict[str, Any]:
    """An answer without an article, and why."""
    empty = dict.fromkeys(("outlet", "author", "published", "language", "url", "source_url"))
    kind = "index" if reason is Reason.INDEX_PAGE else "other"
    return {
        "id": identity,
        "title": "",
        "text": "",
        "blocks": [],
        "removed": [],
        "meta": {**empty, "aggregator": False, "paywalled": False, "kind": kind},
        "error": {"reason": str(reason), "detail": detail},
    }
