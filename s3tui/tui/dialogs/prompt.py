"""One line to type at the bottom of the screen."""

from collections.abc import Callable

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Input, Static

from s3tui.formatting import printable
from s3tui.tui.dialogs.dialog import Dialog

Check = Callable[[str], str]
"""Gives a sentence on what is wrong with a text, or an empty string."""


def anything(text: str) -> str:
    """Find nothing wrong."""
    return ""


class PromptDialog(Dialog[str | None]):
    """Asks for a text; gives it back, or None."""

    def __init__(
        self,
        title: str,
        *,
        value: str = "",
        hint: str = "",
        check: Check = anything,
        select: int | None = None,
    ) -> None:
        """Make a prompt.

        Args:
            title: what is asked for; stands in the border.
            value: the text to begin with.
            hint: shown while the field is empty.
            check: called before the text is taken; its sentence keeps the dialog open.
            select: characters of `value` that typing replaces; None is none.
        """
        super().__init__()
        self._title = title
        self._value = value
        self._hint = hint
        self._check = check
        self._select = select

    def compose(self) -> ComposeResult:
        """Box, field, complaint."""
        with Vertical(classes="dialog -prompt") as box:
            box.border_title = Text(printable(self._title))
            field = Input(self._value, placeholder=self._hint, select_on_focus=False, compact=True)
            field.cursor_blink = False
            yield field
            yield Static("", markup=False, classes="-error", id="complaint")

    def on_mount(self) -> None:
        """Begin to type."""
        field = self.query_one(Input)
        field.focus()
        field.cursor_position = len(self._value)
        if self._select:
            field.selection = type(field.selection)(0, self._select)

    @on(Input.Changed)
    def _changed(self) -> None:
        self._complain("")

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        text = event.value.strip()
        wrong = self._check(text) if text else ""
        if wrong:
            self._complain(wrong)
        else:
            self.dismiss(text or None)

    def _complain(self, sentence: str) -> None:
        complaint = self.query_one("#complaint", Static)
        complaint.display = bool(sentence)
        complaint.update(printable(sentence))
