"""Credentials that really expire in mid-transfer, and a paste that lets it go on."""

from pathlib import Path

from msgspec.structs import replace
from textual import events

from s3tui.demo.access import DemoOptions
from s3tui.demo.process import DemoServer
from s3tui.engine.client import EngineClient
from s3tui.model.credentials import Credentials, Workspace
from s3tui.model.location import S3Location
from tests.tui.conftest import given
from tests.tui.driving import Driven, driven

NAME = "2023-ctd.nc"
PLACE = S3Location("reef-demo", "datasets/10378-1-42/transects/")


def safe_bytes(user: Driven) -> int:
    """Bytes that need not be moved again."""
    snapshot = user.app.session.snapshot
    return snapshot.summary.bytes_safe if snapshot is not None else 0


async def test_transfers_wait_for_a_paste_and_then_go_on(
    engine: EngineClient, scratch: Path, tmp_path: Path
) -> None:
    # Slow enough that the credentials can end before the file does: 17 parts, two at a time.
    options = DemoOptions(lifetime_seconds=3600, scratch=False, latency_seconds=0.5)
    with DemoServer.start(options=options) as server:
        begin = given(server, scratch, tmp_path, parts_at_once=2)
        begin = replace(
            begin, connection=replace(begin.connection, workspace=Workspace(PLACE.bucket, PLACE.key))
        )
        async with driven(engine, begin) as user:
            remote = user.app.browser.remote
            await user.until_listed(remote, PLACE)
            await user.put_cursor_on(remote, NAME)
            entry = remote.cursor_entry
            assert entry is not None
            await user.press("c")
            await user.until_said("Copy 1 file")
            await user.press("c")
            await user.until(lambda: safe_bytes(user), "the first part")
            ending = server.renew(2)
            await user.app.session.renew(
                Credentials(
                    ending.access_key_id, ending.secret_access_key, ending.session_token, ending.expiration
                )
            )
            await user.until_shown("EXPIRED")
            await user.until_said("1 transfer waits for new credentials")
            assert "press K" in user.said
            assert NAME in user.names(remote), "what was listed stays on the screen"
            assert 0 < safe_bytes(user) < entry.size
            assert not (scratch / NAME).exists()

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
            assert (scratch / NAME).stat().st_size == entry.size
            assert "EXPIRED" not in user.text
