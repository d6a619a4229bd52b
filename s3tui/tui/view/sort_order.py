"""Sorting rows in slices, so that a million of them never hold up a key press.

One C call that sorts a million names keeps the interpreter for half a second. Here rows are first dealt into
buckets by splitters taken from a sample, then each bucket is sorted by itself; between any two steps the
caller may do something else.
"""

import math
from array import array
from bisect import bisect_right
from collections.abc import Generator, Sequence
from enum import StrEnum
from itertools import pairwise
from typing import Any

from msgspec import Struct

SLICE = 8192
"""Rows per step: a few milliseconds of work."""

_SAMPLE = 2048
_BUCKETS = 256


class SortKey(StrEnum):
    """What a pane is sorted by."""

    NAME = "name"
    SIZE = "size"
    TIME = "time"


class SortOrder(Struct, frozen=True):
    """A sort key and its direction."""

    key: SortKey = SortKey.NAME
    reverse: bool = False
    """Against the key's natural direction: names upwards, biggest first, newest first."""

    @property
    def descending(self) -> bool:
        """Whether the largest value comes first."""
        return (self.key is not SortKey.NAME) != self.reverse

    @property
    def sign(self) -> str:
        """The arrow that screens show."""
        return "▼" if self.descending else "▲"

    @property
    def next_key(self) -> "SortOrder":
        """The order that pressing "sort" leads to: name, size, time and round again."""
        keys = list(SortKey)
        return SortOrder(keys[(keys.index(self.key) + 1) % len(keys)])

    @property
    def reversed(self) -> "SortOrder":
        """The same key the other way round."""
        return SortOrder(self.key, not self.reverse)


def sorted_rows(
    rows: Sequence[int], column: Sequence[Any], *, descending: bool = False
) -> "Generator[None, None, array[int]]":
    """Sort `rows` (indexes into `column`), stably in both directions; yields between steps.

    Rows of equal value keep the order they came in, also when `descending`.
    """
    value_of = column.__getitem__
    if len(rows) <= SLICE:
        return array("I", sorted(rows, key=value_of, reverse=descending))
    splitters, alike = _splitters(rows, column)
    yield
    buckets: list[list[int]] = [[] for _ in range(len(splitters) + 1)]
    for start in range(0, len(rows), SLICE):
        for row in rows[start : start + SLICE]:
            buckets[bisect_right(splitters, value_of(row))].append(row)
        yield
    result = array("I")
    numbers = range(len(buckets))
    for number in reversed(numbers) if descending else numbers:
        # Emptied one by one: freeing a million numbers at once would be a pause of its own.
        bucket, buckets[number] = buckets[number], []
        if number not in alike:
            bucket.sort(key=value_of, reverse=descending)
        for start in range(0, len(bucket), SLICE):
            result.extend(bucket[start : start + SLICE])
            yield
    return result


def _splitters(rows: Sequence[int], column: Sequence[Any]) -> tuple[list[Any], set[int]]:
    """Values that cut the rows into buckets, and the numbers of buckets that hold one value only."""
    step = max(1, len(rows) // _SAMPLE)
    sample = sorted(column[row] for row in rows[::step])
    cuts = set(sample[:: max(1, len(sample) // _BUCKETS)])
    frequent = {left for left, right in pairwise(sample) if left == right}
    for value in frequent:
        cuts |= {value, _successor(value)}
    splitters = sorted(cuts)
    # bisect_right puts a value equal to splitters[i] into bucket i + 1.
    alike = {
        index + 1
        for index, (value, following) in enumerate(pairwise(splitters))
        if value in frequent and following == _successor(value)
    }
    return splitters, alike


def _successor(value: Any) -> Any:
    """The smallest value above `value`."""
    if isinstance(value, str):
        return value + "\0"
    if isinstance(value, float):
        return math.nextafter(value, math.inf)
    return value + 1
