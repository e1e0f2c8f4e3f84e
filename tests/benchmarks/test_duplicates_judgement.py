"""How the decisions of a stream are counted."""

import pytest

from benchmarks.duplicates.arrivals import Arrival
from benchmarks.duplicates.judgement import NEW, Decision, compare, judge


def arrival(name: str, cluster: str, kind: str = "L1", reuses: tuple[str, ...] = (), moot: bool = False) -> Arrival:
    return Arrival(name, kind, "en", cluster, "", "text", "a.example", 0.0, reuses, moot=moot)


STREAM = [
    arrival("a", "A"),
    arrival("a2", "A"),
    arrival("b", "B"),
    arrival("b2", "B"),
    arrival("c", "C", reuses=("A",)),
]


def test_all_right_is_one_everywhere():
    report = judge(STREAM, [NEW, Decision("near", "a"), NEW, Decision("exact", "b"), Decision("derived", "a")])
    assert (report.precision, report.recall, report.pair_precision, report.pair_recall) == (1.0, 1.0, 1.0, 1.0)
    assert (report.rand, report.link_f1) == (1.0, 1.0)
    assert not report.failures


def test_a_repeat_of_a_stranger_costs_precision_and_its_own_cluster_recall():
    report = judge(STREAM, [NEW, Decision("near", "a"), NEW, Decision("near", "a"), NEW])
    assert (report.precision, report.recall) == (0.5, 0.5)
    assert report.rand < 0.5
    assert [failure.what for failure in report.failures] == ["false repeat", "missed link to A"]


def test_derived_within_a_cluster_is_a_missed_repeat_and_no_link():
    report = judge(STREAM, [NEW, Decision("derived", "a"), NEW, Decision("near", "b"), NEW])
    assert (report.precision, report.recall) == (1.0, 0.5)
    assert (report.link_precision, report.link_recall) == (None, 0.0)


def test_a_link_is_right_whichever_side_came_first():
    turned = [arrival("c", "C", reuses=("A",)), arrival("a", "A")]
    assert judge(turned, [NEW, Decision("derived", "c")]).link_f1 == 1.0


def test_a_link_to_a_stranger_is_false():
    report = judge(STREAM, [NEW, Decision("near", "a"), Decision("derived", "a"), Decision("near", "b"), NEW])
    assert (report.link_precision, report.link_recall) == (0.0, 0.0)
    assert report.false_links == {"L1": 1}


def test_methods_that_know_one_relation_link_with_it():
    said = [NEW, Decision("near", "a"), NEW, Decision("near", "b"), Decision("near", "a")]
    assert judge(STREAM, said, lenient=True).link_f1 == 1.0
    assert judge(STREAM, said).link_f1 is None


def test_what_is_moot_counts_neither_way():
    listed = [arrival("a", "A"), arrival("b", "B", moot=True), arrival("c", "C", moot=True)]
    report = judge(listed, [NEW, Decision("near", "a"), Decision("derived", "a")])
    assert (report.precision, report.link_precision) == (None, None)


@pytest.mark.parametrize(
    ("found", "expected"),
    [("aabb", 1.0), ("abcd", 0.0), ("aaaa", 0.0), ("abab", -0.5)],
)
def test_the_rand_index_is_adjusted_for_chance(found: str, expected: float):
    truth = dict(enumerate("xxyy"))
    assert compare(dict(enumerate(found)), truth)[2] == pytest.approx(expected)
