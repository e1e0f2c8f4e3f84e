"""The answers of `vigie topic --jsonl` and `vigie dedup --jsonl`: one object in, one object out, never an exception.

The fields are fixed. A line that cannot be read is answered with all of them, empty, and an `error`.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import urlsplit

from services.contracts import Reason, Relation
from services.indexer import duplicates, moments, stories
from services.indexer.duplicates import Arriving
from services.indexer.memory_corpus import MemoryCorpus
from services.indexer.topic import Topic


@dataclass(frozen=True, slots=True)
class Malformed:
    """A request that is not one, and why. `id` is what could be read of it."""

    id: str | int | None
    detail: str


@dataclass(frozen=True, slots=True)
class _Request:
    id: str | int
    title: str
    text: str
    url: str
    published: str | None
    language: str | None


def decode(line: str) -> object:
    """The JSON value of a line, or Malformed."""
    try:
        return json.loads(line)
    except ValueError as error:
        return Malformed(None, f"not JSON: {error}")
    except RecursionError:
        return Malformed(None, "not JSON: nested too deeply")


def topic_answer(topic: Topic, request: object) -> dict[str, Any]:
    read = _read(request)
    if isinstance(read, Malformed):
        threshold = topic.definition.scoring.accept
        empty: dict[str, Any] = {
            "relevant": False,
            "score": 0.0,
            "threshold": threshold,
            "language": None,
            "reasons": [],
        }
        return {"id": read.id, **empty, "error": _error(read)}
    verdict = topic.score(read.title, read.text, published=read.published, language=read.language)
    return {"id": read.id, **asdict(verdict), "reasons": [asdict(hit) for hit in verdict.reasons]}


def best_answer(topics: Sequence[Topic], request: object) -> dict[str, Any]:
    """The answer of the topic that keeps a text with the best score, else of the one that comes nearest."""
    answers = [topic_answer(topic, request) for topic in topics]
    return max(answers, key=lambda answer: (answer["relevant"], answer["score"]))


def dedup_answer(corpus: MemoryCorpus, request: object) -> dict[str, Any]:
    """Decides and stores: the next request sees this one."""
    read = _read(request)
    if isinstance(read, Malformed):
        empty: dict[str, Any] = {
            "of": None,
            "similarity": 0.0,
            "containment": 0.0,
            "story": None,
            "shared": [],
        }
        return {"id": read.id, "relation": Relation.NEW.value, **empty, "error": _error(read)}
    arriving = _arriving(read, corpus.clock)
    match = stories.assign(arriving, duplicates.decide(arriving, corpus), corpus)
    corpus.add(arriving, match)
    return {
        "id": read.id,
        "relation": match.relation.value,
        "of": match.of,
        "similarity": round(match.similarity, 4),
        "containment": round(match.containment, 4),
        "story": match.story,
        "shared": list(match.shared),
    }


def host_of(url: str) -> str:
    """The lower-case host without `www.`; empty where there is none."""
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        return ""
    return host.removeprefix("www.")


def _arriving(read: _Request, clock: float) -> Arriving:
    moment = moments.parse(read.published)
    return Arriving(
        id=str(read.id),
        host=host_of(read.url),
        title=read.title,
        text=read.text,
        published=read.published,
        at=clock if moment is None else moment.timestamp(),
    )


def _read(request: object) -> _Request | Malformed:
    if isinstance(request, Malformed):
        return request
    if not isinstance(request, dict):
        return Malformed(None, f"expected an object, got {type(request).__name__}")
    given = request.get("id")
    if isinstance(given, bool) or not isinstance(given, str | int):
        return Malformed(None, "`id` must be a string or an integer")
    wrong = next((key for key in _TEXTS if not isinstance(request.get(key), str | None)), None)
    if wrong is not None:
        return Malformed(given, f"`{wrong}` must be a string")
    if request.get("text") is None and not request.get("title"):
        return Malformed(given, "`text` is missing")
    return _Request(
        id=given,
        title=request.get("title") or "",
        text=request.get("text") or "",
        url=request.get("url") or "",
        published=request.get("published"),
        language=request.get("language"),
    )


_TEXTS = ("title", "text", "url", "published", "language")


def _error(malformed: Malformed) -> dict[str, str]:
    return {"reason": Reason.BAD_MESSAGE.value, "detail": malformed.detail}
