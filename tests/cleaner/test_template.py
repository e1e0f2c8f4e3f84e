"""Template learning over an outlet's stream, with the memory that the store keeps of it."""

import random
import time
from collections.abc import Iterable

import pytest

from services.cleaner import learning, sketches, template
from services.contracts import Block, BlockKind, Cleaned, NoiseKind, Removed
from services.store import Store, articles, templates
from tests.cleaner.outlet import Newsroom, heading, page, quotation

BOX = "Sign up here and every weekday morning our editors will send you the six reports that people talk about."
PLEA = (
    "Independent journalism costs money. Readers who give as little as a coffee a month keep these pages open to all, "
    "whoever they are and whatever they can afford."
)
LEGAL = "All rights of this publication reserved by Harbour Media Holding, registered under number 4711."
BOILERPLATE = (BOX, PLEA, LEGAL)


class Stream:
    """Cleans the pages of one outlet as the cleaner's door does."""

    def __init__(self, store: Store, outlet: str = "harbour-post") -> None:
        self.store = store
        self.outlet = outlet
        self.count = 0

    def take(self, cleaned: Cleaned, item: str | None = None) -> Cleaned:
        self.count += 1
        key = item or f"{self.outlet}-{self.count:04}"
        reading = template.read(cleaned)
        with self.store.write() as tx:
            learned = learning.judge(tx, self.outlet, key, cleaned, reading)
            articles.save(tx, key, self.outlet, "harbour.example", learned.cleaned, float(self.count))
            learning.keep(tx, self.outlet, key, learned.lesson)
        return learned.cleaned

    def take_all(self, pages: Iterable[Cleaned]) -> list[Cleaned]:
        return [self.take(each) for each in pages]


def struck(cleaned: Cleaned) -> list[str]:
    return [cut.text for cut in cleaned.removed if cut.kind is NoiseKind.TEMPLATE]


@pytest.fixture
def stream(store: Store) -> Stream:
    return Stream(store)


@pytest.fixture
def newsroom() -> Newsroom:
    return Newsroom(random.Random(7))


def report(newsroom: Newsroom, *more: str | Block) -> Cleaned:
    """An article on a subject of its own, with something below it."""
    subject = newsroom.subject()
    return page(newsroom.headline(subject), *newsroom.body(subject), *more)


@pytest.mark.parametrize("seed", range(6))
def test_an_outlets_boilerplate_is_learned_and_no_wire_or_live_paragraph_is_cut(store: Store, seed: int) -> None:
    rng = random.Random(seed)
    newsroom = Newsroom(rng)
    wire, live = newsroom.subject(), newsroom.subject()
    story, standing = newsroom.body(wire, 7), newsroom.paragraph(live, 3)
    reports = [report(newsroom, *BOILERPLATE) for _ in range(40)]
    copies = [
        page(newsroom.headline(wire), *(newsroom.edited(p) if rng.random() < 0.3 else p for p in story), *BOILERPLATE)
        for _ in range(12)
    ]
    blog = [page(newsroom.headline(live), standing, *newsroom.body(live, 5), *BOILERPLATE) for _ in range(10)]
    pages = [*reports, *copies, *blog]
    rng.shuffle(pages)
    stream = Stream(store)
    cleaned = stream.take_all(pages)
    assert {text for each in cleaned for text in struck(each)} == set(BOILERPLATE)
    assert all(set(struck(each)) == set(BOILERPLATE) for each in cleaned[30:])


@pytest.mark.parametrize("first", ["wire", "live"])
def test_an_outlet_that_begins_with_one_story_on_many_pages_keeps_it(
    stream: Stream, newsroom: Newsroom, first: str
) -> None:
    subject = newsroom.subject()
    standing = newsroom.paragraph(subject, 3)
    story = newsroom.body(subject, 7)
    for _ in range(20):
        texts = story if first == "wire" else [standing, *newsroom.body(subject, 5)]
        assert struck(stream.take(page(newsroom.headline(subject), *texts, *BOILERPLATE))) == []
    cleaned = stream.take_all(report(newsroom, *BOILERPLATE) for _ in range(30))
    assert set(struck(cleaned[-1])) == set(BOILERPLATE)


