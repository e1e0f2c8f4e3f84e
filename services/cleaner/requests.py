"""Requests to clean as JSON objects: what the extraction process understands."""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from services import crashing
from services.cleaner import answers, pages
from services.contracts import Cleaned, Outlet, Reason

_TEXT_FIELDS = ("url", "content_type", "feed_title", "feed_published")
_OUTLET_TEXTS = ("id", "name", "url")


class Malformed(ValueError):
    """A request that cannot be understood; the message says which field and why."""


@dataclass(frozen=True, slots=True)
class Request:
    """One page to clean: `html` (bytes or text) or `text`, and what is known about it."""

    html: bytes | str | None
    text: str | None
    outlet: Outlet | None
    known: Mapping[str, str | None]


def answer(request: Any) -> dict[str, Any]:
    """The answer to one request, always: what cannot be cleaned has an `error` with a reason and a detail.

    In: `{"id", "url"?, "html" | "html_b64" | "text", "content_type"?, "outlet"?, "feed_title"?, "feed_published"?}`.
    """
    identity = request.get("id") if isinstance(request, dict) else None
    try:
        return answers.show(identity, _clean(_understand(request)))
    except Malformed as error:
        return answers.refuse(identity, Reason.BAD_MESSAGE, str(error))
    except pages.Rejected as error:
        return answers.refuse(identity, error.reason, error.detail)
    except Exception as error:  # the batch goes on; the page that broke the cleaner is named in its answer
        return answers.refuse(identity, Reason.POISON, f"{type(error).__name__}: {error}"[:500])


def _understand(request: Any) -> Request:
    if not isinstance(request, dict):
        raise Malformed(f"a request is a JSON object, not {type(request).__name__}")
    known = {name: _text(request, name) for name in _TEXT_FIELDS}
    html: bytes | str | None = _text(request, "html")
    encoded = _text(request, "html_b64")
    if encoded is not None:
        try:
            html = base64.b64decode(encoded, validate=True)
        except (binascii.Error, ValueError) as error:
            raise Malformed(f"html_b64 is not base64: {error}") from error
    plain = _text(request, "text")
    if (html is None) == (plain is None):
        raise Malformed("a request has either html, html_b64 or text")
    return Request(html, plain, _outlet(request.get("outlet")), known)


def _text(request: dict[str, Any], name: str) -> str | None:
    value = request.get(name)
    if value is not None and not isinstance(value, str):
        raise Malformed(f"{name} must be a string, not {type(value).__name__}")
    return value


def _outlet(given: Any) -> Outlet | None:
    if given is None:
        return None
    if not isinstance(given, dict):
        raise Malformed("outlet must be an object")
    texts = [given.get(name, "") for name in _OUTLET_TEXTS]
    noise, language = given.get("noise", ()), given.get("language")
    if not all(isinstance(value, str) for value in texts) or not (language is None or isinstance(language, str)):
        raise Malformed("outlet.id, name, url and language must be strings")
    if not isinstance(noise, list | tuple) or not all(isinstance(phrase, str) for phrase in noise):
        raise Malformed("outlet.noise must be a list of strings")
    identity, name, url = texts
    return Outlet(
        identity,
        name or identity,
        url,
        (),
        language=language,
        aggregator=bool(given.get("aggregator", False)),
        noise=tuple(noise),
    )


def _clean(request: Request) -> Cleaned:
    if request.text is not None:
        return pages.clean_text(request.text, url=request.known["url"], outlet=request.outlet)
    assert request.html is not None  # `_understand` saw to it
    crashing.at("extracting")
    known = request.known
    return pages.clean_html(
        request.html,
        url=known["url"],
        content_type=known["content_type"],
        outlet=request.outlet,
        feed_title=known["feed_title"],
        feed_published=known["feed_published"],
    )
