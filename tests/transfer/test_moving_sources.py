"""Files that others change while they are sent: it is reported, and no object is a mixture of two states."""

import asyncio
import contextlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

import pytest

from s3tui.model.location import S3Location
from s3tui.model.transfer import TransferStatus
from s3tui.transfer.parts import MIB
from tests.conftest import MakeFile
from tests.servers.proxy import RecordingProxy
from tests.servers.rules import Action, Hold, Request, Rule
from tests.servers.workspace import Workspace
from tests.transfer.holding import holding, later_parts, three_parts_stored
from tests.transfer.rig import Rig, local

NEW = b"new contents " * 100_000


def replace(file: Path) -> None:
    """Put another file in its place, as editors do."""
    other = file.with_name("other")
    other.write_bytes(NEW[: file.stat().st_size])
    other.rename(file)


def rewrite(file: Path) -> None:
    """Write over all of it."""
    size = file.stat().st_size
    with file.open("r+b") as sink:
        sink.write((NEW * (size // len(NEW) + 1))[:size])


def rewrite_in_secret(file: Path) -> None:
    """Write over all of it and set its time back, as some programs do for good reasons."""
    before = file.stat()
    rewrite(file)
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))


def append(file: Path) -> None:
    """Let it grow by a line."""
    with file.open("ab") as sink:
        sink.write(b"one more line\n")


def truncate(file: Path) -> None:
    """Cut it in half."""
    os.truncate(file, file.stat().st_size // 2)


def remove(file: Path) -> None:
    """Take it away."""
    file.unlink()


CHANGES = [replace, rewrite, append, truncate, remove]


class HoldReply(Action):
    """Holds answers back although the server has given them."""

    def __init__(self, hold: Hold) -> None:
        self._hold = hold

    async def before_reply(self, request: Request) -> None:
        await self._hold.before_request(request)


class HoldHalfWay(Action):
    """Holds a body back once some of it was relayed."""

    def __init__(self, hold: Hold) -> None:
        self._hold = hold

    async def request_block(self, request: Request, offset: int, block: bytes) -> bytes:
        if offset > 0:
            await self._hold.before_request(request)
        return block


@contextlib.contextmanager
def held(proxy: RecordingProxy, action: Callable[[Hold], Action]) -> Iterator[Hold]:
    """Hold the first PutObject somewhere."""
    hold = Hold()
    proxy.add(Rule(lambda request: request.operation == "PutObject", action(hold), times=1))
    try:
        yield hold
    finally:
        hold.release()


@pytest.mark.parametrize("change", CHANGES)
async def test_a_change_while_a_file_goes_up_in_one_request_is_reported(
    rgw_workspace: Workspace,
    through: Rig,
    proxy: RecordingProxy,
    big_file: MakeFile,
    tmp_path: Path,
    change: Callable[[Path], None],
) -> None:
    places: tuple[Callable[[Hold], Action], ...] = (lambda hold: hold, HoldHalfWay, HoldReply, HoldReply)
    # Small ones are kept in memory once they are read, others are read twice.
    for number, (size, where) in enumerate(zip((300_000, 4 * MIB, 300_000, 4 * MIB), places, strict=True)):
        file = big_file(tmp_path, size, name=f"file-{number}.nc")
        old = file.read_bytes()
        place = S3Location(rgw_workspace.bucket, rgw_workspace.prefix + file.name)
        with held(proxy, where) as hold:
            (transfer_id,) = await through.copy(local(file), place)
            await proxy.until(lambda hold=hold: bool(hold.held))  # type: ignore[misc]
            change(file)
        await through.until_done()
        row = through.row(transfer_id)
        assert row.status is TransferStatus.FAILED
        assert row.failure is not None
        assert row.failure.code == "changed", row.failure
        assert file.name in row.failure.sentence
        # What has arrived, if anything, is what the file held before, all of it.
        if file.name in rgw_workspace.names():
            assert rgw_workspace.read(file.name) == old


async def test_contents_that_change_in_secret_are_sent_as_the_hash_says(
    rgw_workspace: Workspace, through: Rig, proxy: RecordingProxy, big_file: MakeFile, tmp_path: Path
) -> None:
    file = big_file(tmp_path, 4 * MIB, name="file.nc")
    old = file.read_bytes()
    place = S3Location(rgw_workspace.bucket, rgw_workspace.prefix + "file.nc")
    with held(proxy, HoldHalfWay) as hold:
        await through.copy(local(file), place)
        await proxy.until(lambda: bool(hold.held))
        rewrite_in_secret(file)
    await through.until_done()
    assert rgw_workspace.read("file.nc") in (old, file.read_bytes())


@pytest.mark.parametrize("change", [*CHANGES, rewrite_in_secret])
async def test_a_change_between_the_parts_makes_no_object(
    rgw_workspace: Workspace,
    through: Rig,
    proxy: RecordingProxy,
    big_file: MakeFile,
    tmp_path: Path,
    change: Callable[[Path], None],
) -> None:
    file = big_file(tmp_path, 23 * MIB, name="big.nc")
    place = S3Location(rgw_workspace.bucket, rgw_workspace.prefix + "big.nc")
    with holding(proxy, Rule(later_parts, Hold())):
        (transfer_id,) = await through.copy(local(file), place)
        await three_parts_stored(proxy, place.key)
        change(file)
    await through.until_done()
    failure = through.row(transfer_id).failure
    assert failure is not None
    assert failure.code == "changed"
    assert rgw_workspace.names() == ()
    await proxy.until(lambda: any(ask.succeeded() for ask in proxy.of("AbortMultipartUpload")))
    assert rgw_workspace.open_uploads() == ()


async def test_new_permissions_and_names_are_no_new_contents(
    rgw_workspace: Workspace, through: Rig, proxy: RecordingProxy, big_file: MakeFile, tmp_path: Path
) -> None:
    file = big_file(tmp_path, 23 * MIB, name="big.nc")
    place = S3Location(rgw_workspace.bucket, rgw_workspace.prefix + "big.nc")
    with holding(proxy, Rule(later_parts, Hold())):
        await through.copy(local(file), place)
        await three_parts_stored(proxy, place.key)
        file.chmod(0o600)
        (tmp_path / "another name").hardlink_to(file)
    assert (await through.until_done()).succeeded == 1
    assert set(proxy.parts_stored(place.key).values()) == {1}
    assert rgw_workspace.read("big.nc") == file.read_bytes()


class Slow(Action):
    """Takes a moment for every piece of a body."""

    def block_bytes(self, done: int) -> int:
        return 256 * 1024

    async def request_block(self, request: Request, offset: int, block: bytes) -> bytes:
        await asyncio.sleep(0.004)
        return block


async def test_whenever_a_file_changes_no_object_is_a_mixture(
    rgw_workspace: Workspace, through: Rig, proxy: RecordingProxy, big_file: MakeFile, tmp_path: Path
) -> None:
    chance = Random(1)
    proxy.add(Rule(lambda request: request.verb == "PUT", Slow()))
    for number in range(8):
        change = CHANGES[number % len(CHANGES)]
        file = big_file(tmp_path, chance.choice((200_000, 3 * MIB, 17 * MIB)), name=f"file-{number}")
        old = file.read_bytes()
        place = S3Location(rgw_workspace.bucket, rgw_workspace.prefix + file.name)
        (transfer_id,) = await through.copy(local(file), place)
        await asyncio.sleep(chance.random() * 0.4)
        over = through.row(transfer_id).status.finished
        change(file)
        await through.until_done()
        row = through.row(transfer_id)
        if row.status is TransferStatus.SUCCEEDED:
            assert over or change is remove, (change, row)
        else:
            assert row.failure is not None
            assert row.failure.code == "changed", row.failure
        if file.name in rgw_workspace.names():
            assert rgw_workspace.read(file.name) == old
