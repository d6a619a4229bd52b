"""What is typed faster than the screen follows: nothing is lost, nothing goes to the wrong screen."""

import asyncio
import datetime as dt
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from textual import events

from s3tui.model.credentials import Connection, Credentials, Endpoint, Workspace
from s3tui.model.entry import Entry, EntryKind
from s3tui.model.location import LocalLocation, S3Location
from s3tui.model.transfer import Clash, ClashPolicy, CopyItem, Direction, PlanSummary
from s3tui.tui.browse.address import PlainText
from s3tui.tui.dialogs.dialog import ChoiceDialog
from s3tui.tui.dialogs.prompt import PromptDialog
from s3tui.tui.options import LaunchOptions
from s3tui.tui.screens.browser import BrowserScreen
from tests.tui.conftest import NOON
from tests.tui.driving import Driven, driven, settings_in
from tests.tui.standin import StandInEngine

HOME = S3Location("reef", "data/")
NAMES = ("a.nc", "b.nc", "c.nc")


class SlowEngine(StandInEngine):
    """Plans no sooner than it is let."""

    def __init__(self) -> None:
        super().__init__()
        self.may_plan = asyncio.Event()
        self.may_plan.set()

    async def plan(self, items: tuple[CopyItem, ...], move: bool = False) -> PlanSummary:
        await self.may_plan.wait()
        return await super().plan(items, move)


@pytest.fixture
async def user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Driven]:
    """Gives the application over a stand-in, connected, the local pane active."""
    monkeypatch.delenv("TMUX", raising=False)
    engine = SlowEngine()
    here = LocalLocation.of(tmp_path)
    engine.folders[here] = tuple(Entry(name, EntryKind.FILE, 10, NOON) for name in NAMES)
    engine.folders[HOME] = (Entry("there.txt", EntryKind.FILE, 1, NOON),)
    engine.next_plan = PlanSummary(1, Direction.UPLOAD, files=3, bytes=30)
    options = LaunchOptions(
        settings=settings_in(tmp_path),
        credentials=Credentials("ASIATYPING", "s" * 40, "t" * 40, dt.datetime(2032, 1, 1, tzinfo=dt.UTC)),
        connection=Connection(Endpoint("https://s3.example.org"), Workspace("reef", "data/")),
        local_folder=tmp_path,
    )
    async with driven(engine, options, size=(80, 24), clock=lambda: NOON) as driven_app:
        await driven_app.until_listed(driven_app.app.browser.remote, HOME)
        await driven_app.until_listed(driven_app.app.browser.local, here)
        await driven_app.press("tab")
        yield driven_app


def engine_of(user: Driven) -> SlowEngine:
    """The stand-in behind the application."""
    client = user.app.session.client
    assert isinstance(client, SlowEngine)
    return client


def submitted(user: Driven) -> list[tuple[object, ...]]:
    """What was queued."""
    return [asked[1:] for asked in engine_of(user).asked if asked[0] == "submit"]


async def burst(user: Driven, *keys: str) -> None:
    """Let keys arrive all at once, as a slow line delivers them."""
    for key in keys:
        character = key if len(key) == 1 else {"colon": ":", "slash": "/", "space": " "}.get(key)
        user.app.post_message(events.Key(key, character))
    await user.pilot.pause()
    await user.until(lambda: user.app.typist.idle, "the last key")


async def test_a_path_typed_with_the_colon_arrives_whole(user: Driven) -> None:
    await burst(user, "colon", *"/etc/nowhere")
    assert isinstance(user.app.screen, PromptDialog)
    await user.until_shown("/etc/nowhere")
    await burst(user, "enter", "j", "j")
    await user.until(lambda: str(user.app.browser.local.location) == "/etc/nowhere", "the place")


async def test_a_path_pasted_after_the_colon_goes_into_the_prompt(user: Driven) -> None:
    user.app.post_message(events.Key("colon", ":"))
    user.app.post_message(events.Paste("/etc/pasted"))
    await user.until_shown("/etc/pasted")
    assert isinstance(user.app.screen, PromptDialog)


