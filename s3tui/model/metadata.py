"""The user metadata that travels with an object: modification time and part size.

The time is written as rclone does it, so that both programs understand each other.
"""

import re
from decimal import Decimal

MTIME = "mtime"
"""Unix seconds, decimal, with up to nine places."""

PART_SIZE = "s3tui-part-size"
"""Bytes per part: with it a multipart ETag can be computed again from the contents."""

_SECONDS = re.compile(r"-?[0-9]{1,11}(\.[0-9]{1,18})?", re.ASCII)
_NANO = 1_000_000_000


def metadata_of(modified_ns: int, part_size: int = 0) -> dict[str, str]:
    """Metadata for a file with this modification time in nanoseconds; `part_size` for multipart uploads."""
    sign = "-" if modified_ns < 0 else ""
    seconds, nanos = divmod(abs(modified_ns), _NANO)
    metadata = {MTIME: f"{sign}{seconds}.{nanos:09d}"}
    if part_size:
        metadata[PART_SIZE] = str(part_size)
    return metadata


def modified_ns(metadata: dict[str, str], last_modified: float) -> int | None:
    """Nanoseconds for the copy: of the original where the metadata tells, else of the object."""
    told = metadata.get(MTIME, "")
    if _SECONDS.fullmatch(told):
        return int(Decimal(told) * _NANO)
    return int(last_modified * _NANO) if last_modified >= 0 else None
