"""The modification time travels in rclone's form and comes back to the nanosecond."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from s3tui.model.metadata import metadata_of, modified_ns


@given(st.integers(-(10**18), 9 * 10**18))
def test_a_time_comes_back_exactly(when: int) -> None:
    assert modified_ns(metadata_of(when), 0.0) == when


def test_the_form_is_that_of_rclone() -> None:
    assert metadata_of(1_700_000_000_123_456_789) == {"mtime": "1700000000.123456789"}
    assert metadata_of(0, 16)["s3tui-part-size"] == "16"


@pytest.mark.parametrize("told", ["", "now", "1e9", "nan", "1.2.3", "9" * 40, "１２３", "1700000000\n"])
def test_foreign_nonsense_falls_back_to_the_time_of_the_object(told: str) -> None:
    assert modified_ns({"mtime": told}, 12.5) == 12_500_000_000


def test_no_time_at_all_is_none() -> None:
    assert modified_ns({}, -1.0) is None
