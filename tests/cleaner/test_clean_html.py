import re

import pytest

from services.cleaner import pages
from services.cleaner.pages import Rejected
from services.contracts import BlockKind, Cleaned, NoiseKind, Outlet, PageKind, Reason

from .layouts import ENGLISH, FRENCH, LAYOUTS

PARAGRAPHS = "".join(
    f"<p>Paragraph number {n} of the story tells what happened at the bridge on day {n}, and who saw it.</p>"
    for n in range(1, 6)
)


def bare(text: str) -> str:
    return re.sub(r"\s+", "", text)


def clean(language: str) -> Cleaned:
    layout = LAYOUTS[language]
    return pages.clean_html(layout.html, url=layout.url)


def page(body: str, title: str = "What happened at the bridge", head: str = "", beside: str = "") -> str:
    article = f"<article><h1>{title}</h1>{body}</article>"
    return f"<html lang='en'><head><title>{title}</title>{head}</head><body>{article}{beside}</body></html>"


def story(extra: str = "", head: str = "", tail: str = "") -> str:
    return page(f"{extra}{PARAGRAPHS}{tail}", head=head)


@pytest.mark.parametrize("language", LAYOUTS)
def test_the_whole_article_stays(language: str) -> None:
    text = bare(clean(language).text)
    assert [passage for passage in LAYOUTS[language].body if bare(passage) not in text] == []


@pytest.mark.parametrize("language", LAYOUTS)
def test_nothing_else_stays(language: str) -> None:
    text = bare(clean(language).text)
    assert [passage for passage, _ in LAYOUTS[language].noise if bare(passage) in text] == []
    assert bare(LAYOUTS[language].title) not in text


@pytest.mark.parametrize("language", LAYOUTS)
def test_what_went_is_reported_under_its_kind_with_a_rule(language: str) -> None:
    removed = clean(language).removed
    assert all(entry.rule for entry in removed)
    for passage, kind in LAYOUTS[language].noise:
        found = {str(entry.kind) for entry in removed if bare(passage) in bare(entry.text)}
        # What the extractor itself left out is not reported; what is reported has the right kind.
        assert found <= {kind}, passage


@pytest.mark.parametrize("language", LAYOUTS)
def test_title_and_language_are_found(language: str) -> None:
    cleaned = clean(language)
    assert cleaned.title == LAYOUTS[language].title
    assert cleaned.meta.language == language


def test_blocks_say_what_they_are() -> None:
    kinds = {bare(block.text): block.kind for block in (*clean("fr").blocks, *clean("uk").blocks, *clean("de").blocks)}
    assert kinds[bare(FRENCH.body[0])] is BlockKind.STANDFIRST
    assert kinds[bare("Un chantier hors norme")] is BlockKind.HEADING
    assert kinds[bare(FRENCH.body[4])] is BlockKind.QUOTE
    assert kinds[bare("будівельники замінили чотири опорипокладено 900 метрів нового полотна")] is BlockKind.LIST
    assert kinds[bare("Pfeiler | 12 Mio. EuroFahrbahn | 3 Mio. Euro")] is BlockKind.TABLE


def test_metadata_comes_from_where_the_page_says_it() -> None:
    french, ukrainian, german, english = clean("fr").meta, clean("uk").meta, clean("de").meta, clean("en").meta
    assert (french.outlet, french.author, french.published) == (
        "La Gazette",
        "Anne Durand",
        "2023-05-15T07:40:00+02:00",
    )
    assert (ukrainian.outlet, ukrainian.published) == ("Вісник", "2023-03-07T09:15:00")
    assert (german.author, german.paywalled) == ("Jan Weber", True)
    assert (english.author, english.published) == ("Jane Roe", "2023-05-15T08:00:00-05:00")
    assert (english.aggregator, english.source_url) == (True, "https://agency.example/bridge")
    assert (french.aggregator, french.paywalled, french.kind) == (False, False, PageKind.ARTICLE)


