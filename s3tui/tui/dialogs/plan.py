"""What a copy would do, before anything is done."""

from s3tui.formatting import count_text, size_text
from s3tui.model.transfer import Direction, PlanSummary
from s3tui.tui.dialogs.dialog import Choice, ChoiceDialog, Paragraph
from s3tui.tui.view.outlook import NOTHING_FORESEEN, Outlook

START = "start"

_SENTENCES_SHOWN = 8


def plan_dialog(plan: PlanSummary, destination: str, ahead: Outlook = NOTHING_FORESEEN) -> ChoiceDialog:
    """Files, bytes, clashes, what is left out and what may go wrong; gives START or None.

    Args:
        plan: as the engine made it.
        destination: the folder the bytes go to, for display.
        ahead: how long it will take, and whether the credentials last.
    """
    verb = "Move" if plan.move else "Copy"
    way = "up to" if plan.direction is Direction.UPLOAD else "down to"
    paragraphs = [
        Paragraph(f"{verb} {count_text(plan.files, 'file')}, {size_text(plan.bytes)}", "-strong"),
        Paragraph(f"{way} {destination}"),
    ]
    if ahead.sentence:
        paragraphs.append(Paragraph(ahead.sentence, "-warning" if ahead.beyond else ""))
    if plan.clash_count:
        exist = "exists already" if plan.clash_count == 1 else "exist already"
        paragraphs.append(
            Paragraph(f"{count_text(plan.clash_count, 'file')} {exist}: you will be asked.", "-warning")
        )
    paragraphs += [Paragraph(text, "-warning") for text in plan.warnings]
    if plan.skipped_count:
        paragraphs.append(
            Paragraph(f"{count_text(plan.skipped_count, 'entry', 'entries')} will be left out:")
        )
        paragraphs += [Paragraph(f"  {text}", "-faint") for text in plan.skipped[:_SENTENCES_SHOWN]]
        rest = plan.skipped_count - min(len(plan.skipped), _SENTENCES_SHOWN)
        if rest > 0:
            paragraphs.append(Paragraph(f"  and {rest:,} more.", "-faint"))
    if plan.move:
        paragraphs.append(Paragraph("Each source is deleted once its copy is verified.", "-warning"))
    choices = [Choice(START, verb, verb[0].lower()), Choice("no", "Cancel", "x")]
    return ChoiceDialog(f"{verb} to the other pane", paragraphs, choices)
