"""What an earlier run left behind, and what to do with it."""

from s3tui.formatting import count_text, size_text
from s3tui.model.transfer import UnfinishedWork
from s3tui.tui.dialogs.dialog import Choice, ChoiceDialog, Paragraph

GO_ON = "go-on"
FORGET = "forget"
COPY = "copy"
NEXT = "next"


def unfinished_dialog(work: UnfinishedWork) -> ChoiceDialog:
    """Ask whether to go on; gives GO_ON, FORGET, or None to decide later."""
    rest = max(0, work.bytes_total - work.bytes_safe)
    paragraphs = [
        Paragraph(
            f"An earlier run left {count_text(work.files, 'file')}, {size_text(work.bytes_total)}.",
            "-strong",
        ),
        Paragraph(
            f"{size_text(work.bytes_safe)} are safe and need not be sent again; {size_text(rest)} are left."
            if work.bytes_safe
            else "No part of it was finished, so all of it is still to be sent."
        ),
    ]
    if work.bucket:
        paragraphs.append(Paragraph(f"Most of it belongs to the bucket {work.bucket}.", "-faint"))
    choices = [
        Choice(GO_ON, "Go on", "g"),
        Choice("later", "Later", "l"),
        Choice(FORGET, "Forget it", "f", danger=True),
    ]
    return ChoiceDialog("Unfinished transfers", paragraphs, choices)


def left_dialog(command: str, number: int, count: int) -> ChoiceDialog:
    """Tell of a command that has not come to its end; gives COPY, FORGET, NEXT, or None.

    Args:
        command: as it would be typed to go on.
        number: which one of those that are left, 1 first.
        count: how many are left.
    """
    which = f"{number:,} of {count:,}" if count > 1 else ""
    paragraphs = [
        Paragraph("This copy has not come to its end:", "-strong"),
        Paragraph(command),
        Paragraph("Given again, the command goes on where it was, unless it runs now in another window."),
        Paragraph(which, "-faint"),
    ]
    choices = [Choice("close", "Close", "c"), Choice(COPY, "Copy the words", "y")]
    if number < count:
        choices.append(Choice(NEXT, "Next", "n"))
    choices.append(Choice(FORGET, "Forget it", "f", danger=True))
    return ChoiceDialog("Unfinished commands", [each for each in paragraphs if each.text], choices)
