import html
from dataclasses import replace
from typing import Any

import httpx
import pytest

from services.contracts import Judgement, NoiseKind, Reason, Removed, TopicHit
from services.store import judgements

CUT = (Removed(NoiseKind.NEWSLETTER, "phrase:sign-up", "Sign up for our newsletter"),)


def test_an_article_is_answered_as_its_event_carries_it(newsroom: Any, client: httpx.Client) -> None:
    newsroom.publish("a1", language="en", author="Jo", published="2026-02-01")
    answer = client.get("/v1/articles/a1").json()
    assert answer == client.get("/v1/events").json()["events"][0]["article"]
    assert list(answer)[:8] == ["id", "url", "title", "text", "outlet", "author", "published", "language"]


def test_what_was_removed_carries_its_rule(newsroom: Any, client: httpx.Client) -> None:
    newsroom.publish("a1", removed=CUT)
    assert client.get("/v1/articles/a1/removed").json() == {
        "id": "a1",
        "removed": [{"kind": "newsletter", "rule": "phrase:sign-up", "text": "Sign up for our newsletter", "at": 0}],
    }


def test_a_story_lists_its_articles_and_their_copies(newsroom: Any, client: httpx.Client) -> None:
    newsroom.publish("a1")
    newsroom.publish("a2", story="a1")
    newsroom.publish("a3", of="a1")
    newsroom.publish("b1")
    story = client.get("/v1/stories/a1").json()
    assert [article["id"] for article in story["articles"]] == ["a1", "a2", "a3"]


@pytest.mark.parametrize(
    "path", ["/v1/articles/x", "/v1/articles/x/removed", "/v1/stories/x", "/v1/why?url=https://x.example/", "/v1/x"]
)
def test_what_is_not_there_is_not_found(client: httpx.Client, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 404
    assert answer.json()["error"]["reason"] == "not_found"


@pytest.mark.parametrize("url", ["https://harbour.example/a1", " https://harbour.example/a1 ", "a1"])
def test_why_tells_everything_that_happened(newsroom: Any, client: httpx.Client, url: str) -> None:
    newsroom.publish("a1", removed=CUT)
    answer = client.get("/v1/why", params={"url": url}).json()
    assert [step["what"] for step in answer["history"]] == ["seen", "fetched", "cleaned", "indexed"]
    assert answer["item"]["state"] == "indexed"
    assert answer["item"]["seen"] == "2026-03-01T12:01:00+00:00"
    assert answer["verdict"]["reasons"][0]["term"] == "ferry"
    assert answer["removed"][0]["rule"] == "phrase:sign-up"
    assert answer["article"] == "a1"
    assert answer["sightings"][0]["url"] == "https://harbour.example/a1"


def test_why_tells_what_every_topic_said_of_a_dropped_article(newsroom: Any, client: httpx.Client) -> None:
    newsroom.publish("a1")
    near = Judgement(
        topic="floods", version=3, relevant=False, score=14.0, threshold=18.0, language="en",
        reasons=(TopicHit("flood", "water", "lead", 14.0),), band="borderline", clause="water",
    )  # fmt: skip
    early = replace(near, topic="wildfires", before_gate=True, clause=None, score=2.0)
    with newsroom.store.write() as tx:
        judgements.save(tx, "a1", [near, early])
    answer = client.get("/v1/why", params={"url": "a1"}).json()
    assert [(each["topic"], each["version"], each["outcome"], each["clause"]) for each in answer["topics"]] == [
        ("floods", 3, "borderline", "water"),
        ("wildfires", 3, "dropped", None),
    ]
    assert answer["verdict"] == answer["topics"][0]
    page = client.get("/why", params={"url": "a1"}).text
    for said in ("borderline, off topic", "Clause <code><bdi>water</bdi></code>", "No clause of its rule holds"):
        assert said in page
    assert "published before the topic's first day" in html.unescape(page)


def test_why_has_the_reason_of_an_item_that_was_refused(newsroom: Any, client: httpx.Client) -> None:
    newsroom.refuse("r1", "https://harbour.example/private", Reason.ROBOTS, "disallowed")
    answer = client.get("/v1/why", params={"url": "https://harbour.example/private"}).json()
    assert (answer["item"]["state"], answer["item"]["reason"]) == ("refused", "robots")
    assert answer["article"] is None
    assert answer["removed"] == []


@pytest.mark.parametrize("asked", [{}, {"url": ""}, {"url": "x" * 9000}])
def test_why_without_a_url_is_a_bad_request(client: httpx.Client, asked: dict[str, str]) -> None:
    assert client.get("/v1/why", params=asked).status_code == 400
