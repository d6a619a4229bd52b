"""Compares contents with what a server says of them: checksum headers, MD5 ETags, multipart ETags.

An ETag without a dash is the MD5 of the contents; one like `…-12` is the MD5 of the MD5s of 12 parts, whose
size has to be known or found. Encrypted objects (SSE-KMS, SSE-C) have ETags that say nothing.
"""

import base64
import hashlib
import os
import re
import zlib
from collections.abc import Callable, Mapping
from typing import Protocol

from s3tui.errors import Damaged
from s3tui.model.entry import ObjectInfo
from s3tui.model.transfer import Assurance
from s3tui.model.work import Verified, VerifyFile
from s3tui.storage.local_errors import local_errors

MOST_CANDIDATES = 6
"""Part sizes tried for a multipart ETag of unknown part size: each costs an MD5 of the whole file."""

_BLOCK = 1024 * 1024
_MIB = 1024 * 1024
_MD5 = re.compile(r"[0-9a-f]{32}")
_OF_PARTS = re.compile(r"([0-9a-f]{32})-([1-9][0-9]{0,4})")

_USUAL_PART_SIZES = tuple(
    size * unit
    for unit in (_MIB, 1_000_000)
    for size in (8, 16, 5, 64, 32, 10, 50, 100, 128, 256, 512, 15, 25)
)


class Digest(Protocol):
    """Something that eats bytes and ends in a text to compare."""

    def update(self, data: bytes | memoryview, /) -> object:
        """Take the next bytes."""
        ...

    def agrees(self) -> bool:
        """Whether all bytes taken give the text that was expected."""
        ...


class _Hash:
    """A hash of the standard library against hex or base64 text."""

    def __init__(self, name: str, expected: str, *, base64_text: bool) -> None:
        self._hash = hashlib.new(name, usedforsecurity=False)
        self._expected = expected
        self._base64 = base64_text
        self.update = self._hash.update

    def agrees(self) -> bool:
        if self._base64:
            return base64.b64encode(self._hash.digest()).decode() == self._expected
        return self._hash.hexdigest() == self._expected


class _Crc32:
    def __init__(self, expected: str) -> None:
        self._value = 0
        self._expected = expected

    def update(self, data: bytes | memoryview) -> None:
        self._value = zlib.crc32(data, self._value)

    def agrees(self) -> bool:
        return base64.b64encode(self._value.to_bytes(4, "big")).decode() == self._expected


class _OfParts:
    """The ETag of a multipart upload with parts of one size."""

    def __init__(self, part_size: int, expected: str) -> None:
        self._part_size = part_size
        self._expected = expected
        self._all = hashlib.md5(usedforsecurity=False)
        self._part = hashlib.md5(usedforsecurity=False)
        self._left = part_size
        self._parts = 0

    def update(self, data: bytes | memoryview) -> None:
        view = memoryview(data)
        while view:
            taken = view[: self._left]
            self._part.update(taken)
            self._left -= len(taken)
            view = view[len(taken) :]
            if self._left == 0:
                self._end_part()

    def agrees(self) -> bool:
        if self._left < self._part_size:
            self._end_part()
        return f"{self._all.hexdigest()}-{self._parts}" == self._expected

    def _end_part(self) -> None:
        self._all.update(self._part.digest())
        self._part = hashlib.md5(usedforsecurity=False)
        self._left = self._part_size
        self._parts += 1


_CHECKSUMS: dict[str, Callable[[str], Digest]] = {
    "x-amz-checksum-crc32": _Crc32,
    "x-amz-checksum-sha256": lambda expected: _Hash("sha256", expected, base64_text=True),
    "x-amz-checksum-sha1": lambda expected: _Hash("sha1", expected, base64_text=True),
}
"""The checksums that can be computed with the standard library, the cheapest first."""


