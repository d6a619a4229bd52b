"""A researcher's folder goes up to a real server and comes back the same."""

import os
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from s3tui.model.credentials import Credentials
from s3tui.model.location import S3Location
from s3tui.model.transfer import Assurance, ClashPolicy, TransferStatus
from s3tui.transfer.parts import MIB
from tests.conftest import MakeFile
from tests.servers.moto_server import MotoServer
from tests.servers.workspace import Workspace
from tests.storage.connect import credentials_of
from tests.transfer.rig import Rig, contents, local, rig

WHEN = 1_600_000_000_123_456_789


def make_tree(folder: Path, big_file: MakeFile) -> Path:
    """Files of every size and name that matters, and what cannot be copied."""
    folder.mkdir()
    big_file(folder, 17 * MIB + 3, seed=1, name="large.nc")
    big_file(folder, 6 * MIB, seed=2, name="at the threshold")
    (folder / "empty.txt").write_bytes(b"")
    (folder / "void" / "deep").mkdir(parents=True)
    nested = folder / "images" / "2026 März" / "día"
    nested.mkdir(parents=True)
    for number in range(60):
        (nested / f"reef-{number:03}.jpg").write_bytes(os.urandom(number * 37))
    (folder / "images" / "trailing. ").write_bytes(b"kept")
    (folder / "images" / "new\nline\x1b[2J").write_bytes(b"control")
    os.utime(folder / "large.nc", ns=(WHEN, WHEN))
    return folder


@pytest.fixture
async def ceph(rgw_workspace: Workspace, tmp_path: Path) -> AsyncIterator[Rig]:
    """A manager connected to Ceph with prefix-scoped credentials."""
    url = rgw_workspace.server.endpoint_url
    async with rig(url, credentials_of(rgw_workspace.credentials), tmp_path / "state") as built:
        yield built


async def test_a_folder_goes_up_and_comes_back_the_same(
    rgw_workspace: Workspace, ceph: Rig, big_file: MakeFile, tmp_path: Path
) -> None:
    source = make_tree(tmp_path / "source", big_file)
    place = S3Location(rgw_workspace.bucket, rgw_workspace.prefix + "up/")
    await ceph.copy(local(source), place)
    summary = await ceph.until_done()
    assert (summary.succeeded, summary.failed) == (66, 0)
    assert summary.bytes_done == summary.bytes_total
    assert {row.assurance for row in ceph.rows()} == {Assurance.VERIFIED}
    assert rgw_workspace.open_uploads() == ()

    back = tmp_path / "back"
    plan = await ceph.plan(place, local(back))
    assert (plan.files, plan.skipped, plan.clash_count) == (65, (), 0)
    await ceph.manager.submit(plan.plan_id)
    summary = await ceph.until_done()
    assert (summary.succeeded, summary.failed) == (132, 0)
    assert contents(back) == contents(source)
    assert (back / "large.nc").stat().st_mtime_ns == WHEN
    assert {row.assurance for row in ceph.rows()} == {Assurance.VERIFIED}
    assert ceph.notices == []


async def test_moto_keeps_a_folder_as_well(moto: MotoServer, big_file: MakeFile, tmp_path: Path) -> None:
    moto.client().create_bucket(Bucket="bucket")
    source = make_tree(tmp_path / "source", big_file)
    # moto itself loses keys with line breaks.
    (source / "images" / "new\nline\x1b[2J").unlink()
    async with rig(
        moto.endpoint_url,
        Credentials(moto.access_key_id, moto.secret_access_key, moto.session_token),
        tmp_path / "state",
    ) as built:
        await built.copy(local(source), S3Location("bucket", "up/"))
        assert (await built.until_done()).failed == 0, [row for row in built.rows(TransferStatus.FAILED)]
        await built.copy(S3Location("bucket", "up/"), local(tmp_path / "back"))
        assert (await built.until_done()).failed == 0, [row for row in built.rows(TransferStatus.FAILED)]
    assert contents(tmp_path / "back") == contents(source)


