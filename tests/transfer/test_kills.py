"""Processes that are killed or stopped in mid-transfer: finished parts stay, and nothing is sent twice."""

import asyncio
import hashlib
import subprocess
import sys
import time
from pathlib import Path

import msgspec

from s3tui.model.credentials import Credentials
from s3tui.model.location import Location, S3Location
from s3tui.storage.limits import Limits
from s3tui.transfer.parts import MIB
from tests.conftest import MakeFile
from tests.servers.proxy import RecordingProxy
from tests.servers.rules import Hold, Rule
from tests.servers.workspace import Workspace
from tests.storage.connect import SHORT, credentials_of
from tests.transfer.engine_child import Job
from tests.transfer.holding import holding, later_parts, later_ranges, three_parts_stored
from tests.transfer.rig import contents, local, rig


def child_copies(
    proxy: RecordingProxy,
    credentials: Credentials,
    state: Path,
    source: Location,
    destination: Location,
    limits: Limits = SHORT,
) -> "subprocess.Popen[bytes]":
    """Start a process that copies."""
    job = Job(proxy.endpoint_url, credentials, str(state), source, destination, limits)
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.transfer.engine_child"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=Path(__file__).parents[2],
    )
    assert process.stdin is not None
    process.stdin.write(msgspec.json.encode(job) + b"\n")
    process.stdin.flush()
    return process


def kill(process: "subprocess.Popen[bytes]") -> None:
    """SIGKILL, and nothing left of it."""
    process.kill()
    process.communicate()


async def journaled_parts(state: Path, count: int) -> None:
    """Wait until another process has written down this many parts."""
    end = time.monotonic() + 20
    # The journal is locked by the other process, so only its size on disk can be looked at.
    before = -1
    while time.monotonic() < end:
        size = sum(path.stat().st_size for path in state.glob("queue.db*"))
        if size == before and size > 0:
            return
        before = size
        await asyncio.sleep(0.3)


async def test_a_killed_upload_goes_on_and_sends_no_finished_part_twice(
    rgw_workspace: Workspace, proxy: RecordingProxy, big_file: MakeFile, tmp_path: Path
) -> None:
    source = big_file(tmp_path, 38 * MIB + 5, name="big.nc")
    place = S3Location(rgw_workspace.bucket, rgw_workspace.prefix + "big.nc")
    credentials = credentials_of(rgw_workspace.credentials)
    with holding(proxy, Rule(later_parts, Hold())):
        child = child_copies(proxy, credentials, tmp_path / "state", local(source), place)
        await three_parts_stored(proxy, place.key)
        await journaled_parts(tmp_path / "state", 3)
        kill(child)
    assert len(rgw_workspace.open_uploads()) == 1

    async with rig(proxy.endpoint_url, credentials, tmp_path / "state") as built:
        assert built.unfinished is not None
        assert (built.unfinished.files, built.unfinished.bytes_safe) == (1, 15 * MIB)
        assert (built.unfinished.endpoint_url, built.unfinished.bucket) == (
            proxy.endpoint_url,
            rgw_workspace.bucket,
        )
        assert built.rows() == ()
        assert await built.manager.take_up(True) == 1
        assert (await built.until_done()).succeeded == 1
        assert built.notices == []
    assert set(proxy.parts_stored(place.key).values()) == {1}
    assert len(proxy.of("CreateMultipartUpload")) == 1
    assert rgw_workspace.open_uploads() == ()
    assert rgw_workspace.read("big.nc") == source.read_bytes()


async def test_copying_the_same_again_after_a_kill_adopts_what_was_sent(
    rgw_workspace: Workspace, proxy: RecordingProxy, big_file: MakeFile, tmp_path: Path
) -> None:
    source = big_file(tmp_path, 23 * MIB, name="big.nc")
    place = S3Location(rgw_workspace.bucket, rgw_workspace.prefix + "big.nc")
    credentials = credentials_of(rgw_workspace.credentials)
    with holding(proxy, Rule(later_parts, Hold())):
        child = child_copies(proxy, credentials, tmp_path / "state", local(source), place)
        await three_parts_stored(proxy, place.key)
        await journaled_parts(tmp_path / "state", 3)
        kill(child)
    async with rig(proxy.endpoint_url, credentials, tmp_path / "state") as built:
        (transfer_id,) = await built.copy(local(source), place)
        # A second copy of the same while it runs is the same transfer.
        assert await built.copy(local(source), place) == (transfer_id,)
        assert (await built.until_done()).succeeded == 1
        assert await built.manager.take_up(True) == 0
    assert set(proxy.parts_stored(place.key).values()) == {1}
    assert rgw_workspace.read("big.nc") == source.read_bytes()


