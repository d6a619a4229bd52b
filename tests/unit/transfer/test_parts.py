"""Files of every size there can be are cut into parts that S3 takes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from s3tui.errors import UsageError
from s3tui.transfer.parts import (
    MAX_OBJECT_SIZE,
    MAX_PART_SIZE,
    MAX_PARTS,
    MIB,
    MIN_PART_SIZE,
    PartPlan,
    part_size_of_object,
    plan_parts,
)

SIZES = st.one_of(
    st.integers(1, MAX_OBJECT_SIZE),
    st.integers(0, 3000).map(lambda parts: parts * 16 * MIB + 1),
    st.sampled_from([1, MIN_PART_SIZE, 16 * MIB, MAX_PARTS * 16 * MIB, MAX_PARTS * 16 * MIB + 1]),
)
WANTED = st.one_of(st.integers(1, MAX_PART_SIZE), st.sampled_from([MIB, MIN_PART_SIZE, 16 * MIB, 64 * MIB]))


@given(SIZES, WANTED)
def test_every_plan_keeps_the_limits_of_s3(size: int, wanted: int) -> None:
    plan = plan_parts(size, wanted)
    assert 1 <= plan.count <= MAX_PARTS
    assert MIN_PART_SIZE <= plan.part_size <= MAX_PART_SIZE
    assert plan.part_size == wanted or plan.part_size % MIB == 0


@given(SIZES, WANTED)
def test_first_and_last_part_cover_the_ends(size: int, wanted: int) -> None:
    plan = plan_parts(size, wanted)
    assert plan.part(1).offset == 0
    last = plan.part(plan.count)
    assert last.offset + last.length == size
    assert 0 < last.length <= plan.part_size
    with pytest.raises(IndexError):
        plan.part(plan.count + 1)


@given(st.integers(1, 2000), st.integers(1, 50))
def test_parts_follow_each_other_without_gap_or_overlap(size: int, part_size: int) -> None:
    end = 0
    for number, part in enumerate(PartPlan(size, part_size), start=1):
        assert (part.number, part.offset) == (number, end)
        end += part.length
    assert end == size


def test_five_tebibytes_grow_the_parts_and_fit() -> None:
    plan = plan_parts(5 * 1024**4)
    assert plan.part_size == 525 * MIB
    assert plan.count == 9987


def test_the_usual_part_size_stays_while_it_fits() -> None:
    assert plan_parts(10_000 * 16 * MIB).part_size == 16 * MIB
    assert plan_parts(10_000 * 16 * MIB + 1).part_size == 17 * MIB


def test_more_than_s3_can_hold_is_refused_with_the_limit() -> None:
    assert plan_parts(MAX_OBJECT_SIZE).count == MAX_PARTS
    with pytest.raises(UsageError, match=r"48\.8 TiB"):
        plan_parts(MAX_OBJECT_SIZE + 1)


@pytest.mark.parametrize(
    ("size", "etag", "told", "expected"),
    [
        (100, "a" * 32 + "-4", "25", 25),
        (101, "a" * 32 + "-4", "25", 0),
        (100, "a" * 32, "25", 0),
        (100, "a" * 32 + "-4", "", 0),
        (100, "a" * 32 + "-4", "-25", 0),
        (100, "a" * 32 + "-4", "2５", 0),
        (100, "a" * 32 + "-4", "9" * 400, 0),
        (100, "a" * 32 + "-4", "0", 0),
        (100, "x-" + "4" * 400, "25", 0),
    ],
)
def test_a_part_size_in_metadata_is_believed_only_when_it_can_be_true(
    size: int, etag: str, told: str, expected: int
) -> None:
    assert part_size_of_object(size, etag, told) == expected
