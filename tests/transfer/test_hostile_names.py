"""Keys and names that no file system, or no server, can keep: all arrive, none outside, each is told."""

import asyncio
import os
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from s3tui.model.credentials import Credentials
from s3tui.model.location import S3Location
from s3tui.model.transfer import ClashPolicy, CopyItem, NamePolicy, PlanSummary, TransferStatus
from s3tui.model.verification import Finding
from s3tui.transfer.parts import MIB
from s3tui.transfer.planner import root_of
from s3tui.transfer.rename_rule import local_name
from s3tui.transfer.verification import Verification
from tests.conftest import MakeFile
from tests.servers.moto_server import MotoServer
from tests.servers.workspace import Workspace
from tests.storage.connect import credentials_of
from tests.transfer.rig import Rig, contents, local, rig

KEPT = (
    "ok",
    "trailing. ",
    " leading",
    "esc\x1b[2J\x07",
    "line\nbreak",
    "[bold]markup[/]",
    "-rf",
    "~",
    "C:\\x",
    "a%20b",
    "%2e%2e",
    "both/below",
    "A",
    "a",
    "é",
    "e\u0301",
    "\u202eright to left",
    "...",
    "n" * 255,
)
"""Keys that are odd, and yet names of files."""

LONG = "n" * 300
RENAMED = {
    "../out": "%2E%2E/out",
    "d/../../out2": "d/%2E%2E/%2E%2E/out2",
    "/abs": "%/abs",
    "x//y": "x/%/y",
    "x///y": "x/%/%/y",
    "./dot": "%2E/dot",
    "x/.": "x/%2E",
    "x/..": "x/%2E%2E",
    LONG: local_name(LONG).decode(),
    "both": "both%file",
    "marker/": "marker/%",
    "line\nbreak/../c": "line\nbreak/%2E%2E/c",
    ".s3tui-1-1.part": "%2Es3tui-1-1.part",
    "%2E%2E/out": "%252E%252E/out",
    "both%file": "both%25file",
}
"""Keys that are not, and the paths they get; the last two only look as if the rule had made them."""
RENAMED["line\nbreak"] = "line\nbreak%file"
"""One more that is a folder as well."""

EXPECTED = {key: RENAMED.get(key, key) for key in (*KEPT, *RENAMED)}


@pytest.fixture
async def ceph(rgw_workspace: Workspace, tmp_path: Path) -> AsyncIterator[Rig]:
    """A manager connected to Ceph with prefix-scoped credentials."""
    url = rgw_workspace.server.endpoint_url
    async with rig(url, credentials_of(rgw_workspace.credentials), tmp_path / "state") as built:
        yield built


@pytest.fixture
def hostile(rgw_workspace: Workspace) -> S3Location:
    """A prefix that holds every kind of key, each with its own name as its bytes."""
    for key in EXPECTED:
        rgw_workspace.put("h/" + key, key.encode())
    return S3Location(rgw_workspace.bucket, rgw_workspace.prefix + "h/")


def told(plan: PlanSummary) -> dict[str, str]:
    """What the plan says of names that cannot be kept."""
    assert all(text.isprintable() for each in plan.renamed for text in (each.source, each.destination))
    return {each.source: each.destination for each in plan.renamed}


async def test_every_hostile_key_arrives_under_a_name_that_was_told(
    hostile: S3Location, ceph: Rig, tmp_path: Path
) -> None:
    target = tmp_path / "deep" / "target"
    plan = await ceph.plan(hostile, local(target))
    assert (plan.files, plan.skipped) == (len(EXPECTED), ())
    assert len(told(plan)) == plan.renamed_count == len(RENAMED)
    assert told(plan)["“x//y”"] == "“x/%/y”"
    await ceph.manager.submit(plan.plan_id)
    assert (await ceph.until_done()).failed == 0, ceph.rows(TransferStatus.FAILED)
    assert contents(target) == {path: key.encode() for key, path in EXPECTED.items()}
    assert {path.name for path in tmp_path.iterdir()} == {"deep", "state"}
    assert {path.name for path in (tmp_path / "deep").iterdir()} == {"target"}

    # The same copy again finds each of them in its place.
    plan = await ceph.plan(hostile, local(target))
    assert plan.clash_count == len(EXPECTED)

    # And so does a comparison.
    item = CopyItem(hostile, local(target), folder=True)
    found = [
        row async for rows in Verification(item, root_of(item), ceph.store, ceph.work).rows() for row in rows
    ]
    assert {row.finding for row in found if ".part" not in str(row.local)} == {Finding.SAME}
    assert len(found) == len(EXPECTED)


async def test_names_are_left_out_where_the_user_says_so(
    hostile: S3Location, ceph: Rig, tmp_path: Path
) -> None:
    plan = await ceph.plan(hostile, local(tmp_path / "target"))
    ids = await ceph.manager.submit(plan.plan_id, names=NamePolicy.LEAVE_OUT)
    assert (await ceph.until_done()).succeeded == len(ids) == len(EXPECTED) - len(RENAMED)
    kept = {key: key.encode() for key in EXPECTED if key not in RENAMED}
    assert contents(tmp_path / "target") == kept


