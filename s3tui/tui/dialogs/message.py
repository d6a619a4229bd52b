"""Something the user has to read before going on."""

from s3tui.model.failure import Failure
from s3tui.tui.dialogs.dialog import Choice, ChoiceDialog, Paragraph

_READ = (Choice("ok", "Close", "c"),)


def message_dialog(title: str, *paragraphs: str) -> ChoiceDialog:
    """Plain sentences and a way to close them."""
    return ChoiceDialog(title, [Paragraph(text) for text in paragraphs if text], _READ)


def failure_dialog(title: str, failure: Failure) -> ChoiceDialog:
    """What went wrong, what to do now, and the server's own words below."""
    paragraphs = [Paragraph(failure.sentence, "-strong")]
    if failure.next_step:
        paragraphs.append(Paragraph(failure.next_step))
    if failure.detail:
        paragraphs.append(Paragraph(failure.detail, "-faint"))
    return ChoiceDialog(title, paragraphs, _READ, alarm=True)
