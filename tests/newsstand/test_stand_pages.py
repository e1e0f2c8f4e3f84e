"""Every page renders, with its story and its noise."""

import json
import re
from html import unescape

import pytest

from services.newsstand import expectation, noise, page, paper
from services.newsstand.paper import Paper
from services.newsstand.story import Story

BASE = "http://127.0.0.1:8000/"
PAGES = [
    pytest.param(each, story, id=story.id)
    for each in paper.load()
    for story in each.stories
    if story.kind in {"article", "live"} and story.status == 200
]


def printed(html: str) -> str:
    """What a reader sees of a page, tags and scripts away."""
    body = re.sub(r"<(script|style)\b.*?</\1>", "", html.split("<body", 1)[1], flags=re.DOTALL)
    return unescape(re.sub(r"<[^>]*>", "", body))


def squeezed(text: str) -> str:
    return "".join(text.split())


@pytest.mark.parametrize(("own", "story"), PAGES)
def test_a_page_shows_title_story_and_noise(own: Paper, story: Story):
    text = printed(page.article(own, story, BASE))
    assert story.title in text
    kept = [line for e in expectation.expectations() if e.id == story.id for line in e.kept]
    assert not [line for line in kept if squeezed(line) not in squeezed(text)]
    assert not [line for line in noise.lines(own, story) if line not in text]


@pytest.mark.parametrize(("own", "story"), PAGES)
def test_a_page_can_be_written_in_its_encoding(own: Paper, story: Story):
    html = page.article(own, story, BASE)
    assert html.encode(own.encoding, "xmlcharrefreplace").decode(own.encoding)
    assert f'charset="{own.encoding}"' in html


def test_a_ticker_is_one_long_line_of_headlines_in_front_of_the_title():
    aggregators = [each for each in paper.load() if each.aggregator]
    assert len(aggregators) == 2
    for each in aggregators:
        text = printed(page.article(each, each.stories[0], BASE))
        ticker = next(line for line in text.splitlines() if each.noise["ticker"][0] in line)
        assert len(re.split("(?:\u00a0 ){4}", ticker)) == len(each.noise["ticker"]) >= 40
        assert text.index(ticker) < text.index(each.stories[0].title)


def test_only_a_walled_story_shows_the_wall_and_hides_its_end():
    walls = 0
    for each in paper.load():
        for story in each.stories:
            lines = noise.places(each, story)["paywall"]
            assert bool(lines) == bool(story.shown)
            if story.shown and (hidden := story.text.split("\n\n")[story.shown :]):
                walls += 1
                assert hidden[-1].strip() not in printed(page.article(each, story, BASE))
    assert walls >= 4


def test_an_outlet_that_lost_its_line_breaks_glues_sentences():
    own = next(each for each in paper.load() if each.layout == "glued")
    story = next(each for each in own.stories if "Lavrov" in each.title)
    assert re.search(r"\w\.\w+", printed(page.article(own, story, BASE)).replace("127.0.0.1", ""))
    assert "rang.Qu'est-ce qui manque aux yeux de Moscou ?Sur" in printed(page.article(own, story, BASE))


def test_a_blog_prints_its_captions_twice():
    own = next(each for each in paper.load() if each.layout == "blog")
    story = own.stories[0]
    caption = next(part for part in story.parts if part.kind == "figure").text
    assert printed(page.article(own, story, BASE)).count(caption) == 2


def test_structured_data_can_be_read_back():
    own = next(each for each in paper.load() if each.id == "dnipro")
    live = next(story for story in own.stories if story.kind == "live")
    found = re.search(r'<script type="application/ld\+json">(.*?)</script>', page.article(own, live, BASE), re.DOTALL)
    assert found
    data = json.loads(found[1])
    assert data["@type"] == "LiveBlogPosting"
    assert data["headline"] == live.title


def test_markup_in_a_title_is_escaped():
    own = paper.load()[0]
    story = own.stories[0]
    hostile = Story(story.outlet, "x", "<script>alert(1)</script>", story.published, "/x", "Text & <b>more</b>.")
    html = page.article(own, hostile, BASE)
    assert "<script>alert" not in html
    assert "Text &amp; &lt;b&gt;more" in html
