"""The data of the newsstand: every file is whole, every expectation can be met."""

from collections import Counter
from datetime import UTC, datetime

import pytest

from services.contracts import END_STATES, REPUBLICATIONS, State
from services.newsstand import expectation, markup, noise, paper, syndication
from services.newsstand.story import StandError, Story

PAPERS = paper.load()
EXPECTED = expectation.expectations()
STORIES = [story for each in PAPERS for story in each.stories]
READ = [story for story in STORIES if story.kind in {"article", "live"} and story.status == 200]


def small(**fields: object) -> str:
    """A file of one outlet with one story."""
    extra = "".join(f"{name} = {value}\n" for name, value in fields.items())
    return (
        'id = "heron"\nname = "Heron"\nlanguage = "en"\ncountry = "GB"\nlayout = "wire"\npath = "/{slug}"\n'
        '[[feed]]\npath = "/f"\n[noise]\n'
        f'[[story]]\nslug = "one"\ntitle = "One"\npublished = 2022-02-01T10:00:00Z\ntext = "A line."\n{extra}'
    )


def test_no_outlet_and_no_story_stands_twice():
    assert not [name for name, count in Counter(each.id for each in PAPERS).items() if count > 1]
    assert not [name for name, count in Counter(story.id for story in STORIES).items() if count > 1]


def test_no_two_stories_of_an_outlet_share_an_address():
    for each in PAPERS:
        paths = [story.path for story in each.stories] + [feed.path for feed in each.feeds]
        assert len(paths) == len(set(paths)), each.id


def test_every_feed_address_that_moved_is_not_a_page():
    for each in PAPERS:
        taken = {story.path for story in each.stories} | {feed.path for feed in each.feeds}
        assert not taken & {feed.moved_from for feed in each.feeds if feed.moved_from}


def test_there_are_enough_outlets_items_and_languages():
    assert len(PAPERS) >= 14
    assert 90 <= len(EXPECTED) <= 110
    assert {"fr", "en", "uk", "ru", "de", "pl", "es", "it", "ar", "tr"} <= {e.language for e in EXPECTED}
    assert {feed.format for each in PAPERS for feed in each.feeds} == {"rss", "atom", "rdf", "json"}


def test_every_story_is_dated_between_january_and_march_2022():
    for story in STORIES:
        assert datetime(2022, 1, 10, tzinfo=UTC) <= story.published < datetime(2022, 3, 21, tzinfo=UTC), story.id


def test_every_expected_state_is_an_end():
    assert {e.state for e in EXPECTED} <= END_STATES
    assert {State.INDEXED, State.DUPLICATE, State.OFF_TOPIC, State.GONE, State.REFUSED} <= {e.state for e in EXPECTED}


def test_a_duplicate_names_an_indexed_source_that_is_expected_too():
    indexed = {e.id for e in EXPECTED if e.state is State.INDEXED}
    for e in EXPECTED:
        assert (e.state is State.DUPLICATE) == (e.relation in REPUBLICATIONS), e.id
        assert (e.of is None) == (e.relation is None), e.id
        assert e.of is None or e.of in indexed, e.id


def test_every_kind_of_reprint_occurs():
    assert {e.relation.value for e in EXPECTED if e.relation} == {"exact", "near", "excerpt", "derived"}


def test_an_exact_copy_has_the_text_of_its_source_and_a_near_one_has_not():
    texts = {story.id: story.text for story in STORIES}
    for e in EXPECTED:
        if e.relation == "exact":
            assert markup.split(texts[e.id]) == markup.split(texts[e.of or ""])
        if e.relation == "near":
            assert markup.split(texts[e.id]) != markup.split(texts[e.of or ""])


def test_a_derived_story_carries_about_half_of_its_source_and_more_of_its_own():
    texts = {story.id: markup.split(story.text) for story in STORIES}
    for e in (e for e in EXPECTED if e.relation == "derived"):
        own, source = texts[e.id], texts[e.of or ""]
        shared = sum(len(block) for block in own if block in source)
        assert 0.3 < shared / sum(map(len, source)) < 0.7
        assert shared < sum(map(len, own)) / 2


def test_unrelated_stories_share_no_paragraph():
    """Only reprints may: a block of 60 characters or more stands in one story."""
    holders: dict[str, set[str]] = {}
    for story in READ:
        for block in markup.split(story.text):
            if len(block) >= 60:
                holders.setdefault(block, set()).add(story.of or story.id)
    assert not {block: ids for block, ids in holders.items() if len(ids) > 1}


