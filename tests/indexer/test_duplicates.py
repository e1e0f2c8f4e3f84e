import itertools
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.indexer import requests
from services.indexer.memory_corpus import MemoryCorpus

DAY = "2022-01-{:02d}T10:00:00Z"


def relations(corpus_of, texts):
    return [corpus_of(text)["relation"] for text in texts]


def test_the_same_words_are_exact_whatever_their_dress(ask, sentences):
    text = " ".join(sentences(1, 12))
    first = ask(text)
    again = ask(text.upper().replace(" ", "  "))
    assert (again["relation"], again["of"], again["story"]) == ("exact", first["id"], first["id"])
    assert (again["similarity"], again["containment"]) == (1.0, 1.0)


@pytest.mark.parametrize("dropped", [0.1, 0.2, 0.3])
@pytest.mark.parametrize("seed", range(5))
def test_a_text_with_dropped_foreign_and_edited_sentences_is_near(ask, seed, dropped, sentences):
    rng = random.Random(seed)
    whole = sentences(seed, 20)
    kept = [line for line in whole if rng.random() >= dropped]
    edited = " ".join(w if rng.random() > 0.03 else "alter" for w in " ".join(kept).split())
    ask(" ".join(whole))
    answer = ask("«" + edited + "» " + " ".join(sentences(seed + 100, 2)), title="Another title")
    assert (answer["relation"], answer["of"]) == ("near", "t0")


@pytest.mark.parametrize("share", [0.15, 0.3, 0.45])
def test_what_a_wall_left_is_an_excerpt(ask, share, sentences):
    text = " ".join(sentences(7, 25))
    ask(text)
    answer = ask(text[: int(len(text) * share)] + "…")
    assert (answer["relation"], answer["of"]) == ("excerpt", "t0")


def test_a_full_text_after_its_own_stub_is_kept_as_derived(ask, sentences):
    whole = sentences(8, 20)
    ask(" ".join(whole[:6]))
    answer = ask(" ".join(whole))
    assert (answer["relation"], answer["of"], answer["story"]) == ("derived", "t0", "t0")


def test_half_of_a_text_within_another_is_derived_and_its_passages_are_told(ask, sentences):
    source, own = sentences(9, 16), sentences(10, 16)
    ask(" ".join(source))
    text = " ".join([*own[:8], *source[4:12], *own[8:]])
    answer = ask(text)
    assert (answer["relation"], answer["of"], answer["story"]) == ("derived", "t0", "t0")
    assert answer["shared"] == [" ".join(source[4:12]).rstrip(".")]
    assert 0.25 < answer["containment"] < 0.45


def test_the_passages_are_the_five_longest_as_they_stand_in_the_arriving_text(ask, sentences):
    source, own = sentences(11, 14), sentences(12, 14)
    ask(" ".join(source).upper())
    text = " ".join(itertools.chain.from_iterable(zip(own[::2], source[::2], strict=True)))
    shared = ask(text)["shared"]
    assert len(shared) == 5
    assert all(passage in text for passage in shared)
    assert [len(p.split()) for p in shared] == sorted((len(p.split()) for p in shared), reverse=True)


def test_unrelated_texts_are_new_and_their_own_stories(ask, sentences):
    answers = [ask(" ".join(sentences(seed, 20)), title=sentences(seed + 50, 1)[0]) for seed in range(8)]
    assert {answer["relation"] for answer in answers} == {"new"}
    assert [answer["story"] for answer in answers] == [answer["id"] for answer in answers]


def test_a_copy_of_a_copy_points_to_the_root(ask, sentences):
    whole = sentences(13, 20)
    ask(" ".join(whole))
    second = " ".join(whole[:-3] + sentences(14, 1))
    assert ask(second)["of"] == "t0"
    assert ask(second)["of"] == "t0"
    assert ask(" ".join(whole[:-4] + sentences(15, 2)))["of"] == "t0"


def test_fifty_copies_of_one_text_are_all_recognised(ask, sentences):
    whole = sentences(16, 20)
    ask(" ".join(whole))
    copies = [ask(" ".join([*sentences(100 + n, 1), *whole]), url=f"https://h{n}.example/") for n in range(50)]
    assert {(copy["relation"], copy["of"]) for copy in copies} == {("near", "t0")}


def test_an_article_that_comes_again_is_not_its_own_duplicate(sentences):
    corpus, text = MemoryCorpus(), " ".join(sentences(17, 12))
    answers = [requests.dedup_answer(corpus, {"id": "a", "text": text}) for _ in range(3)]
    assert [(answer["relation"], answer["of"]) for answer in answers] == [("new", None)] * 3


def test_a_daily_report_with_other_numbers_is_not_a_copy(ask, sentences):
    words = " ".join(sentences(18, 8)).split()
    for day in range(1, 3):
        numbers = [f"{day}{n}7" for n in range(8)]
        text = " ".join(itertools.chain.from_iterable(zip(*[iter(words)] * 12, numbers, strict=False)))
        answer = ask(text, published=DAY.format(day))
    assert answer["relation"] not in {"exact", "near", "excerpt"}


