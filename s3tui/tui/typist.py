"""Gives keys and pastes to the screens one at a time and in their order, each to the screen it was typed for.

Textual passes every key on as it comes, while what the key before it began (a dialog, another screen, a
line to type into) may still be on its way. Typed fast, or bundled by a slow line, keys would then be lost,
reach the wrong screen, or open two dialogs at once. Here a key waits until the one before it has had its
whole effect: nothing is under way between widgets, the question it leads to is up, the keyboard is there.
"""

import asyncio
from collections import deque
from typing import Protocol

from textual import events
from textual.app import App
from textual.message import Message
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Input

from s3tui.tui.browse.paste_guard import GAP_SECONDS, Burst, burst_of
from s3tui.tui.dialogs.dialog import Dialog
from s3tui.tui.screens.command_screen import CommandScreen
from s3tui.tui.stage import Stage
from s3tui.tui.widgets.paste_box import PasteBox

STALE_SECONDS = 2.0
"""Keys typed later than this after one whose question has not come are not kept for it: only Esc counts."""

_ROUNDS = 3
"""How often a message is sent the way of a key: a key may cause a message, and that another one."""

_ROUND_SECONDS = 0.1
"""How long such a message may take; its way ends early where a widget goes away."""

_LOOK_SECONDS = 0.01
_SCREEN_SECONDS = 3.0
"""How long a screen may take to be there; keys are not held for ever."""

_HARMLESS = ("list('cursor_up')", "list('cursor_down')")
"""Actions that need not wait until it is known whether their key begins a paste."""

_GIVE_UP = ("escape", "ctrl+g", "f10", "ctrl+q")

Typed = events.Key | events.Paste


class Typing(Protocol):
    """What the application does with what is typed."""

    @property
    def keys_are_commands(self) -> bool:
        """Whether characters are commands now."""

    @property
    def beginning(self) -> bool:
        """Whether the first screen is not decided on yet."""

    async def let_through(self, event: Typed) -> None:
        """Give a key or a paste to the screen."""

    def take_pasted(self, text: str) -> None:
        """Take a paste that came as single keys."""


class Passing(Message):
    """Goes the way that keys go, behind one."""

    def __init__(self) -> None:
        """Be under way."""
        super().__init__()
        self.arrived = asyncio.Event()


class Typist:
    """Holds what was typed and has not been given to a screen."""

    def __init__(self, app: App[None], typing: Typing) -> None:
        """Type into `app`; begin with `run`."""
        self._app = app
        self._typing = typing
        self._waiting: deque[Typed] = deque()
        self._ahead: list[Typed] = []
        """Keys that have moved the cursor already, and may be the beginning of a paste all the same."""
        self._arrived = asyncio.Event()
        self._expecting_since: float | None = None
        self._at_work = False

    @property
    def idle(self) -> bool:
        """Whether everything typed has had its effect."""
        return not self._waiting and not self._at_work

    def take(self, event: Typed) -> None:
        """Keep a key or a paste until its turn comes."""
        stage = self._expecting_stage
        if stage is not None:
            if isinstance(event, events.Key) and event.key in _GIVE_UP:
                self._waiting.clear()
                stage.give_up()
                return
            since = self._expecting_since
            if since is not None and event.time - since > STALE_SECONDS:
                stage.tell("Still working on it; Esc stops.")
                return
        self._waiting.append(event)
        self._arrived.set()

    async def run(self) -> None:
        """Type until cancelled."""
        while True:
            await self._arrived.wait()
            self._arrived.clear()
            self._at_work = True
            try:
                while self._waiting:
                    await self._until_there()
                    if self._waiting:
                        await self._next()
                await self._until_there()
            finally:
                self._at_work = False

    # ---- one key ---------------------------------------------------------------------------------------

    async def _next(self) -> None:
        if self._typing.keys_are_commands:
            burst = await self._whole_burst()
            if burst.text:
                for _ in range(burst.count - len(self._ahead)):
                    self._waiting.popleft()
                self._ahead.clear()
                self._typing.take_pasted(burst.text)
                return
            if not self._waiting:
                return
        event = self._waiting.popleft()
        if self._harmless(event):
            self._ahead.append(event)
        screen = self._app.screen
        if isinstance(screen, Dialog) and event.time < screen.unasked_until:
            return
        await self._typing.let_through(event)
        if not self._goes_into_a_text(event):
            await self._effect(screen)

    async def _whole_burst(self) -> Burst:
        """The keys that came together with the first one, once it is known whether they are a paste.

        A key that only moves the cursor is let through before that.
        """
        loop = asyncio.get_running_loop()
        while self._waiting:
            if self._ahead and self._waiting[0].time - self._ahead[-1].time > GAP_SECONDS:
                self._ahead.clear()
            burst = burst_of((*self._ahead, *self._waiting), loop.time())
            if not burst.wait or (burst.wait <= GAP_SECONDS and self._harmless(self._waiting[0])):
                return burst
            await asyncio.sleep(burst.wait)
        return Burst()

    def _harmless(self, event: Typed) -> bool:
        """Whether a key does nothing but move the cursor by one line, where characters are commands."""
        if not isinstance(event, events.Key) or not event.is_printable or not self._typing.keys_are_commands:
            return False
        active = self._app.active_bindings.get(event.key)
        return active is not None and active.binding.action in _HARMLESS

    def _goes_into_a_text(self, event: Typed) -> bool:
        """Whether a key changes nothing but the text it is typed into, so that the next need not wait."""
        if not isinstance(event, events.Key) or not event.is_printable:
            return False
        return isinstance(self._app.focused, Input | PasteBox)

    async def _effect(self, screen: Screen[object]) -> None:
        """Wait until what was let through has been dealt with by every widget it concerns."""
        for _ in range(_ROUNDS):
            target: Widget = self._app.focused or self._app.screen
            passing = Passing()
            passing.set_sender(self._app)
            if not target.post_message(passing):
                continue
            try:
                async with asyncio.timeout(_ROUND_SECONDS):
                    await passing.arrived.wait()
            except TimeoutError:
                if self._app.screen is not screen:
                    return

    # ---- waiting for the screen ------------------------------------------------------------------------

    @property
    def _expecting_stage(self) -> Stage | None:
        """The stage of the screen on top, while a question is on its way to it."""
        top = self._app.screen_stack[-1] if self._app.screen_stack else None
        return top.stage if isinstance(top, CommandScreen) and top.stage.expecting else None

    async def _until_there(self) -> None:
        """Wait until the screen that the next key is for can take it."""
        loop = asyncio.get_running_loop()
        begun = loop.time()
        while True:
            expecting = self._expecting_stage is not None
            if expecting and self._expecting_since is None:
                self._expecting_since = loop.time()
            elif not expecting:
                self._expecting_since = None
                if self._there or loop.time() - begun > _SCREEN_SECONDS:
                    return
            await asyncio.sleep(_LOOK_SECONDS)

    @property
    def _there(self) -> bool:
        """Whether the screen on top is up and has given the keyboard to the widget that wants it."""
        if self._typing.beginning or not self._app.screen_stack:
            return False
        screen = self._app.screen
        return screen.is_mounted and (screen.focused is not None or not screen.focus_chain)
