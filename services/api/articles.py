"""Routes of single articles, stories, and the answer to "why"."""

from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Query
from fastapi.responses import JSONResponse

from services import codec
from services.api import lookups
from services.api.asked import BadRequest
from services.api.lookups import Canonical, Why
from services.store import Store, articles, events, judgements
from services.store import versions as history
from services.store.times import iso

URL_LIMIT = 8_000


def routes(store: Store, canonical: Canonical) -> APIRouter:
    router = APIRouter(prefix="/v1", tags=["articles"])

    @router.get("/articles/{key}", summary="One article")
    def article(key: str) -> JSONResponse:
        """The article as events carry it, as it stands now."""
        with store.read() as tx:
            found = articles.get(tx, key)
        if found is None:
            raise HTTPException(404, f"no article {key}")
        return JSONResponse(codec.plain(found))

    @router.get("/articles/{key}/removed", summary="What was cut from a page, and why")
    def removed(key: str) -> JSONResponse:
        """Also for pages that ended as off topic or as a duplicate."""
        with store.read() as tx:
            found = articles.removed(tx, key)
        if found is None:
            raise HTTPException(404, f"no page {key} has been cleaned")
        return JSONResponse({"id": key, "removed": [codec.plain(each) for each in found]})

    @router.get("/articles/{key}/versions", summary="What the outlet has made of an article at its URL")
    def versions(key: str) -> JSONResponse:
        """Every version, oldest first, the last one in force; and what each `updated` event has said of changes."""
        with store.read() as tx:
            found, told = history.all_of(tx, key), events.updates(tx, key)
        if not found:
            raise HTTPException(404, f"no page {key} has been cleaned")
        return JSONResponse(
            {
                "id": key,
                "versions": [
                    {
                        "number": each.number,
                        "since": iso(each.at),
                        "title": each.cleaned.title,
                        "text": each.cleaned.text,
                    }
                    for each in found
                ],
                "updates": [
                    {
                        "seq": each.seq,
                        "at": each.at,
                        "changes": [codec.plain(change) for change in each.article.changes],
                    }
                    for each in told
                ],
            }
        )

    @router.get("/stories/{key}", summary="The articles of one story, oldest first")
    def story(key: str) -> JSONResponse:
        with store.read() as tx:
            found = articles.story(tx, key)
        if not found:
            raise HTTPException(404, f"no story {key}")
        return JSONResponse({"id": key, "articles": [codec.plain(each) for each in found]})

    @router.get("/why", summary="Everything that happened to a URL")
    def why(url: Annotated[str, Query(min_length=1, max_length=URL_LIMIT)]) -> JSONResponse:
        found = explain(store, url, canonical)
        if found is None:
            raise HTTPException(404, "this URL has not been seen in any feed")
        return JSONResponse(_why(found))

    return router


def explain(store: Store, url: str, canonical: Canonical) -> Why | None:
    """Raises BadRequest where `url` is not one."""
    try:
        return lookups.why(store, url, canonical)
    except ValueError as error:
        raise BadRequest(f"url: {error}") from error


def _why(found: Why) -> dict[str, Any]:
    topics = [judgements.plain(each) for each in found.topics]  # best first
    return {
        "item": {**codec.plain(found.item), "seen": iso(found.item.seen), "changed": iso(found.item.changed)},
        "history": [codec.plain(step) for step in found.history],
        "sightings": [codec.plain(each) for each in found.sightings],
        "verdict": next(iter(topics), None),
        "topics": topics,
        "article": found.article.id if found.article else None,
        "relation": found.article.relation if found.article else None,
        "of": found.article.of if found.article else None,
        "shared": list(found.shared),
        "removed": [codec.plain(each) for each in found.removed],
    }
