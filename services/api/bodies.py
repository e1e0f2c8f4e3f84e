"""The JSON that leaves the service."""

from collections.abc import Sequence
from typing import Any

from services import codec
from services.api.search import Hit, Part, Results, Value


def results(found: Results) -> dict[str, Any]:
    return {
        "total": found.total,
        "exact": found.exact,
        "hits": [hit(each) for each in found.hits],
        "cursor": found.cursor,
        "notices": list(found.notices),
        "facets": {each.name: [_value(value) for value in each.values] for each in found.facets},
    }


def hit(found: Hit) -> dict[str, Any]:
    """An article as events carry it, and beside it what the search knows. Texts are plain, never HTML."""
    return {
        "seq": found.seq,
        "score": found.score,
        "others": found.others,
        "title": parts(found.title),
        "snippet": parts(found.snippet),
        "copies": [{"id": copy.id, "url": copy.url, "outlet": copy.outlet} for copy in found.copies],
        "article": codec.plain(found.article),
    }


def _value(found: Value) -> dict[str, Any]:
    return {"value": found.value, "name": found.name, "count": found.count}


def parts(found: Sequence[Part]) -> list[dict[str, Any]]:
    return [{"text": part.text, "match": part.is_match} for part in found]


def error(reason: str, detail: str) -> dict[str, Any]:
    return {"error": {"reason": reason, "detail": detail}}
