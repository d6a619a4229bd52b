"""Compares contents with what a server says of them: checksum headers, MD5 ETags, multipart ETags.

An ETag without a dash is the MD5 of the contents; one like `…-12` is the MD5 of the MD5s of 12 parts, whose
size has to be known or found. Encrypted objects (SSE-KMS, SSE-C) have ETags that say nothing. What was
computed while ranges arrived is put together where that settles the matter; else the file is read once.
"""

import base64
import os
import re
from collections.abc import Callable, Mapping

from msgspec import Struct

from s3tui.errors import Damaged
from s3tui.model.entry import ObjectInfo
from s3tui.model.transfer import Assurance
from s3tui.model.work import Checked, CheckRanges, RangeSum, Verified, VerifyFile
from s3tui.storage.checksums import COMBINABLE, CRC64NVME, MD5, Checksum, OfParts, combined, of_parts, running
from s3tui.storage.local_errors import local_errors

MOST_CANDIDATES = 6
"""Part sizes tried for a multipart ETag of unknown part size: each costs an MD5 of the whole file."""

ETAG = "etag"
"""Name of a digest that is a multipart ETag."""

_BLOCK = 1024 * 1024
_MIB = 1024 * 1024
_MD5 = re.compile(r"[0-9a-f]{32}")
_OF_PARTS = re.compile(r"([0-9a-f]{32})-([1-9][0-9]{0,4})")
_COMPOSITE = re.compile(r"([A-Za-z0-9+/]+=*)-([1-9][0-9]{0,4})")
_HEADER = "x-amz-checksum-"

_WHOLE = (CRC64NVME, "crc32c", "crc32", "sha1", "sha256")
"""Checksums a server may give of a whole object, the cheapest first."""

_RCLONE_MD5 = "md5chksum"
"""Where rclone keeps the MD5 of what it sent in parts, in base64."""

_USUAL_PART_SIZES = tuple(
    size * unit
    for unit in (_MIB, 1_000_000)
    for size in (8, 16, 5, 64, 32, 10, 50, 100, 128, 256, 512, 15, 25)
)


class Claim(Struct):
    """One thing a server says of contents, and the checksum that is to come to it."""

    name: str
    expected: str
    checksum: Checksum
    certain: bool = True
    """False where the part size is only guessed: disagreement proves nothing then."""

    @property
    def agrees(self) -> bool:
        """Whether all bytes taken come to what was said."""
        return self.checksum.value() == self.expected

    @property
    def digest(self) -> str:
        """Name and value."""
        return f"{self.name}:{self.expected}"


class StreamDigest:
    """The check a small object gets while it arrives; empty `name` when there is none."""

    def __init__(self, claims: tuple[Claim, ...] = ()) -> None:
        """Check these claims; use `for_object`."""
        self.name = claims[0].name if claims else ""
        self._claims = claims

    @classmethod
    def for_object(cls, info: ObjectInfo) -> "StreamDigest":
        """The best check that the headers of a reply allow."""
        part_size = info.size if info.etag.endswith("-1") else 0
        return cls(_claims(_unit_of(info, part_size)))

    def update(self, data: bytes | memoryview) -> None:
        """Take the next bytes."""
        for claim in self._claims:
            claim.checksum.update(data)

    def agrees(self) -> bool:
        """Whether nothing speaks against what arrived."""
        return all(claim.agrees for claim in self._claims if claim.certain)

    @property
    def verdict(self) -> Verified:
        """How far what arrived is checked, after all of it has been taken and agrees."""
        return _verdict(self._claims)


class RangePlan(Struct, frozen=True):
    """How a large object is best fetched so that it need not be read again to be checked."""

    part_size: int
    """Bytes per range; 0 where it does not matter."""
    checksum: str
    """What to compute over each range."""


def is_guessed(info: ObjectInfo, part_size: int) -> bool:
    """Whether only digests of parts can tell if a large object is right, and their size is not known."""
    told = any(_HEADER + name in info.checksums for name in _WHOLE)
    return not part_size and not told and bool(_named_parts(info))


