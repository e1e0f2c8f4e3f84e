"""Endless pages: the next articles below the one that was asked for."""

from services.cleaner import pages, stories, walk

OURS = "The bridge over the river was opened on Monday after two years of works, the county said."
THEIRS = "The harvest of apples is the largest in ten years, and prices fall, growers told the paper."


def body(sentence: str) -> str:
    return "".join(f"<p>{sentence} It was day {n} of the count.</p>" for n in range(1, 6))


def test_the_article_of_the_title_stays_and_the_next_one_goes() -> None:
    html = (
        "<html lang='en'><head><title>Bridge opened after two years</title></head><body>"
        f"<div class='story'><h1>Bridge opened after two years</h1>{body(OURS)}</div>"
        f"<div class='story'><h1>Apples are cheap this autumn</h1>{body(THEIRS)}</div></body></html>"
    )
    cleaned = pages.clean_html(html)
    assert OURS in cleaned.text
    assert THEIRS not in cleaned.text
    assert "harvest of apples" in "".join(entry.text for entry in cleaned.removed)


def test_it_may_also_be_the_second_that_the_title_names() -> None:
    html = (
        "<html lang='en'><head><title>Apples are cheap this autumn</title></head><body><main>"
        f"<article><h1>Bridge opened after two years</h1>{body(OURS)}</article>"
        f"<article><h1>Apples are cheap this autumn</h1>{body(THEIRS)}</article></main></body></html>"
    )
    assert chosen_of(html, "Apples are cheap this autumn") == [OURS]


def test_chapters_under_headings_of_the_same_level_are_one_article() -> None:
    html = (
        f"<html><body><article><h1>Bridge opened after two years</h1>{body(OURS)}"
        f"<h1>What it cost</h1>{body(THEIRS)}</article></body></html>"
    )
    assert chosen_of(html, "Bridge opened after two years") == []


def test_entries_of_a_live_report_are_not_other_stories() -> None:
    entries = "".join(f"<div class='post'><h2>Post {n}</h2>{body(OURS)}</div>" for n in range(4))
    html = f"<html><body><h1>Bridge opened after two years</h1>{entries}</body></html>"
    assert chosen_of(html, "Bridge opened after two years") == []


def chosen_of(html: str, title: str) -> list[str]:
    """The first sentence of each unit that is told to be another story's, each once."""
    page = walk.walk(walk.parse(html))
    found = sorted(stories.others(page, range(len(page.units)), title))
    texts = [page.units[number].text.split(" It was day")[0] for number in found if not page.place(number).level]
    return list(dict.fromkeys(texts))
