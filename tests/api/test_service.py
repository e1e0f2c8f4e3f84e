from pathlib import Path
from typing import Any

import httpx

from services.api.app import create_app
from services.search.index import IndexProblem, SearchIndex
from services.store import Store


def test_a_living_process_answers(client: httpx.Client) -> None:
    assert client.get("/healthz").json() == {"status": "ok"}


def test_a_service_whose_parts_are_there_is_ready(newsroom: Any, client: httpx.Client) -> None:
    newsroom.publish("a1")
    newsroom.follow()
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert {name: check["ok"] for name, check in answer.json()["checks"].items()} == {
        "store": True,
        "search": True,
        "redis": True,
    }


def test_a_service_without_redis_says_what_is_missing(
    newsroom: Any, store: Store, tmp_path: Path, serving: Any
) -> None:
    def broken() -> dict[str, int]:
        raise ConnectionError("no route to redis")

    with serving(create_app(store, SearchIndex(tmp_path / "search"), redis_lengths=broken)) as client:
        answer = client.get("/readyz")
        assert answer.status_code == 503
        assert answer.json()["checks"]["redis"] == {"ok": False, "detail": "ConnectionError: no route to redis"}
        metrics = client.get("/metrics").text
        assert "vigie_redis_up 0.0" in metrics
        assert client.get("/v1/search").status_code == 200


def test_a_service_whose_disk_is_nearly_full_is_not_ready(
    newsroom: Any, store: Store, tmp_path: Path, serving: Any, monkeypatch: Any
) -> None:
    with serving(create_app(store, newsroom.index, folder=tmp_path)) as client:
        assert client.get("/readyz").json()["checks"]["room"]["ok"]
        monkeypatch.setattr("services.api.checks.ROOM_BYTES", 1 << 62)
        answer = client.get("/readyz")
        assert answer.status_code == 503
        assert "make room" in answer.json()["checks"]["room"]["detail"]


def test_a_service_whose_redis_takes_nothing_is_not_ready(newsroom: Any, store: Store, serving: Any) -> None:
    def full() -> None:
        raise ConnectionError("used memory > 'maxmemory'")

    app = create_app(store, newsroom.index, redis_lengths=lambda: {"clean": 0}, redis_writes=full)
    with serving(app) as client:
        answer = client.get("/readyz")
        assert answer.status_code == 503
        assert "maxmemory" in answer.json()["checks"]["redis"]["detail"]
        assert "vigie_redis_up 1.0" in client.get("/metrics").text


def test_a_search_far_behind_the_events_is_not_ready(
    newsroom: Any, store: Store, serving: Any, monkeypatch: Any
) -> None:
    monkeypatch.setattr("services.api.checks.LAG_LIMIT", 1)
    newsroom.publish_many(2)
    with serving(create_app(store, newsroom.index)) as client:
        assert client.get("/readyz").json()["checks"]["search"]["detail"].endswith("2 events behind")


def test_a_broken_index_is_an_answer_to_try_again_and_the_stream_goes_on(
    newsroom: Any, store: Store, tmp_path: Path, serving: Any
) -> None:
    newsroom.publish("a1")
    folder = tmp_path / "broken"
    folder.mkdir()
    (folder / "current").write_text("000001")
    (folder / "000001").mkdir()
    (folder / "000001" / "meta.json").write_text("{")
    index = SearchIndex(folder, check=False)
    with serving(create_app(store, index, unavailable=(IndexProblem,))) as client:
        answer = client.get("/v1/search")
        assert answer.status_code == 503
        assert answer.headers["retry-after"] == "5"
        assert answer.json()["error"]["reason"] == "unavailable"
        assert str(folder) not in answer.text
        assert len(client.get("/v1/events").json()["events"]) == 1
        assert client.get("/readyz").status_code == 503
        assert "vigie_search_up 0.0" in client.get("/metrics").text


def test_an_accident_is_an_answer_that_tells_nothing(store: Store, serving: Any, caplog: Any) -> None:
    class Accident:
        def find(self, q: str, **_: Any) -> Any:
            raise KeyError("secret")

        def matcher(self, q: str, **_: Any) -> Any:
            raise KeyError("secret")

        def cursor(self) -> int:
            return 0

    with serving(create_app(store, Accident())) as client:
        answer = client.get("/v1/search")
        assert answer.status_code == 500
        assert "secret" not in answer.text
        assert "content-security-policy" in answer.headers
    assert "secret" in caplog.text


def test_the_metrics_are_the_books(newsroom: Any, client: httpx.Client) -> None:
    newsroom.publish_many(2)
    client.post("/v1/consumers/me", json={"seq": 1})
    answer = client.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=")
    lines = answer.text.splitlines()
    for line in (
        'vigie_items{state="indexed"} 2.0',
        'vigie_items{state="seen"} 0.0',
        'vigie_topic_articles{outcome="kept",topic="ferries"} 2.0',
        "vigie_events_total 2.0",
        "vigie_refused_jobs_total 0.0",
        "vigie_search_lag_events 2.0",
        'vigie_consumer_lag_events{consumer="me"} 1.0',
        'vigie_queue_jobs{queue="clean"} 3.0',
        "vigie_redis_up 1.0",
    ):
        assert line in lines


def test_methods_that_a_route_does_not_know_are_refused(client: httpx.Client) -> None:
    answer = client.delete("/v1/search")
    assert answer.status_code == 405
    assert answer.json()["error"]["reason"] == "method_not_allowed"


def test_static_files_end_at_their_folder(client: httpx.Client) -> None:
    for path in ("/static/../app.py", "/static/%2e%2e/app.py", "/static/..%2fapp.py", "/static/"):
        assert client.get(path).status_code in {404, 405}
