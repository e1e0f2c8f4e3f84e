"""Feeds come out as readers expect them, and the damaged one as they fear it."""

import json
from io import BytesIO

import feedparser
import pytest

from services.newsstand import feed, paper
from services.newsstand.paper import FeedSpec, Paper

BASE = "http://127.0.0.1:8000/"
WHOLE = [
    pytest.param(each, spec, id=each.id + spec.path)
    for each in paper.load()
    for spec in each.feeds
    if spec.format != "json" and not spec.readable
]
VERSIONS = {"rss": "rss20", "atom": "atom10", "rdf": "rss10"}


def parsed(own: Paper, spec: FeedSpec) -> feedparser.FeedParserDict:
    headers = {"content-type": f"{feed.MEDIA_TYPES[spec.format]}; charset={spec.said}"}
    return feedparser.parse(BytesIO(feed.render(own, spec, BASE)), response_headers=headers)


@pytest.mark.parametrize(("own", "spec"), WHOLE)
def test_a_whole_feed_has_an_entry_for_every_story(own: Paper, spec: FeedSpec):
    found = parsed(own, spec)
    assert not found.bozo
    assert found.version == VERSIONS[spec.format]
    assert [entry.title for entry in found.entries] == [story.title for story in own.listed(spec)]
    for entry, story in zip(found.entries, own.listed(spec), strict=True):
        assert entry.link.split("?")[0] == BASE + story.path.lstrip("/")
        assert "?" not in entry.link or entry.link.endswith(spec.tracking)
        assert spec.dates == "odd" or entry.get("published") or entry.get("updated")


def test_a_json_feed_has_an_entry_for_every_story():
    own, spec = next((each, spec) for each in paper.load() for spec in each.feeds if spec.format == "json")
    document = json.loads(feed.render(own, spec, BASE))
    assert document["version"] == "https://jsonfeed.org/version/1.1"
    assert [item["title"] for item in document["items"]] == [story.title for story in own.listed(spec)]


def test_the_broken_feed_is_no_xml_yet_some_of_its_entries_can_be_read():
    own, spec = next((each, spec) for each in paper.load() for spec in each.feeds if spec.readable)
    found = parsed(own, spec)
    assert found.bozo
    assert len(found.entries) == spec.readable < len(own.listed(spec))
    with pytest.raises(UnicodeDecodeError):
        feed.render(own, spec, BASE).decode(spec.said)


def test_the_broken_feed_hides_exactly_the_stories_that_nobody_expects():
    own, spec = next((each, spec) for each in paper.load() for spec in each.feeds if spec.readable)
    assert [story.expect is None for story in own.listed(spec)] == [
        number >= spec.readable for number in range(len(own.stories))
    ]


def test_a_cyrillic_feed_is_written_in_windows_1251():
    own = next(each for each in paper.load() if each.encoding == "windows-1251")
    body = feed.render(own, own.feeds[0], BASE)
    assert own.stories[0].title in body.decode("windows-1251")
    with pytest.raises(UnicodeDecodeError):
        body.decode("utf-8")


def test_odd_dates_come_in_several_shapes():
    own, spec = next((each, spec) for each in paper.load() for spec in each.feeds if spec.dates == "odd")
    dates = [entry.published for entry in parsed(own, spec).entries]
    assert len({"".join("9" if c.isdigit() else c for c in date) for date in dates}) >= 4


def test_two_feeds_of_one_outlet_link_the_same_story_under_different_tracking():
    own = next(each for each in paper.load() if len(each.feeds) == 2)
    first, second = ([entry.link for entry in parsed(own, spec).entries] for spec in own.feeds)
    assert not set(first) & set(second)
    assert {link.split("?")[0] for link in second} < {link.split("?")[0] for link in first}
