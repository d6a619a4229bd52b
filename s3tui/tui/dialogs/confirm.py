"""Yes or no, with No preselected."""

from collections.abc import Sequence

from s3tui.tui.dialogs.dialog import Choice, ChoiceDialog, Paragraph

YES = "yes"


def confirm_dialog(
    title: str,
    question: str,
    yes: str,
    *,
    no: str = "No",
    details: Sequence[str] = (),
    danger: bool = False,
) -> ChoiceDialog:
    """A question that only a deliberate answer says yes to; the dialog gives YES then.

    Args:
        title: stands in the border.
        question: one sentence that ends in a question mark.
        yes: what will be done, as a verb: "Delete".
        no: what happens otherwise.
        details: more to know, one paragraph each.
        danger: whether something is lost by saying yes.
    """
    paragraphs = [Paragraph(question, "-strong"), *(Paragraph(text) for text in details)]
    choices = [Choice(YES, yes, "y", danger), Choice("no", no, "n")]
    return ChoiceDialog(title, paragraphs, choices, preselected=1, alarm=danger)
