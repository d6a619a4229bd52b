"""What a stopped `s3tui cp` has left is announced, shown with the words that go on with it, and forgotten."""

from pathlib import Path

from msgspec.structs import replace

from s3tui.demo.process import DemoServer
from s3tui.engine.client import EngineClient
from s3tui.model.location import S3Location
from s3tui.model.transfer import CopyItem
from s3tui.transfer.left_commands import left_commands, remember
from s3tui.tui.options import LaunchOptions
from tests.tui.conftest import given
from tests.tui.driving import driven, local, settings_in
from tests.tui.standin import StandInEngine

FILES = 300


async def leave_work(server: DemoServer, source: Path, options: LaunchOptions) -> Path:
    """Stops a copy of many files before its end, as a killed command leaves it; returns its folder."""
    source.mkdir()
    for number in range(FILES):
        (source / f"{number:03}.csv").write_text("1")
    assert options.credentials is not None
    access = server.credentials
    item = CopyItem(local(source), S3Location(access.bucket, f"{access.prefix}left/"), True)
    folder = options.settings.state_path / "commands" / "0123456789abcdef01234567"
    remember(folder, item, access.endpoint_url)
    client = EngineClient()
    await client.start(replace(options.settings, state_dir=str(folder), parts_at_once=1))
    await client.connect(options.credentials, options.connection)
    plan = await client.plan((item,))
    await client.submit(plan.plan_id)
    await client.shutdown()
    return folder


async def test_a_stopped_command_is_shown_and_forgotten(
    engine: EngineClient, demo_server: DemoServer, scratch: Path, tmp_path: Path
) -> None:
    options = given(demo_server, scratch, tmp_path)
    folder = await leave_work(demo_server, tmp_path / "many", options)
    async with driven(engine, options, size=(80, 24)) as user:
        await user.until_said("1 command of `s3tui cp` is not finished: u shows how to go on.")
        await user.press("u")
        await user.until_said("This copy has not come to its end:")
        assert "s3tui cp -r" in user.said
        await user.press("escape")
        assert folder.exists(), "nothing happens without an answer"
        await user.press("u", "f")
        await user.until_said("The command is forgotten,")
    assert not folder.exists()
    assert not list(left_commands(options.settings.state_path))


async def test_a_command_of_another_place_can_only_be_forgotten_there(tmp_path: Path) -> None:
    options = LaunchOptions(settings=settings_in(tmp_path), local_folder=tmp_path)
    folder = options.settings.state_path / "commands" / "abc"
    remember(folder, CopyItem(local(tmp_path, "x"), S3Location("far", "x")), "https://s3.far.example.org")
    async with driven(StandInEngine(), options, size=(80, 24)) as user:
        await user.until_said("Paste your credentials here")
        await user.press("escape")
        await user.press("u")
        await user.until_said("s3tui cp")
        await user.press("f")
        await user.until_said("where you are not connected.")
    assert folder.exists()