async def test_a_killed_upload_that_is_not_wanted_leaves_nothing(
    rgw_workspace: Workspace, proxy: RecordingProxy, big_file: MakeFile, tmp_path: Path
) -> None:
    source = big_file(tmp_path, 23 * MIB, name="big.nc")
    place = S3Location(rgw_workspace.bucket, rgw_workspace.prefix + "big.nc")
    credentials = credentials_of(rgw_workspace.credentials)
    with holding(proxy, Rule(later_parts, Hold())):
        child = child_copies(proxy, credentials, tmp_path / "state", local(source), place)
        await three_parts_stored(proxy, place.key)
        kill(child)
    async with rig(proxy.endpoint_url, credentials, tmp_path / "state", attached=False) as built:
        # The answer is given before there is a connection: the abort waits for one.
        assert await built.manager.take_up(False) == 1
        assert len(rgw_workspace.open_uploads()) == 1
    async with rig(proxy.endpoint_url, credentials, tmp_path / "state") as built:
        assert built.unfinished is None
        await proxy.until(lambda: any(ask.succeeded() for ask in proxy.of("AbortMultipartUpload")))
    assert rgw_workspace.open_uploads() == ()
    assert rgw_workspace.names() == ()


async def test_a_killed_download_goes_on_and_fetches_no_finished_range_twice(
    rgw_workspace: Workspace, proxy: RecordingProxy, big_file: MakeFile, tmp_path: Path
) -> None:
    data = big_file(tmp_path, 38 * MIB + 5, name="original").read_bytes()
    place = S3Location(rgw_workspace.bucket, rgw_workspace.put("big.nc", data))
    target = tmp_path / "target" / "big.nc"
    target.parent.mkdir()
    target.write_bytes(b"old")
    target.unlink()
    credentials = credentials_of(rgw_workspace.credentials)
    with holding(proxy, Rule(later_ranges, Hold())):
        child = child_copies(proxy, credentials, tmp_path / "state", place, local(target))
        await proxy.until(lambda: sum(ask.succeeded() for ask in proxy.of("GetObject")) == 3)
        await journaled_parts(tmp_path / "state", 3)
        kill(child)
    assert [path.name[:7] for path in target.parent.iterdir()] == [".s3tui-"]

    before = len(proxy.requests)
    async with rig(proxy.endpoint_url, credentials, tmp_path / "state") as built:
        assert built.unfinished is not None
        assert built.unfinished.bytes_safe == 15 * MIB
        await built.manager.take_up(True)
        assert (await built.until_done()).succeeded == 1
        assert built.notices == []
    fetched = sum(ask.received_bytes for ask in proxy.requests[before:] if ask.operation == "GetObject")
    assert fetched == len(data) - 15 * MIB
    assert contents(target.parent) == {"big.nc": data}


async def test_an_object_that_changed_since_the_kill_is_fetched_from_the_beginning(
    rgw_workspace: Workspace, proxy: RecordingProxy, big_file: MakeFile, tmp_path: Path
) -> None:
    first = big_file(tmp_path, 23 * MIB, seed=1).read_bytes()
    second = big_file(tmp_path, 23 * MIB, seed=2).read_bytes()
    place = S3Location(rgw_workspace.bucket, rgw_workspace.put("big.nc", first))
    target = tmp_path / "target.nc"
    credentials = credentials_of(rgw_workspace.credentials)
    with holding(proxy, Rule(later_ranges, Hold())):
        child = child_copies(proxy, credentials, tmp_path / "state", place, local(target))
        await proxy.until(lambda: sum(ask.succeeded() for ask in proxy.of("GetObject")) == 3)
        await journaled_parts(tmp_path / "state", 3)
        kill(child)
    rgw_workspace.put("big.nc", second)
    async with rig(proxy.endpoint_url, credentials, tmp_path / "state") as built:
        await built.manager.take_up(True)
        assert (await built.until_done()).succeeded == 1
        assert "has changed on the server" in built.notices[0]
    assert target.read_bytes() == second


async def test_stop_is_quick_and_everything_goes_on_at_the_next_start(
    rgw_workspace: Workspace, proxy: RecordingProxy, big_file: MakeFile, tmp_path: Path
) -> None:
    source = tmp_path / "source"
    source.mkdir()
    large = big_file(source, 23 * MIB, name="large")
    for number in range(30):
        (source / f"small-{number}").write_bytes(b"s" * number)
    place = S3Location(rgw_workspace.bucket, rgw_workspace.prefix)
    credentials = credentials_of(rgw_workspace.credentials)
    hold = Hold()
    rule = proxy.add(Rule(lambda request: request.verb == "PUT", hold))
    async with rig(proxy.endpoint_url, credentials, tmp_path / "state") as built:
        await built.copy(local(source), place)
        await proxy.until(lambda: len(hold.held) >= 8)
        started = time.monotonic()
    assert time.monotonic() - started < 4
    rule.times = 0
    hold.release()
    async with rig(proxy.endpoint_url, credentials, tmp_path / "state") as built:
        assert built.unfinished is not None
        assert built.unfinished.files == 31
        await built.manager.take_up(True)
        summary = await built.until_done()
        assert (summary.succeeded, summary.failed) == (31, 0)
    assert len(proxy.of("CreateMultipartUpload")) == 1
    assert hashlib.md5(rgw_workspace.read("large")).digest() == hashlib.md5(large.read_bytes()).digest()