@pytest.mark.parametrize("between", ["    ", " • ", " | ", " ", "\n"])
@pytest.mark.parametrize("after", ["\n", " "])
def test_two_briefs_under_one_ticker_are_not_merged(ask, between, after, sentences, ticker):
    headlines = ticker(20, between=between)
    first, second = (headlines + after + " ".join(sentences(seed, 7)) for seed in (21, 22))
    assert relations(ask, [first, second]) == ["new", "new"]


def test_a_template_that_returns_on_a_host_stops_counting(ask, sentences):
    template = " ".join(sentences(30, 5))
    texts = [" ".join(sentences(31 + n, 4)) + " " + template for n in range(4)]
    found = [ask(text, url="https://portal.example/x", published=DAY.format(3)) for text in texts]
    assert [answer["relation"] for answer in found[2:]] == ["new", "new"]


def test_a_paragraph_seen_on_four_days_stops_counting_on_every_host(ask, sentences):
    background = " ".join(sentences(40, 4))
    found = [
        ask(
            " ".join(sentences(41 + day, 8)) + " " + background,
            url=f"https://h{day}.example/",
            published=DAY.format(day + 1),
        )
        for day in range(6)
    ]
    assert [answer["relation"] for answer in found] == ["new", "derived", "derived", "derived", "new", "new"]


def test_what_a_portal_shares_with_itself_is_its_template(ask, sentences):
    template = " ".join(sentences(50, 4))
    texts = [" ".join(sentences(51 + n, 8)) + " " + template for n in range(2)]
    assert [ask(t, url="https://www.portal.example/a")["relation"] for t in texts] == ["new", "new"]


@pytest.mark.parametrize("text", ["\x00\x00", "\ud800\udfff", "…", "Kyiv", "a b", "x" * 500_000, "\n" * 9999])
def test_strange_texts_survive(ask, text):
    assert ask(text)["relation"] == "new"


def test_texts_without_words_are_never_duplicates(ask):
    assert relations(ask, ["…", "…", "🙂"]) == ["new", "new", "new"]


@settings(deadline=None, max_examples=50)
@given(st.lists(st.text(st.characters(), max_size=80), min_size=2, max_size=4))
def test_any_texts_get_an_answer(texts):
    corpus = MemoryCorpus()
    for number, text in enumerate(texts):
        answer = requests.dedup_answer(corpus, {"id": number, "title": text[:20], "text": text, "published": text})
        assert (answer["of"] is None) == (answer["relation"] == "new")


@pytest.mark.parametrize("order", [("000", "001"), ("001", "000")])
def test_samples_000_and_001_are_derived_in_whichever_order(samples, order):
    corpus = MemoryCorpus()
    requests.dedup_answer(corpus, samples[order[0]])
    answer = requests.dedup_answer(corpus, samples[order[1]])
    assert (answer["relation"], answer["of"]) == ("derived", order[0])
    assert len(answer["shared"]) == 5
    assert all(passage in samples[order[1]]["text"] for passage in answer["shared"])


def test_the_other_samples_are_new_and_all_five_make_one_or_two_stories(samples):
    for order in list(itertools.permutations(samples))[::11]:
        corpus = MemoryCorpus()
        found = {name: requests.dedup_answer(corpus, samples[name]) for name in order}
        assert {found[name]["relation"] for name in ("002", "003", "004")} == {"new"}
        assert len({answer["story"] for answer in found.values()}) in {1, 2}


@pytest.mark.parametrize("host", ["one.example", "other.example"])
@pytest.mark.parametrize("first_has_it", [True, False])
@pytest.mark.parametrize("after", ["\n", " "])
def test_a_strange_ticker_around_a_sample_relates_it_to_nothing(samples, host, first_has_it, after):
    corpus, headlines = MemoryCorpus(), samples["000"]["ticker"]
    known = (headlines + after if first_has_it else "") + samples["000"]["text"]
    requests.dedup_answer(corpus, {**samples["000"], "text": known, "url": "https://one.example/"})
    trap = {**samples["002"], "text": headlines + after + samples["002"]["text"], "url": f"https://{host}/"}
    assert requests.dedup_answer(corpus, trap)["relation"] == "new"


def test_a_stub_within_what_its_host_always_prints_is_an_excerpt(ask, sentences):
    footer, text = "\n".join(sentences(60, 8)), sentences(61, 30)
    for seed in (62, 63):
        ask(" ".join(sentences(seed, 12)) + "\n" + footer, url="https://portal.example/")
    ask(" ".join(text), url="https://source.example/")
    answer = ask(" ".join(text[:7]) + " …\n" + footer, url="https://portal.example/")
    assert (answer["relation"], answer["of"]) == ("excerpt", "t2")


def test_a_misread_copy_is_near(ask, sentences):
    text = " ".join(sentences(70, 20))
    rng = random.Random(1)
    ask(text)
    answer = ask("".join(rng.choice("aeiou") if ch.isalpha() and rng.random() < 0.03 else ch for ch in text))
    assert (answer["relation"], answer["of"]) == ("near", "t0")
