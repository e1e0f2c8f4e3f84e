"""The benchmark of noise measures what it says: what is left is seen, and so is what the article loses."""

import random
from typing import Any

import lxml.html
import pytest

from benchmarks import examples, injection
from benchmarks.examples import Negative, Noise
from benchmarks.fates import Baseline, Report, baseline
from benchmarks.injection import MARKUPS, PLACES, Host, Setting
from services.contracts import NoiseKind

PARAGRAPHS = (
    "The ferry that links the two banks of the river will stop running next week, the harbour office said on Monday.",
    "Engineers found cracks in the hull during an inspection, and replacement parts have to come from abroad.",
    "Until then a small boat will carry pupils and nurses across, four times a day and free of charge.",
    "Shopkeepers on the left bank fear a difficult month, because most of their customers arrive by water.",
    "The mayor promised to ask the region for help, but named neither a sum nor a date for the return of the ferry.",
)
LINES = ("Subscribe to our evening letter today", "Enter your address below to receive it")


def page(paragraphs: tuple[str, ...] = PARAGRAPHS) -> str:
    body = "".join(f'<p class="text">{text}</p>' for text in paragraphs)
    return (
        "<html><head><title>Ferry out of service</title></head><body><nav><a href='/'>Home</a></nav>"
        f"<article><h1>Ferry out of service</h1><div class='body'>{body}</div></article>"
        "<footer><p>Imprint</p></footer></body></html>"
    )


@pytest.fixture
def host() -> Host:
    html = injection.settle(page())
    row = {"id": "ferry", "url": "https://example.org/ferry-out-of-service", "language": "en", "text": None}
    found = injection.host(row, html, answer("\n".join(PARAGRAPHS)))
    assert found is not None
    assert len(found.paths) == len(PARAGRAPHS)
    return found


@pytest.fixture
def base(host: Host) -> Baseline:
    without = answer("\n".join(PARAGRAPHS))
    return baseline(host, {False: without, True: without})


def answer(text: str, removed: tuple[tuple[NoiseKind, str], ...] = ()) -> dict[str, Any]:
    blocks = [{"kind": "paragraph", "text": line} for line in text.split("\n")]
    listed = [{"kind": str(kind), "rule": "test", "text": line} for kind, line in removed]
    return {"text": text, "blocks": blocks, "removed": listed, "error": None, "title": ""}


def count(base: Baseline, given: dict[str, Any], lines: tuple[str, ...] = LINES) -> Report:
    report = Report()
    report.count(Noise("en", NoiseKind.NEWSLETTER, lines), Setting("after", "p"), base, given)
    return report


@pytest.mark.parametrize("markup", MARKUPS)
@pytest.mark.parametrize("place", PLACES)
def test_the_noise_stands_on_the_page_once_and_the_article_is_whole(host: Host, place: str, markup: str):
    noise = Noise("en", NoiseKind.NEWSLETTER, LINES)
    request = injection.inject(host, noise, Setting(place, markup), random.Random(1))
    text = request.get("text") or lxml.html.document_fromstring(request["html"]).text_content()
    assert [text.count(line) for line in LINES] == [1, 1]
    assert [text.count(line) for line in PARAGRAPHS] == [1] * len(PARAGRAPHS)
    assert text.index(LINES[0]) < text.index(LINES[1])
    first, last = text.index(PARAGRAPHS[0]), text.index(PARAGRAPHS[-1])
    if place == "before":
        assert text.index(LINES[0]) < first
    elif place == "between":
        assert first < text.index(LINES[0]) < last
    elif place == "after":
        assert text.index(LINES[0]) > last


def test_a_flash_is_all_the_text_its_page_has(host: Host):
    flash = Negative("en", "flash", "The bridge is open again.")
    request = injection.embed(host, flash, "html", random.Random(1))
    text = lxml.html.document_fromstring(request["html"]).text_content()
    assert flash.text in text
    assert not any(paragraph in text for paragraph in PARAGRAPHS)


def test_what_is_gone_and_told_under_its_kind_counts_so(base: Baseline):
    removed = tuple((NoiseKind.NEWSLETTER, line) for line in LINES)
    tally = count(base, answer("\n".join(base.host.lines), removed)).by["all"]["all"]
    assert (tally.blocks, tally.gone, tally.told, tally.named) == (2, 2, 2, 2)
    assert (tally.unharmed, tally.lost_grams) == (1, 0)


def test_the_wrong_kind_is_told_but_not_named(base: Baseline):
    removed = ((NoiseKind.LEGAL, " ".join(LINES)),)
    tally = count(base, answer("\n".join(base.host.lines), removed)).by["all"]["all"]
    assert (tally.gone, tally.told, tally.named) == (2, 2, 0)


def test_what_vanishes_without_an_entry_is_not_told(base: Baseline):
    tally = count(base, answer("\n".join(base.host.lines))).by["all"]["all"]
    assert (tally.gone, tally.told) == (2, 0)


def test_half_a_block_left_is_a_block_left(base: Baseline):
    report = count(base, answer("\n".join([*base.host.lines, "Subscribe to our evening"])))
    assert report.by["all"]["all"].gone == 1
    assert len(report.missed) == 1


def test_a_word_of_the_article_is_no_noise_left(base: Baseline):
    report = count(base, answer("\n".join(base.host.lines)), ("ferry",))
    assert report.by["all"]["all"].gone == 1


def test_a_paragraph_that_goes_with_the_noise_is_the_articles_loss(base: Baseline):
    report = count(base, answer("\n".join(base.host.lines[:-1])))
    tally = report.by["all"]["all"]
    assert tally.lost_grams == len(base.host.lines[-1].split()) - 3
    assert tally.unharmed == 0
    assert len(report.harmed) == 1


def test_a_duplicate_left_is_seen_though_the_article_says_the_same(base: Baseline):
    twice = Noise("en", NoiseKind.DUPLICATE, (base.host.lines[1],))
    report = Report()
    report.count(twice, Setting("after", "p"), base, answer("\n".join([*base.host.lines, base.host.lines[1]])))
    report.count(twice, Setting("after", "p"), base, answer("\n".join(base.host.lines)))
    assert report.by["all"]["all"].gone == 1


def test_a_negative_that_is_cut_is_lost_with_the_kind_that_cut_it(base: Baseline):
    report = Report()
    negative = Negative("en", "sentence", "The newsletter has six employees.")
    report.count_negative(negative, "html", base, answer("text", ((NoiseKind.NEWSLETTER, negative.text),)))
    report.count_negative(negative, "html", base, answer(f"text\n{negative.text}"))
    assert report.kept["sentence", "html"] == 1
    assert report.lost_as == {"newsletter": 1}


@pytest.mark.parametrize("language", examples.languages())
def test_every_kind_is_written_down_in_every_language(language: str):
    noise, negatives = examples.load([language])
    kinds = [entry.kind for entry in noise]
    assert {kind: kinds.count(kind) for kind in NoiseKind if kinds.count(kind) < 6} == {NoiseKind.TEMPLATE: 0}
    assert {negative.shape for negative in negatives} == set(examples.SHAPES)
    assert len(negatives) >= 10