def plan_ranges(info: ObjectInfo, part_size: int, largest: int, likely: int = 0) -> RangePlan:
    """Choose ranges and checksum for an object.

    Args:
        info: what HEAD told.
        part_size: bytes per part of its upload as its metadata tells, or 0.
        largest: bytes of a range at most.
        likely: bytes that its first part has, or 0; the others may have another size.
    """
    fits = part_size if part_size <= largest else 0
    for name in COMBINABLE:
        if _HEADER + name in info.checksums:
            return RangePlan(fits, name)
    for name, count in _named_parts(info):
        fitting = (likely,) if likely and -(-info.size // likely) == count else ()
        sizes = (part_size,) if part_size else fitting + part_size_candidates(info.size, count)
        if sizes and sizes[0] <= largest:
            return RangePlan(sizes[0], name)
    return RangePlan(fits, CRC64NVME)


def told_md5(metadata: Mapping[str, str]) -> str:
    """The MD5 in hex that rclone wrote into an object's metadata, or an empty string."""
    try:
        digest = base64.b64decode(metadata.get(_RCLONE_MD5, ""), validate=True)
    except ValueError:
        return ""
    return digest.hex() if len(digest) == 16 else ""


def verify(unit: VerifyFile, cancelled: Callable[[], bool]) -> Verified:
    """Compare a file with what its server says of it; blocking.

    The file is read, once, only where the digests of its ranges do not settle it. `cancelled` is asked now
    and then and ends it early.

    Raises:
        Damaged: it is not what the server has.
        StorageError: it cannot be read.
    """
    claims = _claims(unit)
    settled = _settled(unit)
    checksums = () if settled else tuple(claim.checksum for claim in claims)
    whole = running(CRC64NVME) if checksums and not any(claim.certain for claim in claims) else None
    size = _feed(unit.path, (*checksums, whole) if whole else checksums, cancelled, follow=unit.follow)
    if size != unit.size:
        raise Damaged(
            f"{_shown(unit.path)} has {size} bytes where the object has {unit.size}.", next_step="Retry it."
        )
    if settled is not None:
        return settled
    if any(not claim.agrees for claim in claims if claim.certain):
        raise _damaged(unit)
    verdict = _verdict(claims)
    if verdict.doubtful and whole is not None:
        return Verified(verdict.assurance, f"{CRC64NVME}:{whole.value()}", doubtful=True)
    return verdict


def check_ranges(unit: CheckRanges, cancelled: Callable[[], bool]) -> Checked:
    """Read ranges of a temporary file and tell which of them are as they arrived; blocking.

    Raises:
        StorageError: the file cannot be read.
    """
    good = []
    for each in unit.ranges:
        name, _, value = each.digest.partition(":")
        if not value or cancelled():
            continue
        checksum = running(name)
        count = _feed(unit.path, (checksum,), cancelled, each.offset, each.length)
        if count == each.length and checksum.value() == value:
            good.append(each.number)
    return Checked(tuple(good))


def part_size_candidates(size: int, parts: int) -> tuple[int, ...]:
    """Round part sizes in bytes that cut `size` bytes into `parts` parts, the likeliest first."""
    if parts == 1:
        return (size,)
    least, most = -(-size // parts), (size - 1) // (parts - 1)
    usual = [size_ for size_ in _USUAL_PART_SIZES if least <= size_ <= most]
    whole = range(-(-least // _MIB) * _MIB, most + 1, _MIB)
    return tuple(dict.fromkeys([*usual, *whole[:MOST_CANDIDATES]]))[:MOST_CANDIDATES]


def _verdict(claims: tuple[Claim, ...]) -> Verified:
    """What claims prove of which no certain one is broken."""
    agreeing = [claim for claim in claims if claim.agrees]
    if agreeing:
        return Verified(Assurance.VERIFIED, agreeing[0].digest)
    return Verified(Assurance.SIZE_ONLY, doubtful=bool(claims))


def _unit_of(info: ObjectInfo, part_size: int) -> VerifyFile:
    """What there is to compare with, without a file."""
    return VerifyFile(
        path=b"",
        size=info.size,
        etag=info.etag,
        checksums=info.checksums,
        part_size=part_size,
        encrypted=info.encrypted,
        composite=info.composite,
        told_md5=told_md5(info.metadata),
    )


def _claims(unit: VerifyFile) -> tuple[Claim, ...]:
    """The best claim that is certain, or else all guesses at one."""
    if _MD5.fullmatch(unit.etag) and not unit.encrypted and not unit.checksums:
        return (Claim(MD5, unit.etag, running(MD5)),)
    for name in _WHOLE:
        if _HEADER + name in unit.checksums:
            return (Claim(name, unit.checksums[_HEADER + name], running(name)),)
    guesses: list[Claim] = []
    for name, expected, count in _part_claims(unit):
        if unit.part_size and -(-unit.size // unit.part_size) == count:
            return (Claim(_name_of_parts(name), expected, OfParts(name, unit.part_size)),)
        guesses += (
            Claim(_name_of_parts(name), expected, OfParts(name, size), certain=False)
            for size in part_size_candidates(unit.size, count)
        )
    if unit.told_md5:
        return (Claim(MD5, unit.told_md5, running(MD5)),)
    return tuple(guesses[:MOST_CANDIDATES])


def _part_claims(unit: VerifyFile) -> list[tuple[str, str, int]]:
    """(checksum, expected text, number of parts) of what is said of parts."""
    found = []
    for name in _WHOLE:
        told = unit.composite.get(_HEADER + name, "")
        if unit.size and (of := _COMPOSITE.fullmatch(told)):
            found.append((name, told, int(of[2])))
    if unit.size and not unit.encrypted and (of := _OF_PARTS.fullmatch(unit.etag)):
        found.append((MD5, unit.etag, int(of[2])))
    return found


def _named_parts(info: ObjectInfo) -> list[tuple[str, int]]:
    return [(name, count) for name, _, count in _part_claims(_unit_of(info, 0))]


def _name_of_parts(name: str) -> str:
    return ETAG if name == MD5 else name


def _settled(unit: VerifyFile) -> Verified | None:
    """What the digests of the ranges prove by themselves.

    Raises:
        Damaged: they disagree with what is certain.
    """
    sums = [each.digest.partition(":") for each in unit.ranges]
    if not sums or len({name for name, _, _ in sums}) != 1 or not _complete(unit.ranges, unit.size):
        return None
    name, values = sums[0][0], [value for _, _, value in sums]
    expected = unit.checksums.get(_HEADER + name)
    if expected is not None and name in COMBINABLE:
        lengths = (each.length for each in unit.ranges)
        if combined(name, zip(lengths, values, strict=True)) != expected:
            raise _damaged(unit)
        return Verified(Assurance.VERIFIED, f"{name}:{expected}")
    for claimed, told, count in _part_claims(unit):
        if claimed == name and count == len(values):
            if of_parts(name, values) == told:
                return Verified(Assurance.VERIFIED, f"{_name_of_parts(name)}:{told}")
            if unit.part_size == unit.ranges[0].length:
                raise _damaged(unit)
    return None if _claims(unit) else Verified(Assurance.SIZE_ONLY)


def _complete(ranges: tuple[RangeSum, ...], size: int) -> bool:
    """Whether ranges follow each other from the first byte to the last, with a digest each."""
    end = 0
    for each in ranges:
        if each.offset != end or not each.digest:
            return False
        end += each.length
    return end == size


def _feed(
    path: bytes,
    checksums: tuple[Checksum, ...],
    cancelled: Callable[[], bool],
    offset: int = 0,
    length: int | None = None,
    *,
    follow: bool = False,
) -> int:
    """Give a file, or a range of it, to the checksums; returns how many bytes that is."""
    with local_errors("read", path):
        flags = os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | (0 if follow else os.O_NOFOLLOW)
        descriptor = os.open(path, flags)
        try:
            found = os.fstat(descriptor).st_size
            if not checksums:
                return found
            buffer = bytearray(_BLOCK)
            view, done = memoryview(buffer), 0
            wanted = max(found, 1) if length is None else length
            while done < wanted and not cancelled():
                count = os.preadv(descriptor, [view[: wanted - done]], offset + done)
                if not count:
                    break
                for checksum in checksums:
                    checksum.update(view[:count])
                done += count
        finally:
            os.close(descriptor)
    return done


def _damaged(unit: VerifyFile) -> Damaged:
    return Damaged(f"{_shown(unit.path)} does not have the contents of the object.", next_step="Retry it.")


def _shown(path: bytes) -> str:
    return path.decode("utf-8", "replace")
