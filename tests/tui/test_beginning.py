"""How the application begins: demo, given credentials, refused ones, unfinished work, warnings in time."""

import os
import signal
from pathlib import Path

import pytest
from msgspec.structs import replace

from s3tui.demo.process import DemoServer
from s3tui.engine.client import EngineClient
from s3tui.engine.messages import CredentialState, FolderChanged, Notice
from s3tui.model.credentials import Connection, Credentials, Endpoint, Workspace
from s3tui.model.entry import Entry, EntryKind
from s3tui.model.failure import Failure
from s3tui.model.location import LocalLocation, S3Location
from s3tui.model.transfer import UnfinishedWork
from s3tui.tui.options import LaunchOptions
from s3tui.tui.screens.credentials import CredentialsScreen
from s3tui.tui.warning import ExpiryWarning
from tests.tui.conftest import NOON, given
from tests.tui.driving import Driven, driven, settings_in
from tests.tui.standin import StandInEngine

HOME = S3Location("bucket", "here/")
WORK = UnfinishedWork(3, 2_000_000_000, 1_200_000_000, "https://s3.example.org", "bucket")


def engine_with(work: UnfinishedWork | None = None) -> StandInEngine:
    """A stand-in that has one folder and perhaps unfinished work."""
    engine = StandInEngine()
    engine.folders[HOME] = (Entry("a file", EntryKind.FILE, 1, NOON),)
    engine.unfinished = work
    return engine


def options_in(folder: Path, url: str = "https://s3.example.org") -> LaunchOptions:
    """Credentials and place as a command line gives them."""
    return LaunchOptions(
        settings=settings_in(folder),
        credentials=Credentials("ASIAQX5TESTKEYQX7M42", "s" * 40, "t" * 100),
        connection=Connection(Endpoint(url), Workspace("bucket", "here/")),
        local_folder=folder,
    )


async def test_the_demo_connects_by_itself_and_renews_through_its_paste(engine: EngineClient) -> None:
    async with driven(engine, LaunchOptions(demo=True)) as user:
        await user.until_said("Demo server: temporary credentials, 15 minutes; K shows how a paste looks.")
        await user.until_listed(user.app.browser.remote)
        await user.until_named(user.app.browser.local, "survey-2026.csv")
        state = Path(user.app.session.settings.state_dir)
        before = user.app.session.state.label
        await user.press("K", "f3")
        await user.until_said("Enter renews this connection.")
        await user.press("enter")
        await user.until(lambda: user.app.screen is user.app.browser, "the browser")
        await user.until(lambda: user.app.session.state.label != before, "the new key")
        assert state.exists()
        await user.press("q")
        await user.until(lambda: not user.app.is_running, "the end")
    assert not state.exists(), "the demo's journal goes with the demo"


async def test_without_credentials_it_begins_with_the_credentials_screen(tmp_path: Path) -> None:
    async with driven(StandInEngine(), LaunchOptions(settings=settings_in(tmp_path))) as user:
        await user.until_shown("Paste your credentials here")
        await user.press("escape")
        await user.until_shown("Not connected.")
        await user.until_shown("K opens the credentials screen.")


async def test_given_credentials_that_are_refused_lead_there_too(tmp_path: Path) -> None:
    engine = engine_with()
    engine.refusal = Failure("refused", "The server does not know this key.", "Right endpoint?")
    async with driven(engine, options_in(tmp_path)) as user:
        await user.until(lambda: isinstance(user.app.screen, CredentialsScreen), "the credentials screen")
        await user.until_said("The server does not know this key. Right endpoint?")


@pytest.mark.parametrize(("key", "answer"), [("g", True), ("f", False)])
async def test_unfinished_work_is_offered_where_it_belongs(tmp_path: Path, key: str, answer: bool) -> None:
    engine = engine_with(WORK)
    async with driven(engine, options_in(tmp_path)) as user:
        await user.until_said("An earlier run left 3 files, 2.0 GB.")
        assert "1.2 GB are safe" in user.said
        await user.press(key)
        await user.until(lambda: ("take_up", answer) in engine.asked, "the answer")


async def test_deciding_later_leaves_unfinished_work_alone(tmp_path: Path) -> None:
    engine = engine_with(WORK)
    async with driven(engine, options_in(tmp_path)) as user:
        await user.until_said("An earlier run left 3 files, 2.0 GB.")
        await user.press("escape")
        await user.until(lambda: user.app.screen is user.app.browser, "the browser")
        assert not [asked for asked in engine.asked if asked[0] == "take_up"]


async def test_unfinished_work_of_another_place_is_only_mentioned(tmp_path: Path) -> None:
    engine = engine_with(WORK)
    async with driven(engine, options_in(tmp_path, "https://elsewhere.example.org")) as user:
        await user.until_said("An earlier run left 3 files, 1.2 GB safe; connect to bucket to go on.")
        assert user.app.screen is user.app.browser


