"""Checksums by the names that S3 has for them: running over bytes as they come, or combined from ranges.

Values are texts as headers carry them: base64 for CRCs and SHAs, hex for MD5 (as in ETags). CRC32C and
CRC64NVME come from awscrt, where they cost a twentieth of an MD5; it is imported when the first is wanted.
"""

import base64
import hashlib
from collections.abc import Callable, Iterable
from typing import Any, Protocol

from s3tui.model.etag import multipart_etag

MD5 = "md5"
CRC64NVME = "crc64nvme"

COMBINABLE = (CRC64NVME, "crc32c", "crc32")
"""Checksums of a whole that can be computed from those of its ranges, the cheapest first."""

CHECKSUM_PARAMETERS = {CRC64NVME: "ChecksumCRC64NVME", "crc32c": "ChecksumCRC32C"}
"""What botocore calls the values of those that uploads may carry; as elements of XML, too."""

_HASHES = {MD5: hashlib.md5, "sha1": hashlib.sha1, "sha256": hashlib.sha256}

_WIDTHS = {"crc32": 4, "crc32c": 4, CRC64NVME: 8}
"""Bytes of a value."""


class Checksum(Protocol):
    """Eats bytes and ends in a text to compare."""

    def update(self, data: bytes | memoryview, /) -> object:
        """Take the next bytes."""
        ...

    def value(self) -> str:
        """What all bytes taken come to."""
        ...


class _Hash:
    def __init__(self, name: str) -> None:
        self._name = name
        self._hash = _HASHES[name](usedforsecurity=False)
        self.update = self._hash.update

    def value(self) -> str:
        return self._hash.hexdigest() if self._name == MD5 else _text(self._hash.digest())


class _Crc:
    def __init__(self, name: str) -> None:
        self._compute: Callable[[bytes | memoryview, int], int] = getattr(_library(), name)
        self._width = _WIDTHS[name]
        self._sum = 0

    def update(self, data: bytes | memoryview) -> None:
        self._sum = self._compute(data, self._sum)

    def value(self) -> str:
        return _text(self._sum.to_bytes(self._width, "big"))


class OfParts:
    """The checksum of parts of one size: a multipart ETag for MD5, else a composite checksum of S3."""

    def __init__(self, name: str, part_size: int) -> None:
        """Count parts of this many bytes."""
        self._name = name
        self._part_size = part_size
        self._part = running(name)
        self._left = part_size
        self._values: list[str] = []

    def update(self, data: bytes | memoryview) -> None:
        """Take the next bytes."""
        view = memoryview(data)
        while view:
            taken = view[: self._left]
            self._part.update(taken)
            self._left -= len(taken)
            view = view[len(taken) :]
            if self._left == 0:
                self._end_part()

    def value(self) -> str:
        """Ends in a dash and the number of parts."""
        if self._left < self._part_size:
            self._end_part()
        return of_parts(self._name, self._values)

    def _end_part(self) -> None:
        self._values.append(self._part.value())
        self._part = running(self._name)
        self._left = self._part_size


def running(name: str) -> Checksum:
    """A checksum to feed: md5, sha1, sha256, crc32, crc32c or crc64nvme."""
    return _Crc(name) if name in _WIDTHS else _Hash(name)


def combined(name: str, ranges: Iterable[tuple[int, str]]) -> str:
    """The CRC of a whole from (bytes, value) of its ranges in order; `name` is one of `COMBINABLE`."""
    combine, total = getattr(_library(), f"combine_{name}"), 0
    for length, value in ranges:
        total = combine(total, int.from_bytes(base64.b64decode(value), "big"), length)
    return _text(total.to_bytes(_WIDTHS[name], "big"))


def of_parts(name: str, values: Iterable[str]) -> str:
    """What S3 shows for an object made of parts with these values: its ETag, or its composite checksum."""
    if name == MD5:
        return multipart_etag(values)
    whole, count = running(name), 0
    for value in values:
        whole.update(base64.b64decode(value))
        count += 1
    return f"{whole.value()}-{count}"


def _library() -> Any:
    from awscrt import checksums

    return checksums


def _text(digest: bytes) -> str:
    return base64.b64encode(digest).decode()
