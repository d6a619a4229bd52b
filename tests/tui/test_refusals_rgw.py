"""Refusals of a real Ceph on the screen: its bare 403 in sentences, greyed out, undone by a paste."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from s3tui.engine.client import EngineClient
from s3tui.model.credentials import Connection, Credentials, Endpoint, Workspace
from s3tui.model.location import S3Location
from s3tui.tui.commands.catalogue import COMMANDS
from s3tui.tui.dialogs.dialog import ChoiceDialog
from s3tui.tui.options import LaunchOptions
from tests.servers.sts import TemporaryCredentials
from tests.servers.workspace import Workspace as ServerWorkspace
from tests.tui.driving import Driven, driven, settings_in


def keys_of(issued: TemporaryCredentials) -> Credentials:
    """What a paste of this issue would give."""
    return Credentials(
        issued.access_key_id, issued.secret_access_key, issued.session_token, issued.expiration
    )


@pytest.fixture
def reading(rgw_workspace: ServerWorkspace) -> TemporaryCredentials:
    """Gives credentials that may list and read the prefix, and nothing else."""
    rgw_workspace.put("seen.txt", b"seen")
    return rgw_workspace.issue(3600, "ro")


@pytest.fixture
async def reader(
    engine: EngineClient, reading: TemporaryCredentials, scratch: Path, tmp_path: Path
) -> AsyncIterator[Driven]:
    """Gives the application, connected with what may only read."""
    options = LaunchOptions(
        settings=settings_in(tmp_path),
        credentials=keys_of(reading),
        connection=Connection(Endpoint(reading.endpoint_url), Workspace(reading.bucket, reading.prefix)),
        local_folder=scratch,
    )
    async with driven(engine, options) as user:
        await user.until_listed(user.app.browser.local)
        await user.until_named(user.app.browser.remote, "seen.txt")
        yield user


def greyed(user: Driven) -> set[str]:
    """The commands of the key bar that would be refused."""
    screen = user.app.browser
    commands = {"copy", "move", "rename", "new-folder", "delete"}
    return {c.id for c in COMMANDS if c.id in commands and screen.reason_against(c)}


async def test_a_refused_upload_greys_out_what_writes_until_other_credentials_come(
    reader: Driven, rgw_workspace: ServerWorkspace
) -> None:
    browser, session = reader.app.browser, reader.app.session
    await reader.put_cursor_on(browser.local, "survey.csv")
    assert greyed(reader) == set()
    await reader.press("c")
    await reader.until_said("Copy 1 file")
    await reader.press("c")
    await reader.until_shown("[read-only]")
    assert greyed(reader) == {"copy", "move"}
    assert "! Why" in reader.lines[-1]
    await reader.press("!")
    await reader.until_said("Your credentials may not write")
    await reader.until_said("HTTP 403 AccessDenied (request tx")
    await reader.until_said("PutObject s3://")
    assert session.credentials is not None
    assert (session.credentials.session_token or "-")[:20] not in reader.said
    await reader.press("escape", "c")
    await reader.until_said("Writing was refused here, so these credentials seem to be for reading only.")
    await reader.press("escape", "question_mark")
    await reader.until_said("Writing was refused here")
    await reader.press("escape")
    browser.remote.focus_list()
    await reader.until(lambda: greyed(reader) == {"rename", "new-folder"}, "the other pane's commands")

    await session.renew(keys_of(rgw_workspace.issue(3600, "rw")))
    browser.renewed()
    await reader.until(lambda: "[read-only]" not in reader.text, "the end of the badge")
    await reader.put_cursor_on(browser.local, "survey.csv")
    await reader.press("c")
    await reader.until_said("Copy 1 file")
    await reader.press("c")
    await reader.until_named(browser.remote, "survey.csv")


async def test_a_refused_deletion_says_nothing_of_writing(reader: Driven) -> None:
    browser = reader.app.browser
    await reader.put_cursor_on(browser.remote, "seen.txt")
    await reader.press("D")
    await reader.until_said("Delete seen.txt?")
    await reader.press("y")
    await reader.until_said("Your credentials may not delete")
    await reader.until_said("! shows what the server said.")
    await reader.press("!")
    await reader.until_said("HTTP 403 AccessDenied")
    await reader.press("escape")
    await reader.until(lambda: greyed(reader) == {"move", "delete", "rename"}, "what deletes")
    assert "[read-only]" not in reader.text
    await reader.press("D")
    await reader.until_said("Deleting was refused here")
    await reader.press("escape")
    assert not isinstance(reader.app.screen, ChoiceDialog)
    assert "seen.txt" in reader.names(browser.remote)


async def test_what_the_platform_calls_read_only_is_not_even_tried(
    engine: EngineClient, reading: TemporaryCredentials, scratch: Path, tmp_path: Path
) -> None:
    place = Workspace(reading.bucket, reading.prefix, "Reef data", read_only=True)
    options = LaunchOptions(
        settings=settings_in(tmp_path),
        credentials=keys_of(reading),
        connection=Connection(Endpoint(reading.endpoint_url), place),
        local_folder=scratch,
    )
    async with driven(engine, options, size=(80, 24)) as user:
        browser = user.app.browser
        await user.until_named(browser.remote, "seen.txt")
        assert "Reef data [read-only]" in user.lines[0]
        await user.put_cursor_on(browser.local, "survey.csv")
        await user.press("c")
        await user.until_said("! These credentials are for reading only")
        browser.remote.focus_list()
        await user.press("n")
        assert not isinstance(user.app.screen, ChoiceDialog)
        assert greyed(user) == {"move", "rename", "new-folder", "delete"}


async def test_above_the_workspace_is_grey_after_one_refusal_and_who_am_i_stays_calm(reader: Driven) -> None:
    browser, session = reader.app.browser, reader.app.session
    home = session.home
    assert isinstance(home, S3Location)
    browser.remote.focus_list()
    await reader.press("h")
    await reader.until_said("do not reach above")
    await reader.until_listed(browser.remote, home)
    await reader.until_shown("..  above what your credentials reach")
    assert session.credentials is not None
    await session.renew(session.credentials)
    assert browser._listings[browser.remote].reason_against_parent(home), "the place is as it was"
    await reader.press("w")
    await reader.until_said("does not say who you are; most servers do not, and nothing follows from it.")
    assert f"Place {home}" in reader.said
    await reader.press("y")
    assert str(home) in reader.app.clipboard
