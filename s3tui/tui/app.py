"""The application: owns the session, puts up screens, and keeps pastes from being commands."""

import asyncio
import importlib
import time
from collections.abc import Callable, Iterable
from functools import partial
from typing import TYPE_CHECKING, Any

from textual import events, on, work
from textual.app import SystemCommand
from textual.screen import Screen
from textual.signal import Signal

from s3tui.engine import messages as say
from s3tui.engine.client import EngineClient
from s3tui.errors import S3tuiError
from s3tui.formatting import count_text
from s3tui.model.credentials import Connection
from s3tui.model.location import LocalLocation
from s3tui.tui.commands.bindings import commands_for
from s3tui.tui.commands.keys import keys_text
from s3tui.tui.commands.model import Scope
from s3tui.tui.dialogs.confirm import YES, confirm_dialog
from s3tui.tui.dialogs.message import failure_dialog
from s3tui.tui.options import LaunchOptions
from s3tui.tui.screens.browser import BrowserScreen
from s3tui.tui.screens.command_screen import CommandScreen
from s3tui.tui.session import Session
from s3tui.tui.sign_in.asked import Questions
from s3tui.tui.sign_in.caretaker import Caretaker
from s3tui.tui.sign_in.draft import Refused
from s3tui.tui.stage import Stage, failure_of
from s3tui.tui.starting import Starting
from s3tui.tui.terminal.guarded_app import GuardedApp
from s3tui.tui.themes import THEMES, theme_name
from s3tui.tui.typist import Passing, Typed, Typist
from s3tui.tui.view.transfer_lines import stopping_text
from s3tui.tui.warning import ExpiryWarning

if TYPE_CHECKING:
    from s3tui.tui.screens.credentials import CredentialsScreen

REMEMBER_SECONDS = 30.0
"""How often the folder of a kept connection is written down, if it is another one."""

_LATER = ("s3tui.tui.screens.credentials", "s3tui.tui.screens.transfers", "s3tui.tui.screens.help")
"""Screens that nobody sees at first: imported behind the first frame, or when they are opened before that."""


