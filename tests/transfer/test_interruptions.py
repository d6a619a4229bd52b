"""Kills, expiry, pauses and changed minds: what was sent stays sent, and nothing wrong is left behind."""

import asyncio
import contextlib
import hashlib
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import msgspec
import pytest

from s3tui.model.credentials import Credentials
from s3tui.model.credentials import Workspace as Place
from s3tui.model.location import Location, S3Location
from s3tui.model.transfer import ClashPolicy, TransferStatus
from s3tui.transfer.parts import MIB
from tests.conftest import MakeFile
from tests.servers.proxy import RecordingProxy
from tests.servers.rules import Answer, Hold, Reply, Request, Rule, asking
from tests.servers.workspace import Workspace
from tests.storage.connect import credentials_of
from tests.transfer.engine_child import Job
from tests.transfer.rig import Rig, contents, local, rig


@pytest.fixture
def proxy(rgw_workspace: Workspace) -> Iterator[RecordingProxy]:
    """A recording proxy in front of Ceph."""
    server = RecordingProxy(rgw_workspace.server.endpoint_url)
    yield server
    server.stop()


@pytest.fixture
async def through(rgw_workspace: Workspace, proxy: RecordingProxy, tmp_path: Path) -> AsyncIterator[Rig]:
    """A manager connected to Ceph through the proxy."""
    credentials = credentials_of(rgw_workspace.credentials)
    async with rig(proxy.endpoint_url, credentials, tmp_path / "state") as built:
        yield built


def later_parts(request: Request) -> bool:
    """Whether a request sends a part after the third."""
    return request.operation == "UploadPart" and (request.part_number or 0) > 3


def later_ranges(request: Request) -> bool:
    """Whether a request fetches a range after the third."""
    text = request.headers.get("range", "bytes=0-").removeprefix("bytes=").partition("-")[0]
    return request.operation == "GetObject" and int(text) >= 3 * 5 * MIB


@contextlib.contextmanager
def holding(proxy: RecordingProxy, rule: Rule) -> Iterator[None]:
    """Hold requests while the block runs."""
    proxy.add(rule)
    try:
        yield
    finally:
        proxy.clear_rules()
        assert isinstance(rule.action, Hold)
        rule.action.release()


def child_copies(
    proxy: RecordingProxy, credentials: Credentials, state: Path, source: Location, destination: Location
) -> "subprocess.Popen[bytes]":
    """Start a process that copies."""
    job = Job(proxy.endpoint_url, credentials, str(state), source, destination)
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


async def three_parts_stored(proxy: RecordingProxy, key: str) -> None:
    """Wait until the first three parts are on the server and others are on their way."""
    await proxy.until(lambda: len(proxy.parts_stored(key)) == 3 and len(proxy.of("UploadPart")) > 3)


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


async def test_an_upload_aborted_behind_our_back_is_sent_anew_and_said(
    rgw_workspace: Workspace, through: Rig, proxy: RecordingProxy, big_file: MakeFile, tmp_path: Path
) -> None:
    source = big_file(tmp_path, 23 * MIB, name="big.nc")
    place = S3Location(rgw_workspace.bucket, rgw_workspace.prefix + "big.nc")
    with holding(proxy, Rule(later_parts, Hold())):
        (transfer_id,) = await through.copy(local(source), place)
        await three_parts_stored(proxy, place.key)
        await through.until(lambda summary: summary.bytes_safe == 15 * MIB)
        through.manager.control("pause", (transfer_id,))
        await through.until(lambda _: not through.manager._runner.busy)
    ((key, upload_id),) = rgw_workspace.open_uploads()
    rgw_workspace.owner.abort_multipart_upload(Bucket=place.bucket, Key=key, UploadId=upload_id)
    through.manager.control("resume")
    assert (await through.until_done()).succeeded == 1
    assert "sent from the beginning" in through.notices[0]
    assert rgw_workspace.read("big.nc") == source.read_bytes()
    assert rgw_workspace.open_uploads() == ()


async def test_an_upload_aborted_while_it_runs_is_sent_anew(
    rgw_workspace: Workspace, through: Rig, proxy: RecordingProxy, big_file: MakeFile, tmp_path: Path
) -> None:
    source = big_file(tmp_path, 23 * MIB, name="big.nc")
    place = S3Location(rgw_workspace.bucket, rgw_workspace.prefix + "big.nc")
    with holding(proxy, Rule(later_parts, Hold())):
        await through.copy(local(source), place)
        await three_parts_stored(proxy, place.key)
        ((key, upload_id),) = rgw_workspace.open_uploads()
        rgw_workspace.owner.abort_multipart_upload(Bucket=place.bucket, Key=key, UploadId=upload_id)
    assert (await through.until_done()).succeeded == 1
    assert rgw_workspace.read("big.nc") == source.read_bytes()
    assert rgw_workspace.open_uploads() == ()