async def test_what_cannot_be_copied_is_said_and_the_rest_goes(
    rgw_workspace: Workspace, ceph: Rig, tmp_path: Path
) -> None:
    source = tmp_path / "source"
    (source / "real").mkdir(parents=True)
    (source / "real" / "data").write_bytes(b"1")
    (source / "file-link").symlink_to("real/data")
    (source / "folder-link").symlink_to("real")
    (source / "loop").symlink_to(".")
    (source / "broken").symlink_to("nowhere")
    (source / ".s3tui-1-1.part").write_bytes(b"half")
    (source / os.fsdecode(b"caf\xe9")).write_bytes(b"latin")
    os.mkfifo(source / "pipe")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(source / "sock"))
        plan = await ceph.plan(local(source), S3Location(rgw_workspace.bucket, rgw_workspace.prefix))
    said = "\n".join(plan.skipped)
    for word in (
        "folder-link",
        "loop",
        "broken",
        ".part",
        "pipe” is a FIFO",
        "sock” is a socket",
    ):
        assert word in said
    assert plan.skipped_count == len(plan.skipped) == 6
    assert [(each.source, each.destination) for each in plan.renamed] == [("“caf\\xe9”", "“caf%E9”")]
    await ceph.manager.submit(plan.plan_id)
    assert (await ceph.until_done()).succeeded == 3
    assert rgw_workspace.names() == ("caf%E9", "file-link", "real/data")
    assert rgw_workspace.read("caf%E9") == b"latin"
    assert rgw_workspace.read("file-link") == b"1"


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        (ClashPolicy.SKIP, {"older": b"there", "newer": b"there", "fresh": b"mine"}),
        (ClashPolicy.OVERWRITE, {"older": b"mine", "newer": b"mine", "fresh": b"mine"}),
        (ClashPolicy.NEWER, {"older": b"there", "newer": b"mine", "fresh": b"mine"}),
        (
            ClashPolicy.RENAME,
            {
                "older": b"there",
                "newer": b"there",
                "fresh": b"mine",
                "older (1)": b"mine",
                "newer (1)": b"mine",
            },
        ),
    ],
)
@pytest.mark.parametrize("many", [False, True])
async def test_uploads_meet_what_is_there_as_the_user_says(
    rgw_workspace: Workspace,
    ceph: Rig,
    tmp_path: Path,
    policy: ClashPolicy,
    expected: dict[str, bytes],
    many: bool,
) -> None:
    # Few files are looked at one by one, many by a listing: both must find the same.
    source = tmp_path / "source"
    source.mkdir()
    for name in ("older", "newer", "fresh"):
        (source / name).write_bytes(b"mine")
    os.utime(source / "older", (1000, 1000))
    for name in ("older", "newer"):
        rgw_workspace.put(name, b"there")
    os.utime(source / "newer", (2**32, 2**32))
    for number in range(20 if many else 0):
        (source / f"more-{number}").write_bytes(b"")
    plan = await ceph.plan(local(source), S3Location(rgw_workspace.bucket, rgw_workspace.prefix))
    assert plan.clash_count == 2
    await ceph.manager.submit(plan.plan_id, policy)
    assert (await ceph.until_done()).failed == 0
    there = {name: rgw_workspace.read(name) for name in rgw_workspace.names() if "more" not in name}
    assert there == expected


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        (ClashPolicy.SKIP, {"a.txt": b"here", "b.txt": b"there"}),
        (ClashPolicy.OVERWRITE, {"a.txt": b"there", "b.txt": b"there"}),
        (ClashPolicy.RENAME, {"a.txt": b"here", "a (1).txt": b"there", "b.txt": b"there"}),
    ],
)
async def test_downloads_meet_what_is_there_as_the_user_says(
    rgw_workspace: Workspace, ceph: Rig, tmp_path: Path, policy: ClashPolicy, expected: dict[str, bytes]
) -> None:
    for name in ("a.txt", "b.txt"):
        rgw_workspace.put(f"in/{name}", b"there")
    target = tmp_path / "target"
    target.mkdir()
    (target / "a.txt").write_bytes(b"here")
    plan = await ceph.plan(S3Location(rgw_workspace.bucket, rgw_workspace.prefix + "in/"), local(target))
    (clash,) = plan.clashes
    assert (clash.source_size, clash.existing_size) == (5, 4)
    await ceph.manager.submit(plan.plan_id, ClashPolicy.SKIP, {clash.index: policy})
    assert (await ceph.until_done()).failed == 0
    assert contents(target) == expected


