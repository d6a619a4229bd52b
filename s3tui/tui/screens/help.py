"""The keys of a screen, all of them, made from the catalogue."""

from collections.abc import Callable
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.widgets import Static

from s3tui.tui.commands.bindings import bindings_for, commands_for, everything, key_hints, nothing_against
from s3tui.tui.commands.keys import keys_text
from s3tui.tui.commands.model import Command, Group, Scope
from s3tui.tui.screens.command_screen import CommandScreen
from s3tui.tui.session import Session
from s3tui.tui.view.line_parts import Part
from s3tui.tui.widgets.key_bar import KeyBar
from s3tui.tui.widgets.text_line import TextLine

_KEYS_WIDTH = 17


class HelpTitle(TextLine):
    """The first line of the help."""

    PREFIX = "help-title"
    DEFAULT_CSS = "HelpTitle { background: $panel; color: $text-accent; text-style: bold; }"


class HelpScreen(CommandScreen):
    """What every key does on the screen it was opened from."""

    scope = Scope.HELP
    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings_for(Scope.HELP),
        Binding("up,k", "scroll_by(-1)", "Up", id="help.up", show=False),
        Binding("down,j", "scroll_by(1)", "Down", id="help.down", show=False),
        Binding("pageup", "scroll_by(-15)", "Page up", id="help.page-up", show=False),
        Binding("pagedown,space", "scroll_by(15)", "Page down", id="help.page-down", show=False),
    ]
    AUTO_FOCUS = None

    def __init__(
        self,
        session: Session,
        about: Scope,
        offered: Callable[[Command], bool] = everything,
        reason_against: Callable[[Command], str] = nothing_against,
    ) -> None:
        """Explain the screen `about`, and only what is `offered` there now; arguments as for `help_text`."""
        super().__init__(session)
        self._about = about
        self._offered = offered
        self._reason_against = reason_against

    def compose(self) -> ComposeResult:
        """Title, text, keys."""
        title = HelpTitle()
        title.show([Part(f" Keys · {self._about}")])
        yield title
        with VerticalScroll(id="help", can_focus=False):
            yield Static(help_text(self._about, self._offered, self._reason_against), id="help-text")
        yield KeyBar(key_hints(self.scope))

    def action_scroll_by(self, lines: int) -> None:
        """Move the text."""
        self.query_one("#help").scroll_relative(y=lines, animate=False)

    def action_close(self) -> None:
        """Go back."""
        self.dismiss()


def help_text(
    scope: Scope,
    offered: Callable[[Command], bool] = everything,
    reason_against: Callable[[Command], str] = nothing_against,
) -> Text:
    """Groups of commands with their keys, one line each.

    Args:
        scope: the screen.
        offered: leaves out what can do nothing now.
        reason_against: says why a command would be refused now; such ones are greyed out, with the reason.
    """
    text = Text()
    for group in Group:
        commands = [each for each in commands_for(scope) if each.group is group and offered(each)]
        if commands:
            text.append(f"\n{group}\n", style="bold underline")
        for command in commands:
            keys = keys_text(command.keys_in(scope))
            reason = reason_against(command)
            text.append(f"  {keys:<{_KEYS_WIDTH}}", style="dim" if reason else "bold")
            text.append(f"{command.tooltip}\n", style="dim" if reason else "")
            if reason:
                text.append(f"{'':{_KEYS_WIDTH + 2}}{reason}\n", style="dim italic")
    return text
