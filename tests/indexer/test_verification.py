import random

import numpy as np
import pytest

from services.indexer import furniture, passages, verification


def shares(first, second):
    own, other = passages.read(first), passages.read(second)
    aligned = verification.align(own, other)
    return np.count_nonzero(aligned.own) / own.size, np.count_nonzero(aligned.other) / other.size


def misread(text, share, seed=1):
    rng = random.Random(seed)
    return "".join("#"[: rng.random() >= 0.5] if rng.random() < share and ch.isalpha() else ch for ch in text)


def test_a_misread_copy_is_still_covered(sentences):
    text = " ".join(sentences(1, 20))
    own, other = shares(misread(text, 0.04), text)
    assert own > 0.85
    assert other > 0.85


def test_half_of_a_text_covers_half(sentences):
    source, rest = sentences(2, 20), sentences(3, 20)
    own, other = shares(" ".join([*rest[:10], *source[5:15], *rest[10:]]), " ".join(source))
    assert 0.25 < own < 0.42
    assert 0.4 < other < 0.6


def test_unrelated_texts_and_short_quotes_cover_next_to_nothing(sentences):
    first, second, quote = sentences(4, 20), sentences(5, 20), sentences(6, 1)
    assert shares(" ".join(first), " ".join(second)) == (0.0, 0.0)
    assert max(shares(" ".join([*first, *quote]), " ".join([*quote, *second]))) < 0.1


def report(sentences, numbers):
    words = " ".join(sentences(7, 8)).split()
    pieces = [words[at : at + 8] for at in range(0, len(words), 8)]
    return " ".join(" ".join([*piece, number]) for piece, number in zip(pieces, numbers, strict=False))


@pytest.mark.parametrize(("changed", "same"), [(0, True), (2, True), (9, False)])
def test_the_same_text_with_other_numbers_is_told(sentences, changed, same):
    numbers = [str(100 + n) for n in range(12)]
    other = [str(500 + n) if n < changed else number for n, number in enumerate(numbers)]
    first, second = passages.read(report(sentences, numbers)), passages.read(report(sentences, other))
    assert verification.align(first, second).same_numbers is same


def test_a_line_that_says_when_it_was_printed_does_not_make_a_report(sentences):
    text = " ".join(sentences(8, 12))
    first, second = (passages.read(f"Printed on {day}.03.2022 at 10:{day}\n{text}") for day in (14, 25))
    assert verification.align(first, second).same_numbers


@pytest.mark.parametrize("text", ["", "one", "one two", "one two three"])
def test_texts_too_short_to_align_align_to_nothing(text):
    aligned = verification.align(passages.read(text), passages.read("one two three four five"))
    assert not aligned.own.any()
    assert aligned.same_numbers


@pytest.mark.parametrize("between", ["    ", " • ", " | ", " +++ ", " // ", " – ", " * ", " >> ", "\t\t"])
def test_headlines_on_one_line_are_furniture_whatever_parts_them(between):
    headlines = [f"Council number {n} votes on the harbour" for n in range(10)]
    line = between.join(headlines)
    text = f"{line}\nThe ferry sailed."
    assert any(end - start > 0.7 * len(line) for start, end in furniture.find(text))


def test_dashes_and_double_spaces_in_prose_are_not():
    sentence = "The minister – who had come late – spoke to the press.  Nobody – so he said – had been told."
    assert furniture.find(" ".join([sentence] * 6)) == []