def test_a_ticker_in_front_of_the_text_is_reported_whole() -> None:
    ticker = next(entry for entry in clean("fr").removed if entry.kind is NoiseKind.TICKER)
    assert "Grève des trains" in ticker.text
    assert ticker.rule


@pytest.mark.parametrize(
    ("markup", "kind"),
    [
        ('<div class="newsletter-signup"><p>Get the best of the week every Friday for free.</p></div>', "newsletter"),
        ('<div class="social-share"><span>Tell your friends</span></div>', "share"),
        ('<ul class="related-articles"><li><a href="/a">Another bridge falls down</a></li></ul>', "related"),
        ('<div id="disqus_thread"><p>First! What a bridge.</p></div>', "comments"),
        ('<section class="author-bio"><p>Jane likes bridges.</p></section>', "author-bio"),
        ("<marquee>Storm closes port</marquee>", "ticker"),
        ('<div class="postTags"><a>bridge</a> <a>river</a></div>', "tags"),
        ('<div class="c-paywall"><p>Subscribe to continue reading this story.</p></div>', "paywall"),
        ('<div class="ad-label">Our partners</div>', "ad-label"),
    ],
)
def test_a_noise_container_is_taken_out_and_reported(markup: str, kind: str) -> None:
    cleaned = pages.clean_html(story(tail=markup))
    marked = [entry for entry in cleaned.removed if entry.rule.startswith("markup:")]
    assert [str(entry.kind) for entry in marked] == [kind]
    assert len(cleaned.blocks) == 5


def test_a_class_that_speaks_of_noise_does_not_cost_the_article() -> None:
    names = "related-content comments-open share premium paywall"
    body = f"<html><body><div class='{names}'><h2>Bridge</h2>{PARAGRAPHS}</div></body></html>"
    assert len([block for block in pages.clean_html(body).blocks if block.kind is BlockKind.PARAGRAPH]) == 5


def test_the_anchor_of_a_heading_is_not_taken_for_a_class() -> None:
    body = story(
        tail="<h2 id='what-share-of-bridges-is-old'>What share of bridges is old?</h2>"
        "<p>One in five bridges of the county is older than a hundred years, it says.</p>"
    )
    assert "What share of bridges is old?" in pages.clean_html(body).text


def test_a_caption_said_again_in_the_text_goes() -> None:
    figure = (
        "<figure><img src=a><figcaption>Crews at work on the pier</figcaption></figure><p>Crews at work on the pier</p>"
    )
    cleaned = pages.clean_html(story(extra=figure))
    assert "Crews at work" not in cleaned.text
    assert {entry.kind for entry in cleaned.removed if "Crews" in entry.text} == {NoiseKind.CAPTION}


def test_a_paragraph_that_stands_twice_is_kept_once_and_short_answers_stay() -> None:
    twice = "<p>The council will meet again on Friday to talk about the second bridge.</p>"
    cleaned = pages.clean_html(story(tail=twice + "<p>– No.</p>" + twice + "<p>– No.</p>"))
    assert cleaned.text.count("The council will meet again") == 1
    assert [
        entry.rule for entry in cleaned.removed if entry.kind is NoiseKind.DUPLICATE and "council" in entry.text
    ] == ["said before"]


@pytest.mark.parametrize(
    "text",
    [
        "Президент підписав закон про відбудову мосту у Вербівці.",
        "The bridge at Millford has reopened, the county said. Traffic is light.",
        "أعيد فتح الجسر صباح الاثنين بعد عامين من الأشغال.",
    ],
)
def test_a_flash_of_one_or_two_sentences_is_news(text: str) -> None:
    head = "<meta property='og:type' content='article'>"
    cleaned = pages.clean_html(page(f"<p>{text}</p>", title="Flash news of the hour", head=head))
    assert cleaned.text == text
    assert cleaned.meta.kind is PageKind.FLASH


