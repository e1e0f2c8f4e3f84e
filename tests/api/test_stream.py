import json
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import httpx
import pytest

from services.contracts import EventType
from services.store import events


def frames(answer: httpx.Response) -> Iterator[dict[str, str]]:
    """Server-sent events as a browser reads them: what stands between two empty lines."""
    frame: dict[str, str] = {}
    for line in answer.iter_lines():
        if line:
            name, _, value = line.partition(": ")
            frame[name] = value
        else:
            yield frame
            frame = {}


def ids(events: list[dict[str, Any]]) -> list[int]:
    return [event["seq"] for event in events]


def test_events_are_replayed_in_order_from_anywhere(newsroom: Any, client: httpx.Client) -> None:
    newsroom.publish_many(5)
    assert ids(client.get("/v1/events").json()["events"]) == [1, 2, 3, 4, 5]
    answer = client.get("/v1/events", params={"after": 2, "limit": 2}).json()
    assert ids(answer["events"]) == [3, 4]
    assert answer["head"] == 5
    assert list(answer["events"][0]) == ["seq", "type", "at", "article"]


def test_a_long_poll_ends_with_the_next_event(newsroom: Any, client: httpx.Client) -> None:
    late = threading.Timer(0.3, newsroom.publish, ["a1"])
    late.start()
    begin = time.monotonic()
    answer = client.get("/v1/events", params={"wait": 10}).json()
    late.join()
    assert ids(answer["events"]) == [1]
    assert time.monotonic() - begin < 5


def test_a_long_poll_ends_empty_when_its_time_is_over(client: httpx.Client) -> None:
    begin = time.monotonic()
    assert client.get("/v1/events", params={"wait": 0.2}).json() == {"events": [], "head": 0}
    assert time.monotonic() - begin >= 0.2


@pytest.mark.parametrize(
    "asked", [{"after": -1}, {"after": "x"}, {"after": 99}, {"wait": 61}, {"limit": 0}, {"after": 2**70}]
)
def test_a_place_that_does_not_exist_is_a_bad_request(client: httpx.Client, asked: dict[str, Any]) -> None:
    assert client.get("/v1/events", params=asked).status_code == 400


def test_the_stream_replays_and_then_goes_on_live(newsroom: Any, client: httpx.Client) -> None:
    newsroom.publish("a1", "Line\nbreak\r\n\r\ndata: forged")
    newsroom.publish("a2")
    with client.stream("GET", "/v1/stream", params={"after": 0}) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        reading = frames(answer)
        assert "retry" in next(reading)
        first, second = next(reading), next(reading)
        assert (first["id"], second["id"]) == ("1", "2")
        assert json.loads(first["data"])["article"]["title"] == "Line\nbreak\r\n\r\ndata: forged"
        newsroom.publish("a3")
        third = next(frame for frame in reading if "id" in frame)
        assert json.loads(third["data"])["article"]["id"] == "a3"


def test_a_client_that_comes_back_goes_on_where_it_stopped(newsroom: Any, client: httpx.Client) -> None:
    newsroom.publish_many(3)
    with client.stream("GET", "/v1/stream?after=0", headers={"Last-Event-ID": "2"}) as answer:
        assert next(frame for frame in frames(answer) if "id" in frame)["id"] == "3"


def test_without_a_place_the_stream_begins_now_and_its_heart_beats(newsroom: Any, client: httpx.Client) -> None:
    newsroom.publish("old")
    with client.stream("GET", "/v1/stream") as answer:
        reading = frames(answer)
        next(reading)
        assert next(reading) == {"": "still here"}
        newsroom.publish("new")
        assert next(frame for frame in reading if "id" in frame)["id"] == "2"


def test_a_filter_leaves_out_events_but_never_progress(newsroom: Any, client: httpx.Client) -> None:
    newsroom.publish("en1", language="en")
    newsroom.publish("uk1", language="uk", title="Паром")
    newsroom.publish("en2", language="en")
    for asked in ({"lang": "uk"}, {"q": "паром"}, {"q": "lang:uk паром"}):
        with client.stream("GET", "/v1/stream", params={"after": 0, **asked}) as answer:
            reading = frames(answer)
            next(reading)
            matching, progress = next(reading), next(reading)
            assert json.loads(matching["data"])["article"]["id"] == "uk1"
            assert progress == {"id": "3"}


