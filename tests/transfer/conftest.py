"""Ceph behind a recording proxy, and a manager that goes through it."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.servers.proxy import RecordingProxy
from tests.servers.workspace import Workspace
from tests.storage.connect import credentials_of
from tests.transfer.rig import Rig, rig


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
