"""Esc stops what takes long: a listing keeps what has come, a plan leaves nothing behind."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from s3tui.model.credentials import Connection, Credentials, Endpoint, Workspace
from s3tui.model.entry import Entry, EntryKind
from s3tui.model.location import LocalLocation, S3Location
from s3tui.tui.options import LaunchOptions
from tests.tui.conftest import NOON
from tests.tui.driving import Driven, driven, settings_in
from tests.tui.standin import StandInEngine

HOME = S3Location("bucket", "here/")


@pytest.fixture
async def user(tmp_path: Path) -> AsyncIterator[Driven]:
    """Gives the application, connected, with one file in each pane and a folder in the S3 pane."""
    engine = StandInEngine()
    engine.folders[LocalLocation.of(tmp_path)] = (Entry("mine", EntryKind.FILE, 1, NOON),)
    engine.folders[HOME] = (Entry("big", EntryKind.FOLDER), Entry("theirs", EntryKind.FILE, 1, NOON))
    engine.folders[HOME.child("big", folder=True)] = (Entry("first of many", EntryKind.FILE, 1, NOON),)
    options = LaunchOptions(
        settings=settings_in(tmp_path),
        credentials=Credentials("AKIAQX5RTYUIO7QX7M42", "s" * 40),
        connection=Connection(Endpoint("https://s3.example.org"), Workspace("bucket", "here/")),
        local_folder=tmp_path,
    )
    async with driven(engine, options, clock=lambda: NOON) as driven_app:
        await driven_app.until_listed(driven_app.app.browser.local)
        await driven_app.until_listed(driven_app.app.browser.remote, HOME)
        await driven_app.until(lambda: driven_app.app.browser.remote.active, "the S3 pane's turn")
        engine.never_ending = True
        yield driven_app


async def test_a_listing_shows_what_came_and_says_that_it_is_not_all(user: Driven) -> None:
    remote = user.app.browser.remote
    await user.put_cursor_on(remote, "big")
    await user.press("enter")
    await user.until_named(remote, "first of many")
    assert remote.listing
    await user.press("escape")
    await user.until(lambda: not remote.listing, "the stop")
    assert user.names(remote) == ["first of many"]
    await user.until_said("stopped, not all")


async def test_another_folder_takes_the_place_of_a_listing_that_runs(user: Driven) -> None:
    remote = user.app.browser.remote
    await user.put_cursor_on(remote, "big")
    await user.press("enter")
    await user.until_named(remote, "first of many")
    await user.press("backspace")
    await user.until_named(remote, "theirs")
    assert remote.listing, "the first listing's end must not be taken for the second one's"
    assert remote.location == HOME


async def test_counting_for_a_copy_tells_how_far_it_is_and_can_be_stopped(user: Driven) -> None:
    await user.put_cursor_on(user.app.browser.remote, "theirs")
    await user.pilot.press("c")  # `press` would wait for a question that never comes
    await user.until_said("Counting … 1,203 files, 4.2 GB (Esc stops)")
    await user.press("escape")
    await user.until(lambda: "Counting" not in user.text, "the stop")
    await user.press("tab")
    assert user.app.browser.local.active, "keys work on"