class StreamDigest:
    """The one check a small object gets while it arrives; empty `name` when there is none."""

    def __init__(self, name: str = "", digest: Digest | None = None) -> None:
        """Check with `digest`; use `for_object`."""
        self.name = name
        self._digest = digest

    @classmethod
    def for_object(cls, info: ObjectInfo) -> "StreamDigest":
        """The best check that the headers of a reply allow."""
        if _MD5.fullmatch(info.etag) and not info.encrypted:
            return cls("md5", _Hash("md5", info.etag, base64_text=False))
        name, digest = _by_checksum(info.checksums)
        of_one = info.etag.endswith("-1") and _OF_PARTS.fullmatch(info.etag)
        if digest is None and of_one and info.size and not info.encrypted:
            return cls("md5 of one part", _OfParts(info.size, info.etag))
        return cls(name, digest)

    def update(self, data: bytes) -> None:
        """Take the next bytes."""
        if self._digest is not None:
            self._digest.update(data)

    def agrees(self) -> bool:
        """Whether nothing speaks against what arrived."""
        return self._digest is None or self._digest.agrees()


def verify(unit: VerifyFile, cancelled: Callable[[], bool]) -> Verified:
    """Read a file once and compare it; blocking. `cancelled` is asked now and then and ends it early.

    Raises:
        Damaged: it is not what the server has.
        StorageError: it cannot be read.
    """
    proofs, guesses = _candidates(unit)
    size = _feed(unit.path, (*proofs, *guesses), cancelled)
    if size != unit.size:
        raise Damaged(
            f"{_shown(unit.path)} has {size} bytes where the object has {unit.size}.", next_step="Retry it."
        )
    if any(not proof.agrees() for proof in proofs):
        raise Damaged(f"{_shown(unit.path)} does not have the contents of the object.", next_step="Retry it.")
    if proofs or any(guess.agrees() for guess in guesses):
        return Verified(Assurance.VERIFIED)
    return Verified(Assurance.SIZE_ONLY)


def part_size_candidates(size: int, parts: int) -> tuple[int, ...]:
    """Round part sizes in bytes that cut `size` bytes into `parts` parts, the likeliest first."""
    if parts == 1:
        return (size,)
    least, most = -(-size // parts), (size - 1) // (parts - 1)
    usual = [size_ for size_ in _USUAL_PART_SIZES if least <= size_ <= most]
    whole = range(-(-least // _MIB) * _MIB, most + 1, _MIB)
    return tuple(dict.fromkeys([*usual, *whole[:MOST_CANDIDATES]]))[:MOST_CANDIDATES]


def _candidates(unit: VerifyFile) -> tuple[tuple[Digest, ...], tuple[Digest, ...]]:
    """Checks that must hold, and checks of which one may."""
    _, digest = _by_checksum(unit.checksums)
    if digest is not None:
        return (digest,), ()
    if unit.encrypted:
        return (), ()
    if _MD5.fullmatch(unit.etag):
        return (_Hash("md5", unit.etag, base64_text=False),), ()
    of_parts = _OF_PARTS.fullmatch(unit.etag)
    if of_parts is None or not unit.size:
        return (), ()
    parts = int(of_parts[2])
    if unit.part_size and -(-unit.size // unit.part_size) == parts:
        return (_OfParts(unit.part_size, unit.etag),), ()
    return (), tuple(_OfParts(size, unit.etag) for size in part_size_candidates(unit.size, parts))


def _by_checksum(checksums: Mapping[str, str]) -> tuple[str, Digest | None]:
    for name, make in _CHECKSUMS.items():
        if name in checksums:
            return name, make(checksums[name])
    return "", None


def _feed(path: bytes, digests: tuple[Digest, ...], cancelled: Callable[[], bool]) -> int:
    """Give the whole file to the digests and return its size in bytes."""
    buffer = bytearray(_BLOCK)
    view, done = memoryview(buffer), 0
    with local_errors("read", path):
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
        try:
            if not digests:
                return os.fstat(descriptor).st_size
            while not cancelled() and (count := os.preadv(descriptor, [buffer], done)):
                for digest in digests:
                    digest.update(view[:count])
                done += count
        finally:
            os.close(descriptor)
    return done


def _shown(path: bytes) -> str:
    return path.decode("utf-8", "replace")
