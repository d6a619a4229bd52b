"""Pauses, cancels, changed sources and vanished uploads: nothing wrong is left behind."""

import os
import time
from pathlib import Path

import pytest

from s3tui.model.location import S3Location
from s3tui.model.transfer import ClashPolicy
from s3tui.transfer.parts import MIB
from tests.conftest import MakeFile
from tests.servers.proxy import RecordingProxy
from tests.servers.rules import Hold, Rule, asking
from tests.servers.workspace import Workspace
from tests.transfer.holding import HoldThenFail, holding, later_parts, later_ranges, three_parts_stored
from tests.transfer.rig import Rig, contents, local


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
    failing = HoldThenFail()
    proxy.add(Rule(later_parts, failing))
    await through.copy(local(source), place)
    await through.until(lambda summary: summary.bytes_safe == 15 * MIB)
    failing.release()
    await through.until_done()
    summary = through.manager.snapshot()[0]
    assert summary.failed == 1
    assert len(rgw_workspace.open_uploads()) == 1
    proxy.clear_rules()
    assert through.manager.control("retry") == 1
    assert (await through.until_done()).succeeded == 1
    assert set(proxy.parts_stored(place.key).values()) == {1}
    assert rgw_workspace.read("big.nc") == source.read_bytes()