async def test_a_paste_that_begins_like_cursor_keys_is_a_paste_all_the_same(
    user: Driven, monkeypatch: pytest.MonkeyPatch
) -> None:
    pasted: list[str] = []
    monkeypatch.setattr(user.app, "take_pasted", pasted.append)
    secret = "jjkJALrXUtnFEMI7MDENGbPxRfiCYzexampleKEY0"
    await burst(user, *secret)
    assert pasted == [secret]
    assert isinstance(user.app.screen, BrowserScreen), "no letter of it was a command"


async def test_cursor_keys_that_come_in_one_piece_all_count(user: Driven) -> None:
    await burst(user, *"jjk", "space", "j")
    entries = user.app.browser.local.entries
    assert [entries.table.names[row] for row in entries.table.marked_rows()] == ["a.nc"]
    assert entries.cursor == 3


async def test_a_dialog_and_the_key_that_closes_it_typed_at_once(user: Driven) -> None:
    before = user.text
    await burst(user, "j", "y", "c")
    assert isinstance(user.app.screen, BrowserScreen), "y opened the address, c closed it"
    assert not submitted(user)
    assert "Copy 3 files" not in user.text
    assert len(user.lines) == len(before.splitlines())
    assert all(name in user.text for name in NAMES), "the screen is not blank"


async def test_a_whole_copy_typed_ahead_of_a_slow_plan(user: Driven) -> None:
    engine = engine_of(user)
    engine.may_plan.clear()
    for key in ("a", "c", "enter"):
        user.app.post_message(events.Key(key, key if len(key) == 1 else None))
    await user.until_said("Counting …")
    assert not isinstance(user.app.screen, ChoiceDialog)
    engine.may_plan.set()
    await user.until(lambda: submitted(user), "the copy")
    assert isinstance(user.app.screen, BrowserScreen)


async def test_esc_gives_up_what_is_on_its_way_and_what_was_typed_for_it(user: Driven) -> None:
    engine = engine_of(user)
    engine.may_plan.clear()
    for key in ("a", "c", "c"):
        user.app.post_message(events.Key(key, key))
    await user.until_said("Counting …")
    user.app.post_message(events.Key("escape", None))
    await user.until(lambda: user.app.typist.idle, "the end of it")
    engine.may_plan.set()
    await burst(user, "g")
    assert isinstance(user.app.screen, BrowserScreen)
    assert not submitted(user)


async def test_one_answer_a_clash_and_one_for_all_that_are_not_shown(user: Driven, tmp_path: Path) -> None:
    clashes = tuple(Clash(n, HOME.child(f"f{n}"), 1, NOON, 1, NOON - 60) for n in range(2))
    engine_of(user).next_plan = PlanSummary(1, Direction.UPLOAD, 300, 300, clash_count=250, clashes=clashes)
    await burst(user, "a", "c", "enter")
    await user.until_said("The first 2 are asked about one by one, the rest together.")
    await burst(user, "s", "o")
    await user.until_said("248 more files of 250 exist already.")
    await burst(user, "n")
    await user.until(lambda: submitted(user), "the copy")
    decisions = {0: ClashPolicy.SKIP, 1: ClashPolicy.OVERWRITE}
    assert submitted(user) == [(1, ClashPolicy.NEWER, decisions)]


async def test_giving_up_the_last_question_gives_up_the_copy(user: Driven) -> None:
    clash = Clash(0, HOME.child("f0"), 1, NOON, 1, NOON - 60)
    engine_of(user).next_plan = PlanSummary(1, Direction.UPLOAD, 300, 300, clash_count=250, clashes=(clash,))
    await burst(user, "a", "c", "enter", "s")
    await user.until_said("249 more files of 250 exist already.")
    await user.press("escape")
    assert not submitted(user)
    assert ("drop_plan", 1) in engine_of(user).asked


async def test_an_address_can_be_shown_with_nothing_beside_it(user: Driven) -> None:
    await burst(user, "tab", "y")
    await user.until_said("Terminals do not confirm that")
    await burst(user, "p")
    assert isinstance(user.app.screen, PlainText)
    await user.until(lambda: user.lines[0] == "s3://reef/data/", "the address alone")
    await burst(user, "q")
    assert isinstance(user.app.screen, BrowserScreen)
