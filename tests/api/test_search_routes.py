import csv
import io
import json
from typing import Any
from xml.etree import ElementTree

import httpx
import pytest

ATOM = {"a": "http://www.w3.org/2005/Atom"}


def found(client: httpx.Client, **asked: Any) -> list[str]:
    answer = client.get("/v1/search", params=asked)
    assert answer.status_code == 200, answer.text
    return [hit["article"]["id"] for hit in answer.json()["hits"]]


def test_a_hit_carries_the_article_and_marked_parts(newsroom: Any, client: httpx.Client) -> None:
    article = newsroom.publish("a1", "Ferry <b>late</b>", "A storm delayed the ferry.", language="en")
    newsroom.publish("copy", of="a1", outlet="copycat")
    newsroom.follow()
    (hit,) = client.get("/v1/search", params={"q": "ferry"}).json()["hits"]
    assert hit["article"]["id"] == article.id
    assert hit["article"]["text"] == article.text
    assert hit["title"] == [{"text": "Ferry", "match": True}, {"text": " <b>late</b>", "match": False}]
    assert {"text": "ferry", "match": True} in hit["snippet"]
    assert hit["copies"] == [{"id": "copy", "url": "https://harbour.example/copy", "outlet": "copycat"}]
    assert hit["seq"] == 1


def test_every_filter_narrows(newsroom: Any, client: httpx.Client) -> None:
    newsroom.publish("en", language="en", outlet="one", published="2026-02-01", story="s")
    newsroom.publish("uk", language="uk", outlet="two", published="2026-02-10")
    newsroom.follow()
    assert found(client) == ["uk", "en"]
    assert found(client, lang="uk") == ["uk"]
    assert found(client, lang=["uk", "en"]) == ["uk", "en"]
    assert found(client, outlet="ONE") == ["en"]
    assert found(client, story="s") == ["en"]
    assert found(client, after="2026-02-05") == ["uk"]
    assert found(client, before="2026-02-05") == ["en"]
    assert found(client, q="", lang="", outlet="", after="", before="", cursor="", sort="") == ["uk", "en"]


def test_a_topic_narrows_like_an_outlet_in_every_way_of_asking(newsroom: Any, client: httpx.Client) -> None:
    newsroom.publish("fire", topics=("wildfires",))
    newsroom.publish("both", topics=("river-floods", "wildfires"))
    newsroom.publish("flood", topics=("river-floods",))
    newsroom.follow()
    assert found(client, topic="River Floods") == ["flood", "both"]
    assert found(client, topic=["wildfires", "river-floods"]) == ["flood", "both", "fire"]
    assert found(client, q="ferry topic:wildfires -topic:river-floods") == ["fire"]
    assert found(client, topic="else") == []
    (hit,) = client.get("/v1/search", params={"q": "topic:wildfires topic:river-floods", "limit": 1}).json()["hits"]
    assert hit["article"]["topics"] == ["river-floods"]
    rows = csv.DictReader(io.StringIO(client.get("/v1/export.csv", params={"topic": "river-floods"}).text))
    assert [row["topics"] for row in rows] == ["river-floods", "river-floods, wildfires"]


def test_facets_count_and_lead_to_what_they_counted(newsroom: Any, client: httpx.Client) -> None:
    newsroom.publish("a1", language="uk", outlet="one", published="2026-02-01")
    newsroom.publish("a2", language="en", outlet="two", topics=("river-floods",), published="2026-02-10")
    newsroom.follow()
    assert client.get("/v1/search").json()["facets"] == {}
    facets = client.get("/v1/search", params={"facets": "true", "limit": 1}).json()["facets"]
    assert [each["value"] for each in facets["day"]] == ["2026-02-10", "2026-02-01"]
    assert {each["value"] for each in facets["topic"]} == {"ferries", "river-floods"}
    page = client.get("/").text
    for link, article in (("lang=uk", "a1"), ("outlet=two", "a2"), ("after=2026-02-10&amp;before=2026-02-11", "a2")):
        assert f'href="/?{link}"' in page
        assert found(client, **dict(pair.split("=") for pair in link.split("&amp;"))) == [article]


def test_one_hit_a_story(newsroom: Any, client: httpx.Client) -> None:
    for key in ("a1", "a2", "a3"):
        newsroom.publish(key, story="s")
    newsroom.publish("b")
    newsroom.follow()
    page = client.get("/v1/search", params={"collapse": "story"}).json()
    assert [(hit["article"]["id"], hit["others"]) for hit in page["hits"]] == [("b", 0), ("a3", 2)]
    assert (page["total"], page["exact"]) == (4, True)
    html = client.get("/", params={"collapse": "story"}).text
    assert "2 more of this story" in html
    assert 'href="/?story=s"' in html
    assert "collapse=story" in html


@pytest.mark.parametrize("sort", ["newest", "relevance"])
def test_following_the_cursor_shows_everything_once(newsroom: Any, client: httpx.Client, sort: str) -> None:
    newsroom.publish_many(12)
    newsroom.follow()
    seen: list[str] = []
    cursor = ""
    while cursor is not None:
        page = client.get("/v1/search", params={"q": "ferry", "limit": 5, "cursor": cursor, "sort": sort}).json()
        seen += [hit["article"]["id"] for hit in page["hits"]]
        cursor = page["cursor"]
        newsroom.publish(f"late{len(seen)}")
        newsroom.follow()
    assert sorted(seen) == [f"many{number:04}" for number in range(12)]