async def test_connecting_again_to_the_same_place_disturbs_nothing(
    rgw_workspace: Workspace, through: Rig, proxy: RecordingProxy, big_file: MakeFile, tmp_path: Path
) -> None:
    source = big_file(tmp_path, 23 * MIB, name="big.nc")
    place = S3Location(rgw_workspace.bucket, rgw_workspace.prefix + "big.nc")
    with holding(proxy, Rule(later_parts, Hold())):
        await through.copy(local(source), place)
        await three_parts_stored(proxy, place.key)
        asked = len(proxy.of("UploadPart"))
        through.manager.attach(through.store, through.work, proxy.endpoint_url)
    assert (await through.until_done()).succeeded == 1
    assert asked == len(proxy.of("UploadPart")) == 5


async def test_a_pause_keeps_finished_parts_and_takes_back_the_others(
    rgw_workspace: Workspace, through: Rig, proxy: RecordingProxy, big_file: MakeFile, tmp_path: Path
) -> None:
    source = big_file(tmp_path, 23 * MIB, name="big.nc")
    place = S3Location(rgw_workspace.bucket, rgw_workspace.prefix + "big.nc")
    with holding(proxy, Rule(later_parts, Hold())):
        await through.copy(local(source), place)
        await three_parts_stored(proxy, place.key)
        await through.until(lambda summary: summary.bytes_safe == 15 * MIB)
        assert through.manager.control("pause") == 1
        await through.until(lambda _: not through.manager._runner.busy)
    summary = through.manager.snapshot()[0]
    assert (summary.paused, summary.bytes_done, summary.bytes_safe) == (1, 15 * MIB, 15 * MIB)
    assert through.manager.control("resume") == 1
    assert (await through.until_done()).succeeded == 1
    assert set(proxy.parts_stored(place.key).values()) == {1}
    assert rgw_workspace.read("big.nc") == source.read_bytes()


@pytest.mark.parametrize("verb", ["cancel", "cancel while the upload is created"])
async def test_a_cancelled_upload_leaves_nothing_on_the_server(
    rgw_workspace: Workspace,
    through: Rig,
    proxy: RecordingProxy,
    big_file: MakeFile,
    tmp_path: Path,
    verb: str,
) -> None:
    source = big_file(tmp_path, 23 * MIB, name="big.nc")
    place = S3Location(rgw_workspace.bucket, rgw_workspace.prefix + "big.nc")
    if verb == "cancel":
        with holding(proxy, Rule(later_parts, Hold())):
            await through.copy(local(source), place)
            await three_parts_stored(proxy, place.key)
            started = time.monotonic()
            assert through.manager.control("cancel") == 1
            await through.until(lambda _: not through.manager._runner.busy)
            assert time.monotonic() - started < 2
    else:
        hold = Hold()
        rule = proxy.add(Rule(asking("CreateMultipartUpload"), hold))
        await through.copy(local(source), place)
        await proxy.until(lambda: bool(hold.held))
        through.manager.control("cancel")
        # The request gets through after all: what it made must go.
        hold.release()
        rule.times = 0
    assert through.manager.snapshot()[0].cancelled == 1
    await proxy.until(lambda: any(ask.succeeded() for ask in proxy.of("AbortMultipartUpload")))
    assert rgw_workspace.open_uploads() == ()
    assert rgw_workspace.names() == ()
    summary = through.manager.snapshot()[0]
    assert (summary.bytes_total, summary.bytes_done, summary.bytes_safe) == (0, 0, 0)

    assert through.manager.control("retry") == 1
    assert (await through.until_done()).succeeded == 1
    assert rgw_workspace.read("big.nc") == source.read_bytes()


async def test_a_cancelled_download_leaves_the_old_file_and_no_temporary_one(
    rgw_workspace: Workspace, through: Rig, proxy: RecordingProxy, big_file: MakeFile, tmp_path: Path
) -> None:
    data = big_file(tmp_path, 23 * MIB).read_bytes()
    place = S3Location(rgw_workspace.bucket, rgw_workspace.put("big.nc", data))
    target = tmp_path / "target" / "big.nc"
    target.parent.mkdir()
    target.write_bytes(b"old")
    with holding(proxy, Rule(later_ranges, Hold())):
        await through.copy(place, local(target), ClashPolicy.OVERWRITE)
        await through.until(lambda summary: summary.bytes_safe == 15 * MIB)
        through.manager.control("cancel")
        await through.until(lambda _: not through.manager._runner.busy)
    await through.manager._endings.finish(5)
    assert contents(target.parent) == {"big.nc": b"old"}


