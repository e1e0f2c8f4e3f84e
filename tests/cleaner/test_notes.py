"""What a page's body says near its headline, and what of it becomes title, author and date."""

from typing import Any

import pytest

from services.cleaner import declared, metadata, notes, phrases, walk
from services.cleaner.metadata import Facts, Given
from services.contracts import Meta, PageKind

RULES = phrases.load()
STORY = "".join(f"<p>Paragraph {n} tells what happened at the bridge, and who saw it.</p>" for n in range(6))
TEASER = (
    "<aside><h3><a href='/x'>A ferry sank in the lake</a></h3><span class='byline'>By Olga Other</span>"
    "<time datetime='1999-09-09'>9 September 1999</time></aside>"
)


def page(header: str, *, head: str = "", after: str = "", lang: str = "en") -> Any:
    """A page whose headline is about the bridge, with a teaser of another story in front of it and behind it."""
    head = f"<head><title>Bridge reopens after years | The Daily</title>{head}</head>"
    body = f"{TEASER}<main><article>{header}{STORY}</article>{after}</main>{TEASER}"
    return walk.parse(f"<html lang='{lang}'>{head}<body>{body}</body></html>")


def told(tree: Any, url: str | None = None) -> tuple[str, Meta]:
    given = Given(url)
    about = declared.read(tree)
    noted = metadata.read(tree, about, given, RULES)
    title = metadata.title(about, noted, given)
    return title, metadata.meta(
        about, noted, Facts(), given, RULES, title=title, body="The bridge was opened again.", kind=PageKind.ARTICLE
    )


HEADLINE = "<h1>Bridge reopens after years</h1>"


@pytest.mark.parametrize(
    ("line", "author"),
    [
        ("<p class='author-line'>By <b>Jane Roe</b> and John Poe, 3 March 2023</p>", "Jane Roe, John Poe"),
        ("<p>By Jane Roe</p>", "Jane Roe"),
        ("<p>Von Jan Weber und Eva Klein</p>", "Jan Weber, Eva Klein"),
        ("<p>Texte : Anne Durand</p>", "Anne Durand"),
        ("<p>Текст: Олена Коваль</p>", "Олена Коваль"),
        ("<p>بقلم سعاد حسن</p>", "سعاد حسن"),
        ("<div class='vcard'>Posted by<span class='fn'>riverfan</span></div>", "riverfan"),
        ("<div class='authorBox'><a class='authorName' href='/a/1'>Jane Roe</a><i>Chief Editor</i></div>", "Jane Roe"),
        ("<div><a rel='author' href='/a/1'>View all posts by Jane Roe</a></div>", "Jane Roe"),
        ("<p>Updated March 3, 2023</p><p class='byline'>Written by Meghan North</p>", "Meghan North"),
        ("<p>By the river they sat and waited for the bridge</p>", None),
        ("<p>Von Montag, den 1. Mai, bis Sonntag</p>", None),
    ],
)
def test_the_writer_named_near_the_headline_is_found(line: str, author: str | None) -> None:
    assert told(page(HEADLINE + line))[1].author == author


@pytest.mark.parametrize(
    ("line", "day"),
    [
        ("<time datetime='2023-03-03T10:00:00+02:00'>Friday</time>", "2023-03-03T10:00:00+02:00"),
        ("<span class='post-date'>3. März 2023, 14:05 Uhr</span>", "2023-03-03T14:05:00"),
        ("<div>March 3, 2023</div>", "2023-03-03"),
        ("<div>Mar 3, 2023 · 5 min read</div>", "2023-03-03"),
        ("<div>2023年3月3日</div>", "2023-03-03"),
        ("<div>03.03.23</div>", "2023-03-03"),
        ("<div>3-Mar-2023</div>", "2023-03-03"),
        ("<p>Updated: March 5, 2023 | Published: March 3, 2023</p>", "2023-03-03"),
        ("<p class='date'>Aktualisiert am 5. März 2023</p><p class='date'>3. März 2023</p>", "2023-03-03"),
        (
            "<time class='updated' datetime='2023-03-05'></time><time class='published' datetime='2023-03-03'></time>",
            "2023-03-03",
        ),
        ("<p class='date'>Updated March 5, 2023</p>", "2023-03-05"),
        ("<p>The treaty of 27 January 2022 ended a long war between both of the towns.</p>", None),
        ("<p>© 2021 The Daily</p>", None),
    ],
)
def test_the_date_near_the_headline_is_found(line: str, day: str | None) -> None:
    assert told(page(HEADLINE + line))[1].published == day


@pytest.mark.parametrize(
    ("lang", "url", "day"),
    [
        ("en-US", None, "2023-03-09"),
        ("en-GB", None, "2023-09-03"),
        ("de", None, "2023-09-03"),
        ("en", "https://daily.example/x", "2023-03-09"),
        ("en", "https://daily.uk/x", "2023-09-03"),
    ],
)
def test_a_date_in_figures_is_read_as_the_pages_country_writes_it(lang: str, url: str | None, day: str) -> None:
    assert told(page(f"{HEADLINE}<p class='date'>3/9/2023</p>", lang=lang), url)[1].published == day


