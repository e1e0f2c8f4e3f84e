"""The edits of the duplicates benchmark do what their names say, and the same every time."""

import random

import pytest

from benchmarks import scores
from benchmarks.duplicates import edits, flashes, sources, stream
from benchmarks.duplicates.sources import Material, Source

SYLLABLES = ("bar", "lun", "tor", "vek", "mis", "a", "el", "ino", "ud", "or")


def sentences(seed: int, count: int = 30) -> list[str]:
    chance = random.Random(seed)
    return [f"{' '.join(''.join(chance.choices(SYLLABLES, k=4)) for _ in range(15))}. " for _ in range(count)]


WORDS = scores.tokens("".join(sentences(0)))


def share_left(text: str, own: list[str]) -> float:
    """Of the words of `own`, how many stand in the text."""
    found = set(scores.tokens(text))
    words = scores.tokens("".join(own))
    return sum(word in found for word in words) / len(words)


@pytest.fixture
def chance() -> random.Random:
    return random.Random(5)


def test_a_text_is_split_into_sentences_that_joined_are_the_text():
    text = "One is here. Two is «there»!\nThree stands alone\n\nFour? 五です。六です。"
    found = sources.split(text)
    assert [each.strip() for each in found] == [
        "One is here.", "Two is «there»!", "Three stands alone", "Four?", "五です。", "六です。",
    ]  # fmt: skip
    assert "".join(found).split() == text.replace("。六", "。 六").split()
    assert [each.strip() for each in found if each.endswith("\n")] == ["Two is «there»!", "Three stands alone"]


def test_a_copy_has_the_same_words_in_the_same_order(chance: random.Random):
    own = sentences(1)
    assert edits.copy(own, chance).split() == "".join(own).split()


@pytest.mark.parametrize("seed", range(8))
def test_localising_changes_no_words(seed: int):
    text = "She said: “We have 1,500 boats — and 3.5 million nets.” Nobody’s surprised. "
    words = scores.tokens(edits.localise([text], random.Random(seed)).replace("\u00ad", "").lower())
    assert [word for word in words if word.isalpha() and word not in {"s", "nbsp"}] == [
        "she", "said", "we", "have", "boats", "and", "million", "nets", "nobody", "surprised",
    ]  # fmt: skip
    assert {"1", "500", "3", "5"} <= set(words)


@pytest.mark.parametrize("seed", range(5))
def test_reworking_drops_some_sentences_and_adds_foreign_ones(seed: int):
    own, foreign = sentences(1), sentences(2)
    text = edits.rework(own, foreign, WORDS, random.Random(seed))
    assert 0.5 < share_left(text, own[1:]) < 0.95
    assert 1 <= sum(each.strip() in text for each in foreign) <= 4
    assert own[0].strip() not in text


@pytest.mark.parametrize("seed", range(5))
def test_a_wall_leaves_the_beginning(seed: int):
    text = "".join(sentences(1))
    left = edits.wall(sentences(1), ["Subscribe now"], random.Random(seed))
    stub = left.removesuffix("\nSubscribe now").rstrip(" .…[]")
    assert text.startswith(stub)
    assert 0.1 < len(stub) / len(text) <= 0.45


def test_misreading_spoils_some_letters(chance: random.Random):
    own = sentences(1)
    text = edits.misread(own, chance, (0.02, 0.02))
    assert 0.6 < share_left(text, own) < 0.98


def test_embedded_runs_stand_whole_between_the_articles_own_words(chance: random.Random):
    source, own = sentences(1), sentences(2)
    runs = edits.passage(source, 0.4, chance)
    text = edits.embed(runs, own, chance)
    assert 0.4 <= sources.size([each for run in runs for each in run]) / sources.size(source) < 0.5
    assert all("".join(run).strip() in text for run in runs)
    assert share_left(text, own) == 1.0
    assert text.startswith(own[0])


@pytest.fixture
def material() -> Material:
    found = tuple(Source(f"en{n}", "en", f"Headline number {n} of the day", tuple(sentences(n))) for n in range(20))
    return Material(found, {"en": [tuple(sentences(100 + n, 16)) for n in range(120)]})


def test_the_same_seed_gives_the_same_stream_with_and_without_noise(material: Material):
    clean = stream.Builder(material, 3).build(noise=False)
    noisy = stream.Builder(material, 3).build(noise=True)
    assert [arrival.id for arrival in clean] == [arrival.id for arrival in noisy]
    assert stream.Builder(material, 3).build(noise=False) == clean
    assert stream.Builder(material, 4).build(noise=False) != clean
    assert len({arrival.id for arrival in clean}) == len(clean)


def test_a_stream_begins_every_cluster_with_its_original(material: Material):
    seen: set[str] = set()
    for arrival in stream.Builder(material, 3).build(noise=True):
        if arrival.kind in stream.EDITS:
            assert arrival.cluster in seen
        seen.add(arrival.cluster)


def test_noise_stands_around_the_text_and_differs_by_site(material: Material):
    builder = stream.Builder(material, 3)
    bare = next(arrival for arrival in builder.build(noise=False) if arrival.kind == "TRUNC")
    dressed = builder.wrap(bare)
    assert set(bare.text.split("\n")) <= set(dressed.text.split("\n"))
    assert len(dressed.text) > len(bare.text) + 100


def test_flashes_are_distinct_but_for_repeats_and_the_next_day():
    found = flashes.build(1)
    first = [arrival.text for arrival in found if arrival.kind == "flash"]
    assert len(first) == len(set(first)) >= 300
    assert len({arrival.language for arrival in found}) >= 10
    assert max(len(scores.tokens(text)) for text in first) < 40
    by_cluster = {arrival.cluster: arrival for arrival in found if arrival.kind == "flash"}
    for arrival in found:
        if arrival.kind == "repeat":
            assert 0 < arrival.at - by_cluster[arrival.cluster].at <= 3600
        elif arrival.kind == "next-day":
            assert arrival.at - by_cluster[arrival.cluster.removesuffix("+1")].at >= 86_400
