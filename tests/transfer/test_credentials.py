"""Expiry, other endpoints and denied actions in the middle of transfers."""

import asyncio
from pathlib import Path

from s3tui.model.credentials import Workspace as Place
from s3tui.model.location import S3Location
from s3tui.model.transfer import TransferStatus
from s3tui.transfer.parts import MIB
from tests.conftest import MakeFile
from tests.servers.proxy import RecordingProxy
from tests.servers.rules import Hold, Rule
from tests.servers.workspace import Workspace
from tests.storage.connect import credentials_of
from tests.transfer.holding import holding, later_parts, three_parts_stored
from tests.transfer.rig import Rig, local, rig


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
    assert asked == len(proxy.of("UploadPart"))
    assert proxy.parts_stored(place.key).total() == 5


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