class S3tuiApp(GuardedApp, inherit_bindings=False):
    """s3tui on a terminal."""

    TITLE = "s3tui"
    CSS_PATH = "app.tcss"
    HORIZONTAL_BREAKPOINTS = [  # noqa: RUF012 - an instance variable of App by its own declaration
        (0, "-tiny"),
        (60, "-narrow"),
        (100, "-wide"),
    ]
    COMMAND_PALETTE_BINDING = ""

    def __init__(
        self, client: EngineClient, options: LaunchOptions, clock: Callable[[], float] = time.time
    ) -> None:
        """Run over an engine that was spawned; `clock` gives Unix seconds."""
        # Textual decides on its filter for NO_COLOR here, before it knows the theme.
        super().__init__(ansi_color=True if options.few_colours else None)
        self.animation_level = "none"
        self._options = options
        self._events: Signal[say.Event] = Signal(self, "engine")
        self.session = Session(client, options.settings, self._events, clock)
        self.browser = BrowserScreen(self.session)
        self._starting = Starting(
            self.session, self.browser.stage, self.browser, options, self._begin_with_credentials
        )
        self._caretaker = Caretaker(self.session, self.browser.stage, lambda: self.browser.remote.location)
        self._questions = Questions(client, self.browser.stage)
        self._warning = ExpiryWarning(self.session)
        self.typist = Typist(self, self)
        self._beginning = True
        client.on_event = self.session.take
        client.on_death = self._engine_died

    def on_mount(self) -> None:
        """Put up the browser and start everything behind it."""
        for theme in THEMES:
            self.register_theme(theme)
        self.theme = theme_name(
            self._options.settings.theme,
            known=set(self.available_themes),
            few_colours=self._options.few_colours,
        )
        self.push_screen(self.browser)
        self.set_interval(5.0, self._warn_of_expiry)
        self.set_interval(REMEMBER_SECONDS, self._remember)
        self._events.subscribe(self, self._heard)
        self._start()
        self._type()

    @work
    async def _start(self) -> None:
        try:
            await self._starting.run()
        except S3tuiError as error:
            self._beginning = False
            await self.browser.stage.ask(failure_dialog("The engine did not start", failure_of(error)))
            self.exit(return_code=1)
        finally:
            self._beginning = False
        await asyncio.to_thread(_import_the_rest)

    @work
    async def _type(self) -> None:
        await self.typist.run()

    def _warn_of_expiry(self) -> None:
        warning = self._warning.due()
        if warning is not None:
            self.session.take(warning)

    # ---- the engine's death ----------------------------------------------------------------------------

    def _engine_died(self, sentence: str) -> None:
        self.session.take(say.Notice(f"{sentence} Starting it again …", serious=True))
        self._revive()

    @work(exclusive=True, group="revive")
    async def _revive(self) -> None:
        try:
            await self.session.revive()
        except S3tuiError as error:
            await self.browser.stage.ask(failure_dialog("The engine stopped", failure_of(error)))
            return
        self.session.take(say.Notice("The engine runs again; transfers go on from the journal."))
        self.browser.renewed()

    # ---- screens ---------------------------------------------------------------------------------------

    def action_credentials(self, text: str = "") -> None:
        """Open the credentials screen, with a paste that came elsewhere."""
        from s3tui.tui.screens.credentials import CredentialsScreen

        if isinstance(self.screen, CredentialsScreen):
            self.screen.take_paste(text)
            return
        self._remember()
        self.push_screen(self._credentials_screen(text=text))

    def _begin_with_credentials(self, refused: Refused | None) -> None:
        """Open the credentials screen first, because none were given or they were refused."""
        self.push_screen(self._credentials_screen(refused=refused))

    def _credentials_screen(self, *, text: str = "", refused: Refused | None = None) -> "CredentialsScreen":
        from s3tui.tui.screens.credentials import CredentialsScreen

        wanted = self._options.connection if self._options.connection != Connection() else None
        return CredentialsScreen(self.session, self._starting.demo, wanted=wanted, text=text, refused=refused)

    def on_credentials_screen_connected(self, message: "CredentialsScreen.Connected") -> None:
        """Show the place that the credentials screen has connected to."""
        arrival = message.arrival
        if arrival.renewed:
            self.browser.renewed()
            self.browser.stage.start(self._caretaker.renewed, "keep", title="Kept connection")
        else:
            self.browser.open_home(arrival.folder)
        if arrival.local_folder:
            self.browser.open_local(LocalLocation.of(arrival.local_folder))
        self.browser.stage.start(self._starting.offer_unfinished, "unfinished", title="Unfinished transfers")

    def _heard(self, event: say.Event) -> None:
        if isinstance(event, say.Question):
            # It may come while the first connection is made, and is answered by typing.
            self._beginning = False
            self.browser.stage.start(partial(self._questions.ask, event), f"question-{event.question_id}")

    def action_keep_connection(self) -> None:
        """Keep the connection in use, after a question."""
        self._caretaker.keep(self._starting.demo is not None)

    def action_forget_connection(self) -> None:
        """Forget a connection that was kept, after a question."""
        self._caretaker.forget()

    def _remember(self) -> None:
        self.browser.stage.start(self._caretaker.remember, "remember")

    def action_transfers(self) -> None:
        """Open the queue."""
        from s3tui.tui.screens.transfers import TransfersScreen

        self.push_screen(TransfersScreen(self.session))

    def action_help(self) -> None:
        """Explain the keys of the screen that is open."""
        from s3tui.tui.screens.help import HelpScreen

        if isinstance(self.screen, CommandScreen):
            screen = self.screen
            self.push_screen(HelpScreen(self.session, screen.scope, screen.offers, screen.reason_against))

    def action_choose_theme(self) -> None:
        """Let the user choose the colours."""
        self.search_themes()

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:
        """The commands of the screen the palette was opened on."""
        if isinstance(screen, CommandScreen):
            for command in filter(screen.offers, commands_for(screen.scope)):
                keys = keys_text(command.keys_in(screen.scope))
                run = partial(screen.run_action, command.action)
                # The palette draws what stands beside a command faintly.
                yield SystemCommand(command.tooltip, screen.reason_against(command) or keys, run)

    # ---- keys and pastes -------------------------------------------------------------------------------

    async def on_event(self, event: events.Event) -> None:
        """Let the typist give keys and pastes to the screens, one at a time."""
        if isinstance(event, Typed) and not event.is_forwarded:
            self.typist.take(event)
        else:
            await super().on_event(event)

    async def let_through(self, event: Typed) -> None:
        """Give a key or a paste to the screen."""
        await super().on_event(event)

    @on(Passing)
    def _passed(self, message: Passing) -> None:
        message.arrived.set()

    @property
    def beginning(self) -> bool:
        """Whether the first screen is not decided on yet."""
        return self._beginning

    @property
    def keys_are_commands(self) -> bool:
        """Whether characters are commands now."""
        screen = self.screen
        if not isinstance(screen, CommandScreen) or screen.scope is Scope.CREDENTIALS:
            return False
        return screen.focused is None or screen.focused is screen.command_list

    def take_pasted(self, text: str) -> None:
        """Take a paste that came as single keys to the credentials screen."""
        self.action_credentials(text)

    def on_paste(self, event: events.Paste) -> None:
        """Take a paste that no field wanted to the credentials screen."""
        if self.keys_are_commands and event.text.strip():
            self.action_credentials(event.text)

    # ---- leaving ---------------------------------------------------------------------------------------

    def action_say_how_to_leave(self) -> None:
        """Say what Ctrl+C does not do."""
        self.session.take(say.Notice("Ctrl+C does not quit: q, F10 or Ctrl+Q does."))

    def told_to_end(self) -> None:
        """End without a question: the engine saves what it has as soon as we hang up."""
        self.session.client.abandon()
        super().told_to_end()

    async def action_quit(self) -> None:
        """Leave as the quit command does."""
        self.action_quit_program()

    def action_quit_program(self) -> None:
        """Leave; ask first while transfers run."""
        stage = self.screen.stage if isinstance(self.screen, CommandScreen) else self.browser.stage
        stage.start(partial(self._quit, stage), "quit", title="Quit", asks=True)

    async def _quit(self, stage: Stage) -> None:
        unfinished = await self._unfinished()
        if unfinished and not await self._may_leave(stage, unfinished):
            return
        self.session.take(say.Notice("Saving the state of transfers …"))
        await self._caretaker.remember()
        await self.session.client.shutdown()
        self.stop_demo()
        self.exit()

    def stop_demo(self) -> None:
        """End the demo server, if there is one, and all it made."""
        self._starting.stop_demo()

    async def _unfinished(self) -> int:
        """How many transfers are not finished; the last snapshot may be a moment old."""
        from s3tui.tui.screens.transfers import Show

        if not self.session.busy:
            return 0
        try:
            return (await self.session.client.transfers(0, 1, Show.ACTIVE.statuses)).total
        except S3tuiError:
            return self.session.busy

    async def _may_leave(self, stage: Stage, unfinished: int) -> bool:
        summary = self.session.snapshot.summary if self.session.snapshot else None
        answer = await stage.ask(
            confirm_dialog(
                "Quit",
                f"{count_text(unfinished, 'transfer')} not finished. Quit all the same?",
                "Quit",
                details=[stopping_text(unfinished, summary.bytes_safe if summary else 0)],
            )
        )
        return answer == YES


def _import_the_rest() -> None:
    for name in _LATER:
        importlib.import_module(name)
