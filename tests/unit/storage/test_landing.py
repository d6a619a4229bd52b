"""Small files come into being complete, under their final name, or not at all."""

import os
from pathlib import Path

import pytest

from s3tui.errors import Changed, LocalFault
from s3tui.model.transfer import Assurance
from s3tui.model.work import Fetched, FetchFile, Landing, Planned
from s3tui.storage.landing import Lander
from s3tui.storage.near_files import NearFiles
from s3tui.storage.s3_call import tried
from s3tui.storage.source_file import identify, identify_planned

PIECES = (b"one ", b"two ", b"three")
WHOLE = b"".join(PIECES)
MTIME = {"mtime": "1700000000.123456789"}


def unit(root: Path, target: Path, *, replace: bool = False) -> FetchFile:
    return FetchFile(
        "bucket",
        "key",
        os.fsencode(target.with_name(".s3tui-x.part")),
        len(WHOLE),
        root=len(os.fsencode(root)),
        landing=Landing(os.fsencode(target), replace),
    )


async def land(one: FetchFile, *, doubtful: bool = False) -> Fetched:
    fetched = Fetched(len(WHOLE), "e", 1.0, Assurance.VERIFIED, MTIME, doubtful=doubtful)
    return await Lander(NearFiles(in_loop=True)).land(one, fetched, PIECES)


async def test_a_file_lands_with_its_folders_its_time_and_nothing_beside_it(tmp_path: Path) -> None:
    target = tmp_path / "a" / "b" / "file"

    done = await land(unit(tmp_path, target))

    assert done.landed
    assert target.read_bytes() == WHOLE
    assert target.stat().st_mtime_ns == 1_700_000_000_123_456_789
    assert [path.name for path in target.parent.iterdir()] == ["file"]


async def test_a_file_that_came_into_being_meanwhile_is_not_replaced(tmp_path: Path) -> None:
    target = tmp_path / "file"
    target.write_bytes(WHOLE)

    with pytest.raises(Changed, match="exists already"):
        await land(unit(tmp_path, target))

    assert [path.name for path in tmp_path.iterdir()] == ["file"]


async def test_an_agreed_replacement_keeps_the_permissions(tmp_path: Path) -> None:
    target = tmp_path / "file"
    target.write_bytes(b"old")
    target.chmod(0o640)

    await land(unit(tmp_path, target, replace=True))

    assert target.read_bytes() == WHOLE
    assert target.stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize("there", [WHOLE, b"other".ljust(len(WHOLE))])
async def test_what_a_dead_worker_has_landed_is_taken_for_done(tmp_path: Path, there: bytes) -> None:
    target = tmp_path / "file"
    target.write_bytes(there)
    before = tried.set(1)
    try:
        if there == WHOLE:
            assert (await land(unit(tmp_path, target))).landed
        else:
            with pytest.raises(Changed):
                await land(unit(tmp_path, target))
    finally:
        tried.reset(before)
    assert target.read_bytes() == there


async def test_no_link_below_the_root_is_followed(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    chosen = tmp_path / "chosen"
    chosen.mkdir()
    (chosen / "folder").symlink_to(elsewhere)

    with pytest.raises(LocalFault, match="symbolic link"):
        await land(unit(chosen, chosen / "folder" / "file"))

    assert not list(elsewhere.iterdir())


async def test_a_doubtful_file_does_not_land(tmp_path: Path) -> None:
    done = await land(unit(tmp_path, tmp_path / "file"), doubtful=True)

    assert not done.landed
    assert not list(tmp_path.iterdir())


def test_a_file_that_is_not_as_it_was_planned_is_not_sent(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"12345")
    raw, found = os.fsencode(path), identify(os.fsencode(path))

    assert identify_planned(raw, Planned(5, found.modified_ns / 1e9)) == found
    for other in (Planned(4, found.modified_ns / 1e9), Planned(5, found.modified_ns / 1e9 - 1)):
        with pytest.raises(Changed, match="since the copy was planned"):
            identify_planned(raw, other)
