"""How one entry is written in a line of a pane: which columns there is room for, and their text."""

import datetime as dt
from typing import Self

from msgspec import Struct
from rich.cells import cell_len

from s3tui.formatting import size_text, time_text
from s3tui.model.entry import EntryKind
from s3tui.tui.view.text_cells import cut_middle, first_difference, fitted, shown

SIZE_WIDTH = 8
"""Cells of "999.9 MB"."""

_SUFFIXES = {
    EntryKind.FOLDER: "/",
    EntryKind.BUCKET: "/",
    EntryKind.LINK_TO_FOLDER: "/@",
    EntryKind.LINK_TO_FILE: "@",
    EntryKind.BROKEN_LINK: "!",
    EntryKind.SPECIAL: "=",
}
"""What `ls -F` would put behind the name, so that kinds show without colour."""


class EntryColumns(Struct, frozen=True):
    """Widths in cells of the columns of a line; 0 leaves a column out."""

    name: int
    size: int = 0
    time: int = 0

    @classmethod
    def for_width(cls, width: int) -> Self:
        """Share out a line of `width` cells: a mark, the name, and size and time where there is room."""
        if width >= 64:
            return cls(width - 1 - (1 + SIZE_WIDTH) - (2 + 16), SIZE_WIDTH, 16)
        if width >= 33:
            return cls(width - 1 - (1 + SIZE_WIDTH) - (1 + 6), SIZE_WIDTH, 6)
        if width >= 22:
            return cls(width - 1 - (1 + SIZE_WIDTH), SIZE_WIDTH)
        return cls(max(0, width - 1))

    def name_cell(self, name: str, kind: EntryKind, neighbours: tuple[str, ...] = ()) -> str:
        """The name with the sign of its kind, in exactly the name column's width.

        A name that is too long is cut where it still can be told from its neighbours.
        """
        suffix = _SUFFIXES.get(kind, "")
        room = max(0, self.name - len(suffix))
        text = shown(name)
        if cell_len(text) > room:
            text = cut_middle(text, room, first_difference(text, tuple(map(shown, neighbours))))
        return fitted(text + suffix, self.name)

    def detail_cells(self, kind: EntryKind, size: int, modified: float, now: float) -> str:
        """Size and time in exactly the width that is left."""
        text = ""
        if self.size:
            text += " " + fitted(size_text(size), self.size, right=True)
        if self.time:
            gap = "  " if self.time > 6 else " "
            text += gap + fitted(self._when(kind, modified, now), self.time, right=True)
        return text

    def note_cells(self, note: str) -> str:
        """A word in place of size and time, in exactly the width they would have."""
        width = (1 + self.size if self.size else 0) + (
            (2 if self.time > 6 else 1) + self.time if self.time else 0
        )
        return fitted(note, width, right=True) if width else ""

    def _when(self, kind: EntryKind, modified: float, now: float) -> str:
        if kind is EntryKind.ARCHIVED:
            return "archived" if self.time >= 8 else "frozen"
        if kind is EntryKind.BROKEN_LINK:
            return "broken"
        if self.time < 16 or modified < 0:
            return time_text(modified, now)
        try:
            return dt.datetime.fromtimestamp(modified).strftime("%Y-%m-%d %H:%M")
        except (OverflowError, OSError, ValueError):
            return "?"