@pytest.mark.parametrize(
    "asked",
    [
        {"limit": 0}, {"limit": 101}, {"limit": "many"}, {"after": "soon"}, {"before": "2026-02-31"}, {"sort": "price"},
        {"cursor": "!!"}, {"cursor": "WzFd"}, {"collapse": "outlet"}, {"facets": "many"}, {"outlet": ["x"] * 51},
    ],
)  # fmt: skip
def test_a_wrong_parameter_gets_a_clear_answer(client: httpx.Client, asked: dict[str, Any]) -> None:
    answer = client.get("/v1/search", params=asked)
    assert answer.status_code == 400
    error = answer.json()["error"]
    assert error["reason"] == "bad_request"
    assert next(iter(asked)) in error["detail"]


@pytest.mark.parametrize(
    "q", ["((((", '"', "C++", "x" * 20_000, "a\0b", "-", "OR OR", "\ud7ff\U0010ffff", "%00%ff", "<script>"]
)
@pytest.mark.parametrize("path", ["/v1/search", "/", "/v1/feed.atom", "/v1/feed.json", "/v1/export.csv"])
def test_whatever_is_typed_is_answered(newsroom: Any, client: httpx.Client, q: str, path: str) -> None:
    newsroom.publish("a1")
    newsroom.follow()
    assert client.get(path, params={"q": q}).status_code == 200


def test_bytes_that_are_no_text_are_answered_too(client: httpx.Client) -> None:
    assert client.get("/v1/search?q=%ff%fe%00&lang=%ff").status_code == 200


def test_notices_say_what_was_ignored(client: httpx.Client) -> None:
    assert "not a date" in client.get("/v1/search", params={"q": "after:soon"}).json()["notices"][0]


def test_the_atom_feed_is_well_formed_whatever_an_article_says(newsroom: Any, client: httpx.Client) -> None:
    newsroom.publish("a1", "<&\x01\x0b]]> Ferry", "Text \x00 \ufffe with ﷺ", url="javascript:alert(1)", author="A & B")
    newsroom.publish("a2", published="2026-02-01")
    newsroom.follow()
    answer = client.get("/v1/feed.atom", params={"q": "ferry"})
    assert answer.headers["content-type"] == "application/atom+xml; charset=utf-8"
    feed = ElementTree.fromstring(answer.content)
    second, first = feed.findall("a:entry", ATOM)
    assert feed.findtext("a:title", namespaces=ATOM) == "vigie: ferry"
    assert first.find("a:link", ATOM) is not None
    assert first.findtext("a:published", namespaces=ATOM) == "2026-02-01T00:00:00+00:00"
    assert first.findtext("a:id", namespaces=ATOM) == "urn:vigie:article:a2"
    assert second.find("a:link", ATOM) is None
    assert "]]> Ferry" in (second.findtext("a:title", namespaces=ATOM) or "")


def test_a_feed_that_has_not_changed_says_so(newsroom: Any, client: httpx.Client) -> None:
    newsroom.publish("a1")
    newsroom.follow()
    for path in ("/v1/feed.atom", "/v1/feed.json"):
        etag = client.get(path).headers["etag"]
        assert client.get(path, headers={"If-None-Match": etag}).status_code == 304
    newsroom.publish("a2")
    newsroom.follow()
    assert client.get("/v1/feed.json", headers={"If-None-Match": etag}).status_code == 200


def test_the_json_feed_follows_its_standard(newsroom: Any, client: httpx.Client) -> None:
    newsroom.publish("a1", author="Jo", published="2026-02-01T10:00:00+00:00", language="en")
    newsroom.publish("a2", url="data:text/html,x")
    newsroom.follow()
    feed = client.get("/v1/feed.json?lang=en&lang=").json()
    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    assert feed["feed_url"].endswith("/v1/feed.json?lang=en")
    (item,) = feed["items"]
    assert item["id"] == "a1"
    assert item["authors"] == [{"name": "Jo"}]
    assert item["date_published"] == "2026-02-01T10:00:00+00:00"
    assert "url" not in client.get("/v1/feed.json").json()["items"][0]


def test_an_export_holds_every_article_beyond_one_page(newsroom: Any, client: httpx.Client) -> None:
    newsroom.publish_many(105)
    newsroom.follow()
    lines = client.get("/v1/export.jsonl", params={"q": "ferry"}).text.splitlines()
    assert len({json.loads(line)["id"] for line in lines}) == len(lines) == 105
    assert len(client.get("/v1/export.jsonl", params={"limit": 103}).text.splitlines()) == 103
    assert len(list(csv.reader(io.StringIO(client.get("/v1/export.csv").text)))) == 106


@pytest.mark.parametrize("title", ["=1+1", "+1", "-1", "@SUM(A1)", " =1", "\t=1", "＝1", "\u00a0@x", "\r=1"])
def test_no_cell_of_the_csv_is_a_formula(newsroom: Any, client: httpx.Client, title: str) -> None:
    newsroom.publish("a1", title, 'He said "no", twice.\nThen left.')
    newsroom.follow()
    (row,) = csv.DictReader(io.StringIO(client.get("/v1/export.csv").text, newline=""))
    assert row["title"] == f"'{title}"
    assert row["text"] == 'He said "no", twice.\nThen left.'
    assert row["paywalled"] == "False"


def test_an_export_of_nonsense_is_an_error_and_not_a_file(client: httpx.Client) -> None:
    assert client.get("/v1/export.csv", params={"after": "soon"}).status_code == 400
    assert client.get("/v1/export.jsonl", params={"limit": 10_001}).status_code == 400
