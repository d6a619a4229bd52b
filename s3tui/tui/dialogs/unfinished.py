"""What an earlier run left behind, and what to do with it."""

from s3tui.formatting import count_text, size_text
from s3tui.model.transfer import UnfinishedWork
from s3tui.tui.dialogs.dialog import Choice, ChoiceDialog, Paragraph

GO_ON = "go-on"
FORGET = "forget"


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
