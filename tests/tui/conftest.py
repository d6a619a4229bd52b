"""Applications to drive: over a stand-in, over the real engine, on the demo server."""

import datetime as dt
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from s3tui.demo.access import DemoOptions
from s3tui.demo.process import DemoServer
from s3tui.engine.client import EngineClient
from s3tui.model.credentials import Connection, Credentials, Endpoint, Workspace
from s3tui.tui.options import LaunchOptions
from tests.tui.driving import Driven, driven, settings_in


@pytest.fixture(scope="module")
def demo_server() -> Iterator[DemoServer]:
    """Gives a demo server with sample data, for all stories of a module."""
    with DemoServer.start(options=DemoOptions(lifetime_seconds=3600, scratch=False)) as server:
        yield server


@pytest.fixture
def engine() -> Iterator[EngineClient]:
    """Gives a real engine process that was spawned and not asked yet."""
    client = EngineClient()
    client.spawn()
    yield client
    client.abandon()


@pytest.fixture
def scratch(tmp_path: Path) -> Path:
    """Gives a local folder with a few files: two folders, three visible files, one hidden."""
    folder = tmp_path / "scratch"
    (folder / "images" / "deep").mkdir(parents=True)
    (folder / "notes").mkdir()
    (folder / "images" / "one.png").write_bytes(b"1" * 1000)
    (folder / "images" / "deep" / "two.png").write_bytes(b"2" * 2000)
    (folder / "survey.csv").write_text("depth,temperature\n5,24.1\n")
    (folder / "Größe und Fläche.txt").write_text("ä")
    (folder / "transects.nc").write_bytes(b"n" * 50_000)
    (folder / ".hidden").write_text("h")
    return folder


def given(server: DemoServer, folder: Path, state: Path, parts_at_once: int = 16) -> LaunchOptions:
    """Options as after `s3tui --credentials-file …`: credentials known, local pane in `folder`."""
    access = server.credentials
    return LaunchOptions(
        settings=replace(settings_in(state), parts_at_once=parts_at_once),
        credentials=Credentials(
            access.access_key_id, access.secret_access_key, access.session_token, access.expiration
        ),
        connection=Connection(
            Endpoint(access.endpoint_url, access.region), Workspace(access.bucket, access.prefix)
        ),
        local_folder=folder,
    )


@pytest.fixture
async def connected(
    engine: EngineClient, demo_server: DemoServer, scratch: Path, tmp_path: Path
) -> AsyncIterator[Driven]:
    """Gives the application over the real engine, connected to the demo server, both panes listed."""
    async with driven(engine, given(demo_server, scratch, tmp_path)) as user:
        await user.until_listed(user.app.browser.local)
        await user.until_listed(user.app.browser.remote)
        yield user


NOON = dt.datetime(2031, 11, 22, 12, tzinfo=dt.UTC).timestamp()
"""The time on every screen of a stand-in, Unix seconds; late enough that no paste of a test is expired."""
