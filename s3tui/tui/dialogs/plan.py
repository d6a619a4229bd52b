"""What a copy would do, before anything is done."""

from s3tui.formatting import count_text, size_text
from s3tui.model.transfer import Direction, PlanSummary
from s3tui.tui.dialogs.dialog import Choice, ChoiceDialog, Paragraph
from s3tui.tui.view.outlook import NOTHING_FORESEEN, Outlook

START = "start"
LEAVE_OUT = "leave-out"

_SENTENCES_SHOWN = 8
_NAMES_SHOWN = 4


def plan_dialog(plan: PlanSummary, destination: str, ahead: Outlook = NOTHING_FORESEEN) -> ChoiceDialog:
    """Files, bytes, clashes, what is left out and what may go wrong; gives START, LEAVE_OUT or None.

    Names that cannot be kept are shown with those they would get. Copying under these is preselected: a file
    with an odd name can be renamed later, one that is missing may be missed too late.

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
    paragraphs += _renamed(plan)
    if plan.skipped_count:
        paragraphs.append(
            Paragraph(f"{count_text(plan.skipped_count, 'entry', 'entries')} will be left out:")
        )
        paragraphs += _first([f"  {text}" for text in plan.skipped], plan.skipped_count, _SENTENCES_SHOWN)
    if plan.move:
        paragraphs.append(Paragraph("Each source is deleted once its copy is verified.", "-warning"))
    choices = [Choice(START, verb, verb[0].lower())]
    if plan.renamed_count and plan.renamed_count < plan.files:
        choices.append(Choice(LEAVE_OUT, "Leave out", "l"))
    choices.append(Choice("no", "Cancel", "x"))
    return ChoiceDialog(f"{verb} to the other pane", paragraphs, choices)


def _renamed(plan: PlanSummary) -> list[Paragraph]:
    if not plan.renamed_count:
        return []
    names = [f"  {each.source} → {each.destination}" for each in plan.renamed]
    called = "they are" if plan.renamed_count > 1 else "it is"
    told = f"{count_text(plan.renamed_count, 'name')} cannot be kept; {called} written as:"
    return [Paragraph(told, "-warning"), *_first(names, plan.renamed_count, _NAMES_SHOWN)]


def _first(lines: list[str], count: int, most: int) -> list[Paragraph]:
    """The first lines, and how many of `count` are not shown."""
    shown = [Paragraph(text, "-faint") for text in lines[:most]]
    rest = count - len(shown)
    return [*shown, Paragraph(f"  and {rest:,} more.", "-faint")] if rest > 0 else shown