def test_short_news_below_much_boilerplate_is_told_from_it(stream: Stream, newsroom: Newsroom) -> None:
    def flash() -> Cleaned:
        subject = newsroom.subject()
        return page(newsroom.headline(subject), newsroom.paragraph(subject, 3), *BOILERPLATE)

    cleaned = stream.take_all(flash() for _ in range(40))
    assert {text for each in cleaned for text in struck(each)} == set(BOILERPLATE)
    assert set(struck(cleaned[-1])) == set(BOILERPLATE)


def test_a_background_paragraph_of_a_running_story_stays_on_every_report_of_it(
    stream: Stream, newsroom: Newsroom
) -> None:
    war = newsroom.subject()
    background = newsroom.paragraph(war, 2)
    for _ in range(40):
        other = newsroom.subject()
        mixed = page(newsroom.headline(other), *newsroom.body(other, 4), *newsroom.body(war, 4), background)
        assert struck(stream.take(mixed)) == []


def test_a_sub_heading_and_a_dateline_stay_on_every_page(stream: Stream, newsroom: Newsroom) -> None:
    for _ in range(40):
        subject = newsroom.subject()
        first, *rest = newsroom.body(subject)
        made = page(newsroom.headline(subject), "KYIV", first, heading("Background"), *rest)
        if stream.count % 3:  # two thirds of the pages are datelined elsewhere
            made = page(made.title, *made.blocks[1:])
        assert struck(stream.take(made)) == []


def test_a_heading_goes_with_all_that_it_heads(stream: Stream, newsroom: Newsroom) -> None:
    pages = [report(newsroom, heading("Support our work"), PLEA, BOX) for _ in range(25)]
    assert struck(stream.take_all(pages)[-1]) == ["Support our work", PLEA, BOX]


def test_a_heading_right_above_another_is_no_less_one(stream: Stream, newsroom: Newsroom) -> None:
    for _ in range(25):
        subject = newsroom.subject()
        made = page(newsroom.headline(subject), heading("Analysis"), heading("Background"), *newsroom.body(subject))
        assert struck(stream.take(made)) == []


def test_a_page_of_a_hundred_thousand_blocks_costs_no_more_than_others(stream: Stream) -> None:
    blocks = [f"A line that nobody has written before, number {number}." for number in range(100_000)]
    before = time.process_time()
    stream.take(page("Endless", "word " * 2_000_000, *blocks))
    with stream.store.read() as tx:
        rows = tx.one("SELECT count(*) AS n FROM template_sightings")
    assert rows is not None
    assert rows["n"] == template.BLOCKS
    assert time.process_time() - before < 10


def test_a_quotation_stays_on_every_page(stream: Stream, newsroom: Newsroom) -> None:
    said = "We will not be the last country to say that this is enough, and we shall not be the first to forget it."
    for _ in range(25):
        made = report(newsroom, quotation(said), f"“{said}”, the minister said.")
        assert struck(stream.take(made)) == []


def test_a_formula_that_stands_on_few_pages_stays(stream: Stream, newsroom: Newsroom) -> None:
    formula = "The company declined to comment."
    for number in range(120):
        assert struck(stream.take(report(newsroom, *([formula] if number % 15 == 0 else [])))) == []


def test_an_article_that_other_pages_tease_keeps_its_own_words(stream: Stream, newsroom: Newsroom) -> None:
    subject = newsroom.subject()
    teaser = newsroom.paragraph(subject, 2)
    cleaned = stream.take_all(report(newsroom, teaser) for _ in range(20))
    assert struck(cleaned[-1]) == [teaser]
    assert struck(stream.take(page(newsroom.headline(subject), teaser, *newsroom.body(subject)))) == []


def test_what_one_outlet_taught_is_not_applied_to_another(store: Store, newsroom: Newsroom) -> None:
    Stream(store).take_all(report(newsroom, *BOILERPLATE) for _ in range(20))
    assert struck(Stream(store, "other").take(report(newsroom, *BOILERPLATE))) == []