async def test_a_move_takes_hostile_keys_along_and_leaves_nothing(
    rgw_workspace: Workspace, hostile: S3Location, ceph: Rig, tmp_path: Path
) -> None:
    await ceph.copy(hostile, local(tmp_path / "target"), move=True)
    assert (await ceph.until_done()).failed == 0
    assert contents(tmp_path / "target") == {path: key.encode() for key, path in EXPECTED.items()}
    assert rgw_workspace.names() == ()
    assert ceph.notices == []


async def test_moto_keeps_a_nul_in_a_key_and_a_file_gets_it_written_out(
    moto: MotoServer, tmp_path: Path
) -> None:
    moto.client().create_bucket(Bucket="bucket")
    keys = {"h/a\0b": "a%00b", "h/a%00b": "a%2500b", "h//": "%/%", "h/": "%%file", "h/plain": "plain"}
    for key in keys:
        moto.client().put_object(Bucket="bucket", Key=key, Body=key.encode())
    owner = Credentials(moto.access_key_id, moto.secret_access_key, moto.session_token)
    async with rig(moto.endpoint_url, owner, tmp_path / "state") as built:
        await built.copy(S3Location("bucket", "h/"), local(tmp_path / "target"))
        assert (await built.until_done()).failed == 0, built.rows(TransferStatus.FAILED)
    assert contents(tmp_path / "target") == {path: key.encode() for key, path in keys.items()}


async def test_local_names_that_are_not_utf_8_go_up_one_by_one(
    rgw_workspace: Workspace, ceph: Rig, tmp_path: Path
) -> None:
    source = tmp_path / "source"
    names = {b"caf\xe9": "caf%E9", b"caf%E9": "caf%25E9", b"caf\xc3\xa9": "café", b"d\xff/\xfe": "d%FF/%FE"}
    for name in names:
        path = Path(os.fsdecode(os.fsencode(source) + b"/" + name))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(name)
    (source / os.fsdecode(b"void\xff")).mkdir()
    place = S3Location(rgw_workspace.bucket, rgw_workspace.prefix + "up/")
    plan = await ceph.plan(local(source), place)
    assert (plan.skipped, plan.renamed_count) == ((), 4)
    await ceph.manager.submit(plan.plan_id)
    assert (await ceph.until_done()).failed == 0
    there = {name: rgw_workspace.read(name) for name in rgw_workspace.names()}
    assert there == {f"up/{key}": name for name, key in names.items()} | {"up/void%FF/": b""}

    item = CopyItem(local(source), place, folder=True)
    found = [
        row.finding
        async for rows in Verification(item, root_of(item), ceph.store, ceph.work).rows()
        for row in rows
    ]
    assert found == [Finding.SAME] * len(names)


@pytest.mark.parametrize("large", [False, True])
async def test_links_planted_in_mid_copy_are_not_followed(
    rgw_workspace: Workspace, ceph: Rig, big_file: MakeFile, tmp_path: Path, large: bool
) -> None:
    data = big_file(tmp_path, 12 * MIB if large else 100_000, name="data").read_bytes()
    for number in range(12):
        rgw_workspace.put(f"h/sub-{number}/deep/file", data)
    target, outside = tmp_path / "target", tmp_path / "outside"
    outside.mkdir()
    (outside / "file").write_bytes(b"mine")
    (outside / "deep").mkdir()
    place = S3Location(rgw_workspace.bucket, rgw_workspace.prefix + "h/")
    await ceph.copy(place, local(target), ClashPolicy.OVERWRITE)
    planted = 0
    end = time.monotonic() + 60
    while ceph.manager.snapshot()[0].active and time.monotonic() < end:
        # Folders are pulled away from under the transfers, and links stand in their place.
        for folder in (*target.glob("sub-*[02468]"), *target.glob("sub-*[147]/deep")):
            if not folder.is_symlink() and not folder.parent.is_symlink():
                folder.rename(tmp_path / f"pulled-{planted}")
                folder.symlink_to(outside)
                planted += 1
        await asyncio.sleep(0.001)
    await ceph.manager._endings.finish(timeout=5.0)
    assert contents(outside) == {"file": b"mine", "deep": None}
    assert all(path.read_bytes() == data for path in target.glob("sub-*/deep/file") if path.resolve() == path)
    failed = [row.failure.sentence for row in ceph.rows(TransferStatus.FAILED) if row.failure]
    assert all(sentence.isprintable() for sentence in failed)


async def test_a_link_planted_after_the_plan_is_not_followed(
    rgw_workspace: Workspace, ceph: Rig, tmp_path: Path
) -> None:
    rgw_workspace.put("h/sub/file", b"data")
    rgw_workspace.put("h/over", b"data")
    target, outside = tmp_path / "target", tmp_path / "outside"
    target.mkdir()
    outside.mkdir()
    (outside / "over").write_bytes(b"mine")
    plan = await ceph.plan(S3Location(rgw_workspace.bucket, rgw_workspace.prefix + "h/"), local(target))
    (target / "sub").symlink_to(outside)
    (target / "over").symlink_to(outside / "over")
    await ceph.manager.submit(plan.plan_id)
    assert (await ceph.until_done()).failed == 2
    assert contents(outside) == {"over": b"mine"}
