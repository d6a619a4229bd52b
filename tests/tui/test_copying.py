"""Copying between the panes with a real engine and a real server: plan, question, clashes, queue, arrival."""

import os
import signal
from pathlib import Path

from s3tui.model.location import S3Location
from s3tui.tui.dialogs.dialog import ChoiceDialog
from tests.tui.driving import Driven, local

HOME = S3Location("reef-demo", "datasets/10378-1-42/")


def asked(user: Driven) -> bool:
    """Whether a dialog is open."""
    return isinstance(user.app.screen, ChoiceDialog)


async def new_remote_folder(user: Driven, name: str) -> None:
    """Make a folder of this test's own in the workspace and go into it."""
    remote = user.app.browser.remote
    await user.go_to(str(HOME))
    await user.until_listed(remote, HOME)
    await user.press("n")
    await user.type(name)
    await user.press("enter")
    await user.until(lambda: name in user.names(remote), "the new folder")
    await user.put_cursor_on(remote, name)
    await user.press("enter")
    await user.until_listed(remote, HOME.child(name, folder=True))


async def test_a_folder_and_a_file_go_up_and_appear(connected: Driven, scratch: Path) -> None:
    browser = connected.app.browser
    await new_remote_folder(connected, "went up")
    await connected.put_cursor_on(browser.local, "images")
    await connected.press("space")
    await connected.put_cursor_on(browser.local, "transects.nc")
    await connected.press("space", "c")
    await connected.until_said("Copy 3 files, 53.0 kB")
    assert "s3://reef-demo/datasets/10378-1-42/went up/" in connected.said
    await connected.press("enter")
    await connected.until(lambda: not asked(connected), "the dialog's end")
    await connected.until(
        lambda: {"images", "transects.nc"} <= set(connected.names(browser.remote)), "both in the other pane"
    )
    assert browser.local.entries.table.marked_count == 0


async def test_a_clash_is_asked_about_and_nothing_is_lost(connected: Driven, scratch: Path) -> None:
    browser = connected.app.browser
    (scratch / "README.txt").write_text("mine")
    (scratch / "zero bytes.dat").write_text("mine too")
    for name in ("README.txt", "zero bytes.dat"):
        await connected.put_cursor_on(browser.remote, name)
        await connected.press("space")
    await connected.press("f5")
    await connected.until_said("2 files exist already")
    await connected.press("c")
    await connected.until_said("README.txt exists already.")
    await connected.press("s")
    await connected.until_said("zero bytes.dat exists already.")
    await connected.press("o")
    await connected.until(lambda: (scratch / "zero bytes.dat").stat().st_size == 0, "the overwritten file")
    assert (scratch / "README.txt").read_text() == "mine"


async def test_one_answer_can_hold_for_all(connected: Driven, scratch: Path) -> None:
    browser = connected.app.browser
    (scratch / "README.txt").write_text("mine")
    (scratch / "zero bytes.dat").write_text("mine too")
    for name in ("README.txt", "zero bytes.dat"):
        await connected.put_cursor_on(browser.remote, name)
        await connected.press("space")
    await connected.press("c")
    await connected.until_said("2 files exist already")
    await connected.press("c")
    await connected.until_said("README.txt exists already.")
    await connected.press("R")
    await connected.until(lambda: len([*scratch.iterdir()]) == 10, "two files under other names")
    assert (scratch / "README.txt").read_text() == "mine"
    assert (scratch / "zero bytes.dat").read_text() == "mine too"


async def test_saying_no_to_a_plan_changes_nothing(connected: Driven, scratch: Path) -> None:
    browser = connected.app.browser
    await connected.put_cursor_on(browser.remote, "surveys")
    await connected.press("c")
    await connected.until(lambda: asked(connected), "the plan")
    await connected.press("escape")
    await connected.press("i")
    await connected.until(lambda: asked(connected), "the next dialog")
    assert not (scratch / "surveys").exists()
    assert connected.app.session.busy == 0


async def test_moving_deletes_the_source_when_the_copy_is_verified(connected: Driven, scratch: Path) -> None:
    browser = connected.app.browser
    await new_remote_folder(connected, "moved here")
    await connected.put_cursor_on(browser.local, "survey.csv")
    await connected.press("m")
    await connected.until_said("Each source is deleted once its copy is verified.")
    await connected.press("m")
    await connected.until(lambda: not (scratch / "survey.csv").exists(), "the end of the source")
    await connected.until(lambda: "survey.csv" in connected.names(browser.remote), "the copy")
    await connected.until(lambda: "survey.csv" not in connected.names(browser.local), "the pane's refresh")


async def test_copying_needs_a_place_to_go(connected: Driven, scratch: Path) -> None:
    empty = scratch / "notes"
    await connected.go_to(str(empty))
    await connected.until_listed(connected.app.browser.local, local(empty))
    await connected.press("c")
    await connected.until_said("Mark something, or put the cursor on it, to copy it.")


async def test_a_killed_engine_is_started_again_and_browsing_goes_on(connected: Driven) -> None:
    pid = connected.app.session.client.pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    await connected.until_said("The engine runs again")
    assert connected.app.session.client.pid != pid
    remote = connected.app.browser.remote
    await connected.put_cursor_on(remote, "surveys")
    await connected.press("enter")
    await connected.until_listed(remote, HOME.child("surveys", folder=True))
    assert remote.failure is None


async def test_a_killed_engine_goes_on_from_the_journal(connected: Driven, scratch: Path) -> None:
    browser = connected.app.browser
    await connected.put_cursor_on(browser.remote, "transects")
    await connected.press("enter")
    await connected.until_listed(browser.remote, HOME.child("transects", folder=True))
    await connected.put_cursor_on(browser.remote, "2024-multibeam.nc")
    await connected.press("c")
    await connected.until(lambda: asked(connected), "the plan")
    await connected.press("c")
    await connected.until(
        lambda: (snapshot := connected.app.session.snapshot) is not None and snapshot.summary.bytes_safe,
        "finished parts",
    )
    pid = connected.app.session.client.pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    await connected.until_said("The engine runs again")
    arrived = scratch / "2024-multibeam.nc"
    await connected.until(lambda: connected.app.session.busy == 0 and arrived.exists(), "the whole file")
    assert arrived.stat().st_size == 536_994_369
