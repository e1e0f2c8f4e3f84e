"""Pages for people, without JavaScript: search, article, why, and the API's description."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Query, Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined

from services.api import links, lookups, openapi
from services.api.articles import URL_LIMIT, explain
from services.api.asked import Asked, BadRequest, read
from services.api.lookups import Canonical
from services.api.search import Search
from services.contracts import Outcome, Relation, State
from services.store import Store

PAGE_SIZE = 20

FACET_SIZE = 8
"""Values of a facet that the page shows; the API gives more."""

LANGUAGES = {
    "ar": "العربية", "de": "Deutsch", "en": "English", "es": "Español", "fr": "Français", "it": "Italiano",
    "nl": "Nederlands", "pl": "Polski", "pt": "Português", "ru": "Русский", "tr": "Türkçe", "uk": "Українська",
}  # fmt: skip
"""The languages that the form offers; a query may name any other with lang:."""

RELATIONS = {
    Relation.NEW.value: "new",
    Relation.EXACT.value: "exact copy",
    Relation.NEAR.value: "near copy",
    Relation.EXCERPT.value: "excerpt",
    Relation.DERIVED.value: "derivative",
}


OUTCOMES = {
    Outcome.KEPT: "on topic",
    Outcome.BORDERLINE: "borderline, off topic",
    Outcome.DROPPED: "off topic",
}


def routes(store: Store, search: Search, canonical: Canonical) -> APIRouter:
    router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
    render = _renderer()

    @router.get("/")
    def search_page(asked: Annotated[Asked, Depends(read)], cursor: Annotated[str, Query()] = "") -> HTMLResponse:
        problem, found = None, None
        try:
            # Facets count all matches: they are the same on every page.
            found = replace(asked, facets=not cursor).answer(search, PAGE_SIZE, cursor)
        except BadRequest as error:
            problem = str(error)
        following = asked.url_query(cursor=found.cursor) if found and found.cursor else None
        return HTMLResponse(
            render("search.html", asked=asked, found=found, problem=problem, following=following, cursor=cursor),
            status_code=400 if problem else 200,
        )

    @router.get("/articles/{key}")
    def article_page(key: str) -> HTMLResponse:
        found = lookups.whole(store, key)
        if found is None:
            raise HTTPException(404, "There is no such article here.")
        return HTMLResponse(render("article.html", found=found, article=found.article, why=found.why))

    @router.get("/why")
    def why_page(url: Annotated[str, Query(max_length=URL_LIMIT)] = "") -> HTMLResponse:
        problem, found = None, None
        try:
            found = explain(store, url, canonical) if url.strip() else None
        except BadRequest as error:
            problem = str(error)
        if url.strip() and not found and not problem:
            problem = "This address has not been seen in any feed."
        status = 200 if problem is None else 404
        return HTMLResponse(render("why.html", url=url, why=found, problem=problem), status_code=status)

    @router.get("/docs")
    def docs_page(request: Request) -> HTMLResponse:
        return HTMLResponse(render("docs.html", groups=openapi.groups(request.app.openapi())))

    return router


def error_page(status: int, detail: str) -> HTMLResponse:
    return HTMLResponse(_renderer()("error.html", status=status, detail=detail), status_code=status)


def _renderer() -> Callable[..., str]:
    environment = Environment(
        loader=PackageLoader("services.api"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"web": links.web, "when": when, "noise": _words, "paragraphs": str.splitlines}
    environment.globals |= {
        "languages": LANGUAGES,
        "facet_size": FACET_SIZE,
        "relations": RELATIONS,
        "outcomes": OUTCOMES,
        "states": {state.value: _words(state) for state in State},
    }

    def render(template: str, **values: Any) -> str:
        return environment.get_template(template).render(**values)

    return render


def when(text: str | None) -> str:
    """`1 Mar 2026, 10:05` (UTC) of an ISO 8601 time, `1 Mar 2026` of a date; the text itself where it is neither."""
    if not text:
        return ""
    try:
        moment = datetime.fromisoformat(text)
        moment = moment.astimezone(UTC) if moment.tzinfo else moment
    except (ValueError, OverflowError):
        return text
    dated_only = len(text) <= len("2026-03-31")
    return f"{moment.day} {moment:%b %Y}" if dated_only else f"{moment.day} {moment:%b %Y, %H:%M} UTC"


def _words(name: str) -> str:
    return name.replace("_", " ").replace("-", " ")
