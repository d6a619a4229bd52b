"""A few lines to fill in; gives back what was typed, or None."""

from collections.abc import Callable, Mapping, Sequence
from typing import ClassVar

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.widgets import Input, Static

from s3tui.formatting import printable
from s3tui.tui.dialogs.dialog import Dialog

Line = tuple[str, str, str, str, bool]
"""Name, label, hint, first text, and whether what is typed is hidden."""

Complaint = tuple[str, str]
"""The field that is wrong, empty for none of them, and a sentence."""


class FormDialog(Dialog[Mapping[str, str] | None]):
    """Asks for several texts at once. Enter takes them, from any field; Tab goes from field to field."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("tab,down", "app.focus_next", "Next field", id="dialog.form.next", show=False),
        Binding(
            "shift+tab,up", "app.focus_previous", "Previous field", id="dialog.form.previous", show=False
        ),
    ]

    def __init__(
        self,
        title: str,
        lines: Sequence[Line],
        *,
        note: str = "",
        check: Callable[[Mapping[str, str]], Complaint | None] = lambda _: None,
    ) -> None:
        """Make a form.

        Args:
            title: stands in the border.
            lines: the fields from top to bottom.
            note: a sentence above them.
            check: called with what was typed before it is taken; a complaint keeps the form open.
        """
        super().__init__()
        self._title = title
        self._note = note
        self._check = check
        self._labels = [(name, label) for name, label, *_ in lines]
        self._inputs: dict[str, Input] = {}
        for name, _, hint, value, hidden in lines:
            field = Input(value, placeholder=hint, password=hidden, compact=True, select_on_focus=False)
            field.cursor_blink = False
            self._inputs[name] = field

    def compose(self) -> ComposeResult:
        """Note, fields, complaint."""
        with Vertical(classes="dialog -prompt") as box:
            box.border_title = Text(printable(self._title))
            box.border_subtitle = Text("Enter goes on · Esc gives up")
            if self._note:
                yield Static(printable(self._note), markup=False, classes="-faint")
            for name, label in self._labels:
                with Horizontal(classes="field"):
                    yield Static(label, markup=False, classes="field-name")
                    yield self._inputs[name]
            yield Static("", markup=False, classes="-error", id="complaint")

    def on_mount(self) -> None:
        """Begin to type."""
        next(iter(self._inputs.values())).focus()

    @on(Input.Changed)
    def _changed(self) -> None:
        self._complain("")

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        typed = {name: field.value for name, field in self._inputs.items()}
        wrong = self._check(typed)
        if wrong is None:
            for field in self._inputs.values():
                field.value = ""
            self.dismiss(typed)
            return
        name, sentence = wrong
        self._complain(sentence)
        if name in self._inputs:
            self._inputs[name].focus()

    def _complain(self, sentence: str) -> None:
        complaint = self.query_one("#complaint", Static)
        complaint.display = bool(sentence)
        complaint.update(printable(sentence))