async def test_a_file_that_appears_meanwhile_is_not_replaced(
    rgw_workspace: Workspace, ceph: Rig, big_file: MakeFile, tmp_path: Path
) -> None:
    source = tmp_path / "source"
    source.mkdir()
    big_file(source, 7 * MIB, name="large")
    (source / "small").write_bytes(b"mine")
    plan = await ceph.plan(local(source), S3Location(rgw_workspace.bucket, rgw_workspace.prefix))
    for name in ("large", "small"):
        rgw_workspace.put(name, b"somebody else's")
    await ceph.manager.submit(plan.plan_id)
    summary = await ceph.until_done()
    assert (summary.succeeded, summary.failed) == (0, 2)
    assert {row.failure.code for row in ceph.rows() if row.failure} == {"changed"}
    assert {rgw_workspace.read(name) for name in ("large", "small")} == {b"somebody else's"}

    plan = await ceph.plan(S3Location(rgw_workspace.bucket, rgw_workspace.prefix), local(tmp_path / "t"))
    (tmp_path / "t").mkdir()
    (tmp_path / "t" / "small").write_bytes(b"mine")
    await ceph.manager.submit(plan.plan_id)
    summary = await ceph.until_done()
    assert (summary.succeeded, summary.failed) == (1, 3)
    assert contents(tmp_path / "t") == {"small": b"mine", "large": b"somebody else's"}


async def test_a_moved_folder_is_gone_only_when_its_copy_is_verified(
    rgw_workspace: Workspace, ceph: Rig, big_file: MakeFile, tmp_path: Path
) -> None:
    source = tmp_path / "source"
    (source / "sub" / "void").mkdir(parents=True)
    big_file(source / "sub", 7 * MIB, name="large")
    (source / "small").write_bytes(b"x")
    (source / "stays").write_bytes(b"clash")
    rgw_workspace.put("m/stays", b"there")
    place = S3Location(rgw_workspace.bucket, rgw_workspace.prefix + "m/")
    large = (source / "sub" / "large").read_bytes()
    await ceph.copy(local(source), place, move=True)
    assert (await ceph.until_done()).failed == 0
    assert contents(source) == {"stays": b"clash"}
    assert rgw_workspace.read("m/sub/large") == large

    await ceph.copy(place, local(tmp_path / "back"), move=True)
    assert (await ceph.until_done()).failed == 0
    assert contents(tmp_path / "back") == {
        "small": b"x",
        "stays": b"there",
        "sub/large": large,
        "sub/void": None,
    }
    assert rgw_workspace.names() == ()
    assert ceph.notices == []


async def test_the_folders_that_changed_are_told(rgw_workspace: Workspace, ceph: Rig, tmp_path: Path) -> None:
    (tmp_path / "source").mkdir()
    (tmp_path / "source" / "a").write_bytes(b"x")
    home = S3Location(rgw_workspace.bucket, rgw_workspace.prefix)
    await ceph.copy(local(tmp_path / "source"), home.child("new", folder=True))
    await ceph.until_done()
    ceph.manager._changes.tell(at_once=True)
    assert {home, home.child("new", folder=True)} <= set(ceph.folders)


async def test_one_bad_file_does_not_stop_the_others(
    rgw_workspace: Workspace, ceph: Rig, tmp_path: Path
) -> None:
    source = tmp_path / "source"
    source.mkdir()
    for number in range(20):
        (source / f"file-{number:02}").write_bytes(b"data")
    plan = await ceph.plan(local(source), S3Location(rgw_workspace.bucket, rgw_workspace.prefix))
    (source / "file-03").write_bytes(b"other data")
    (source / "file-05").unlink()
    await ceph.manager.submit(plan.plan_id)
    summary = await ceph.until_done()
    assert (summary.succeeded, summary.failed) == (18, 2)
    failures = {row.name: row.failure.code for row in ceph.rows(TransferStatus.FAILED) if row.failure}
    assert failures == {"file-03": "changed", "file-05": "not-found"}
    (source / "file-05").write_bytes(b"data")
    os.utime(source / "file-05", (1, 1))
    assert ceph.manager.control("clear") == 20
    assert ceph.rows() == ()
