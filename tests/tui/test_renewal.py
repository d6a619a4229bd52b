"""Credentials that really expire in mid-transfer, and a paste that lets it go on."""

from pathlib import Path

from msgspec.structs import replace
from textual import events

from s3tui.demo.access import DemoOptions
from s3tui.demo.process import DemoServer
from s3tui.engine.client import EngineClient
from s3tui.model.credentials import Workspace
from s3tui.model.location import S3Location
from tests.tui.conftest import given
from tests.tui.driving import driven

NAME = "2024-multibeam.nc"
SIZE = 536_994_369
PLACE = S3Location("reef-demo", "datasets/10378-1-42/transects/")


async def test_transfers_wait_for_a_paste_and_then_go_on(
    engine: EngineClient, scratch: Path, tmp_path: Path
) -> None:
    # Slow enough that the credentials end before the file does: 33 parts, two at a time, each half a second.
    options = DemoOptions(lifetime_seconds=13, scratch=False, latency_seconds=0.5)
    with DemoServer.start(options=options) as server:
        begin = given(server, scratch, tmp_path, parts_at_once=2)
        begin = replace(
            begin, connection=replace(begin.connection, workspace=Workspace(PLACE.bucket, PLACE.key))
        )
        async with driven(engine, begin) as user:
            remote = user.app.browser.remote
            await user.until_listed(remote, PLACE)
            await user.put_cursor_on(remote, NAME)
            await user.press("c")
            await user.until_said("Copy 1 file")
            await user.press("c")
            await user.until_shown("EXPIRED")
            await user.until_said("1 transfer waits for new credentials")
            assert "press K" in user.said
            assert NAME in user.names(remote), "what was listed stays on the screen"
            snapshot = user.app.session.snapshot
            assert snapshot is not None
            safe = snapshot.summary.bytes_safe
            assert 0 < safe < SIZE

            await user.press("K")
            await user.until_said("These credentials have expired.")
            server.renew(600)
            exports = [line for line in server.paste_text().splitlines() if "s3 ls" not in line]
            user.app.post_message(events.Paste("\r".join(exports)))
            await user.until_said("Enter renews this connection.")
            await user.press("enter")
            await user.until(lambda: user.app.screen is user.app.browser, "the browser")
            await user.until_said("New credentials are in place: 1 transfer goes on;")
            await user.until(lambda: (scratch / NAME).exists(), "the whole file")
            assert (scratch / NAME).stat().st_size == SIZE
            assert "EXPIRED" not in user.text
