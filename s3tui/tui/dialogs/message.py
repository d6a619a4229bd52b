"""Something the user has to read before going on."""

from typing import ClassVar

from textual.binding import Binding, BindingType

from s3tui.model.failure import Failure
from s3tui.tui.dialogs.dialog import Choice, ChoiceDialog, Paragraph

_READ = (Choice("ok", "Close", "c"),)


def message_dialog(title: str, *paragraphs: str) -> ChoiceDialog:
    """Plain sentences and a way to close them."""
    return ChoiceDialog(title, [Paragraph(text) for text in paragraphs if text], _READ)


class FailureDialog(ChoiceDialog):
    """What went wrong and what to do now; one key shows the raw code, status and request id."""

    DEFAULT_CSS = """
    FailureDialog .-hidden { display: none; }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("i", "detail", "Detail", id="dialog.detail", show=False),
    ]

    def __init__(self, title: str, failure: Failure, *, open_detail: bool = False) -> None:
        """Tell of `failure`; `open_detail` shows the server's own words from the beginning."""
        paragraphs = [Paragraph(failure.sentence, "-strong"), Paragraph(failure.next_step)]
        if failure.detail:
            paragraphs += [
                Paragraph(
                    "i shows what the server said.", "-faint -hidden" if open_detail else "-faint -hint"
                ),
                Paragraph(failure.detail, "-faint -raw" if open_detail else "-faint -raw -hidden"),
            ]
        super().__init__(title, [told for told in paragraphs if told.text], _READ, alarm=True)

    def action_detail(self) -> None:
        """Show what the server said."""
        self.query(".-hint").add_class("-hidden")
        self.query(".-raw").remove_class("-hidden")


def failure_dialog(title: str, failure: Failure) -> ChoiceDialog:
    """What went wrong, what to do now, and the server's own words one key away."""
    return FailureDialog(title, failure)
