"""Refusals on the screen: a sentence, the raw words one key away, and what was refused greyed out."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from msgspec.structs import replace
from textual import events

from s3tui.engine.client import RequestRefused
from s3tui.engine.messages import FolderChanged, Snapshot
from s3tui.model.credentials import Connection, Credentials, Endpoint, Workspace
from s3tui.model.entry import Entry, EntryKind
from s3tui.model.failure import Failure
from s3tui.model.location import LocalLocation, Location, S3Location
from s3tui.model.transfer import Direction, QueueSummary, TransferRow, TransferStatus
from s3tui.tui.dialogs.dialog import ChoiceDialog
from s3tui.tui.options import LaunchOptions
from tests.tui.conftest import NOON
from tests.tui.driving import Driven, driven, settings_in
from tests.tui.standin import StandInEngine
from tests.tui.test_credentials_screen import PASTE

HOME = S3Location("hcp-openaccess", "mine/")
DENIED = Failure(
    "denied",
    "Your credentials may not list s3://hcp-openaccess/mine/locked/.",
    "Accept the terms first.",
    "HTTP 403 AccessDenied (request 4442587FB7D0A2F9) Access Denied"
    " · ListObjectsV2 s3://hcp-openaccess/mine/locked/ · s3.example.org",
)


class Refusing(StandInEngine):
    """Refuses every look at a single object."""

    async def inspect(self, location: Location) -> Entry:
        """Refuse."""
        raise RequestRefused(replace(DENIED, sentence=f"Your credentials may not read {location}."))

    async def list_folder(self, location: Location, recursive: bool = False):  # type: ignore[no-untyped-def]
        """Refuse one folder in full words."""
        if location == HOME.child("locked", folder=True):
            raise RequestRefused(DENIED)
        async for page in super().list_folder(location, recursive):
            yield page


@pytest.fixture
async def user(tmp_path: Path) -> AsyncIterator[Driven]:
    """Gives the application, connected to a workspace with a friendly name."""
    engine = Refusing()
    (tmp_path / "a.txt").write_text("a")
    engine.folders = {
        HOME: (Entry("locked", EntryKind.FOLDER), Entry("seen.nc", EntryKind.FILE, 5, NOON)),
        LocalLocation.of(tmp_path): (Entry("a.txt", EntryKind.FILE, 1, NOON),),
    }
    options = LaunchOptions(
        settings=settings_in(tmp_path),
        credentials=Credentials("ASIAIOSFODNN7EXAMPLE", "s" * 40, "t" * 100),
        connection=Connection(Endpoint("https://s3.example.org"), Workspace(HOME.bucket, HOME.key, "My HCP")),
        local_folder=tmp_path,
    )
    async with driven(engine, options, size=(100, 24), clock=lambda: NOON) as driven_app:
        await driven_app.until_listed(driven_app.app.browser.remote, HOME)
        await driven_app.until_listed(driven_app.app.browser.local)
        yield driven_app


def engine_of(user: Driven) -> StandInEngine:
    """The stand-in behind the application."""
    engine = user.app.session.client
    assert isinstance(engine, StandInEngine)
    return engine


def line_with(user: Driven, text: str) -> str:
    """The first line of the screen that holds a text."""
    return next(line for line in user.lines if text in line)


def upload(status: TransferStatus, failure: Failure | None = None) -> Snapshot:
    """The queue with one upload to the workspace."""
    row = TransferRow(
        7,
        Direction.UPLOAD,
        LocalLocation.of("/home/alice/a.txt"),
        HOME.child("a.txt"),
        size=1,
        moved=0,
        status=status,
        failure=failure,
    )
    return Snapshot(QueueSummary(failed=int(failure is not None)), (row,))


async def test_a_locked_folder_says_why_and_shows_the_raw_words_with_one_key(user: Driven) -> None:
    browser = user.app.browser
    assert "My HCP" in user.lines[0]
    assert not line_with(user, "locked/").rstrip(" │").endswith("locked")
    await user.put_cursor_on(browser.remote, "locked")
    await user.press("enter")
    await user.until_shown("! shows what the server said")
    assert "! Why" in user.lines[-1]
    assert "Accept the terms first." in user.text
    assert "4442587FB7D0A2F9" not in user.text
    await user.press("!")
    await user.until(lambda: isinstance(user.app.screen, ChoiceDialog), "the dialog")
    await user.until_shown("HTTP 403 AccessDenied (request 4442587FB7D0A2F9)")
    await user.until_shown("ListObjectsV2 s3://hcp-openaccess/mine/locked/")
    await user.press("y")
    await user.until_shown("Sent to the terminal's clipboard.")
    assert "4442587FB7D0A2F9" in user.app.clipboard
    assert DENIED.next_step in user.app.clipboard
    await user.press("escape", "backspace")
    await user.until_listed(browser.remote, HOME)
    await user.until(lambda: line_with(user, "locked/").rstrip(" │").endswith("locked"), "the grey row")


async def test_a_name_that_can_be_seen_and_not_read_says_so_and_is_marked(user: Driven) -> None:
    await user.put_cursor_on(user.app.browser.remote, "seen.nc")
    await user.press("i")
    await user.until_shown("Your credentials may not read")
    assert "HTTP 403" not in user.text
    assert "! shows what the server said." in user.text
    await user.press("!")
    await user.until_shown("HTTP 403 AccessDenied")
    await user.press("escape")
    await user.until(lambda: "locked" in line_with(user, "seen.nc"), "the mark")


async def test_a_refused_upload_marks_the_workspace_as_read_only_and_the_next_is_asked_about(
    user: Driven,
) -> None:
    engine, browser = engine_of(user), user.app.browser
    engine.tell(upload(TransferStatus.FAILED, DENIED))
    await user.until(lambda: "[read-only]" in user.lines[0], "the badge")
    await user.put_cursor_on(browser.local, "a.txt")
    await user.press("c")
    await user.until_said("Writing was refused here, so these credentials seem to be for reading only.")
    await user.press("n")
    await user.until(lambda: not isinstance(user.app.screen, ChoiceDialog), "the dialog's end")
    assert not [asked for asked in engine.asked if asked[0] == "plan"]
    await user.press("c")
    await user.until_shown("Try all the same?")
    await user.press("y")
    await user.until(lambda: [asked for asked in engine.asked if asked[0] == "plan"], "the plan")


async def test_other_refusals_and_successes_leave_the_workspace_writable(user: Driven) -> None:
    engine = engine_of(user)
    engine.tell(upload(TransferStatus.FAILED, Failure("full", "The quota for hcp-openaccess is used up.")))
    await user.pilot.pause()
    assert not user.app.session.refusals.read_only
    engine.tell(upload(TransferStatus.FAILED, DENIED))
    await user.until(lambda: "[read-only]" in user.lines[0], "the badge")
    engine.tell(FolderChanged(HOME))
    engine.tell(upload(TransferStatus.RUNNING))
    await user.until(lambda: "[read-only]" not in user.lines[0], "the end of the badge")
    engine.tell(upload(TransferStatus.FAILED, DENIED))
    await user.pilot.pause()
    assert not user.app.session.refusals.read_only


async def test_new_credentials_may_do_what_the_old_ones_could_not(user: Driven) -> None:
    engine, session = engine_of(user), user.app.session
    engine.tell(upload(TransferStatus.FAILED, DENIED))
    assert session.refusals.read_only
    session.refusals.closed(HOME.child("locked", folder=True), DENIED)
    await session.renew(Credentials("ASIAIOSFODNN7EXAMPLE", "s" * 40, "u" * 100))
    assert (session.refusals.read_only, session.refusals.locked) == (False, {})


async def test_refused_credentials_explain_themselves_on_their_screen(user: Driven) -> None:
    engine_of(user).refusal = DENIED
    await user.press("K")
    await user.until_shown("Credentials")
    # Only the pair and its token: a place would make it another connection.
    paste = "\r".join(line for line in PASTE.splitlines() if "s3://" not in line and "ENDPOINT" not in line)
    user.app.post_message(events.Paste(paste))
    await user.until_said("Enter renews this connection.")
    await user.press("enter")
    await user.until_shown("Ctrl+Y Why")
    await user.press("ctrl+y")
    await user.until_said("HTTP 403 AccessDenied (request 4442587FB7D0A2F9)")
    await user.press("escape")
    await user.until(lambda: "Ctrl+Y Why" not in user.text, "the end of the hint")
    await user.press("ctrl+y")
    await user.until_said("HTTP 403 AccessDenied (request 4442587FB7D0A2F9)")
