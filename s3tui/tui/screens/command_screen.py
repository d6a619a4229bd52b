"""The base of the screens that have commands: their keys come from the catalogue and nowhere else."""

from typing import ClassVar

from textual import on
from textual.screen import Screen

from s3tui.engine import messages as say
from s3tui.tui.commands.bindings import commands_for
from s3tui.tui.commands.keys import key_text
from s3tui.tui.commands.model import Command, Scope
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
        self.stage = Stage(self, self.tell, session.question_turn)

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
        return True

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