def test_who_follows_a_topic_is_told_when_an_article_leaves_it(newsroom: Any, client: httpx.Client) -> None:
    article = newsroom.publish("a1", topics=("floods", "wildfires"))
    newsroom.publish("a2", topics=("wildfires",))
    left = replace(article, topics=("wildfires",), left_topics=("floods",))
    with newsroom.store.write() as tx:
        events.append(tx, EventType.UPDATED, left, newsroom.now)
        events.append(tx, EventType.RETRACTED, replace(left, topics=(), left_topics=("wildfires",)), newsroom.now)
    with client.stream("GET", "/v1/stream", params={"after": 0, "topic": "floods"}) as answer:
        reading = frames(answer)
        next(reading)
        assert [next(reading)["id"] for _ in range(3)] == ["1", "3", "4"]
    newsroom.follow()
    hits = client.get("/v1/search", params={"topic": "floods"}).json()["hits"]
    assert hits == []


def test_what_an_article_left_stands_in_the_event_and_not_in_the_search(newsroom: Any, client: httpx.Client) -> None:
    article = newsroom.publish("a1", topics=("floods", "wildfires"))
    with newsroom.store.write() as tx:
        left = replace(article, topics=("wildfires",), left_topics=("floods",))
        events.append(tx, EventType.UPDATED, left, newsroom.now)
    newsroom.follow()
    assert client.get("/v1/search", params={"topic": "floods"}).json()["hits"] == []
    (hit,) = client.get("/v1/search", params={"topic": "wildfires"}).json()["hits"]
    assert (hit["article"]["topics"], hit["article"]["left_topics"]) == (["wildfires"], [])


@pytest.mark.parametrize("sent", ["x", "-1", "1.5", "9" * 30, "²"])
def test_a_last_event_id_that_is_none_of_ours_is_a_bad_request(client: httpx.Client, sent: str) -> None:
    assert client.get("/v1/stream", headers={"Last-Event-ID": sent.encode()}).status_code == 400


def test_many_streams_see_every_event(newsroom: Any, client: httpx.Client) -> None:
    seen: list[list[str]] = []

    def listen() -> None:
        with (
            httpx.Client(base_url=client.base_url, timeout=20) as own,
            own.stream("GET", "/v1/stream?after=0") as answer,
        ):
            reading = (frame["id"] for frame in frames(answer) if "id" in frame)
            seen.append([next(reading) for _ in range(20)])

    listeners = [threading.Thread(target=listen) for _ in range(8)]
    for listener in listeners:
        listener.start()
    newsroom.publish_many(20)
    for listener in listeners:
        listener.join()
    assert seen == [[str(seq) for seq in range(1, 21)]] * 8


def test_a_consumer_reads_acknowledges_and_knows_its_lag(newsroom: Any, client: httpx.Client) -> None:
    newsroom.publish_many(3)
    newsroom.publish("many0000", event=EventType.UPDATED)
    assert client.get("/v1/consumers/me").json() == {"name": "me", "seq": 0, "lag": 4}
    assert ids(client.get("/v1/consumers/me/events", params={"limit": 2}).json()["events"]) == [1, 2]
    assert client.post("/v1/consumers/me", json={"seq": 2}).json() == {"name": "me", "seq": 2, "lag": 2}
    assert ids(client.get("/v1/consumers/me/events").json()["events"]) == [3, 4]
    assert client.post("/v1/consumers/me", json={"seq": 1}).json()["seq"] == 2


@pytest.mark.parametrize("body", [{"seq": 99}, {"seq": -1}, {"seq": "x"}, {"seq": 2**70}, {}, [], "text"])
def test_an_acknowledgement_of_nothing_is_a_bad_request(client: httpx.Client, body: Any) -> None:
    assert client.post("/v1/consumers/me", json=body).status_code == 400


def test_a_form_on_another_site_cannot_acknowledge(newsroom: Any, client: httpx.Client) -> None:
    newsroom.publish("a1")
    forged = client.post("/v1/consumers/me", content=b'{"seq": 1}', headers={"Content-Type": "text/plain"})
    assert forged.status_code == 400
    assert client.get("/v1/consumers/me").json()["seq"] == 0


def test_a_consumer_with_an_impossible_name_is_a_bad_request(client: httpx.Client) -> None:
    for name in ("a%20b", "x" * 65, "%00"):
        assert client.get(f"/v1/consumers/{name}").status_code == 400
        assert client.get(f"/v1/consumers/{name}/events").status_code == 400
        assert client.post(f"/v1/consumers/{name}", json={"seq": 0}).status_code == 400


def test_a_body_beyond_all_measure_is_refused(client: httpx.Client) -> None:
    sent = client.post("/v1/consumers/me", content=b" " * 100_000, headers={"Content-Type": "application/json"})
    assert sent.status_code == 413
