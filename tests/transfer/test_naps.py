"""Processes that are stopped in mid-transfer, as by a laptop's lid: on waking they go on, however often."""

import asyncio
import os
import signal
from pathlib import Path

import pytest
from msgspec.structs import replace

from s3tui.model.location import Location, S3Location
from s3tui.transfer.parts import MIB
from tests.conftest import MakeFile
from tests.servers.proxy import RecordingProxy
from tests.servers.rules import Delay, Rule
from tests.servers.workspace import Workspace
from tests.storage.connect import SHORT, credentials_of
from tests.transfer.rig import local
from tests.transfer.test_kills import child_copies

WATCHFUL = replace(SHORT, answer=1.5, call=1.5, window=1.5, verdict=6.0, nap=1.0)
"""Every waiting time ends while the process is stopped, and so does all its patience."""

NAPS = 6
"""More than there are attempts."""

NAP_SECONDS = 1.7


@pytest.mark.parametrize("up", [True, False], ids=["upload", "download"])
async def test_a_transfer_outlives_more_naps_than_it_has_attempts(
    rgw_workspace: Workspace, proxy: RecordingProxy, big_file: MakeFile, tmp_path: Path, up: bool
) -> None:
    file = big_file(tmp_path, 48 * MIB, name="big.nc")
    data = file.read_bytes()
    place = S3Location(rgw_workspace.bucket, rgw_workspace.prefix + "big.nc")
    source: Location = local(file)
    destination: Location = place
    if not up:
        rgw_workspace.put("big.nc", data)
        source, destination = place, local(tmp_path / "back.nc")
    # Requests are always under way when the process is stopped.
    proxy.add(Rule(lambda request: request.operation in ("UploadPart", "GetObject"), Delay(0.6)))
    child = child_copies(
        proxy, credentials_of(rgw_workspace.credentials), tmp_path / "state", source, destination, WATCHFUL
    )
    name = "UploadPart" if up else "GetObject"
    await proxy.until(lambda: bool(proxy.of(name)))
    for _ in range(NAPS):
        os.kill(child.pid, signal.SIGSTOP)
        await asyncio.sleep(NAP_SECONDS)
        os.kill(child.pid, signal.SIGCONT)
        await asyncio.sleep(0.2)
    said, _ = await asyncio.to_thread(child.communicate, timeout=60)
    assert said.splitlines()[-1] == b"done 1 0", said.decode()
    assert (rgw_workspace.read("big.nc") if up else (tmp_path / "back.nc").read_bytes()) == data
