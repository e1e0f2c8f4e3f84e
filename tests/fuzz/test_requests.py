"""Requests to the API, damaged: an answer or a clear 400, never a 500, and nothing of the request active in it."""

import json
from xml.etree import ElementTree

import httpx
from hypothesis import assume, given
from hypothesis import strategies as st

from tests.fuzz import mutations
from tests.fuzz.watching import in_time
from tests.profile import bounded

QUERIES = (
    'ferry "storm delayed" -drill OR kyiv title:ferry outlet:harbour-post lang:uk',
    "missil* after:2026-03-01 before:2026-04 story:a1",
    "C++ U.S. covid-19 п'ять «Пором знову»", "topic:ferries -topic:else (a OR b)", "a",
)  # fmt: skip
WORDS = (
    '"',
    "-",
    "OR",
    "title:",
    "outlet:",
    "lang:",
    "after:",
    "before:",
    "story:",
    "topic:",
    "*",
    "((((",
    "AND NOT",
    "~2",
    "^9",
    "[a TO b]",
    "/.*/",
)
PLACES = (
    "/",
    "/v1/search",
    "/v1/feed.atom",
    "/v1/feed.json",
    "/v1/export.csv",
    "/v1/export.jsonl",
    "/v1/why",
    "/why",
    "/v1/events",
)
PATHS = (
    "/v1/articles/a1",
    "/v1/articles/a1/removed",
    "/v1/stories/a1",
    "/v1/consumers/me",
    "/articles/a1",
    "/static/vigie.css",
    "/v1/nothing",
)
NAMES = (
    "outlet",
    "lang",
    "story",
    "topic",
    "after",
    "before",
    "sort",
    "collapse",
    "cursor",
    "limit",
    "facets",
    "url",
    "wait",
    "seq",
)
VALUES = ("2026-02-01T00:00:00Z", "relevance", "newest", "story", "20", "https://harbour.example/a1", "0")

given_values = st.dictionaries(st.sampled_from(NAMES), mutations.texts(VALUES), max_size=3)


def get(client: httpx.Client, place: str, params: dict[str, str]) -> None:
    params = {name: value.encode("utf-8", "replace").decode() for name, value in params.items()}
    assume(not float_of(params.get("wait", "")) > 0.2)
    with in_time():
        answer = client.get(place, params=params, headers={"accept": "text/html" if place == "/" else "*/*"})
    assert answer.status_code in {200, 307, 400, 404, 405, 422}, answer.text
    kind = answer.headers.get("content-type", "").partition(";")[0]
    assert not any("\r" in each or "\n" in each for each in answer.headers.values())
    if kind == "text/html":
        assert "<script" not in answer.text
    elif kind == "application/json":
        json.loads(answer.content)
    elif kind in {"application/atom+xml", "application/xml"}:
        ElementTree.fromstring(answer.content)
    if answer.status_code >= 400 and kind == "application/json":
        assert answer.json()["error"]["reason"], "a refusal has its reason"


def float_of(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0


@bounded(60)
@given(place=st.sampled_from(PLACES), q=mutations.texts(QUERIES, WORDS), more=given_values)
def test_whatever_is_searched_for_there_is_an_answer_or_a_clear_refusal(
    asked: httpx.Client, place: str, q: str, more: dict[str, str]
) -> None:
    get(asked, place, {"q": q, **more})


@bounded(40)
@given(path=mutations.texts(PATHS), more=given_values)
def test_whatever_path_is_asked_for_there_is_an_answer(asked: httpx.Client, path: str, more: dict[str, str]) -> None:
    clean = "".join(char for char in path if char.isprintable() and char not in "?#\\").encode("utf-8", "replace")
    get(asked, "/" + clean.decode().lstrip("/"), more)


@bounded(30)
@given(name=mutations.texts(["me"]), body=mutations.values({"seq": 2}), raw=st.none() | st.binary(max_size=40))
def test_a_consumer_acknowledges_or_is_told_why_not(
    asked: httpx.Client, name: str, body: object, raw: bytes | None
) -> None:
    from urllib.parse import quote

    content = raw if raw is not None else json.dumps(body).encode()
    place = f"/v1/consumers/{quote(name.encode('utf-8', 'replace'), safe='')}"
    answer = asked.put(place, content=content, headers={"content-type": "application/json"})
    assert answer.status_code in {200, 307, 400, 404, 405, 413, 422}, answer.text
    assert "\r" not in str(answer.headers)
