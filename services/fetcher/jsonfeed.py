"""JSON Feed 1 and 1.1 (jsonfeed.org)."""

import json
from typing import Any

from services.fetcher.entries import (
    MAX_AUTHOR,
    MAX_DATE,
    MAX_ENTRIES,
    MAX_GUID,
    MAX_SUMMARY,
    MAX_TITLE,
    Entry,
    Feed,
    NotAFeed,
    iso_seconds,
    moment,
    plain,
    resolve,
    tidy,
)

VERSION = "https://jsonfeed.org/version/"


def parse(text: str, *, url: str, now: float) -> Feed:
    """The feed in a JSON document. Raises NotAFeed where it is no JSON, or JSON that is no feed."""
    form = _load(text)
    version, items = form.get("version"), form.get("items")
    if not isinstance(version, str) or not version.startswith(VERSION):
        raise NotAFeed(f"JSON without a version that starts with {VERSION}")
    if not isinstance(items, list):
        raise NotAFeed("a JSON Feed without items")
    given = [item for item in items if isinstance(item, dict)]
    return Feed(
        title=tidy(form.get("title"), MAX_TITLE),
        entries=tuple(_entry(item, form, url, now) for item in given[:MAX_ENTRIES]),
        format="json" + version.removeprefix(VERSION)[:5],
        problem=_problem(len(items), len(given)),
        home=resolve(url, form.get("home_page_url")),
        language=tidy(form.get("language"), 20) or None,
        next_url=resolve(url, form.get("next_url")),
        self_url=resolve(url, form.get("feed_url")),
        hub=_hub(form, url),
    )


def _load(text: str) -> dict[str, Any]:
    try:
        form = json.loads(text)
    except RecursionError as error:
        raise NotAFeed("JSON that is nested too deeply") from error
    except ValueError as error:
        raise NotAFeed(f"broken JSON: {error}") from error
    if not isinstance(form, dict):
        raise NotAFeed("JSON, but not an object")
    return form


def _problem(items: int, given: int) -> str | None:
    if given < items:
        return f"items that are no objects: {items - given}"
    return f"{items} items, the first {MAX_ENTRIES} were read" if items > MAX_ENTRIES else None


def _entry(item: dict[str, Any], form: dict[str, Any], url: str, now: float) -> Entry:
    published, date_problem = _date(item.get("date_published") or item.get("date_modified"), now)
    summary = tidy(item.get("summary") or item.get("content_text"), MAX_SUMMARY)
    link = resolve(url, item.get("url")) or resolve(url, item.get("external_url"))
    guid = tidy(_as_text(item.get("id")), MAX_GUID) or None
    return Entry(
        # The specification lets an id be the item's address; a relative one would be a plain name.
        url=link or (guid if guid is not None and resolve("", guid) else None),
        guid=guid,
        title=plain(item.get("title"), MAX_TITLE),
        published=published,
        date_problem=date_problem,
        author=_author(item) or _author(form),
        summary=summary or plain(item.get("content_html"), MAX_SUMMARY),
        updated=tidy(item.get("date_modified"), MAX_DATE),
    )


def _as_text(identity: object) -> object:
    return str(identity) if isinstance(identity, (int, float)) else identity


def _author(form: dict[str, Any]) -> str | None:
    """All names, in 1.1's list or 1.0's single object."""
    authors = form.get("authors")
    people = authors if isinstance(authors, list) else [form.get("author")]
    names = [tidy(person.get("name"), MAX_AUTHOR) for person in people[:20] if isinstance(person, dict)]
    return tidy(", ".join(filter(None, names)), MAX_AUTHOR) or None


def _hub(form: dict[str, Any], url: str) -> str | None:
    hubs = form.get("hubs")
    for hub in hubs[:20] if isinstance(hubs, list) else ():
        if isinstance(hub, dict) and str(hub.get("type")).lower() == "websub":
            return resolve(url, hub.get("url"))
    return None


def _date(value: object, now: float) -> tuple[str | None, str | None]:
    if value is None:
        return None, None
    seconds = iso_seconds(value)
    return (None, "unreadable") if seconds is None else moment(seconds, now)
