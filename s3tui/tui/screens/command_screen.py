"""The base of the screens that have commands: their keys come from the catalogue and nowhere else."""

from functools import partial
from typing import ClassVar

from textual import on
from textual.screen import Screen

from s3tui.engine import messages as say
from s3tui.model.credentials import Connection
from s3tui.model.failure import Failure
from s3tui.tui.commands.bindings import commands_for, key_hints
from s3tui.tui.commands.keys import key_text
from s3tui.tui.commands.model import Command, Scope
from s3tui.tui.dialogs.identity import COPY, Standing, identity_dialog
from s3tui.tui.dialogs.message import FailureDialog
from s3tui.tui.session import Session
from s3tui.tui.stage import Stage
from s3tui.tui.widgets.key_bar import KeyBar
from s3tui.tui.widgets.line_list import LineList
from s3tui.tui.widgets.notice_line import NoticeLine


class CommandScreen(Screen[None], inherit_bindings=False):
    """A screen with commands, a notice line and the session's events."""

    scope: ClassVar[Scope]
    """Which commands of the catalogue it has."""

    def __init__(self, session: Session) -> None:
        """Show what `session` holds."""
        super().__init__()
        self.session = session
        self.stage = Stage(self, self.tell, session.question_turn, self.note_refusal)

    def on_mount(self) -> None:
        """Listen to the engine from now on."""
        self.session.events.subscribe(self, self.heard)

    def heard(self, event: say.Event) -> None:
        """Take in what the engine tells; screens add what they show of it."""
        if isinstance(event, say.Notice) and self.is_current:
            self.tell(event.text, event.serious)

    def tell(self, sentence: str, serious: bool = False) -> None:
        """Say one sentence in the notice line."""
        for line in self.query(NoticeLine):
            line.say(sentence, serious=serious)

    def offers(self, command: Command) -> bool:
        """Whether a command can do something now; key bar, help and palette leave out what cannot."""
        refusal = self.refusal
        return command.id != "explain" or (
            refusal is not None and refusal is not self.session.refusals.explained
        )

    def reason_against(self, command: Command) -> str:
        """Why a command would be refused now, in one sentence; it is greyed out then. Empty is the rule."""
        return ""

    def show_keys(self) -> None:
        """Draw the key bar for what can be done now."""
        for bar in self.query(KeyBar):
            bar.show(key_hints(self.scope, self.offers, self.reason_against))

    # ---- refusals --------------------------------------------------------------------------------------

    @property
    def refusal(self) -> Failure | None:
        """The refusal that is looked at, or else the last one that was told."""
        return self.session.refusals.last

    def note_refusal(self, failure: Failure) -> None:
        """Remember what was told in one sentence, so that its details can be asked for."""
        self.session.refusals.last = failure
        self.show_keys()

    def action_explain(self) -> None:
        """Show the details of a refusal."""
        refusal = self.refusal
        if refusal is None:
            self.tell("Nothing was refused.")
        else:
            self.stage.start(partial(self._explain, refusal), "explain", asks=True)

    async def _explain(self, refusal: Failure) -> None:
        await self.stage.ask(FailureDialog("Why", refusal, open_details=True))
        if self.session.refusals.last is refusal:
            self.session.refusals.explained = refusal
            self.show_keys()

    # ---- who am I --------------------------------------------------------------------------------------

    def action_who_am_i(self) -> None:
        """Show who the credentials belong to, and what they are for."""
        if self.session.connection is None:
            self.tell("You are not connected: K takes credentials.")
        else:
            work = partial(self._who_am_i, self.session.connection)
            self.stage.start(work, "who", title="Who am I", asks=True)

    async def _who_am_i(self, connection: Connection) -> None:
        session = self.session
        self.tell("Asking who you are …")
        try:
            identity = await session.client.who_am_i()
        finally:
            self.tell("")
        facts = Standing(
            identity, connection, session.state, session.origin, session.refusals.read_only, session.clock()
        )
        if await self.stage.ask(identity_dialog(facts)) == COPY:
            self.app.copy_to_clipboard(facts.text)
            self.tell("Sent to the terminal's clipboard.")

    @property
    def command_list(self) -> LineList | None:
        """The list that cursor commands move in."""
        return None

    def action_list(self, verb: str) -> None:
        """Let the list do something: "cursor_down", "mark" …"""
        target = self.command_list
        if target is not None:
            getattr(target, f"action_{verb}")()

    @on(KeyBar.Clicked)
    def _hint_clicked(self, event: KeyBar.Clicked) -> None:
        event.stop()
        for command in commands_for(self.scope):
            if event.key == key_text(command.keys_in(self.scope)[0]):
                self.run_worker(self.run_action(command.action))
