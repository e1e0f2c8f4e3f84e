"""Whatever happens to fetchers, workers, Redis and the clock, in whatever order: every item ends once, where it should.

`make fuzz` runs many more examples, and other ones each time.
"""

import pytest
from hypothesis.stateful import run_state_machine_as_test

from tests.model.machine import Line, Place
from tests.profile import bounded


@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
@pytest.mark.timeout(0)
def test_every_item_ends_once_and_where_it_should_whatever_happens_on_the_way(engine: str, place: Place) -> None:
    run_state_machine_as_test(lambda: Line(place), settings=bounded(4, steps=20))
