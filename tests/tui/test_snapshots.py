"""Pictures of the main screens at 80×24 and 120×40, over a stand-in with fixed data and a fixed clock."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from textual import events
from textual.pilot import Pilot

from s3tui.engine.messages import CredentialState, Snapshot
from s3tui.model.credentials import Connection, Credentials, Endpoint, Workspace
from s3tui.model.entry import Entry, EntryKind
from s3tui.model.location import LocalLocation, S3Location
from s3tui.model.transfer import Clash, Direction, PlanSummary, QueueSummary, TransferStatus
from s3tui.tui.app import S3tuiApp
from s3tui.tui.options import LaunchOptions
from tests.tui.conftest import NOON
from tests.tui.driving import PATIENCE, settings_in
from tests.tui.standin import StandInEngine
from tests.tui.test_credentials_screen import PASTE
from tests.tui.widgets.samples import SUMMARY, TRANSFERS, transfer

SIZES = pytest.mark.parametrize("size", [(80, 24), (120, 40)], ids=["80x24", "120x40"])
HOME = S3Location("rrap-storage-bucket", "datasets/10378-1-42/")
REEF = Path("/home/me/scratch/reef")
DAY = 86400.0
D, F = EntryKind.FOLDER, EntryKind.FILE
Story = Callable[[Pilot[None]], Awaitable[None]]
Compare = Callable[..., bool]


def sample_engine() -> StandInEngine:
    """Two folders, a queue, a plan with a clash."""
    engine = StandInEngine()
    engine.folders[LocalLocation.of(REEF)] = (
        Entry("images", D, modified=NOON - 3 * DAY),
        Entry("notes.md", F, 3100, NOON - 9 * DAY),
        Entry("survey-2031.csv", F, 12_400_000, NOON - 3000),
        Entry("transects.nc", F, 1_900_000_000, NOON - 40 * DAY),
        Entry("Überfahrt nach São Tomé.txt", F, 812, NOON - 70 * DAY),
    )
    engine.folders[LocalLocation.of(REEF / "images")] = (
        Entry("one.png", F, 1000, NOON),
        Entry("two.png", F, 2000, NOON),
    )
    engine.folders[HOME] = (
        Entry("images", D),
        Entry("qc", D),
        *(
            Entry(f"sample_{n:04}_R1.fastq.gz", F, 410_000_000 + n * 9_700_000, NOON - n * DAY)
            for n in range(9)
        ),
        Entry("readme.txt", F, 2100, NOON - 1000),
    )
    engine.rows = TRANSFERS
    clash = Clash(0, HOME.child("transects.nc"), 1_900_000_000, NOON - DAY, 1_800_000_000, NOON - 2 * DAY)
    engine.next_plan = PlanSummary(
        1,
        Direction.UPLOAD,
        files=2_000,
        bytes=1_900_000_000,
        clash_count=3,
        clashes=(clash,) * 3,
        skipped=("control.fifo is a FIFO: it has no contents to copy.",),
        skipped_count=1,
    )
    return engine


@pytest.fixture
def app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> S3tuiApp:
    """Gives an application that was given credentials."""
    monkeypatch.setenv("HOME", "/home/me")
    return sample_app(tmp_path, known=True)


def sample_app(folder: Path, *, known: bool) -> S3tuiApp:
    """The application over the sample engine."""
    options = LaunchOptions(
        settings=settings_in(folder),
        credentials=Credentials("ASIAQX5TESTKEYQX7M42", "s" * 40, "t" * 100) if known else None,
        connection=Connection(Endpoint("https://s3.reef.example.org"), Workspace(HOME.bucket, HOME.key))
        if known
        else Connection(),
        local_folder=REEF,
    )
    app = S3tuiApp(sample_engine(), options, clock=lambda: NOON)
    app.session.pace = 40_000_000
    return app


def story(*keys: str, tell: tuple[Any, ...] = ()) -> Story:
    """Wait until both panes are there, let the engine tell something, press keys."""

    async def run(pilot: Pilot[None]) -> None:
        app = pilot.app
        assert isinstance(app, S3tuiApp)
        panes = app.browser.local, app.browser.remote
        async with asyncio.timeout(PATIENCE):
            while not app.browser.remote.active or any(p.location is None or p.listing for p in panes):
                await pilot.pause(0.02)
        client = app.session.client
        assert isinstance(client, StandInEngine)
        client.tell(CredentialState("ASIA…7M42", True, NOON + 42 * 60 + 10))
        for event in tell:
            client.tell(event)
        for key in keys:
            await pilot.press(key)
            await pilot.pause()
        await pilot.pause(0.3)

    return run


HELD = Snapshot(
    QueueSummary(
        held=3, succeeded=12, bytes_total=5_000_000_000, bytes_done=2_000_000_000, bytes_safe=1_900_000_000
    ),
    tuple(
        transfer(n, f"sample_{n:04}.nc", TransferStatus.HELD, 1_000_000_000, 400_000_000) for n in (1, 2, 3)
    ),
)
EXPIRED = CredentialState("ASIA…7M42", True, NOON - 10, waiting=3)

SCENES: dict[str, Story] = {
    "browser": story("tab", "j", "j", "j", "space"),
    "browser_with_transfers": story(tell=(Snapshot(SUMMARY, TRANSFERS),)),
    "browser_held": story(tell=(HELD, EXPIRED)),
    "transfers": story("t", "j", "j", "j", tell=(Snapshot(SUMMARY, TRANSFERS),)),
    "help": story("question_mark"),
    "plan": story("tab", "j", "c"),
    "clash": story("tab", "j", "c", "c"),
    "delete": story("tab", "j", "space", "space", "D"),
    "prompt": story("tab", "j", "j", "r"),
}


@SIZES
@pytest.mark.parametrize("scene", list(SCENES))
def test_scene(snap_compare: Compare, app: S3tuiApp, scene: str, size: tuple[int, int]) -> None:
    assert snap_compare(app, run_before=SCENES[scene], terminal_size=size)


@SIZES
def test_credentials_empty(snap_compare: Compare, tmp_path: Path, size: tuple[int, int]) -> None:
    async def run(pilot: Pilot[None]) -> None:
        await pilot.pause(0.3)

    assert snap_compare(sample_app(tmp_path, known=False), run_before=run, terminal_size=size)


@SIZES
def test_credentials_understood(snap_compare: Compare, tmp_path: Path, size: tuple[int, int]) -> None:
    async def run(pilot: Pilot[None]) -> None:
        await pilot.pause(0.3)
        pilot.app.post_message(events.Paste(PASTE))
        await pilot.pause(0.3)

    assert snap_compare(sample_app(tmp_path, known=False), run_before=run, terminal_size=size)
