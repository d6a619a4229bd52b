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
from s3tui.model.work import Verified, VerifyFile
from s3tui.storage.integrity import StreamDigest, part_size_candidates, verify
from tests.files import write_big_file

MIB = 1024**2
VERIFIED, SIZE_ONLY = Verified(Assurance.VERIFIED), Verified(Assurance.SIZE_ONLY)


def etag_of_parts(data: bytes, part_size: int) -> str:
    """The ETag a server gives to an object made of parts of this size."""
    parts = [data[start : start + part_size] for start in range(0, len(data), part_size)]
    return multipart_etag(tuple(hashlib.md5(part).hexdigest() for part in parts))


def check(path: Path, etag: str = "", **more: object) -> Verified:
    """Verify a file against what a server says."""
    told = {"checksums": {}, "size": path.stat().st_size, **more}
    return verify(VerifyFile(path=os.fsencode(path), etag=etag, **told), lambda: False)  # type: ignore[arg-type]


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
    assert check(path, "", checksums={"x-amz-checksum-crc64nvme": "AAAAAAAAAAA="}) == SIZE_ONLY


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
    assert passes(ObjectInfo(7000, "x-2", 0.0, checksums=crc), body) == ("x-amz-checksum-crc32", True)
    assert passes(ObjectInfo(7000, md5, 0.0, encrypted=True), body) == ("", True)
    one = multipart_etag((md5,))
    assert passes(ObjectInfo(7000, one, 0.0), body) == ("md5 of one part", True)
    assert passes(ObjectInfo(7000, one, 0.0), body[:-1] + b"x") == ("md5 of one part", False)
