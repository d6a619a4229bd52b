"""Folders that others move, remove or make into links while files arrive in them: nothing lands elsewhere."""

import asyncio
import os
import stat
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from s3tui.model.location import S3Location
from s3tui.model.transfer import ClashPolicy, TransferStatus
from s3tui.transfer.parts import MIB
from tests.conftest import MakeFile
from tests.servers.proxy import RecordingProxy
from tests.servers.rules import Action, Hold, Request, Rule
from tests.servers.workspace import Workspace
from tests.transfer.rig import Rig, contents, local


class HalfWay(Action):
    """Holds back what follows the first block of an answer."""

    def __init__(self) -> None:
        self.hold = Hold()

    async def reply_block(self, request: Request, offset: int, block: bytes) -> bytes:
        if offset > 0:
            await self.hold.before_request(request)
        return block


@pytest.fixture
async def half_way(proxy: RecordingProxy) -> AsyncIterator[HalfWay]:
    """Every body stops half way until it is released."""
    action = HalfWay()
    proxy.add(Rule(lambda request: request.operation == "GetObject", action))
    yield action
    action.hold.release()


async def until_there(count: int, *folders: Path) -> None:
    """Wait for so many temporary files."""
    for _ in range(1000):
        if sum(len(list(folder.glob(".s3tui-*.part"))) for folder in folders) >= count:
            return
        await asyncio.sleep(0.02)
    raise TimeoutError(f"not {count} temporary files")


def becomes_a_link(folder: Path, outside: Path) -> None:
    """The folder is elsewhere, and a link in its place leads outside."""
    folder.rename(folder.with_name("elsewhere"))
    folder.symlink_to(outside)


def above_becomes_a_link(folder: Path, outside: Path) -> None:
    """The same with the folder above."""
    (outside / folder.name).mkdir()
    becomes_a_link(folder.parent, outside)


def is_renamed(folder: Path, outside: Path) -> None:
    """The folder is elsewhere."""
    folder.rename(folder.with_name("elsewhere"))


def is_removed(folder: Path, outside: Path) -> None:
    """The folder is gone with all in it."""
    for path in folder.iterdir():
        path.unlink()
    folder.rmdir()


@pytest.mark.parametrize("change", [becomes_a_link, above_becomes_a_link, is_renamed, is_removed])
async def test_a_folder_that_moves_in_mid_download_costs_its_files_only(
    rgw_workspace: Workspace,
    through: Rig,
    half_way: HalfWay,
    big_file: MakeFile,
    tmp_path: Path,
    change: Callable[[Path, Path], None],
) -> None:
    large = big_file(tmp_path, 12 * MIB, name="source large").read_bytes()
    small = big_file(tmp_path, 1 * MIB, name="source small").read_bytes()
    for name, data in (("a/b/large", large), ("a/b/small", small), ("safe/small", small)):
        rgw_workspace.put(f"in/{name}", data)
    target, outside = tmp_path / "target", tmp_path / "outside"
    outside.mkdir()
    await through.copy(S3Location(rgw_workspace.bucket, rgw_workspace.prefix + "in/"), local(target))
    temporaries = [target / "a/b", target / "safe"]
    await until_there(3, *temporaries)
    # Whoever plants a link can put files of the same names behind it as well.
    names = [path.name for path in (target / "a/b").iterdir()]
    change(target / "a/b", outside)
    behind = outside / "b" if change is above_becomes_a_link else outside
    for name in names:
        (behind / name).write_bytes(b"mine")
    half_way.hold.release()
    summary = await through.until_done()
    await through.manager._endings.finish(timeout=5.0)
    assert (summary.succeeded, summary.failed) == (1, 2)
    told = [row.failure for row in through.rows(TransferStatus.FAILED)]
    assert all(failure is not None and str(target) in failure.sentence for failure in told), told
    assert (target / "safe/small").read_bytes() == small
    assert all(data == b"mine" for data in contents(outside).values())
    assert set(contents(target)) <= {"safe/small", *(f"a/elsewhere/{name}" for name in names)} | {
        f"elsewhere/b/{name}" for name in names
    } | {"a", "a/b"}


async def test_what_stands_in_the_place_of_a_file_is_kept(
    rgw_workspace: Workspace, through: Rig, half_way: HalfWay, big_file: MakeFile, tmp_path: Path
) -> None:
    data = big_file(tmp_path, 1 * MIB, name="source").read_bytes()
    for name in ("becomes a folder", "becomes a link", "comes to be", "linked", "guarded", "plain"):
        rgw_workspace.put(f"in/{name}", data)
    target, outside = tmp_path / "target", tmp_path / "outside"
    target.mkdir()
    outside.write_bytes(b"mine")
    (target / "linked").write_bytes(b"old")
    (tmp_path / "twin").hardlink_to(target / "linked")
    (target / "guarded").write_bytes(b"old")
    (target / "guarded").chmod(0o440)
    target.chmod(0o1777)
    reader = os.open(target / "guarded", os.O_RDONLY)
    place = S3Location(rgw_workspace.bucket, rgw_workspace.prefix + "in/")
    await through.copy(place, local(target), ClashPolicy.OVERWRITE)
    await until_there(6, target)
    (target / "becomes a folder").mkdir()
    (target / "becomes a folder" / "mine").write_bytes(b"mine")
    (target / "becomes a link").symlink_to(outside)
    (target / "comes to be").write_bytes(b"mine")
    half_way.hold.release()
    await through.until_done()
    await through.manager._endings.finish(timeout=5.0)
    told = {row.name: row.failure.sentence for row in through.rows(TransferStatus.FAILED) if row.failure}
    assert set(told) == {"becomes a folder", "becomes a link", "comes to be"}, told
    assert "is a folder" in told["becomes a folder"] or "exists already" in told["becomes a folder"]
    found = contents(target)
    assert found["becomes a folder/mine"] == b"mine"
    assert found["comes to be"] == b"mine"
    assert (target / "becomes a link").is_symlink()
    assert outside.read_bytes() == b"mine"
    # A file that has two names is no longer that file under this one.
    assert (found["linked"], (tmp_path / "twin").read_bytes()) == (data, b"old")
    # Who has the old one open goes on reading it, and its permissions are those of the new one.
    assert os.read(reader, 10) == b"old"
    os.close(reader)
    assert found["guarded"] == data
    assert stat.S_IMODE((target / "guarded").stat().st_mode) == 0o440
    assert found["plain"] == data
    assert not list(target.glob(".s3tui-*"))
