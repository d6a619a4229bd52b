"""The queue on its screen: what is shown, filtered, steered and explained."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from s3tui.engine.messages import CredentialState, Snapshot
from s3tui.model.transfer import QueueSummary, TransferStatus
from s3tui.tui.dialogs.dialog import ChoiceDialog
from s3tui.tui.options import LaunchOptions
from s3tui.tui.screens.credentials import CredentialsScreen
from s3tui.tui.screens.transfers import TransfersScreen
from tests.tui.conftest import NOON
from tests.tui.driving import Driven, driven, settings_in
from tests.tui.standin import StandInEngine
from tests.tui.widgets.samples import SUMMARY, TRANSFERS


@pytest.fixture
async def user(tmp_path: Path) -> AsyncIterator[Driven]:
    """Gives the application with a queue, its screen open."""
    engine = StandInEngine()
    engine.rows = TRANSFERS
    options = LaunchOptions(settings=settings_in(tmp_path), local_folder=tmp_path)
    async with driven(engine, options, size=(80, 24), clock=lambda: NOON) as driven_app:
        await driven_app.until_shown("Paste your credentials here")
        await driven_app.press("escape")
        engine.tell(Snapshot(SUMMARY, TRANSFERS))
        await driven_app.press("t")
        await driven_app.until_shown("transects.nc")
        yield driven_app


def engine_of(user: Driven) -> StandInEngine:
    """The stand-in behind the application."""
    engine = user.app.session.client
    assert isinstance(engine, StandInEngine)
    return engine


def controls(user: Driven) -> list[tuple[object, ...]]:
    """What the engine was told to do with transfers."""
    return [asked[1:] for asked in engine_of(user).asked if asked[0] == "control"]


async def test_the_queue_is_counted_and_listed(user: Driven) -> None:
    assert "[All 231]" in user.lines[1]
    assert "Active 18" in user.lines[1]
    assert "Failed 1" in user.lines[1]
    assert "Done 212" in user.lines[1]
    assert "results_2025.tar" in user.text


async def test_f_goes_through_the_filters(user: Driven) -> None:
    await user.press("f")
    await user.until_shown("[Active 18]")
    await user.until(lambda: "survey-2026.csv" not in user.text, "no failed one among the active")
    await user.press("f")
    await user.until_shown("[Failed 1]")
    await user.until_shown("survey-2026.csv")
    assert "results_2025.tar" not in user.text


async def test_the_cursor_tells_why_a_transfer_failed_and_what_to_do(user: Driven) -> None:
    await user.press("j", "j", "j")
    await user.until_said("No permission to read survey-2026.csv. Ask for access to it.")
    await user.press("enter")
    await user.until(lambda: isinstance(user.app.screen, ChoiceDialog), "the detail")
    await user.until_shown("4,000,000 of 12,400,000 bytes, failed")
    await user.press("c", "R")
    assert controls(user) == [("retry", (4,))]


async def test_pause_goes_both_ways(user: Driven) -> None:
    await user.press("p", "down", "down", "down", "down", "p")
    assert controls(user) == [("pause", (1,)), ("resume", (5,))]


async def test_cancel_asks_when_bytes_would_be_lost(user: Driven) -> None:
    await user.press("x")
    await user.until_said("Cancel transects.nc?")
    await user.press("enter")
    assert controls(user) == []
    await user.press("x", "y")
    assert controls(user) == [("cancel", (1,))]
    await user.press("G", "x")
    assert controls(user)[1] == ("cancel", (19,)), "nothing was sent of it: no question"


async def test_all_of_them_at_once(user: Driven) -> None:
    await user.press("P", "A", "C")
    assert controls(user) == [("pause", ()), ("retry", ()), ("clear", ())]


async def test_a_newer_snapshot_is_shown_without_asking_again(user: Driven) -> None:
    first = TRANSFERS[0]
    further = replace(first, moved=1_800_000_000)
    engine_of(user).tell(Snapshot(SUMMARY, (further,)))
    await user.until_shown("94%")


async def test_a_finished_transfer_makes_the_list_load_again(user: Driven) -> None:
    engine_of(user).rows = TRANSFERS[1:]
    engine_of(user).tell(Snapshot(QueueSummary(queued=14, running=2, failed=1, succeeded=213), ()))
    await user.until_shown("[All 230]")
    await user.until(lambda: "transects.nc" not in user.text, "the shorter list")


async def test_held_transfers_lead_to_the_credentials_screen_and_back(user: Driven) -> None:
    held = replace(TRANSFERS[0], status=TransferStatus.HELD)
    engine_of(user).rows = (held,)
    engine_of(user).tell(CredentialState("ASIA…QX7M", True, NOON - 1, waiting=1))
    engine_of(user).tell(Snapshot(QueueSummary(held=1), (held,)))
    await user.until_shown("EXPIRED")
    await user.until_shown("waits for keys")
    await user.press("K")
    await user.until(lambda: isinstance(user.app.screen, CredentialsScreen), "the credentials screen")
    await user.press("escape")
    await user.until(lambda: isinstance(user.app.screen, TransfersScreen), "the queue again")
    await user.press("escape")
    await user.until(lambda: user.app.screen is user.app.browser, "the panes")


async def test_quitting_asks_while_transfers_run(user: Driven) -> None:
    await user.press("q")
    await user.until(lambda: isinstance(user.app.screen, ChoiceDialog), "the question")
    await user.until_said("18 transfers not finished. Quit all the same?")
    await user.press("enter")
    await user.until(lambda: isinstance(user.app.screen, TransfersScreen), "No was preselected")
    await user.press("ctrl+q")
    await user.until_said("Quit all the same?")
    await user.press("y")
    await user.until(lambda: not user.app.is_running, "the end")


async def test_quitting_asks_nothing_when_the_last_transfer_has_just_ended(user: Driven) -> None:
    engine_of(user).rows = ()
    await user.press("q")
    await user.until(lambda: not user.app.is_running, "the end, though the last snapshot still counted 18")
