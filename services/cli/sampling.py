"""What `vigie outlets check` tries out beyond the feed itself: one page cleaned, and the topics in use."""

import asyncio
import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from services.cli.cleaning import Answer, ask_cleaner, cleaning
from services.cli.wiring import ConfigError, topic_places
from services.contracts import Block, BlockKind, Cleaned, Meta, Outlet
from services.settings import Settings

if TYPE_CHECKING:
    from services.fetcher.entries import Entry, Feed
    from services.fetcher.web import Response, Web
    from services.indexer.topics import Topics

_OPENING = 300
"""Characters of a struck-out block that a report holds."""

Report = dict[str, Any]


@dataclass(frozen=True)
class Sampling:
    """`places` are the URLs that are looked at; those that the outlets file names as feeds, with their outlet."""

    places: Mapping[str, Outlet | None]
    settings: Settings

    @cached_property
    def topics(self) -> "Topics":
        """As their files are now; their own tests are not run, this is not the place. Raises ConfigError."""
        from services.indexer import files, topic_file
        from services.indexer.topic import Topic, TopicError
        from services.indexer.topics import Topics

        try:
            read = [topic_file.parse(files.read(path)) for path in files.paths(topic_places(self.settings))]
            return Topics(tuple(map(Topic, read)))
        except TopicError as error:
            raise ConfigError(str(error)) from error

    def headers(self, url: str) -> dict[str, str]:
        """What the outlets that are looked at want sent with a request for `url`."""
        from services.fetcher.outlets import headers_for

        outlets = filter(None, self.places.values())
        return {name: value for outlet in outlets for name, value in headers_for(outlet, url).items()}

    def judge(self, place: str, feed: "Feed", entry: "Entry") -> list[str]:
        """The topics that keep an entry of the feed at `place` by its title and summary."""
        outlet = self.places.get(place)
        language = outlet.language if outlet and outlet.language else (feed.language or "")[:2].lower()
        summary = (Block(BlockKind.PARAGRAPH, entry.summary),) if entry.summary else ()
        said = Cleaned(entry.title, summary, (), Meta(published=entry.published, language=language or None))
        return [each.topic for each in self.topics.judge(said, outlet) if each.relevant]

    async def page(self, web: "Web", url: str, place: str) -> Report:
        """One page of the feed at `place` as the cleaner leaves it, what it struck out, and what each topic says."""
        from services.fetcher.web import ACCEPT_PAGE, FetchError, verdict

        settings = self.settings
        try:
            response = await web.get(
                url,
                accept=ACCEPT_PAGE,
                limit_bytes=settings.page_bytes,
                deadline_s=settings.page_timeout,
                headers=self.headers(url),
            )
        except FetchError as error:
            return {"url": url, "error": str(error)}
        if verdict(response.status) is not None:
            return {"url": url, "error": f"status {response.status}"}
        outlet = self.places.get(place)
        answer = await asyncio.to_thread(_clean, _question(url, response, outlet), settings)
        if answer["error"] is not None:
            return {"url": url, "error": f"{answer['error']['reason']}: {answer['error']['detail']}"}
        return {"url": url, **_kept(answer), "topics": self._judged(answer, outlet)}

    def _judged(self, answer: Answer, outlet: Outlet | None) -> list[Report]:
        meta = Meta(published=answer["meta"]["published"], language=answer["meta"]["language"])
        blocks = tuple(Block(BlockKind(block["kind"]), block["text"]) for block in answer["blocks"])
        return [
            {"topic": each.topic, "outcome": each.outcome, "score": each.score, "threshold": each.threshold}
            for each in self.topics.judge(Cleaned(answer["title"], blocks, (), meta), outlet)
        ]


def _question(url: str, response: "Response", outlet: Outlet | None) -> Report:
    known = {"id": outlet.id, "name": outlet.name, "url": outlet.url, "noise": outlet.noise} if outlet else None
    return {
        "id": url,
        "url": response.url,
        "html_b64": base64.b64encode(response.body).decode("ascii"),
        "content_type": response.headers.get("content-type"),
        "outlet": known and {**known, "language": outlet and outlet.language},
    }


def _clean(question: Report, settings: Settings) -> Answer:
    with cleaning(settings) as sandbox:
        return ask_cleaner(sandbox, json.dumps(question).encode(), question["id"])


def _kept(answer: Answer) -> Report:
    return {
        "title": answer["title"],
        "text": "\n".join(block["text"] for block in answer["blocks"]),
        "removed": [
            {"kind": cut["kind"], "rule": cut["rule"], "text": cut["text"][:_OPENING]} for cut in answer["removed"]
        ],
    }
