"""Sorting in slices gives what sorting at once would give."""

import time
from array import array
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from s3tui.tui.view import sort_order
from s3tui.tui.view.sort_order import SortKey, SortOrder, sorted_rows


def run(rows: list[int], column: list[int] | list[str] | list[float], descending: bool) -> list[int]:
    """Sort to the end."""
    steps = sorted_rows(rows, column, descending=descending)
    while True:
        try:
            next(steps)
        except StopIteration as end:
            result: array[int] = end.value
            return list(result)


@settings(max_examples=30)
@given(
    st.one_of(
        st.lists(st.integers(-1, 5), max_size=300),
        st.lists(st.text(max_size=3), max_size=300),
        st.lists(st.floats(-1, 2, allow_nan=False), max_size=300),
    ),
    st.booleans(),
)
def test_sliced_and_plain_sorting_agree(
    column: list[int] | list[str] | list[float], descending: bool
) -> None:
    """Also with many equal values, of which the order of arrival is kept in both directions."""
    rows = list(range(len(column)))
    slice_before, sort_order.SLICE = sort_order.SLICE, 16
    try:
        result = run(rows, column, descending)
    finally:
        sort_order.SLICE = slice_before
    assert result == sorted(rows, key=column.__getitem__, reverse=descending)


@pytest.mark.parametrize("values", [1, 3, 1_000_000])
def test_no_step_of_a_large_sort_is_long(values: int) -> None:
    """200,000 rows of one, few or many values: between two steps a key press is answered."""
    random = Random(4)
    column = [random.randrange(values) for _ in range(200_000)]
    longest = 0.0
    begun = time.perf_counter()
    for _ in sorted_rows(range(len(column)), column):
        now = time.perf_counter()
        longest, begun = max(longest, now - begun), now
    # Some milliseconds on an idle machine; the bound leaves room for a busy one.
    assert longest < 0.1


def test_biggest_and_newest_come_first_and_names_from_a_to_z() -> None:
    """The natural direction of each key, and the sign that shows it."""
    assert [SortOrder(key).sign for key in SortKey] == ["▲", "▼", "▼"]
    assert SortOrder().reversed.sign == "▼"
    assert SortOrder().next_key.next_key.next_key == SortOrder()
