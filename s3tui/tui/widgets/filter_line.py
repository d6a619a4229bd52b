"""The line in which a pane's filter is typed; it stays visible while the filter holds."""

from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.message import Message
from textual.widgets import Input

from s3tui.tui.view.line_parts import Part
from s3tui.tui.widgets.text_line import TextLine


class _Sign(TextLine):
    """The sign before the field."""


class FilterLine(Horizontal):
    """A field for part of a name or a glob; Enter keeps the filter, Esc drops it."""

    DEFAULT_CSS = """
    FilterLine { height: 1; display: none; background: $surface; }
    FilterLine Input { width: 1fr; height: 1; border: none; padding: 0; background: $surface; }
    FilterLine _Sign { width: 3; background: $surface; color: $text-accent; text-style: bold; }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,ctrl+g", "drop", "Drop the filter", id="filter.drop", show=False),
        Binding("down,tab", "keep", "Back to the list", id="filter.keep", show=False),
    ]

    class Changed(Message):
        """Another pattern was typed."""

        def __init__(self, pattern: str) -> None:
            """Remember the pattern."""
            super().__init__()
            self.pattern = pattern

    class Done(Message):
        """Typing is over; `keep` says whether the filter holds."""

        def __init__(self, keep: bool) -> None:
            """Remember the decision."""
            super().__init__()
            self.keep = keep

    def __init__(self) -> None:
        """Start closed."""
        super().__init__()
        self._input = Input(placeholder="part of a name, or *.csv", select_on_focus=False, compact=True)
        self._input.cursor_blink = False

    def compose(self) -> ComposeResult:
        """Sign and field."""
        sign = _Sign()
        sign.show([Part(" / ")])
        yield sign
        yield self._input

    def open(self, pattern: str) -> None:
        """Show the line with a pattern in it and give it the keyboard."""
        self.display = True
        with self.prevent(Input.Changed):
            self._input.value = pattern
        self._input.cursor_position = len(pattern)
        self._input.focus()

    def close(self) -> None:
        """Hide the line and forget the pattern."""
        self.display = False
        with self.prevent(Input.Changed):
            self._input.value = ""

    def action_drop(self) -> None:
        """Drop the filter."""
        self.post_message(self.Done(False))

    def action_keep(self) -> None:
        """Keep the filter and go back to the list."""
        self.post_message(self.Done(True))

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        self.post_message(self.Changed(event.value))

    @on(Input.Submitted)
    def _entered(self, event: Input.Submitted) -> None:
        event.stop()
        self.action_keep()

    def on_paste(self, event: events.Paste) -> None:
        """A paste belongs to the field, not to the credentials screen."""
        event.stop()