def test_most_articles_have_a_realistic_length():
    lengths = sorted(len(" ".join(markup.kept(story.parts)).split()) for story in READ)
    assert lengths[0] < 40, "there are flashes"
    assert lengths[len(lengths) // 2] >= 120
    assert lengths[-1] >= 270


def test_no_line_of_noise_stands_in_the_story_it_surrounds():
    for e in EXPECTED:
        text = "\n".join(e.kept)
        assert not [line for line in e.noise if line in text], e.id


def test_pages_on_other_matters_carry_crisis_headlines_as_a_trap():
    trapped = [story for story in READ if story.expect is State.OFF_TOPIC and story.related]
    assert len(trapped) >= 8
    for story in trapped:
        lines = noise.places(next(p for p in PAPERS if p.id == story.outlet), story)["related"]
        assert set(story.related) <= set(lines)


def test_every_place_in_the_files_is_one_that_pages_know():
    assert {place for each in PAPERS for place in each.noise} <= noise.PLACES


def test_events_are_told_by_several_outlets():
    tellers: dict[str, set[str]] = {}
    for e in EXPECTED:
        if e.event:
            tellers.setdefault(e.event, set()).add(e.outlet)
    assert len([event for event, outlets in tellers.items() if len(outlets) >= 3]) >= 3


def test_markup_tells_blocks_apart():
    text = "A line\nand more.\n\n## Head\n\n- a\n- b\n\n> Said.\n\n| x | y |\n| 1 | 2 |\n\n! Cap || Me\n\n@ 14:05"
    parts = markup.parse(text)
    assert [part.kind for part in parts] == ["paragraph", "heading", "list", "quote", "table", "figure", "time"]
    assert parts[0].text == "A line and more."
    assert parts[4].rows == (("x", "y"), ("1", "2"))
    assert markup.kept(parts) == ("A line and more.", "Head", "a", "b", "Said.", "x", "y", "1", "2")
    assert markup.captions(parts) == ("Cap", "Me")


def test_a_reprint_carries_out_its_edits():
    source = Story("heron", "one", "One", datetime(2022, 2, 1, tzinfo=UTC), "/one", "First.\n\nSecond here.\n\nThird.")
    edits = {
        "slug": "two",
        "copy": "heron/one",
        "take": [2, 3],
        "replace": [["here", "there"]],
        "opening": "Own.",
    }
    made = syndication.reprint(source, edits)
    assert made == {"title": "One", "slug": "two", "text": "Own.\n\nSecond there.\n\nThird.", "of": "heron/one"}


@pytest.mark.parametrize(
    ("edits", "complaint"),
    [
        ({"take": [4]}, "from 1 to 1"),
        ({"take": "all"}, "from 1 to 1"),
        ({"replace": [["x", "y"]]}, "nothing to replace"),
    ],
)
def test_an_edit_that_cannot_be_carried_out_is_refused(edits: dict[str, object], complaint: str):
    source = Story("heron", "one", "One", datetime(2022, 2, 1, tzinfo=UTC), "/one", "First.")
    with pytest.raises(StandError, match=complaint):
        syndication.reprint(source, edits)


@pytest.mark.parametrize(
    ("fields", "complaint"),
    [
        ({"colour": '"red"'}, "heron/one: no such field: colour"),
        ({"expect": '"lost"'}, "heron/one: 'lost'"),
        ({"reasons": '"gone"'}, "heron/one: .*lists of strings"),
        ({"copy": '"heron/none"'}, "copies heron/none, which does not exist"),
    ],
)
def test_a_wrong_story_is_named(fields: dict[str, object], complaint: str):
    with pytest.raises(StandError, match=complaint):
        paper.read([small(**fields)])


def test_a_story_without_a_time_zone_is_refused():
    with pytest.raises(StandError, match="published"):
        paper.read([small().replace("10:00:00Z", "10:00:00")])


def test_two_stories_of_one_name_are_refused():
    with pytest.raises(StandError, match="two stories"):
        paper.read([small(), small()])


def test_an_outlet_with_an_unknown_field_is_refused():
    with pytest.raises(StandError, match="heron: no such field: motto"):
        paper.read(['motto = "x"\n' + small()])
