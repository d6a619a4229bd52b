"""One of many lines, chosen by its number, page by page."""

from collections.abc import Sequence

from s3tui.tui.dialogs.dialog import Choice, ChoiceDialog, Paragraph
from s3tui.tui.stage import Stage

PAGE = 9
"""Lines on a page: one digit each."""

_MORE = "more"


async def choose_line(stage: Stage, title: str, question: str, lines: Sequence[str]) -> int | None:
    """Ask for one of the lines and return its index, 0 first; None when none was chosen.

    Args:
        stage: where to ask.
        title: stands in the border.
        question: one sentence above the lines.
        lines: what there is; foreign names may be in them.
    """
    first = 0
    while True:
        page = lines[first : first + PAGE]
        paragraphs = [Paragraph(question, "-strong")]
        paragraphs += [Paragraph(f"{number}  {line}") for number, line in enumerate(page, 1)]
        choices = [Choice(str(index), "", str(index + 1)) for index in range(len(page))]
        if len(lines) > PAGE:
            paragraphs.append(Paragraph(f"{first + 1}–{first + len(page)} of {len(lines):,}", "-faint"))
            choices.append(Choice(_MORE, "more", "m"))
        answer = await stage.ask(ChoiceDialog(title, paragraphs, choices))
        if answer is None:
            return None
        if answer != _MORE:
            return first + int(answer)
        first = first + PAGE if first + PAGE < len(lines) else 0