def test_one_item_cleaned_again_and_again_counts_once(stream: Stream, newsroom: Newsroom) -> None:
    same = report(newsroom, *BOILERPLATE)
    for _ in range(30):
        assert struck(stream.take(same, "one")) == []
    with stream.store.read() as tx:
        known = templates.recall(tx, stream.outlet, template.read(same).fingerprints, "another")
    assert {len(seen) for seen in known.sightings.values()} == {1}


def test_a_rule_says_on_how_many_pages_a_block_was_seen(stream: Stream, newsroom: Newsroom) -> None:
    cleaned = stream.take_all(report(newsroom, LEGAL) for _ in range(30))
    rules = [cut.rule for each in cleaned for cut in each.removed]
    assert rules[0] == f"template:seen on {template.BODY.pages} unrelated pages"
    assert rules[-1] == "template:seen on 12 or more unrelated pages"


def test_a_page_of_nothing_but_template_keeps_it(stream: Stream, newsroom: Newsroom) -> None:
    stream.take_all(report(newsroom, *BOILERPLATE) for _ in range(20))
    left = stream.take(page("Members only", *BOILERPLATE))
    assert [block.text for block in left.blocks] == list(BOILERPLATE)


SCRIPTS = {
    "Chinese": (
        "一",
        400,
        "注册我们的新闻通讯，每天早上接收编辑精选的最重要报道，随时可以取消订阅，无需任何费用，也不会分享您的地址。",
    ),
    "Ukrainian": (
        "а",
        32,
        "Підпишіться на розсилку та отримуйте щоранку найважливіші повідомлення редакції безкоштовно і без реклами.",
    ),
    "Arabic": (
        "ب",
        20,
        "اشترك في نشرتنا البريدية اليومية لتصلك أهم الأخبار والتقارير كل صباح مجانا ومن دون أي إعلانات أو رسوم.",
    ),
    "Thai": ("ก", 40, "สมัครรับจดหมายข่าวของเราเพื่อรับรายงานสำคัญที่กองบรรณาธิการคัดสรรทุกเช้าโดยไม่มีค่าใช้จ่ายใดทั้งสิ้นและยกเลิกได้ทุกเมื่อ!"),
}
"""By script: the first of its letters, how many of them are used, and a template."""


@pytest.mark.parametrize("script", SCRIPTS)
def test_template_is_learned_in_any_script(stream: Stream, script: str) -> None:
    first, letters, box = SCRIPTS[script]
    rng = random.Random(3)

    def text(size: int) -> str:
        return " ".join("".join(chr(ord(first) + rng.randrange(letters)) for _ in range(7)) for _ in range(size)) + "."

    cleaned = stream.take_all(page(text(5), *(text(20) for _ in range(6)), box) for _ in range(20))
    assert struck(cleaned[-1]) == [box]
    assert {cut for each in cleaned for cut in struck(each)} == {box}


def test_what_is_struck_joins_the_removed_in_the_order_of_the_page() -> None:
    cut = [
        Removed(NoiseKind.SHARE, "a", "top"),
        Removed(NoiseKind.CREDIT, "b", "middle", 2),
        Removed(NoiseKind.TAGS, "c", "end", 4),
    ]
    kept = tuple(Block(BlockKind.PARAGRAPH, text) for text in ("one", "two", "three", "four"))
    made = template.strike(Cleaned("", kept, tuple(cut), page("").meta), {1: 7, 2: 7})
    assert [block.text for block in made.blocks] == ["one", "four"]
    assert [(each.text, each.at) for each in made.removed] == [
        ("top", 0),
        ("two", 1),
        ("middle", 1),
        ("three", 1),
        ("end", 2),
    ]


def test_pages_that_say_too_little_are_no_witnesses() -> None:
    few, many = tuple(range(5)), tuple(range(100, 200))
    assert sketches.are_related(few, many)
    assert not sketches.are_related(tuple(range(20)), many)
    assert sketches.are_related(tuple(range(90, 190)), many)


def test_a_sample_of_a_long_page_is_compared_as_far_as_it_reaches() -> None:
    long = tuple(range(0, sketches.SKETCH * 10, 10))
    short = tuple(range(0, sketches.SKETCH * 100, 200))
    assert sketches.are_related(long, short), "all of the short page's terms that the sample reaches are in it"
    assert not sketches.are_related(long, tuple(number + 1 for number in short))
