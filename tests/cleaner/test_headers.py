"""What the head of an article shows: its standfirst and its writer, in markup of many kinds; and pages without one."""

import pytest

from services.cleaner import pages
from services.cleaner.pages import Rejected
from services.contracts import BlockKind, Reason

PARAGRAPHS = "".join(
    f"<p>Paragraph number {n} of the story tells what happened at the bridge on day {n}, and who saw it.</p>"
    for n in range(1, 6)
)
STANDFIRST = "The town waited two years for this. Not everybody is glad."


def article(header: str, after: str = "") -> str:
    head = "<head><title>What happened at the bridge</title></head>"
    return (
        f"<html lang='en'>{head}<body><article>{header}<div itemprop='articleBody'>{PARAGRAPHS}</div></article>"
        f"{after}</body></html>"
    )


@pytest.mark.parametrize(
    "header",
    [
        f"<h1>What happened at the bridge</h1><p class='teaser'>{STANDFIRST}</p>",
        f"<header><h1>What happened at the bridge</h1><h2 class='x9'>{STANDFIRST}</h2></header>",
        f"<div><div><h1>What happened at the bridge</h1></div><div itemprop='description'>{STANDFIRST}</div></div>",
    ],
)
def test_a_sentence_right_below_the_headline_is_the_standfirst(header: str) -> None:
    first = pages.clean_html(article(header)).blocks[0]
    assert (first.kind, first.text) == (BlockKind.STANDFIRST, STANDFIRST)


@pytest.mark.parametrize(
    "line",
    [
        "<p>Sign up for our newsletter and never miss a bridge.</p>",
        "<p>By Jane Roe</p>",
        "<p><a href='/x'>Another bridge has fallen into the river, too.</a></p>",
        "<p>Photo: Agency Polaris.</p>",
    ],
)
def test_other_lines_below_the_headline_are_no_standfirst(line: str) -> None:
    cleaned = pages.clean_html(article(f"<h1>What happened at the bridge</h1>{line}"))
    assert cleaned.blocks[0].text.startswith("Paragraph number 1")


def test_a_line_of_the_footer_is_no_standfirst() -> None:
    footer = "<div>The Herald lists the headlines of others and is not their publisher.</div>"
    assert "publisher" not in pages.clean_html(article("<h1>What happened at the bridge</h1>", after=footer)).text


@pytest.mark.parametrize(
    ("header", "author"),
    [
        ("<p class='x'><span itemprop='author'>Wanda Maj</span>, <time>01.02.2022</time></p>", "Wanda Maj"),
        ("<p itemprop='author' itemscope><b itemprop='name'>Herald staff</b> Editor</p>", "Herald staff"),
        ("<p>Texte : <a rel='author' href='/x'>Anne Durand</a></p>", "Anne Durand"),
        ("<p class='authorline'>Von Jan Weber, 01.02.2022</p>", "Jan Weber"),
        ("<div class='top'><a href='/yazarlar/42'>Ayşe Yılmaz</a></div>", "Ayşe Yılmaz"),
        ("<div class='top'><a href='/tema/42'>Ayşe Yılmaz</a></div>", None),
    ],
)
def test_the_writer_is_read_from_the_markup_of_the_header(header: str, author: str | None) -> None:
    assert pages.clean_html(article(f"<h1>What happened at the bridge</h1>{header}")).meta.author == author


def test_the_box_about_the_writer_names_the_writer_of_a_page_that_does_so_nowhere_else() -> None:
    box = "<div class='author-box'><p><a href='/autor/ewa'>Ewa Lis</a></p><p>Lubi mosty.</p></div>"
    cleaned = pages.clean_html(article("<h1>What happened at the bridge</h1>", after=box))
    assert cleaned.meta.author == "Ewa Lis"


def test_links_to_many_writers_and_the_writers_of_comments_say_nothing() -> None:
    names = ("Ewa Lis", "Jan Kot", "Ada Sowa", "Iga Ryś")
    links = "".join(f"<a href='/autor/{n}'>{name}</a>" for n, name in enumerate(names))
    comment = "<div itemprop='comment'><span itemprop='author'>Loud Reader</span></div>"
    cleaned = pages.clean_html(article("<h1>What happened at the bridge</h1>", after=links + comment))
    assert cleaned.meta.author is None


TITLES = [f"Wieczorna wiadomość numer {n} o moście nad rzeką i o mieście" for n in range(6)]


@pytest.mark.parametrize("teaser", ["", "<p>Most numer {n} otwarto w poniedziałek po {n} latach prac.</p>"])
def test_a_section_of_few_headlines_is_no_article(teaser: str) -> None:
    cards = "".join(
        f"<div><h2><a href='/s{n}'>{title}</a></h2>{teaser.format(n=n)}</div>" for n, title in enumerate(TITLES)
    )
    html = f"<html lang='pl'><head><title>Region</title></head><body><main><h1>Region</h1>{cards}</main></body></html>"
    with pytest.raises(Rejected) as caught:
        pages.clean_html(html, url="https://dziennik.example/region/")
    assert caught.value.reason is Reason.INDEX_PAGE


def test_a_story_whose_chapters_are_links_is_an_article() -> None:
    chapters = "".join(
        f"<h2><a href='/s{n}'>{title}</a></h2>{PARAGRAPHS.replace('bridge', f'bridge {n}')}"
        for n, title in enumerate(TITLES)
    )
    html = f"<html lang='pl'><head><title>Mosty</title></head><body><article><h1>Mosty</h1>{chapters}</article></body>"
    assert pages.clean_html(html, url="https://dziennik.example/region/").blocks
