"""The whole application under a pilot: started over a real engine or a stand-in, read as a user reads it."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from textual import events
from textual.keys import _character_to_key
from textual.pilot import Pilot
from textual.strip import Strip

from s3tui.config import Settings
from s3tui.engine.client import EngineClient
from s3tui.model.location import LocalLocation, Location
from s3tui.tui.app import S3tuiApp
from s3tui.tui.options import LaunchOptions
from s3tui.tui.widgets.pane import Pane

PATIENCE = 50.0
"""Seconds after which something that was waited for counts as never happening."""


class Driven:
    """An application with somebody at the keys."""

    def __init__(self, app: S3tuiApp, pilot: Pilot[None]) -> None:
        """Drive `app`."""
        self.app = app
        self.pilot = pilot

    async def press(self, *keys: str) -> None:
        """Press keys one after the other, and wait until they have had their effect."""
        # A question that comes by itself takes no answer at first: users have to see it before.
        await self.until(lambda: time.monotonic() >= getattr(self.app.screen, "unasked_until", 0.0))
        await self.pilot.press(*keys)
        await self._typed()

    async def type(self, text: str) -> None:
        """Type a text into the field that has the keyboard, as fast as keys can come."""
        for character in text:
            self.app.post_message(events.Key(_character_to_key(character), character))
        arrived = asyncio.Event()
        self.app.call_later(arrived.set)
        async with asyncio.timeout(PATIENCE):
            await arrived.wait()
        await self._typed()

    async def _typed(self) -> None:
        async with asyncio.timeout(PATIENCE):
            while self.app.is_running and not self.app.typist.idle:
                await self.pilot.pause(0.005)
        await self.pilot.pause()

    async def until(self, condition: Callable[[], object], what: str = "") -> None:
        """Let the application go on until something is true."""
        try:
            async with asyncio.timeout(PATIENCE):
                while not condition():
                    await self.pilot.pause(0.02)
        except TimeoutError:
            raise AssertionError(f"never came: {what or condition}\n{self.text}") from None

    async def until_shown(self, text: str) -> None:
        """Wait until a text stands on the screen."""
        await self.until(lambda: text in self.text, f"{text!r} on the screen")

    async def until_listed(self, pane: Pane, location: Location | None = None) -> None:
        """Wait until a pane has all entries of its folder."""
        await self.until(
            lambda: (
                pane.location is not None
                and not pane.listing
                and (location is None or pane.location == location)
            ),
            f"the listing of {location or pane.id}",
        )

    @property
    def lines(self) -> list[str]:
        """The screen's lines as they are drawn, dialogs and all."""
        return [strip.text.rstrip() for strip in self.strips]

    @property
    def strips(self) -> list[Strip]:
        """The screen's lines as they are drawn, with their styles."""
        return self.app.screen._compositor.render_strips()

    @property
    def text(self) -> str:
        """The screen as one text; lines that a dialog wraps are joined again by `until_said`."""
        return "\n".join(self.lines)

    @property
    def said(self) -> str:
        """The screen as one line, so that wrapped sentences can be found."""
        return " ".join(" ".join(line.strip("│ ") for line in self.lines).split())

    async def until_said(self, sentence: str) -> None:
        """Wait until a sentence stands on the screen, however it is wrapped."""
        await self.until(lambda: sentence in self.said, f"{sentence!r} on the screen")

    def names(self, pane: Pane) -> list[str]:
        """The entries a pane shows, in their order."""
        table = pane.entries.table
        return [table.names[row] for row in table.shown_rows()]

    async def until_named(self, pane: Pane, name: str) -> None:
        """Wait until a pane shows an entry."""
        await self.until(lambda: name in self.names(pane), f"{name} in {pane.id}")

    async def until_gone(self, pane: Pane, name: str) -> None:
        """Wait until a pane does not show an entry any more."""
        await self.until(lambda: name not in self.names(pane), f"the end of {name} in {pane.id}")

    async def put_cursor_on(self, pane: Pane, name: str) -> None:
        """Move a pane's cursor to an entry, and the keyboard to the pane."""
        pane.focus_list()
        await self.until_named(pane, name)
        pane.entries.place_cursor(name)
        await self.pilot.pause()

    async def go_to(self, place: str) -> None:
        """Use the go-to command."""
        await self.press("colon")
        await self.press("ctrl+u", "ctrl+k")
        await self.type(place)
        await self.press("enter")


@asynccontextmanager
async def driven(
    client: EngineClient,
    options: LaunchOptions,
    *,
    size: tuple[int, int] = (100, 30),
    clock: Callable[[], float] | None = None,
) -> AsyncIterator[Driven]:
    """Run the application until the block ends, then see its engine and demo server off."""
    app = S3tuiApp(client, options, clock) if clock is not None else S3tuiApp(client, options)
    try:
        async with app.run_test(size=size) as pilot:
            yield Driven(app, pilot)
    finally:
        await client.shutdown()
        app.stop_demo()


def settings_in(folder: Path) -> Settings:
    """Settings whose journal lies in a folder of the test's own."""
    return Settings(state_dir=str(folder / "state"), workers=0)


def local(path: Path, name: str = "") -> LocalLocation:
    """A local location."""
    return LocalLocation.of(path / name if name else path)
