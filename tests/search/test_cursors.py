import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.search.cursors import BadCursor, Place, read, write


@given(st.integers(0, 2**64 - 1), st.integers(0, 10**9))
def test_a_cursor_comes_back_as_it_was_written(at: int, total: int) -> None:
    place = Place("abc", total, at, 7)
    assert read(write(place), "abc") == place


def test_a_cursor_of_another_search_is_refused() -> None:
    with pytest.raises(BadCursor, match="another search"):
        read(write(Place("abc", 1, 2)), "xyz")


@pytest.mark.parametrize(
    "packed",
    [[], ["abc"], ["abc", 1, 2], ["abc", 1, 2, -1], ["abc", 1, 2**64, 0], ["abc", True, 2, 3], [1, 2, 3, 4], {}, 7],
)
def test_a_forged_cursor_is_refused(packed: object) -> None:
    text = base64.urlsafe_b64encode(json.dumps(packed).encode()).decode().rstrip("=")
    with pytest.raises(BadCursor):
        read(text, "abc")


@given(st.text())
def test_anything_else_is_refused_and_never_an_accident(text: str) -> None:
    with pytest.raises(BadCursor):
        read(text, "abc")


def test_a_deeply_nested_cursor_is_refused() -> None:
    with pytest.raises(BadCursor):
        read(base64.urlsafe_b64encode(b"[" * 140).decode(), "abc")
