"""Contents against what servers say of them: headers, plain ETags, and ETags of parts."""

import base64
import hashlib
import os
import zlib
from pathlib import Path

import pytest

from s3tui.errors import Damaged, LocalFault, NotFound
from s3tui.model.entry import ObjectInfo
from s3tui.model.etag import multipart_etag
from s3tui.model.transfer import Assurance
from s3tui.model.work import CheckRanges, RangeSum, VerifyFile
from s3tui.storage.checksums import OfParts, combined, running
from s3tui.storage.integrity import (
    StreamDigest,
    check_ranges,
    part_size_candidates,
    plan_ranges,
    told_md5,
    verify,
)
from tests.files import write_big_file

MIB = 1024**2
VERIFIED, SIZE_ONLY = Assurance.VERIFIED, Assurance.SIZE_ONLY


def etag_of_parts(data: bytes, part_size: int) -> str:
    """The ETag a server gives to an object made of parts of this size."""
    parts = [data[start : start + part_size] for start in range(0, len(data), part_size)]
    return multipart_etag(tuple(hashlib.md5(part).hexdigest() for part in parts))


def check(path: Path, etag: str = "", **more: object) -> Assurance:
    """Verify a file against what a server says."""
    told = {"checksums": {}, "size": path.stat().st_size, **more}
    unit = VerifyFile(path=os.fsencode(path), etag=etag, **told)  # type: ignore[arg-type]
    return verify(unit, lambda: False).assurance


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file of 20 MiB and a little."""
    return write_big_file(tmp_path_factory.mktemp("integrity"), 20 * MIB + 12345)


@pytest.fixture(scope="module")
def data(path: Path) -> bytes:
    """Its bytes."""
    return path.read_bytes()


def test_a_plain_etag_is_the_md5(path: Path, data: bytes) -> None:
    assert check(path, hashlib.md5(data).hexdigest()) == VERIFIED
    with pytest.raises(Damaged, match="contents of the object"):
        check(path, hashlib.md5(b"other").hexdigest())


@pytest.mark.parametrize("part_size", [5 * MIB, 8 * MIB, 16 * MIB, 10_000_000, 7 * MIB, 20 * MIB + 12345])
def test_the_size_of_parts_is_found_or_known(path: Path, data: bytes, part_size: int) -> None:
    etag = etag_of_parts(data, part_size)
    assert check(path, etag, part_size=part_size) == VERIFIED
    assert check(path, etag) == VERIFIED


def test_parts_of_an_odd_unknown_size_leave_only_the_size(path: Path, data: bytes) -> None:
    etag = etag_of_parts(data, 6_789_012)
    assert check(path, etag) == SIZE_ONLY
    assert check(path, etag, part_size=6_789_012) == VERIFIED


def test_with_a_known_part_size_a_difference_is_damage(path: Path, data: bytes) -> None:
    wrong = etag_of_parts(data[:-1] + b"\0\0", 5 * MIB)
    with pytest.raises(Damaged):
        check(path, wrong, part_size=5 * MIB)


@pytest.mark.parametrize(
    ("name", "digest"),
    [
        ("crc32", lambda data: zlib.crc32(data).to_bytes(4, "big")),
        ("sha1", lambda data: hashlib.sha1(data).digest()),
        ("sha256", lambda data: hashlib.sha256(data).digest()),
    ],
)
def test_a_checksum_of_the_whole_object_is_enough(path: Path, data: bytes, name: str, digest: object) -> None:
    assert callable(digest)
    header = f"x-amz-checksum-{name}"
    good = base64.b64encode(digest(data)).decode()
    assert check(path, "whatever-3", checksums={header: good}, encrypted=True) == VERIFIED
    bad = base64.b64encode(digest(data + b"x")).decode()
    with pytest.raises(Damaged):
        check(path, checksums={header: bad})


def test_what_nothing_can_be_said_of_is_size_only(path: Path) -> None:
    assert check(path, "0" * 32, encrypted=True) == SIZE_ONLY
    assert check(path, "") == SIZE_ONLY
    assert check(path, "not an etag") == SIZE_ONLY
    assert check(path, "", checksums={"x-amz-checksum-xxhash3": "AAAAAAAAAAA="}) == SIZE_ONLY


@pytest.mark.parametrize("etag", ["", "0" * 32])
def test_a_wrong_size_is_damage_whatever_else_is_known(path: Path, etag: str) -> None:
    with pytest.raises(Damaged, match="bytes where the object has"):
        check(path, etag, size=path.stat().st_size + 1)


def test_an_empty_file_is_verified(tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    assert check(tmp_path / "empty", hashlib.md5(b"").hexdigest()) == VERIFIED


def test_only_the_file_itself_is_read(tmp_path: Path, path: Path) -> None:
    (tmp_path / "link").symlink_to(path)
    with pytest.raises(LocalFault, match="symbolic link"):
        check(tmp_path / "link")
    with pytest.raises(NotFound):
        verify(VerifyFile(os.fsencode(tmp_path / "gone"), 1, "", {}), lambda: False)


@pytest.mark.parametrize(
    ("size", "parts", "first"),
    [
        (20 * MIB, 3, 8 * MIB),
        (100 * MIB, 20, 5 * MIB),
        (10 * 1024 * MIB, 2, 5 * 1024 * MIB),
        (5 * 1024**4, 5120, 1024 * MIB),
        (123, 1, 123),
    ],
)
def test_the_likeliest_part_size_is_tried_first(size: int, parts: int, first: int) -> None:
    candidates = part_size_candidates(size, parts)
    assert candidates[0] == first
    assert len(candidates) <= 6
    assert all(-(-size // candidate) == parts for candidate in candidates)


def test_a_small_object_is_checked_while_it_arrives() -> None:
    body = b"payload" * 1000
    md5 = hashlib.md5(body).hexdigest()

    def passes(info: ObjectInfo, arrived: bytes) -> tuple[str, bool]:
        digest = StreamDigest.for_object(info)
        for start in range(0, len(arrived), 999):
            digest.update(arrived[start : start + 999])
        return digest.name, digest.agrees()

    crc = {"x-amz-checksum-crc32": base64.b64encode(zlib.crc32(body).to_bytes(4, "big")).decode()}
    assert passes(ObjectInfo(7000, md5, 0.0), body) == ("md5", True)
    assert passes(ObjectInfo(7000, md5, 0.0), body[:-1] + b"x") == ("md5", False)
    assert passes(ObjectInfo(7000, "x-2", 0.0, checksums=crc), body) == ("crc32", True)
    assert passes(ObjectInfo(7000, md5, 0.0, encrypted=True), body) == ("", True)
    one = multipart_etag((md5,))
    assert passes(ObjectInfo(7000, one, 0.0), body) == ("etag", True)
    assert passes(ObjectInfo(7000, one, 0.0), body[:-1] + b"x") == ("etag", False)


def sums(data: bytes, name: str, size: int) -> tuple[RangeSum, ...]:
    """What ranges of this size came to while they arrived."""
    found = []
    for number, offset in enumerate(range(0, len(data), size), 1):
        checksum = running(name)
        checksum.update(data[offset : offset + size])
        length = min(size, len(data) - offset)
        found.append(RangeSum(number, offset, length, f"{name}:{checksum.value()}"))
    return tuple(found)


def value_of(data: bytes, name: str) -> str:
    """A checksum of the whole, computed in one go."""
    checksum = running(name)
    checksum.update(data)
    return checksum.value()


@pytest.mark.parametrize(
    ("name", "value"), [("crc32c", "4waSgw=="), ("crc64nvme", "rosUhgp5mIg="), ("crc32", "y/Q5Jg==")]
)
def test_checksums_come_to_the_values_their_standards_give(name: str, value: str) -> None:
    assert value_of(b"123456789", name) == value


@pytest.mark.parametrize("name", ["crc64nvme", "crc32c", "crc32"])
def test_ranges_that_came_in_any_order_add_up_to_the_checksum_of_the_whole(
    tmp_path: Path, data: bytes, name: str
) -> None:
    # The file itself holds nothing but its size: what settles the matter came while the ranges arrived.
    blank = tmp_path / "blank"
    with blank.open("wb") as file:
        file.truncate(len(data))
    told = {f"x-amz-checksum-{name}": value_of(data, name)}
    ranges = sums(data, name, 3 * MIB)
    assert check(blank, "other-9", checksums=told, ranges=ranges) == VERIFIED
    wrong = sums(data[:-1] + b"!", name, 3 * MIB)
    with pytest.raises(Damaged):
        check(blank, "other-9", checksums=told, ranges=wrong)
    assert (
        combined(name, ((each.length, each.digest.split(":")[1]) for each in ranges))
        == told[f"x-amz-checksum-{name}"]
    )


def test_the_md5s_of_ranges_add_up_to_the_etag_of_parts(tmp_path: Path, data: bytes) -> None:
    blank = tmp_path / "blank"
    with blank.open("wb") as file:
        file.truncate(len(data))
    etag, ranges = etag_of_parts(data, 5 * MIB), sums(data, "md5", 5 * MIB)
    assert check(blank, etag, ranges=ranges, part_size=5 * MIB) == VERIFIED
    assert check(blank, etag, ranges=ranges) == VERIFIED
    with pytest.raises(Damaged):
        check(blank, etag, ranges=sums(data[::-1], "md5", 5 * MIB), part_size=5 * MIB)


def test_ranges_that_settle_nothing_leave_it_to_the_file(path: Path, data: bytes) -> None:
    etag = etag_of_parts(data, 7 * MIB)
    assert check(path, etag, ranges=sums(data, "md5", 8 * MIB)) == VERIFIED
    assert check(path, etag, ranges=sums(data, "crc64nvme", 8 * MIB)) == VERIFIED
    gap = sums(data, "md5", 5 * MIB)[1:]
    assert check(path, etag_of_parts(data, 5 * MIB), ranges=gap) == VERIFIED
    with pytest.raises(Damaged):
        check(path, hashlib.md5(b"other").hexdigest(), ranges=sums(data, "crc64nvme", 8 * MIB))
    assert check(path, "odd", ranges=sums(data, "crc64nvme", 8 * MIB)) == SIZE_ONLY


@pytest.mark.parametrize("name", ["crc32", "crc32c", "sha1", "sha256"])
def test_a_composite_checksum_is_recomputed_where_the_etag_says_nothing(
    path: Path, data: bytes, name: str
) -> None:
    parts = OfParts(name, 8 * MIB)
    parts.update(data)
    told = {f"x-amz-checksum-{name}": parts.value()}
    assert check(path, "opaque-3", encrypted=True, composite=told) == VERIFIED
    assert check(path, "opaque-3", encrypted=True, composite=told, part_size=8 * MIB) == VERIFIED
    ranges = sums(data, name, 8 * MIB)
    assert check(path, "opaque-3", encrypted=True, composite=told, ranges=ranges) == VERIFIED
    other = {f"x-amz-checksum-{name}": value_of(b"other", name) + "-3"}
    with pytest.raises(Damaged):
        check(path, "opaque-3", encrypted=True, composite=other, part_size=8 * MIB)


def test_the_md5_that_rclone_keeps_is_believed(path: Path, data: bytes) -> None:
    kept = {"md5chksum": base64.b64encode(hashlib.md5(data).digest()).decode()}
    assert told_md5(kept) == hashlib.md5(data).hexdigest()
    assert [told_md5(odd) for odd in ({}, {"md5chksum": "?"}, {"md5chksum": "AAAA"})] == ["", "", ""]
    assert check(path, etag_of_parts(data, 6_789_012), told_md5=told_md5(kept)) == VERIFIED
    with pytest.raises(Damaged):
        check(path, "odd-1234", told_md5="0" * 32)


def test_ranges_are_cut_so_that_they_need_not_be_read_again(data: bytes) -> None:
    size, largest = len(data), 64 * MIB
    crc = {"x-amz-checksum-crc64nvme": "AAAAAAAAAAA="}
    both = crc | {"x-amz-checksum-crc32": "AAAAAA=="}
    etag = etag_of_parts(data, 8 * MIB)

    def chosen(info: ObjectInfo, part_size: int = 0) -> tuple[int, str]:
        plan = plan_ranges(info, part_size, largest)
        return plan.part_size, plan.checksum

    assert chosen(ObjectInfo(size, etag, 0.0, checksums=both)) == (0, "crc64nvme")
    assert chosen(ObjectInfo(size, etag, 0.0)) == (8 * MIB, "md5")
    assert chosen(ObjectInfo(size, etag, 0.0), 7 * MIB) == (7 * MIB, "md5")
    assert chosen(ObjectInfo(size, etag, 0.0, encrypted=True)) == (0, "crc64nvme")
    assert chosen(ObjectInfo(200 * MIB, "0" * 32 + "-2", 0.0)) == (0, "crc64nvme")
    assert chosen(ObjectInfo(size, "0" * 32, 0.0)) == (0, "crc64nvme")


def test_a_range_that_is_not_in_the_file_any_more_is_noticed(tmp_path: Path, data: bytes) -> None:
    ranges = sums(data, "crc64nvme", 4 * MIB)
    part = tmp_path / "part"
    part.write_bytes(data)
    unit = CheckRanges(os.fsencode(part), ranges)
    assert check_ranges(unit, lambda: False).numbers == (1, 2, 3, 4, 5, 6)
    with part.open("r+b") as file:
        file.seek(5 * MIB)
        file.write(bytes(4096))  # as a file system leaves what it had not written
        file.truncate(17 * MIB)
    assert check_ranges(unit, lambda: False).numbers == (1, 3, 4)
    unknown = CheckRanges(os.fsencode(part), (RangeSum(1, 0, 4 * MIB, ""),))
    assert check_ranges(unknown, lambda: False).numbers == ()