async def test_expired_credentials_hold_the_upload_and_new_ones_complete_the_same_one(
    rgw_workspace: Workspace, proxy: RecordingProxy, big_file: MakeFile, tmp_path: Path
) -> None:
    source = big_file(tmp_path, 33 * MIB, name="big.nc")
    place = S3Location(rgw_workspace.bucket, rgw_workspace.prefix + "big.nc")
    short = rgw_workspace.issue(4)
    # The program is not told when they end, so that the server's refusal is what it meets.
    credentials = credentials_of(short, with_expiry=False)
    home = Place(rgw_workspace.bucket, rgw_workspace.prefix)
    async with rig(proxy.endpoint_url, credentials, tmp_path / "state", home=home) as built:
        hold = Hold()
        rule = proxy.add(Rule(later_parts, hold))
        await built.copy(local(source), place)
        await built.until(lambda summary: summary.bytes_safe == 15 * MIB)
        await asyncio.sleep(max(0.0, short.seconds_left()) + 0.5)
        rule.times = 0
        hold.release()
        summary = await built.until(lambda summary: summary.held == 1)
        assert (summary.failed, summary.running, summary.bytes_safe) == (0, 0, 15 * MIB)
        assert built.live.refused
        ((_, upload_id),) = rgw_workspace.open_uploads()

        built.live.put(credentials_of(rgw_workspace.issue(3600)))
        assert (await built.until_done()).succeeded == 1, built.rows()[0].failure
    assert {ask.upload_id for ask in proxy.of("CompleteMultipartUpload")} == {upload_id}
    assert set(proxy.parts_stored(place.key).values()) == {1}
    assert rgw_workspace.read("big.nc") == source.read_bytes()


async def test_transfers_wait_while_other_endpoints_are_connected(
    rgw_workspace: Workspace, through: Rig, proxy: RecordingProxy, big_file: MakeFile, tmp_path: Path
) -> None:
    source = big_file(tmp_path, 23 * MIB, name="big.nc")
    place = S3Location(rgw_workspace.bucket, rgw_workspace.prefix + "big.nc")
    with holding(proxy, Rule(later_parts, Hold())):
        await through.copy(local(source), place)
        await three_parts_stored(proxy, place.key)
        await through.until(lambda summary: summary.bytes_safe == 15 * MIB)
        through.manager.connected("http://other.example")
        await through.until(lambda _: not through.manager._runner.busy)
    sent = len(proxy.requests)
    assert through.manager.snapshot()[0].held == 1
    assert through.rows(TransferStatus.HELD)[0].parts_done == 3
    await asyncio.sleep(0.3)
    assert len(proxy.requests) == sent
    through.manager.connected(proxy.endpoint_url)
    assert (await through.until_done()).succeeded == 1
    assert set(proxy.parts_stored(place.key).values()) == {1}


async def test_a_source_that_changes_while_it_is_sent_makes_no_object(
    rgw_workspace: Workspace, through: Rig, proxy: RecordingProxy, big_file: MakeFile, tmp_path: Path
) -> None:
    source = big_file(tmp_path, 23 * MIB, name="big.nc")
    place = S3Location(rgw_workspace.bucket, rgw_workspace.prefix + "big.nc")
    with holding(proxy, Rule(later_parts, Hold())):
        (transfer_id,) = await through.copy(local(source), place)
        await three_parts_stored(proxy, place.key)
        with source.open("r+b") as file:
            file.write(b"rewritten")
        os.utime(source, (1, 1))
    await through.until_done()
    failure = through.row(transfer_id).failure
    assert failure is not None
    assert failure.code == "changed"
    await proxy.until(lambda: any(ask.succeeded() for ask in proxy.of("AbortMultipartUpload")))
    assert (rgw_workspace.names(), rgw_workspace.open_uploads()) == ((), ())


async def test_a_server_that_is_gone_costs_no_finished_part(
    rgw_workspace: Workspace, through: Rig, proxy: RecordingProxy, big_file: MakeFile, tmp_path: Path
) -> None:
    source = big_file(tmp_path, 23 * MIB, name="big.nc")
    place = S3Location(rgw_workspace.bucket, rgw_workspace.prefix + "big.nc")
    proxy.add(Rule(later_parts, Reply(Answer(500))))
    await through.copy(local(source), place)
    await through.until_done()
    summary = through.manager.snapshot()[0]
    assert summary.failed == 1
    assert len(rgw_workspace.open_uploads()) == 1
    proxy.clear_rules()
    assert through.manager.control("retry") == 1
    assert (await through.until_done()).succeeded == 1
    assert set(proxy.parts_stored(place.key).values()) == {1}
    assert rgw_workspace.read("big.nc") == source.read_bytes()


async def test_platforms_that_deny_aborts_are_told_of_and_do_not_fail(
    rgw_workspace: Workspace, proxy: RecordingProxy, big_file: MakeFile, tmp_path: Path
) -> None:
    source = big_file(tmp_path, 23 * MIB, name="big.nc")
    place = S3Location(rgw_workspace.bucket, rgw_workspace.prefix + "big.nc")
    scoped = rgw_workspace.issue(3600, without=("s3:AbortMultipartUpload",))
    async with rig(proxy.endpoint_url, credentials_of(scoped), tmp_path / "state") as built:
        with holding(proxy, Rule(later_parts, Hold())):
            await built.copy(local(source), place)
            await three_parts_stored(proxy, place.key)
            built.manager.control("cancel")
            await proxy.until(lambda: any(ask.finished for ask in proxy.of("AbortMultipartUpload")))
            await built.manager._aborts.stop(5)
        assert "stays on the server" in built.notices[0]
        assert built.manager._aborts.waiting == 0
        assert built.manager.snapshot()[0].cancelled == 1


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
