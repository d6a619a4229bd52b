"""Something the user has to read before going on."""

from typing import ClassVar, Final

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Static

from s3tui.formatting import printable
from s3tui.model.failure import Failure
from s3tui.tui.dialogs.dialog import Choice, ChoiceDialog, Paragraph

WHY_KEY: Final = "!"
"""The key that shows the details of a refusal, wherever one is told."""

_READ = (Choice("ok", "Close", "c"),)


def message_dialog(title: str, *paragraphs: str) -> ChoiceDialog:
    """Plain sentences and a way to close them."""
    return ChoiceDialog(title, [Paragraph(text) for text in paragraphs if text], _READ)


class FailureDialog(ChoiceDialog):
    """What went wrong and what to do now; one key shows code, status, request id, operation and place."""

    DEFAULT_CSS = """
    FailureDialog .details { height: auto; border-top: solid $border; color: $text-muted; }
    FailureDialog .-hidden { display: none; }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("exclamation_mark,ctrl+y", "details", "Details", id="dialog.details", show=False),
        Binding("y", "copy_text", "Copy the text", id="dialog.copy", show=False),
    ]

    def __init__(self, title: str, failure: Failure, *, open_details: bool = False) -> None:
        """Tell of `failure`; `open_details` shows the server's own words from the beginning."""
        self._failure = failure
        self._open = open_details
        paragraphs = [Paragraph(failure.sentence, "-strong"), Paragraph(failure.next_step)]
        super().__init__(title, [told for told in paragraphs if told.text], _READ, alarm=True)

    def below(self) -> ComposeResult:
        """The hint, and the details that it leads to."""
        lines = detail_lines(self._failure)
        if not lines:
            return
        hint = Static(f"{WHY_KEY} shows what the server said.", markup=False, id="hint", classes="-faint")
        hint.set_class(self._open, "-hidden")
        yield hint
        with Vertical(classes="details" if self._open else "details -hidden"):
            for line in lines:
                yield Static(printable(line), markup=False)
            yield Static("y copies this text.", markup=False, id="copied")

    def action_details(self) -> None:
        """Show what the server said."""
        self.query("#hint").add_class("-hidden")
        self.query(".details").remove_class("-hidden")

    def action_copy_text(self) -> None:
        """Send everything that is told to the terminal's clipboard."""
        self.action_details()
        self.app.copy_to_clipboard(failure_text(self._failure))
        for line in self.query("#copied").results(Static):
            line.update("Sent to the terminal's clipboard.")


def detail_lines(failure: Failure) -> tuple[str, ...]:
    """What the server said, and of which request: one fact a line; empty where no server said anything."""
    return tuple(piece for piece in failure.detail.split(" · ") if piece)


def failure_text(failure: Failure) -> str:
    """A failure as plain text for a mail to whoever can help; it never holds a secret."""
    lines = (failure.sentence, failure.next_step, *detail_lines(failure))
    return "\n".join(printable(line) for line in lines if line)


def failure_dialog(title: str, failure: Failure) -> ChoiceDialog:
    """What went wrong, what to do now, and the server's own words one key away."""
    return FailureDialog(title, failure)