def test_the_day_in_the_address_outweighs_dates_in_words_but_takes_their_time() -> None:
    url = "https://daily.example/2023/03/03/bridge"
    assert told(page(f"{HEADLINE}<p class='date'>1 March 2023</p>"), url)[1].published == "2023-03-03"
    assert told(page(f"{HEADLINE}<p class='date'>3 March 2023, 14:05</p>"), url)[1].published == "2023-03-03T14:05:00"


def test_a_date_for_machines_in_the_head_is_taken_and_one_in_words_is_not_trusted() -> None:
    line = f"{HEADLINE}<p class='date'>March 3, 2023</p>"
    head = "<meta property='article:published_time' content='{}'>"
    assert told(page(line, head=head.format("2023-03-02T08:00:00Z")))[1].published == "2023-03-02T08:00:00+00:00"
    assert told(page(line, head=head.format("Jul 1, 2024")))[1].published == "2023-03-03"


def test_writers_and_dates_of_comments_are_not_the_articles() -> None:
    comments = (
        "<div class='comment-list'><b class='fn author'>Loud Reader</b> says: <time datetime='2024-01-01'></time></div>"
    )
    _, meta = told(page(HEADLINE, after=comments))
    assert (meta.author, meta.published) == (None, None)


def test_an_author_that_json_ld_refers_to_is_looked_up() -> None:
    graph = (
        '{"@graph": [{"@type": "NewsArticle", "author": [{"@id": "#p"}, {"@type": "Organization", "name": "Us"}]},'
        '{"@type": "Person", "@id": "#p", "name": "Jane Roe"}]}'
    )
    head = f"<script type='application/ld+json'>//<![CDATA[\n{graph}\n//]]></script>"
    assert told(page(HEADLINE, head=head))[1].author == "Jane Roe"


def test_several_author_elements_are_several_writers() -> None:
    head = "<meta name='citation_author' content='Jane Roe'><meta name='citation_author' content='John Poe'>"
    assert told(page(HEADLINE, head=head))[1].author == "Jane Roe, John Poe"


def test_an_outlet_that_signs_for_itself_counts_only_if_nobody_else_signs() -> None:
    head = "<meta property='og:site_name' content='The Daily'><meta name='author' content='The Daily'>"
    assert told(page(HEADLINE, head=head))[1].author == "The Daily"
    assert told(page(f"{HEADLINE}<p>By Jane Roe</p>", head=head))[1].author == "Jane Roe"


@pytest.mark.parametrize(
    "header",
    [
        "<h1><span class='kicker'>Region:</span> Bridge reopens after years</h1>",
        "<h1><div>Region</div><div>Bridge reopens after years</div></h1>",
        "<h1><a href='/'>The Daily</a></h1><h2 class='entry-title'>Bridge reopens after years</h2>",
        "<h1>94</h1><h1>Bridge reopens after years</h1>",
        "<h1>Bridge reopens after years – The Daily</h1>",
        "<div>Bridge reopens after years</div>",
    ],
)
def test_the_headline_is_told_from_kickers_and_the_outlets_name(header: str) -> None:
    head = "<meta property='og:site_name' content='The Daily'>"
    assert told(page(header, head=head))[0] == "Bridge reopens after years"


def test_a_link_to_the_original_is_the_source_and_other_links_are_not() -> None:
    links = "<p><a href='https://wire.example/7'>Click here to read the article at its source</a></p>"
    other = "<p><a href='https://shop.example/7'>Buy a very nice bridge here</a></p>"
    tree = page(HEADLINE, after=other + links)
    assert notes.read(tree, declared.read(tree)).sources == ("https://wire.example/7",)


@pytest.mark.parametrize(
    "body",
    [
        "<h1>" * 400 + "x",
        "<a href='http://['>x</a><a rel=author></a><time></time><time datetime='99999'></time>",
        "<div class='author'>" * 300,
        f"<p class='byline'>By {'Jane ' * 20_000}</p>",
        f"<h1 class='{'a' * 100_000}'>x</h1>",
        f"<span class=date>{'1' * 50_000}</span><span>{'1.' * 50}</span>",
        '<script type="application/ld+json">' + '{"author":[' * 5_000 + "</script>",
        '<script type="application/ld+json">[1, null, {"@type": 3, "author": {"@id": {}}, "name": []}]</script>',
    ],
)
def test_hostile_markup_yields_values_and_no_error(body: str) -> None:
    title, meta = told(walk.parse(f"<html><body>{body}</body></html>"), "http://[")
    assert isinstance(title, str)
    assert meta.published is None
