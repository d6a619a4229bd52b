"""One of several lines, chosen by its number."""

from collections.abc import Sequence

from s3tui.tui.dialogs.dialog import Choice, ChoiceDialog, Paragraph

MOST = 9
"""Lines that can be offered at once: one digit each."""


def numbered_dialog(title: str, question: str, lines: Sequence[str]) -> ChoiceDialog:
    """Ask for one of the first `MOST` lines; the dialog gives its index as a text, 0 first.

    Args:
        title: stands in the border.
        question: one sentence above the lines.
        lines: what there is; foreign names may be in them.
    """
    offered = lines[:MOST]
    paragraphs = [Paragraph(question, "-strong")]
    paragraphs += [Paragraph(f"{number}  {line}") for number, line in enumerate(offered, 1)]
    if len(lines) > MOST:
        paragraphs.append(Paragraph(f"{len(lines) - MOST:,} more are not shown.", "-faint"))
    choices = [Choice(str(index), "", str(index + 1)) for index in range(len(offered))]
    return ChoiceDialog(title, paragraphs, choices)
