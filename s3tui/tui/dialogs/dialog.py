"""The one dialog all questions are made of: a title, some text, and choices with a key each.

It is small and has no veil over the rest, so that opening it sends few bytes. Foreign text may be put in:
markup is off, and nothing invisible gets through.
"""

from collections.abc import Sequence
from typing import ClassVar, TypeVar

from msgspec import Struct
from rich.text import Text
from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.screen import ModalScreen
from textual.widget import Widget
from textual.widgets import Button, Static

from s3tui.formatting import printable

Value = TypeVar("Value")

_CHOICES_A_LINE = 4

UNASKED_SECONDS = 0.5
"""How long a question that nobody asked for takes no answer: it may come under typing fingers."""


class Choice(Struct, frozen=True):
    """A possible answer."""

    value: str
    """What the dialog gives back."""
    label: str
    key: str
    """One letter that chooses it at once."""
    danger: bool = False
    """Drawn as a warning."""


class Paragraph(Struct, frozen=True):
    """A piece of a dialog's text."""

    text: str
    look: str = ""
    """Style class: "-strong", "-warning", "-error", "-faint", or empty."""


class Dialog(ModalScreen[Value]):
    """What all dialogs look like, and the keys that close them.

    A lone Esc arrives late through GNU screen, so F10 and Ctrl+G close as well.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,f10,ctrl+g,ctrl+q", "give_up", "Close", id="dialog.close", show=False)
    ]

    unasked = False
    """Whether it comes by itself, and not by a key."""

    unasked_until = 0.0
    """Keys typed before this time, in seconds of the events' clock, were meant for the screen below."""

    def _on_mount(self, event: events.Mount) -> None:
        if self.unasked:
            self.unasked_until = event.time + UNASKED_SECONDS

    def action_give_up(self) -> None:
        """Close without an answer."""
        self.dismiss(None)


class ChoiceDialog(Dialog[str | None]):
    """Text and choices; gives back the value chosen, or None."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left,shift+tab", "app.focus_previous", "Previous", id="dialog.previous", show=False),
        Binding("right,tab", "app.focus_next", "Next", id="dialog.next", show=False),
        Binding("ctrl+j", "press_focused", "Choose", id="dialog.choose", show=False),
        Binding("up", "scroll_text(-1)", "Up", id="dialog.up", show=False),
        Binding("down", "scroll_text(1)", "Down", id="dialog.down", show=False),
    ]

    def __init__(
        self,
        title: str,
        paragraphs: Sequence[Paragraph],
        choices: Sequence[Choice],
        *,
        preselected: int = 0,
        alarm: bool = False,
    ) -> None:
        """Make a dialog.

        Args:
            title: stands in the border.
            paragraphs: the text.
            choices: the answers, from left to right.
            preselected: which one Enter chooses.
            alarm: draw the border as a warning.
        """
        super().__init__(classes="-alarm" if alarm else None)
        self._title = title
        self._paragraphs = tuple(paragraphs)
        self._choices = tuple(choices)
        self._preselected = preselected

    def compose(self) -> ComposeResult:
        """Box, text, choices."""
        with Vertical(classes="dialog") as box:
            box.border_title = Text(printable(self._title))
            yield from self.above()
            with VerticalScroll(classes="dialog-text", can_focus=False):
                for paragraph in self._paragraphs:
                    yield Static(
                        printable(paragraph.text), markup=False, classes=paragraph.look.strip() or None
                    )
                yield from self.below()
            for first in range(0, len(self._choices), _CHOICES_A_LINE):
                with Horizontal(classes="dialog-choices -more" if first else "dialog-choices"):
                    for index, choice in list(enumerate(self._choices))[first : first + _CHOICES_A_LINE]:
                        yield Button(
                            Text(f"{choice.key} {choice.label}"),
                            id=f"choice-{index}",
                            compact=True,
                            classes="-danger" if choice.danger else None,
                        )

    def above(self) -> ComposeResult:
        """What stands above the text: nothing, here."""
        yield from ()

    def below(self) -> ComposeResult:
        """What stands below the text and scrolls with it: nothing, here."""
        yield from ()

    def first(self) -> Widget:
        """What has the keyboard first: the preselected answer, so that Enter chooses it."""
        return self.query_one(f"#choice-{self._preselected}", Button)

    def on_mount(self) -> None:
        """Give the keyboard to what wants it first."""
        self.first().focus()

    def on_key(self, event: events.Key) -> None:
        """Choose by letter."""
        letter = event.character or ""
        chosen = [choice for choice in self._choices if choice.key == letter]
        chosen += [choice for choice in self._choices if choice.key == letter.lower()]
        if letter and chosen:
            event.stop()
            event.prevent_default()
            self.dismiss(chosen[0].value)

    @on(Button.Pressed)
    def _pressed(self, event: Button.Pressed) -> None:
        event.stop()
        self.dismiss(self._choices[int((event.button.id or "choice-0").removeprefix("choice-"))].value)

    def action_press_focused(self) -> None:
        """Choose the button that has the keyboard (keypad Enter through tmux)."""
        if isinstance(self.focused, Button):
            self.focused.press()

    def action_scroll_text(self, lines: int) -> None:
        """Move a long text."""
        self.query_one(VerticalScroll).scroll_relative(y=lines, animate=False)
