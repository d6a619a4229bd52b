"""Targets that take no more: a full disk, a limit on files, a disk that turned read-only."""

import asyncio
import resource
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from s3tui.model.location import S3Location
from s3tui.model.transfer import ClashPolicy, TransferStatus
from s3tui.transfer.parts import MIB
from tests.conftest import MakeFile
from tests.disks import remount, small_disk
from tests.servers.workspace import Workspace
from tests.storage.connect import credentials_of
from tests.transfer.rig import Rig, contents, local, rig


@pytest.fixture
async def ceph(rgw_workspace: Workspace, tmp_path: Path) -> AsyncIterator[Rig]:
    """A manager connected to Ceph, its state on another disk than the targets."""
    url = rgw_workspace.server.endpoint_url
    async with rig(url, credentials_of(rgw_workspace.credentials), tmp_path / "state") as built:
        yield built


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A real file system of 3 MiB."""
    with small_disk(tmp_path / "disk", 3 * 1024) as place:
        yield place


def put_objects(workspace: Workspace, big_file: MakeFile, tmp_path: Path) -> S3Location:
    """Two objects that are larger than the disk, one in ranges, and two that fit."""
    for name, size in (("in ranges", 7 * MIB), ("whole", 4 * MIB), ("fits", 10_000), ("fits too", 20_000)):
        workspace.put(f"in/{name}", big_file(tmp_path, size, name=f"source {name}").read_bytes())
    return S3Location(workspace.bucket, workspace.prefix + "in/")


async def failures(ceph: Rig) -> dict[str, str]:
    """What was said of each file that failed, once all is over and cleaned up."""
    await ceph.until_done()
    await ceph.manager._endings.finish(timeout=5.0)
    return {row.name: row.failure.sentence for row in ceph.rows(TransferStatus.FAILED) if row.failure}


async def test_a_full_disk_costs_the_files_that_do_not_fit(
    rgw_workspace: Workspace, ceph: Rig, big_file: MakeFile, tmp_path: Path, disk: Path
) -> None:
    place = put_objects(rgw_workspace, big_file, tmp_path)
    (disk / "whole").write_bytes(b"old")
    (disk / "in ranges").write_bytes(b"old")
    plan = await ceph.plan(place, local(disk))
    assert any("free" in warning for warning in plan.warnings)
    await ceph.manager.submit(plan.plan_id, ClashPolicy.OVERWRITE)
    told = await failures(ceph)
    assert set(told) == {"in ranges", "whole"}
    assert all("full" in sentence for sentence in told.values()), told
    found = contents(disk)
    assert (found["whole"], found["in ranges"]) == (b"old", b"old")
    assert set(found) == {"whole", "in ranges", "fits", "fits too"}
    assert found["fits"] == (tmp_path / "source fits").read_bytes()


async def test_a_limit_on_files_costs_those_that_exceed_it(
    rgw_workspace: Workspace, ceph: Rig, big_file: MakeFile, tmp_path: Path
) -> None:
    place = put_objects(rgw_workspace, big_file, tmp_path)
    target = tmp_path / "target"
    target.mkdir()
    (target / "whole").write_bytes(b"old")
    plan = await ceph.plan(place, local(target))
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2 * MIB, hard))
    try:
        await ceph.manager.submit(plan.plan_id, ClashPolicy.OVERWRITE)
        told = await failures(ceph)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert set(told) == {"in ranges", "whole"}
    assert all("larger than files may be" in sentence for sentence in told.values()), told
    assert set(contents(target)) == {"whole", "fits", "fits too"}
    assert (target / "whole").read_bytes() == b"old"


async def test_a_disk_that_turns_read_only_keeps_what_it_has(
    rgw_workspace: Workspace, ceph: Rig, big_file: MakeFile, tmp_path: Path, disk: Path
) -> None:
    rgw_workspace.put("in/old", b"new contents")
    rgw_workspace.put("in/fresh", b"fresh")
    (disk / "old").write_bytes(b"old")
    place = S3Location(rgw_workspace.bucket, rgw_workspace.prefix + "in/")
    plan = await ceph.plan(place, local(disk))
    await asyncio.to_thread(remount, disk, "ro")
    await ceph.manager.submit(plan.plan_id, ClashPolicy.OVERWRITE)
    told = await failures(ceph)
    assert set(told) == {"old", "fresh"}
    assert all("read-only" in sentence for sentence in told.values()), told
    assert contents(disk) == {"old": b"old"}
