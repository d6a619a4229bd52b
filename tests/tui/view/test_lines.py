"""Bars, key hints, parts of lines, and transfers in words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from s3tui.model.transfer import QueueSummary, TransferRow, TransferStatus
from s3tui.tui.view.bars import bar, percent_text
from s3tui.tui.view.key_hints import KeyHint, fit_hints, hints_width
from s3tui.tui.view.line_parts import Part, fit_parts
from s3tui.tui.view.transfer_lines import (
    TransferColumns,
    heading_text,
    held_text,
    panel_rows,
    stopping_text,
    summary_parts,
    transfer_line,
    transfer_words,
    woken_text,
)
from tests.tui.widgets.samples import HINTS, TRANSFERS, transfer


@given(st.floats(allow_nan=False), st.integers(0, 60), st.booleans())
def test_a_bar_is_as_wide_as_asked(fraction: float, width: int, ascii_only: bool) -> None:
    """And full only when everything is done."""
    text = str(bar(fraction, width, ascii_only=ascii_only))
    assert cell_len(text) == width
    assert text.isascii() or not ascii_only
    if width and fraction < 1:
        assert text != str(bar(1, width, ascii_only=ascii_only))


def test_a_bar_grows_by_eighths() -> None:
    """Slow transfers are seen to move; the first byte shows."""
    assert str(bar(0.5, 4)) == "██──"
    assert str(bar(0.53125, 4)) == "██▏─"
    assert str(bar(1e-9, 4)) == "▏───"
    assert str(bar(0.5, 4, ascii_only=True)) == "##--"
    assert str(bar(1, 4)) == "████"


def test_hundred_percent_is_said_only_of_all_bytes() -> None:
    """99.99 % is not done; an empty file is."""
    assert [percent_text(*pair) for pair in ((0, 10), (9999, 10000), (10, 10), (0, 0), (30, 10))] == [
        "  0%",
        " 99%",
        "100%",
        "100%",
        "100%",
    ]


@pytest.mark.parametrize("width", [10, 40, 80, 100, 120, 200])
def test_the_key_bar_keeps_what_matters_and_fits(width: int) -> None:
    """Help stays to the last; where there is room the F-keys come too."""
    kept, twins = fit_hints(HINTS, width)
    assert hints_width(kept, twins) <= width
    assert [hint for hint in HINTS if hint in kept] == list(kept)
    assert any(hint.label == "Help" for hint in kept)
    assert twins == (width >= 110)


def test_hints_that_never_fit_are_dropped_all() -> None:
    """A terminal three cells wide is no reason to fail."""
    assert fit_hints([KeyHint("c", "Copy")], 3) == ((), False)


def test_unimportant_parts_of_a_line_make_way() -> None:
    """The highest rank goes first, what must stay is cut."""
    left = [Part("keep this"), Part("less", rank=1), Part("least", rank=3)]
    right = [Part("12:00", rank=2)]
    assert [p.text for side in fit_parts(left, right, 40, " · ") for p in side] == [
        "keep this",
        "less",
        "least",
        "12:00",
    ]
    assert [p.text for side in fit_parts(left, right, 18, " · ") for p in side] == ["keep this", "less"]
    assert [p.text for side in fit_parts(left, right, 6, " · ") for p in side] == ["keep …"]
    assert fit_parts(left, right, 0) == ([], [])


@pytest.mark.parametrize("width", [20, 40, 60, 79, 80, 119, 200])
@pytest.mark.parametrize("row", TRANSFERS[:6], ids=lambda row: row.status.value)
def test_a_transfers_line_fits(row: TransferRow, width: int) -> None:
    """Sign, name, size, bar, percent, rate and time add up, as does the heading above them."""
    columns = TransferColumns.for_width(width, with_size=True)
    line = transfer_line(row, columns)
    text = f"{line.sign}{line.name}{line.size} {line.bar}{line.percent}{line.tail}"
    assert cell_len(text) == width
    assert cell_len(heading_text(columns, width)) == width


def test_a_line_says_what_a_transfer_is_doing() -> None:
    """Rates for those that run, words for the others; signs without colour."""
    columns = TransferColumns.for_width(80)
    running, _, checking, failed, paused, queued = (transfer_line(row, columns) for row in TRANSFERS[:6])
    assert running.sign == " ▲ "
    assert running.tail.split() == ["41.2", "MB/s", "00:17"]
    assert checking.tail.split() == ["checking"]
    assert (failed.sign, failed.tail.strip()) == ("!▼ ", "failed")
    assert paused.tail.strip() == "paused"
    assert queued.tail.strip() == "queued"
    assert not str(queued.bar).strip()


def test_the_panel_shows_what_runs_then_what_needs_somebody_then_what_is_next() -> None:
    """Finished ones have no line there."""
    done = transfer(99, "done.txt", TransferStatus.SUCCEEDED, 10, 10)
    statuses = [row.status.value for row in panel_rows((done, *reversed(TRANSFERS)), 6)]
    assert statuses == ["running", "running", "running", "paused", "failed", "queued"]


def test_the_summary_counts_and_says_when_credentials_are_missing() -> None:
    """Held transfers are not failed: what is safe and which key helps."""
    left, right = summary_parts(
        QueueSummary(running=2, queued=1, failed=1, bytes_total=10, bytes_done=5), "K"
    )
    assert [part.text for part in left if part.text] == ["2 running", "1 queued", "! 1 failed"]
    assert "50%" in right[0].text
    left, _ = summary_parts(QueueSummary(held=3, bytes_safe=1_200_000_000), "K")
    assert [part.text for part in left if part.text] == [
        "3 transfers wait for new credentials",
        "1.2 GB safe",
        "press K",
    ]
    assert summary_parts(QueueSummary(held=1), "K")[0][0].text == "1 transfer waits for new credentials"


def test_what_is_said_of_finished_parts_is_true_where_there_are_none() -> None:
    """Nothing is called safe of which nothing is."""
    left, _ = summary_parts(QueueSummary(held=1), "K")
    assert not any("safe" in part.text for part in left)
    assert "safe" not in held_text(QueueSummary(held=1))
    assert woken_text(QueueSummary(held=2)) == "New credentials are in place: 2 transfers go on."
    assert (
        stopping_text(1, 0)
        == "It stops now and goes on later. No part is finished yet, so it begins anew then."
    )
    assert "15.0 MB in finished parts need not be sent again" in stopping_text(3, 15_000_000)


def test_a_failed_transfer_says_why() -> None:
    """The sentence and the next step; from where to where fits the line."""
    way, words = transfer_words(TRANSFERS[3], 78)
    assert cell_len(way) <= 78
    assert "→" in way
    assert words == "! No permission to read survey-2026.csv. Ask for access to it."
