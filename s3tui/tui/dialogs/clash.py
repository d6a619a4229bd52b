"""A file that exists already at the destination: what to do with it, and with those after it."""

from msgspec import Struct

from s3tui.formatting import count_text, size_text, time_text
from s3tui.model.transfer import Clash, ClashPolicy
from s3tui.tui.dialogs.dialog import Choice, ChoiceDialog, Paragraph

_FOR_ALL = "-all"

_WORDS = (
    (ClashPolicy.SKIP, "Skip", "s"),
    (ClashPolicy.OVERWRITE, "Overwrite", "o"),
    (ClashPolicy.RENAME, "Rename", "r"),
    (ClashPolicy.NEWER, "If newer", "n"),
)


class ClashAnswer(Struct, frozen=True):
    """What to do with a clash."""

    policy: ClashPolicy
    for_all: bool
    """Whether it holds for all clashes that were not asked about."""

    @classmethod
    def read(cls, value: str) -> "ClashAnswer":
        """The answer behind a choice's value."""
        return cls(ClashPolicy(value.removesuffix(_FOR_ALL)), value.endswith(_FOR_ALL))


def clash_dialog(clash: Clash, number: int, total: int, detailed: int, now: float) -> ChoiceDialog:
    """Ask about one clash; with more than one left, capitals answer for all of them.

    Args:
        clash: the destination and both sizes and times.
        number: which one this is, 1 first.
        total: how many there are.
        detailed: how many of them are asked about one by one.
        now: Unix seconds, to write times with.
    """
    paragraphs = [
        Paragraph(f"{clash.destination.name} exists already.", "-strong"),
        Paragraph(f"  there  {_facts(clash.existing_size, clash.existing_modified, now)}"),
        Paragraph(f"  new    {_facts(clash.source_size, clash.source_modified, now)}{_age(clash)}"),
        Paragraph(str(clash.destination.parent), "-faint"),
    ]
    choices = [
        Choice(policy.value, label, key, policy is ClashPolicy.OVERWRITE) for policy, label, key in _WORDS
    ]
    left = total - number + 1
    if left > 1:
        paragraphs.append(
            Paragraph(f"{count_text(left, 'file')} to decide on; capitals decide for all of them.")
        )
        if number == 1 and total > detailed:
            paragraphs.append(
                Paragraph(f"The first {detailed:,} are asked about one by one, the rest together.", "-faint")
            )
        choices += [
            Choice(f"{policy.value}{_FOR_ALL}", f"{label} all", key.upper(), policy is ClashPolicy.OVERWRITE)
            for policy, label, key in _WORDS
        ]
    return ChoiceDialog(
        f"File {number:,} of {total:,} exists" if total > 1 else "File exists", paragraphs, choices
    )


def rest_dialog(total: int, asked: int) -> ChoiceDialog:
    """Ask once about the clashes that are not shown one by one; gives a policy's value, or None.

    Args:
        total: how many files exist already.
        asked: how many of them were decided on.
    """
    left = total - asked
    paragraphs = [
        Paragraph(f"{count_text(left, 'more file')} of {total:,} exist already.", "-strong"),
        Paragraph("What you choose now holds for all of them. Esc gives up the whole copy."),
    ]
    choices = [
        Choice(policy.value, f"{label} all", key, policy is ClashPolicy.OVERWRITE)
        for policy, label, key in _WORDS
    ]
    return ChoiceDialog("The rest of the files that exist", paragraphs, choices)


def _facts(size: int, modified: float, now: float) -> str:
    when = time_text(modified, now)
    return f"{size_text(size)}, {when}" if when else size_text(size)


def _age(clash: Clash) -> str:
    """Which of the two is newer, to the second: object stores know no less."""
    difference = clash.source_modified - clash.existing_modified
    if abs(difference) < 1:
        return ", of the same time"
    return ", newer" if difference > 0 else ", older"
