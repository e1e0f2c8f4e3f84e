import random
from collections import defaultdict

import numpy as np
import pytest

from services.indexer.postings import Postings


def keys(numbers):
    return np.array(sorted(set(numbers)), np.uint64)


def found(postings, asked, latest=12):
    asked = keys(asked)
    answer = postings.find(asked, latest)
    told = defaultdict(set)
    for at, ordinal in zip(answer.asked.tolist(), answer.ordinals.tolist(), strict=True):
        told[int(asked[at])].add(ordinal)
    return dict(told)


def fill(postings, articles, seed=1, space=50_000, start=0):
    rng, expected = random.Random(seed), defaultdict(set)
    for ordinal in range(start, start + articles):
        numbers = [(number * 0x9E3779B97F) % 2**40 for number in rng.sample(range(space), 40)]
        postings.add(keys(numbers), ordinal)
        for number in numbers:
            expected[number].add(ordinal)
    return expected


def test_nothing_is_found_before_anything_was_added():
    assert found(Postings(12), [1, 2**40 - 1]) == {}


def test_what_was_added_is_found_however_it_has_been_merged():
    postings = Postings(12)
    expected = fill(postings, 3000)
    rare = {number: seen for number, seen in expected.items() if len(seen) < 12}
    assert len(rare) > 40_000
    assert found(postings, rare) == rare


def test_the_smallest_and_the_largest_key_are_found():
    postings = Postings(12)
    postings.add(keys([0, 2**40 - 1]), 7)
    assert found(postings, [0, 1, 2**40 - 1]) == {0: {7}, 2**40 - 1: {7}}


def test_of_a_crowded_key_the_latest_postings_stay():
    postings = Postings(12)
    for ordinal in range(5000):
        postings.add(keys([5, 1000 + ordinal]), ordinal)
    assert max(found(postings, [5])[5]) == 4999
    assert set(range(4988, 5000)) <= found(postings, [5])[5]
    assert postings.nbytes < 8 * 5000 * 1.5


def test_without_a_limit_all_postings_are_counted_and_the_latest_given():
    postings = Postings(None)
    for ordinal in range(5000):
        postings.add(keys([5]), ordinal)
    answer = postings.find(keys([4, 5]), latest=10)
    assert answer.counts.tolist() == [0, 5000]
    assert 4999 in answer.ordinals
    assert len(postings.find(keys([4, 5]), 10, commonest=100).ordinals) == 0


@pytest.mark.parametrize("base", [0, 10**9])
def test_what_is_forgotten_is_gone_and_the_rest_stays(base):
    postings = Postings(12)
    expected = fill(postings, 400, start=base)
    postings.forget(base + 300)
    expected.update(fill(postings, 100, seed=2, start=base + 400))
    left = {number: {o for o in seen if o >= base + 300} for number, seen in expected.items()}
    answer = found(postings, expected)
    assert all(min(seen) >= base + 300 for seen in answer.values())
    assert all(left[number] <= answer.get(number, set()) for number in left if number in expected)


def test_ordinals_may_run_far_ahead():
    postings = Postings(12)
    postings.add(keys([1]), 3)
    postings.add(keys([1, 2]), 3 + 2**24)
    assert found(postings, [1, 2]) == {1: {3 + 2**24}, 2: {3 + 2**24}}
