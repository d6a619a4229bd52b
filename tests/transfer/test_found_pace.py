"""How many requests go at once is found by itself: many small ones where each has far to go."""

import asyncio
from pathlib import Path

from s3tui.model.location import S3Location
from s3tui.transfer.driving import TransferSettings
from tests.servers.proxy import RecordingProxy
from tests.servers.rules import Action, Answer, Request, Rule, asking
from tests.servers.workspace import Workspace
from tests.storage.connect import credentials_of
from tests.transfer.rig import local, rig
from tests.transfer.test_pace import small_files


class FarAway(Action):
    """Takes its time, and notes how many requests it has at once."""

    def __init__(self) -> None:
        self.now = self.most = 0

    async def before_request(self, request: Request) -> Answer | None:
        self.now += 1
        self.most = max(self.most, self.now)
        try:
            await asyncio.sleep(0.15)
        finally:
            self.now -= 1
        return None


async def test_more_requests_go_at_once_to_a_server_that_is_far_away(
    rgw_workspace: Workspace, proxy: RecordingProxy, tmp_path: Path
) -> None:
    far = FarAway()
    proxy.add(Rule(asking("PutObject"), far))
    credentials = credentials_of(rgw_workspace.credentials)
    place = S3Location(rgw_workspace.bucket, rgw_workspace.prefix)
    settings = TransferSettings(parts_at_once=0)
    async with rig(proxy.endpoint_url, credentials, tmp_path / "state", settings=settings) as built:
        await built.copy(local(small_files(tmp_path, 400)), place)
        done = await built.until_done()
    assert done.succeeded == 400
    # It begins with 16.
    assert far.most > 16