def test_a_live_blog_is_live() -> None:
    entries = "".join(
        f"<p>{9 + n}:15 — The vote on article {n} has begun in the chamber, and members are queueing.</p>"
        for n in range(8)
    )
    assert pages.clean_html(page(entries, title="Live: the vote hour by hour")).meta.kind is PageKind.LIVE


def test_a_front_page_is_no_article() -> None:
    cards = "".join(
        f"<div><h3><a href='/s{n}'>Headline number {n} about the town and its bridge</a></h3><p>A line.</p></div>"
        for n in range(40)
    )
    with pytest.raises(Rejected) as caught:
        pages.clean_html(
            f"<html><head><title>The Daily</title></head><body>{cards}</body></html>", url="https://daily.example/"
        )
    assert caught.value.reason is Reason.INDEX_PAGE


def test_an_article_on_a_page_full_of_headlines_is_an_article() -> None:
    links = "".join(
        f"<li><a href='/s{n}'>Headline number {n} about the town and its bridge</a></li>" for n in range(60)
    )
    html = page(PARAGRAPHS, beside=f"<aside><ul>{links}</ul></aside>")
    cleaned = pages.clean_html(html, url="https://daily.example/2023/05/what-happened-at-the-bridge")
    assert len(cleaned.blocks) == 5


def test_the_words_free_and_closed_are_not_believed_without_evidence() -> None:
    head = (
        '<script type="application/ld+json">{"@type":"NewsArticle","headline":"x","isAccessibleForFree":false}</script>'
    )
    chapters = "".join(f"<p>Chapter {n}: {'what was said of bridge number ' * 5}{n}.</p>" for n in range(9))
    whole = story(head=head, tail=chapters)
    assert pages.clean_html(whole).meta.paywalled is False
    teaser = page("<p>Only the first lines of this story can be read by all.</p>", head=head)
    assert pages.clean_html(teaser).meta.paywalled is True


def test_a_canonical_link_to_the_front_page_or_another_site_is_not_believed() -> None:
    for canonical in ("https://daily.example/", "https://other.example/story"):
        cleaned = pages.clean_html(
            story(head=f"<link rel=canonical href='{canonical}'>"), url="https://daily.example/s/1"
        )
        assert cleaned.meta.url == "https://daily.example/s/1"
    cleaned = pages.clean_html(story(head="<link rel=canonical href='/story'>"), url="https://daily.example/s/1?utm=2")
    assert cleaned.meta.url == "https://daily.example/story"


def test_what_the_feed_says_fills_what_the_page_does_not() -> None:
    html = f"<html><body><div>{PARAGRAPHS}</div></body></html>"
    outlet = Outlet("daily", "The Daily", "https://daily.example/", (), language="en")
    cleaned = pages.clean_html(
        html, outlet=outlet, feed_title="What happened at the bridge", feed_published="Mon, 15 May 2023 08:00:00 GMT"
    )
    assert (cleaned.title, cleaned.meta.outlet) == ("What happened at the bridge", "The Daily")
    assert cleaned.meta.published == "2023-05-15T08:00:00+00:00"


def test_glued_paragraphs_of_a_page_are_taken_apart() -> None:
    glued = "<p>The minister left the town at noon.The talks went on without him until late in the night.</p>"
    texts = [block.text for block in pages.clean_html(story(tail=glued)).blocks]
    assert "The minister left the town at noon." in texts


def test_the_same_page_gives_the_same_answer_again_and_again() -> None:
    first = pages.clean_html(ENGLISH.html, url=ENGLISH.url)
    assert all(pages.clean_html(ENGLISH.html, url=ENGLISH.url) == first for _ in range(5))


def test_bytes_in_a_wrongly_declared_charset_give_the_same_article() -> None:
    layout = LAYOUTS["uk"]
    raw = layout.html.replace("—", "-").encode("windows-1251")
    cleaned = pages.clean_html(raw, url=layout.url, content_type="text/html; charset=utf-8")
    assert cleaned.title == layout.title
    assert layout.body[1] in cleaned.text
