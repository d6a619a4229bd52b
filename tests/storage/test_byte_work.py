"""Bytes up and down: exact, checked, and honest about progress, through every kind of unit."""

import asyncio
import errno
import hashlib
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from s3tui.model.location import S3Location
from s3tui.model.transfer import Assurance
from s3tui.model.work import (
    Failed,
    Fetched,
    FetchFile,
    FetchRange,
    PutFile,
    SendPart,
    Sent,
    Unit,
    Verified,
    VerifyFile,
)
from s3tui.storage.byte_work import ByteWork
from s3tui.storage.source_file import identify
from tests.conftest import MakeFile
from tests.servers.workspace import Workspace
from tests.storage.connect import Connected, connected, credentials_of

MIB = 1024**2


class Moved:
    """Adds up what a unit reports."""

    def __init__(self) -> None:
        self.total = 0
        self.reports = 0

    def __call__(self, count: int) -> None:
        self.total += count
        self.reports += 1


@pytest.fixture
async def connection(rgw_workspace: Workspace) -> AsyncIterator[Connected]:
    """A researcher's connection to Ceph."""
    url = rgw_workspace.server.endpoint_url
    async with connected(url, credentials_of(rgw_workspace.credentials)) as opened:
        yield opened


def put_unit(workspace: Workspace, path: Path, name: str, **more: object) -> PutFile:
    """The unit that sends a file to the workspace."""
    raw = os.fsencode(path)
    unit = PutFile(raw, identify(raw), workspace.bucket, workspace.prefix + name, {"mtime": "1.5"})
    return replace(unit, **more) if more else unit


async def do(connection: Connected, unit: Unit, total: int) -> object:
    """Do a unit and check that it reported exactly `total` bytes in the end."""
    moved = Moved()
    outcome = await ByteWork(connection.clients).run(unit, moved)
    assert moved.total == total, outcome
    return outcome


@pytest.mark.parametrize("size", [0, 1, 16_384, 3 * MIB + 7])
async def test_a_small_file_goes_up_and_comes_back_verified(
    rgw_workspace: Workspace, connection: Connected, big_file: MakeFile, tmp_path: Path, size: int
) -> None:
    source, part = big_file(tmp_path, size), tmp_path / ".part"
    sent = await do(connection, put_unit(rgw_workspace, source, "a b/ü.bin"), size)
    # The ETag of a small file is compared with it at once.
    assert sent == Sent(hashlib.md5(source.read_bytes()).hexdigest(), size, compared=size < MIB)
    key = rgw_workspace.prefix + "a b/ü.bin"
    unit = FetchFile(rgw_workspace.bucket, key, os.fsencode(part), size)
    fetched = await do(connection, unit, size)
    assert isinstance(fetched, Fetched)
    assert (fetched.length, fetched.assurance) == (size, Assurance.VERIFIED)
    assert fetched.metadata["mtime"] == "1.5"
    assert part.read_bytes() == source.read_bytes()
    assert part.stat().st_mode & 0o777 == 0o600


async def test_a_large_file_goes_up_in_parts_and_comes_back_in_ranges(
    rgw_workspace: Workspace, connection: Connected, big_file: MakeFile, tmp_path: Path
) -> None:
    size, part_size = 12 * MIB + 345, 5 * MIB
    source, target = big_file(tmp_path, size), tmp_path / ".part"
    place = S3Location(rgw_workspace.bucket, rgw_workspace.prefix + "big.bin")
    raw = os.fsencode(source)
    upload_id = await connection.store.create_multipart_upload(place, {"mtime": "7.25"})
    etags: list[tuple[int, str]] = []
    for number, offset in enumerate(range(0, size, part_size), 1):
        length = min(part_size, size - offset)
        unit = SendPart(raw, identify(raw), place.bucket, place.key, upload_id, number, offset, length)
        sent = await do(connection, unit, length)
        assert isinstance(sent, Sent)
        etags.append((number, sent.etag))
    await connection.store.complete_multipart_upload(place, upload_id, tuple(etags))

    info = await connection.store.head(place)
    assert (info.size, info.metadata["mtime"]) == (size, "7.25")
    assert info.etag.endswith("-3")
    target.touch()
    ranges = [
        FetchRange(
            place.bucket, place.key, info.etag, offset, min(4 * MIB, size - offset), size, os.fsencode(target)
        )
        for offset in range(0, size, 4 * MIB)
    ]
    work, moved = ByteWork(connection.clients), Moved()
    outcomes = await asyncio.gather(*(work.run(unit, moved) for unit in reversed(ranges)))
    assert all(isinstance(outcome, Fetched) for outcome in outcomes)
    assert moved.total == size
    assert target.read_bytes() == source.read_bytes()
    for known in (part_size, 0):
        check = VerifyFile(os.fsencode(target), size, info.etag, {}, known)
        assert await do(connection, check, 0) == Verified(Assurance.VERIFIED, f"etag:{info.etag}")
    with target.open("r+b") as file:
        file.seek(6 * MIB)
        file.write(b"flip")
    damaged = await do(connection, VerifyFile(os.fsencode(target), size, info.etag, {}, part_size), 0)
    assert isinstance(damaged, Failed)
    assert damaged.failure.code == "damaged"


