"""The torture run, short: every role killed, Redis emptied, jobs doubled and shuffled, the clock set wrong and back."""

import random
from collections import Counter
from pathlib import Path

import pytest

from services.contracts import State
from tests.torture import editions
from tests.torture.faults import MISHAPS, VICTIMS
from tests.torture.run import Torture, Wish, percentile


@pytest.mark.timeout(300)  # on a machine that has more to do
def test_no_fault_loses_or_doubles_anything(tmp_path: Path) -> None:
    said: list[str] = []
    wish = Wish(size=60, kills=len(VICTIMS), seed=3, store="sqlite", limit=240.0)
    report = Torture(wish, tmp_path, said.append).run()
    assert report.finished, said
    assert report.verdict.clean, report.verdict
    assert not report.index
    assert not report.open
    assert set(VICTIMS) <= set(report.done)
    assert set(MISHAPS) - {"clock"} <= set(report.done)


def test_a_seed_makes_the_same_newsstand_again_and_another_one_another() -> None:
    one, same, other = (editions.enlarge(300, random.Random(seed)) for seed in (5, 5, 6))
    assert one == same
    assert one != other
    stories = [story for own in one.papers for story in own.stories]
    assert len({story.id for story in stories}) == len({story.path for story in stories}) == 300
    assert one.ends.total() == 300
    assert one.ends == Counter(story.expect for story in stories)
    assert len({story.text for story in stories}) == 300 - one.ends[State.DUPLICATE]


def test_the_value_that_a_share_does_not_exceed() -> None:
    assert percentile([3.0, 1.0, 2.0], 0.5) == 2.0
    assert percentile([float(n) for n in range(1, 101)], 0.95) == 95.0
    assert percentile([7.0], 0.95) == 7.0
