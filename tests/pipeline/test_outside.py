"""`vigie run` over outlets that the test serves: what readers see over HTTP, and what the outlets see of us."""

import json
import os
import shutil
import subprocess
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import httpx
import pytest

from services.contracts import State
from services.newsstand import expectation
from services.newsstand.server import Newsstand, Request, open_stand
from tests.pipeline import vigie

STORIES = expectation.expectations()
PAGE_SPACING = 1.0


@dataclass(frozen=True)
class Service:
    """A running vigie, everything indexed, and the outlets that it reads."""

    url: str
    stand: Newsstand

    def get(self, path: str, **parameters: str | int) -> Any:
        answer = httpx.get(f"{self.url}{path}", params=parameters, timeout=20)
        answer.raise_for_status()
        return answer.json()


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    data = tmp_path_factory.mktemp("run")
    port = vigie.free_port()
    environment = {
        "VIGIE_ALLOW_PRIVATE": '["127.0.0.0/8"]',
        "VIGIE_OUTLETS": str(data / "outlets.toml"),
        "VIGIE_API_PORT": str(port),
        "VIGIE_PAGE_SPACING": str(PAGE_SPACING),
    }
    with open_stand() as stand:
        stand.write_outlets_file(data / "outlets.toml")
        with vigie.running("run", data=data, **environment):
            running = Service(f"http://127.0.0.1:{port}", stand)
            vigie.wait_until(lambda: is_settled(running))
            yield running


def is_settled(service: Service) -> bool:
    try:
        metrics = httpx.get(f"{service.url}/metrics", timeout=5).text
    except httpx.HTTPError:
        return False
    counts = dict(line.rsplit(" ", 1) for line in metrics.splitlines() if not line.startswith("#"))
    items = {state: float(counts.get(f'vigie_items{{state="{state}"}}', 0)) for state in State}
    waiting = sum(items[state] for state in (State.SEEN, State.FETCHED, State.CLEANED))
    lag = float(counts.get("vigie_search_lag_events", 1))
    return sum(items.values()) == len(STORIES) and not waiting and not lag


def article_events(service: Service) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    while batch := service.get("/v1/events", after=len(found))["events"]:
        found += batch
    return found


def test_an_article_is_read_through_search_events_and_stream(service: Service) -> None:
    story = next(
        each for each in STORIES if each.state is State.INDEXED and each.relation is None and each.language == "uk"
    )
    (hit,) = [
        hit["article"]
        for hit in service.get("/v1/search", q=f'"{story.title}"')["hits"]
        if hit["article"]["url"] == service.stand.url(story.outlet, story.path)
    ]
    event = next(each for each in article_events(service) if each["article"]["id"] == hit["id"])
    assert event["article"]["text"] == hit["text"]
    assert streamed(service, event["seq"] - 1, 1) == [(event["seq"], event)]
    assert service.get(f"/v1/articles/{hit['id']}")["title"] == story.title
    assert service.get(f"/v1/articles/{hit['id']}/removed") is not None


def streamed(service: Service, after: int, count: int = 3) -> list[tuple[int, Any]]:
    """The first events that a subscriber gets who has read up to `after`."""
    found: list[tuple[int, Any]] = []
    headers = {"Last-Event-ID": str(after)}
    with httpx.stream("GET", f"{service.url}/v1/stream", headers=headers, timeout=20) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        seq = 0
        for line in answer.iter_lines():
            if line.startswith("id:"):
                seq = int(line[3:])
            elif line.startswith("data:"):
                found.append((seq, json.loads(line[5:])))
            if len(found) == count:
                return found
    raise AssertionError("the stream ended")


def test_the_stream_can_be_taken_up_anywhere_and_has_no_hole(service: Service) -> None:
    numbers = [event["seq"] for event in article_events(service)]
    assert numbers == list(range(1, len(numbers) + 1))
    assert [seq for seq, _ in streamed(service, 5, 10)] == list(range(6, 16))


def test_a_named_consumer_reads_on_where_it_acknowledged(service: Service) -> None:
    first = service.get("/v1/consumers/archive/events", limit=4)["events"]
    httpx.post(f"{service.url}/v1/consumers/archive", json={"seq": first[-1]["seq"]}, timeout=20).raise_for_status()
    second = service.get("/v1/consumers/archive/events", limit=1)["events"]
    assert second[0]["seq"] == first[-1]["seq"] + 1


def test_why_answers_for_an_off_topic_page_with_its_terms(service: Service) -> None:
    story = next(each for each in STORIES if each.state is State.OFF_TOPIC)
    assert "off_topic" in json.dumps(service.get("/v1/why", url=service.stand.url(story.outlet, story.path)))


def test_the_service_says_that_it_is_ready(service: Service) -> None:
    assert service.get("/readyz")["ready"] is True


def test_the_search_page_needs_no_javascript_and_a_browser_shows_it(service: Service, tmp_path: Path) -> None:
    browser = shutil.which("chromium") or shutil.which("chromium-browser")
    if browser is None:
        assert not os.environ.get("CI"), "CI installs Chromium"
        pytest.skip("Chromium is not installed here")
    flags = [
        "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
        "--disable-background-networking", "--disable-component-update",
        f"--user-data-dir={tmp_path}", "--dump-dom",
    ]  # fmt: skip
    address = f"{service.url}/?q=%D0%9D%D0%90%D0%A2%D0%9E"
    page = subprocess.run([browser, *flags, address], capture_output=True, text=True, timeout=60).stdout
    assert "<mark>НАТО</mark>" in page
    assert "<script" not in page


# what the outlets see


def pages(stand: Newsstand) -> list[Request]:
    """Requests for article pages, in the order in which they came."""
    feeds = {(feed.outlet, feed.path) for feed in expectation.feeds()}
    listed = {(story.outlet, story.path) for story in STORIES}
    return [
        request for request in stand.requests
        if (request.outlet, request.path) in listed and (request.outlet, request.path) not in feeds
    ]  # fmt: skip


def test_no_page_is_asked_for_twice(service: Service) -> None:
    asked = [(request.outlet, request.path) for request in pages(service.stand)]
    assert len(asked) == len(set(asked))


def test_an_outlet_is_left_in_peace_between_two_pages(service: Service) -> None:
    times: dict[str, list[float]] = defaultdict(list)
    for request in pages(service.stand):
        times[request.outlet].append(request.at)
    gaps = [later - earlier for at in times.values() for earlier, later in pairwise(at)]
    # the gate spaces the asking; a thread of ours that is late may bring two arrivals closer by its own lateness
    assert min(gaps) > PAGE_SPACING * 0.5
    assert sorted(gaps)[len(gaps) // 2] >= PAGE_SPACING * 0.95


def test_what_robots_txt_forbids_is_not_asked_for(service: Service) -> None:
    forbidden = {(story.outlet, story.path) for story in STORIES if "robots" in story.reasons}
    assert forbidden
    assert not forbidden & {(request.outlet, request.path) for request in service.stand.requests}


def test_every_request_says_who_asks_and_carries_nothing_else_of_ours(service: Service) -> None:
    for request in service.stand.requests:
        assert request.headers["user-agent"].startswith("vigie/")
        assert not {"cookie", "referer", "authorization"} & set(request.headers)


def test_a_feed_is_polled_again_with_its_validators_and_answers_304(service: Service) -> None:
    def conditional() -> list[Request]:
        return [request for request in service.stand.requests if request.status == 304]

    vigie.wait_until(conditional, seconds=60)
    for request in conditional():
        assert {"if-none-match", "if-modified-since"} & set(request.headers)