async def test_nothing_is_overwritten_when_only_absence_will_do(
    rgw_workspace: Workspace, connection: Connected, big_file: MakeFile, tmp_path: Path
) -> None:
    rgw_workspace.put("taken", b"theirs")
    unit = put_unit(rgw_workspace, big_file(tmp_path, 10), "taken", only_if_absent=True)
    outcome = await do(connection, unit, 0)
    assert isinstance(outcome, Failed)
    assert outcome.failure.code == "changed"
    assert rgw_workspace.read("taken") == b"theirs"
    free = put_unit(rgw_workspace, big_file(tmp_path, 11), "free", only_if_absent=True)
    assert isinstance(await do(connection, free, 11), Sent)


@pytest.mark.parametrize("how", ["grown", "shrunk", "rewritten", "replaced", "removed"])
async def test_a_source_that_is_another_by_now_is_not_sent(
    rgw_workspace: Workspace, connection: Connected, big_file: MakeFile, tmp_path: Path, how: str
) -> None:
    source = big_file(tmp_path, 1000)
    unit = put_unit(rgw_workspace, source, "moving")
    match how:
        case "grown":
            source.write_bytes(bytes(1001))
        case "shrunk":
            source.write_bytes(bytes(999))
        case "rewritten":
            source.write_bytes(bytes(1000))
        case "replaced":
            os.replace(big_file(tmp_path, 1000, 1), source)
        case "removed":
            source.unlink()
    outcome = await do(connection, unit, 0)
    assert isinstance(outcome, Failed)
    assert outcome.failure.code == ("not-found" if how == "removed" else "changed")
    assert rgw_workspace.names() == ()


async def test_an_object_that_is_another_by_now_is_not_mixed_in(
    rgw_workspace: Workspace, connection: Connected, tmp_path: Path
) -> None:
    key = rgw_workspace.put("moving", b"first" * 100)
    info = await connection.store.head(S3Location(rgw_workspace.bucket, key))
    rgw_workspace.put("moving", b"other" * 100)
    part = tmp_path / ".part"
    part.touch()
    unit = FetchRange(rgw_workspace.bucket, key, info.etag, 0, 200, 500, os.fsencode(part))
    outcome = await do(connection, unit, 0)
    assert isinstance(outcome, Failed)
    assert outcome.failure.code == "changed"
    assert part.read_bytes() == b""
    fresh = FetchFile(rgw_workspace.bucket, key, os.fsencode(part), 499)
    outcome = await do(connection, fresh, 0)
    assert isinstance(outcome, Failed)
    assert outcome.failure.code == "changed"


async def test_a_temporary_file_is_never_written_through_a_link(
    rgw_workspace: Workspace, connection: Connected, tmp_path: Path
) -> None:
    key = rgw_workspace.put("data", b"payload")
    victim, part = tmp_path / "victim", tmp_path / ".part"
    victim.write_text("precious")
    part.symlink_to(victim)
    info = await connection.store.head(S3Location(rgw_workspace.bucket, key))
    ranged = FetchRange(rgw_workspace.bucket, key, info.etag, 0, 7, 7, os.fsencode(part))
    outcome = await do(connection, ranged, 0)
    assert isinstance(outcome, Failed)
    assert outcome.failure.code == "local"
    whole = FetchFile(rgw_workspace.bucket, key, os.fsencode(part), 7)
    assert isinstance(await do(connection, whole, 7), Fetched)
    assert (victim.read_text(), part.read_bytes(), part.is_symlink()) == ("precious", b"payload", False)


async def test_without_a_known_etag_an_object_counts_only_while_no_other_has_its_etag(
    rgw_workspace: Workspace, connection: Connected, tmp_path: Path
) -> None:
    keys = [rgw_workspace.put(name, data) for name, data in (("a", b"one"), ("b", b"two"), ("c", b"one"))]
    modified = [(await connection.store.head(S3Location(rgw_workspace.bucket, key))).modified for key in keys]
    units = [
        FetchFile(rgw_workspace.bucket, key, os.fsencode(tmp_path / f"{number}"), 3, modified=when)
        for number, (key, when) in enumerate(zip(keys, modified, strict=True))
    ]
    work = ByteWork(connection.clients)

    first, second, third, again = [await work.run(unit, lambda _: None) for unit in (*units, units[0])]

    assert isinstance(first, Fetched)
    assert isinstance(second, Fetched)
    assert isinstance(third, Failed)
    # HEAD decides then, by what the caller does with this.
    assert third.failure.code == "changed"
    assert isinstance(again, Fetched)


async def test_a_full_disk_fails_one_file_with_a_sentence(
    rgw_workspace: Workspace, connection: Connected
) -> None:
    key = rgw_workspace.put("data", b"payload")
    unit = FetchFile(rgw_workspace.bucket, key, b"/dev/full/part", 7)
    outcome = await do(connection, unit, 0)
    assert isinstance(outcome, Failed)
    assert outcome.failure.code == "local"


async def test_a_range_counts_only_when_the_disk_has_it(
    rgw_workspace: Workspace, connection: Connected, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = rgw_workspace.put("data", b"payload" * 100)
    info = await connection.store.head(S3Location(rgw_workspace.bucket, key))
    part = tmp_path / ".part"
    part.touch()
    unit = FetchRange(
        rgw_workspace.bucket, key, info.etag, 7, 7, 700, os.fsencode(part), checksum="crc64nvme"
    )
    fetched = await do(connection, unit, 7)
    assert isinstance(fetched, Fetched)
    assert fetched.digest.startswith("crc64nvme:")

    def full(_: int) -> None:
        raise OSError(errno.EDQUOT, "Disk quota exceeded")

    monkeypatch.setattr(os, "fdatasync", full)
    refused = await do(connection, unit, 0)
    assert isinstance(refused, Failed)
    assert "quota" in refused.failure.sentence
