"""How an object is cut into the parts of a multipart upload, or a download into ranges.

The limits are those of S3 itself; servers that accept more (Ceph takes part number 10001) lose the object
later.
"""

from collections.abc import Iterator

from msgspec import Struct

from s3tui.errors import UsageError

MIB = 1024 * 1024
GIB = 1024 * MIB

MAX_PARTS = 10_000
"""Parts in one multipart upload."""

MIN_PART_SIZE = 5 * MIB
"""Bytes in every part but the last."""

MAX_PART_SIZE = 5 * GIB
"""Bytes in one part, and in one PutObject."""

MAX_OBJECT_SIZE = MAX_PARTS * MAX_PART_SIZE
"""Bytes in the largest object there can be: 48.8 TiB."""


class Part(Struct, frozen=True):
    """One part: number and the bytes [offset, offset+length)."""

    number: int
    """From 1 on, as S3 counts."""
    offset: int
    length: int


class PartPlan(Struct, frozen=True):
    """A file of `size` bytes in parts of `part_size` bytes, the last one shorter."""

    size: int
    part_size: int

    @property
    def count(self) -> int:
        """How many parts; 0 for an empty file."""
        return -(-self.size // self.part_size)

    def part(self, number: int) -> Part:
        """The part with this number.

        Raises:
            IndexError: there is no such part.
        """
        offset = (number - 1) * self.part_size
        if number < 1 or offset >= self.size:
            raise IndexError(f"part {number} of {self.count}")
        return Part(number, offset, min(self.part_size, self.size - offset))

    def __iter__(self) -> Iterator[Part]:
        """All parts in order."""
        for number in range(1, self.count + 1):
            yield self.part(number)


def plan_parts(size: int, wanted: int = 16 * MIB) -> PartPlan:
    """Cut `size` bytes into parts of `wanted` bytes, or of as many more whole MiB as 10,000 parts need.

    Raises:
        UsageError: an object of this size cannot exist in S3.
    """
    if size > MAX_OBJECT_SIZE:
        raise UsageError(
            f"{size} bytes do not fit into one object: S3 ends at 48.8 TiB.",
            next_step="Split the file first.",
        )
    needed = -(-size // MAX_PARTS)
    part_size = max(wanted, needed, MIN_PART_SIZE)
    if part_size != wanted or part_size % MIB:
        part_size = -(-part_size // MIB) * MIB
    return PartPlan(size, min(part_size, MAX_PART_SIZE))


def part_size_of_object(size: int, etag: str, told: str) -> int:
    """The part size an object was uploaded with, as its metadata tells, or 0 when that cannot be true.

    Args:
        size: bytes of the object.
        etag: its ETag without quotes; a multipart one ends in "-N".
        told: the metadata's value, foreign text.
    """
    count = etag.rpartition("-")[2]
    if "-" not in etag or not (count.isascii() and count.isdigit() and told.isascii() and told.isdigit()):
        return 0
    if len(told) > 13 or len(count) > 5:
        return 0
    part_size = int(told)
    if not 0 < part_size <= MAX_PART_SIZE or -(-size // part_size) != int(count):
        return 0
    return part_size
