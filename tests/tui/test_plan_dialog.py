"""What the question before a copy says of names that cannot be kept, and what its answers lead to."""

from s3tui.model.transfer import Direction, PlanSummary, Renamed
from s3tui.tui.dialogs.plan import LEAVE_OUT, START, plan_dialog


def summary(files: int, renamed: int) -> PlanSummary:
    """A plan of which so many names cannot be kept; the first 200 are told."""
    told = tuple(Renamed(f"“x//{number}”", f"“x/%/{number}”") for number in range(min(renamed, 200)))
    return PlanSummary(1, Direction.DOWNLOAD, files, 10, renamed_count=renamed, renamed=told)


def words(plan: PlanSummary) -> list[str]:
    """The lines of the dialog."""
    return [paragraph.text for paragraph in plan_dialog(plan, "/data")._paragraphs]


def answers(plan: PlanSummary) -> list[tuple[str, str]]:
    """The answers and their keys."""
    return [(choice.value, choice.key) for choice in plan_dialog(plan, "/data")._choices]


def test_each_name_is_shown_with_what_it_becomes() -> None:
    lines = words(summary(9, 1))
    assert "1 name cannot be kept; it is written as:" in lines
    assert "  “x//0” → “x/%/0”" in lines
    lines = words(summary(900, 300))
    assert "300 names cannot be kept; they are written as:" in lines
    assert lines[-1] == "  and 296 more."


def test_copying_under_these_names_is_first_and_leaving_out_is_offered_where_something_is_left() -> None:
    assert answers(summary(9, 1)) == [(START, "c"), (LEAVE_OUT, "l"), ("no", "x")]
    assert answers(summary(1, 1)) == [(START, "c"), ("no", "x")]
    assert answers(summary(9, 0)) == [(START, "c"), ("no", "x")]