async def test_work_cut_off_by_a_kill_is_gone_on_with_after_the_next_start(
    demo_server: DemoServer, scratch: Path, tmp_path: Path
) -> None:
    name = "2024-multibeam.nc"
    first = EngineClient()
    first.spawn()
    async with driven(first, given(demo_server, scratch, tmp_path)) as user:
        await go_to_transects(user)
        await user.put_cursor_on(user.app.browser.remote, name)
        await user.press("c")
        await user.until_said("Copy 1 file")
        await user.press("c")
        await user.until(
            lambda: (seen := user.app.session.snapshot) is not None and seen.summary.bytes_safe, "safe bytes"
        )
        user.app.session.client.on_death = lambda sentence: None
        assert first.pid is not None
        os.kill(first.pid, signal.SIGKILL)
    assert not (scratch / name).exists()
    second = EngineClient()
    second.spawn()
    async with driven(second, given(demo_server, scratch, tmp_path)) as user:
        await user.until_said("An earlier run left 1 file, 537.0 MB.")
        await user.press("g")
        await user.until(lambda: (scratch / name).exists(), "the whole file")
        assert (scratch / name).stat().st_size == 536_994_369


async def go_to_transects(user: Driven) -> None:
    """Open the folder of big files."""
    await user.until_listed(user.app.browser.remote)
    await user.go_to("s3://reef-demo/datasets/10378-1-42/transects/")
    await user.until_listed(
        user.app.browser.remote, S3Location("reef-demo", "datasets/10378-1-42/transects/")
    )


async def test_warnings_come_at_fifteen_and_five_minutes_and_at_the_end(tmp_path: Path) -> None:
    now = [NOON]
    engine = engine_with()
    async with driven(engine, options_in(tmp_path), clock=lambda: now[0]) as user:
        await user.until_listed(user.app.browser.remote, HOME)
        session = user.app.session
        warning = ExpiryWarning(session)
        engine.tell(CredentialState("ASIA…QX7M", True, NOON + 3600, clock_offset=60))
        said: list[Notice | None] = []
        for left in (3600, 901, 899, 500, 301, 299, 100, 1, -1, -60):
            now[0] = NOON + 3600 - 60 - left
            said.append(warning.due())
        words = [notice.text for notice in said if notice is not None]
        assert len(words) == 3
        assert words[0].startswith("Your credentials expire in 14:59.")
        assert words[1].startswith("Your credentials expire in 04:59.")
        assert words[2].startswith("Your credentials have expired.")
        engine.tell(CredentialState("ASIA…NEW1", True, now[0] + 60 + 800))
        assert warning.due() is None, "fresh credentials that last 13 minutes are no news"


async def test_what_is_shown_stays_when_the_credentials_expire(tmp_path: Path) -> None:
    engine = engine_with()
    async with driven(engine, options_in(tmp_path), clock=lambda: NOON) as user:
        await user.until_listed(user.app.browser.remote, HOME)
        engine.tell(CredentialState("ASIA…QX7M", True, NOON - 1))
        await user.until_shown("EXPIRED")
        await user.press("ctrl+r")
        await user.until_said("Your credentials have expired: K takes new ones.")
        assert user.names(user.app.browser.remote) == ["a file"]


async def test_what_is_shown_stays_when_a_transfer_ends_with_the_credentials(tmp_path: Path) -> None:
    engine = engine_with()
    async with driven(engine, options_in(tmp_path), clock=lambda: NOON) as user:
        remote, mine = user.app.browser.remote, user.app.browser.local.location
        await user.until_listed(remote, HOME)
        # Requests wait some seconds before the expiry already.
        engine.tell(CredentialState("ASIA…QX7M", True, NOON + 4))
        del engine.folders[HOME]
        assert isinstance(mine, LocalLocation)
        engine.folders[mine] = (Entry("came", EntryKind.FILE, 1, NOON),)
        engine.tell(FolderChanged(HOME))
        engine.tell(FolderChanged(mine))
        await user.until_named(user.app.browser.local, "came")
        assert user.names(remote) == ["a file"]
        assert remote.failure is None


async def test_without_colours_the_cursor_is_still_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    options = replace(options_in(tmp_path), few_colours=True)
    async with driven(engine_with(), options) as user:
        await user.until_listed(user.app.browser.remote, HOME)
        entries = user.app.browser.remote.entries
        await user.until(lambda: user.app.browser.remote.active, "the keyboard in the S3 pane")
        cursor, *others = (entries.render_line(y) for y in range(3))
        assert all(part.style is not None and part.style.reverse for part in cursor if part.text.strip())
        assert not any(part.style is not None and part.style.reverse for strip in others for part in strip)
        colours = {part.style.color for strip in user.strips for part in strip if part.style is not None}
        assert all(colour is None or colour.is_default for colour in colours)


async def test_a_place_of_the_command_line_waits_for_its_credentials(tmp_path: Path) -> None:
    options = replace(options_in(tmp_path), credentials=None)
    engine = engine_with()
    async with driven(engine, options) as user:
        await user.until_shown("s3://bucket/here/")
        await user.press("tab")
        for text in ("AKIAQX5RTYUIO7QX7M42", "wJalrXUtnFEMIK7MDENGbPxRfiCYqwertyui2345"):
            await user.type(text)
            await user.press("tab")
        await user.press("enter")
        await user.until_listed(user.app.browser.remote, HOME)
        assert user.app.session.connection == options.connection
