"""Whatever strangers call their files, columns meet and nothing moves the cursor."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from s3tui.model.entry import EntryKind
from s3tui.tui.view.entry_columns import EntryColumns
from s3tui.tui.view.text_cells import cut_left, cut_middle, cut_path, cut_right, fitted, shown, wrapped

HOSTILE = [
    "\x1b[31mred\x1b[0m",
    "two\nlines\r\ttab",
    "[red]markup[/red] [link=http://x]",
    "\u202egpj.exe",
    "\u05e9\u05dc\u05d5\u05dd.txt",
    "lone \udcff surrogate \ud800",
    "x" * 5000,
    "珊瑚礁の観測データ一覧表.parquet",
    "🐠🐟🪸.tar.gz",
    "👩\u200d🚀 👍🏽 🇦🇺 1\ufe0f\u20e3 \u2764\ufe0f",
    "e\u0301" * 40,
    "\u0301starts with a mark",
    "ก็" * 20,
    "zero\u200bwidth\ufeff\u2066",
    "\x9b31m csi \x00 \x7f",
    "",
    " ",
]


@pytest.mark.parametrize("name", HOSTILE, ids=lambda name: ascii(name)[:30])
@pytest.mark.parametrize("width", [0, 1, 2, 3, 7, 21, 80])
def test_hostile_names_take_exactly_their_column(name: str, width: int) -> None:
    """Cut and padded in any way, the text measures what was asked for."""
    for cut in (cut_middle, cut_left, cut_right, cut_path):
        assert cell_len(cut(shown(name), width)) <= width
    assert cell_len(fitted(shown(name), width)) == width
    assert cell_len(fitted(shown(name), width, right=True)) == width


@pytest.mark.parametrize("name", HOSTILE, ids=lambda name: ascii(name)[:30])
def test_nothing_invisible_reaches_the_screen(name: str) -> None:
    """No control, format or surrogate character is left, so that the terminal sees plain text."""
    text = shown(name)
    assert not any(ord(c) < 32 or 0x7F <= ord(c) < 0xA0 or 0xD800 <= ord(c) < 0xE000 for c in text)
    assert not set(text) & set("\u202e\u2066\u200b\u200d\ufeff\ufe0f")
    text.encode("utf-8")


@given(st.text(max_size=60), st.integers(min_value=22, max_value=100), st.sampled_from(EntryKind))
def test_every_line_of_a_list_is_as_wide_as_the_list(name: str, width: int, kind: EntryKind) -> None:
    """Mark, name, size and time add up, whatever the name and the kind."""
    columns = EntryColumns.for_width(width)
    line = "*" + columns.name_cell(name, kind) + columns.detail_cells(kind, 12_400_000, 1.7e9, 1.7e9)
    assert cell_len(line) == width


def test_a_long_name_keeps_its_ending() -> None:
    """The suffix says what a file is, so the middle goes."""
    assert cut_middle("sample_0003_R2_quality_trimmed.fastq.gz", 23) == "sample_0003_R2…fastq.gz"


def test_long_names_are_cut_where_they_can_still_be_told_apart() -> None:
    """Two files that differ by one digit in the middle do not look the same."""
    columns = EntryColumns(21)
    first = "sample_0003_R1_quality_trimmed.fastq.gz"
    second = first.replace("R1", "R2")
    one = columns.name_cell(first, EntryKind.FILE, (second,))
    two = columns.name_cell(second, EntryKind.FILE, (first,))
    assert one != two
    assert "R1" in one
    assert "R2" in two
    early = "a_very_long_run_name_of_the_reef_survey_A_2026.csv"
    late = early.replace("_A_", "_B_")
    assert "_A_" in columns.name_cell(early, EntryKind.FILE, (late,))


def test_a_path_keeps_its_end_and_begins_at_a_slash() -> None:
    """The last folders are what people look for."""
    assert cut_path("s3://rrap-storage-bucket/datasets/10378-1-42/", 28) == "…/datasets/10378-1-42/"
    assert cut_path("s3://labspace/workspaces/alice/", 30) == "…/labspace/workspaces/alice/"


def test_a_sentence_is_wrapped_and_long_addresses_break_after_a_slash() -> None:
    """No line is too wide, no word is lost."""
    lines = wrapped("Go back to s3://rrap-storage-bucket/datasets/10378-1-42/ now.", 34)
    assert all(cell_len(line) <= 34 for line in lines)
    assert lines == ("Go back to", "s3://rrap-storage-bucket/datasets/", "10378-1-42/ now.")
    assert wrapped("", 30) == ()
    assert len(wrapped("word " * 100, 20, 3)) == 3
