"""Drawing of one line of an entry list, as segments with styles; the texts come from `view.entry_columns`."""

from collections.abc import Callable
from typing import NamedTuple

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from s3tui.model.entry import Entry, EntryKind
from s3tui.tui.view.entry_columns import EntryColumns
from s3tui.tui.view.text_cells import fitted

KIND_STYLES = {
    EntryKind.FILE: "entry-list--file",
    EntryKind.FOLDER: "entry-list--folder",
    EntryKind.BUCKET: "entry-list--folder",
    EntryKind.LINK_TO_FOLDER: "entry-list--folder",
    EntryKind.LINK_TO_FILE: "entry-list--link",
    EntryKind.BROKEN_LINK: "entry-list--broken",
    EntryKind.SPECIAL: "entry-list--faint",
    EntryKind.ARCHIVED: "entry-list--faint",
}
"""Component class that draws the name of each kind."""

StyleOf = Callable[[str], Style]
"""Gives the style of a component class."""


class LineState(NamedTuple):
    """What a line is apart from its entry."""

    cursor: bool = False
    active: bool = True
    """Whether the pane is the one that commands act on."""
    marked: bool = False
    in_range: bool = False
    """Between the start of a range and the cursor."""

    @property
    def sign(self) -> str:
        """The first cell: colour is never the only sign."""
        if self.marked:
            return "*"
        if self.in_range:
            return "+"
        return ">" if self.cursor and not self.active else " "


def entry_strip(
    entry: Entry,
    state: LineState,
    width: int,
    now: float,
    style_of: StyleOf,
    neighbours: tuple[str, ...] = (),
    *,
    locked: bool = False,
) -> Strip:
    """The line of an entry, exactly `width` cells.

    Args:
        entry: what to draw.
        state: what the line is beside that.
        width: in cells.
        now: Unix seconds, for times of day.
        style_of: gives the styles.
        neighbours: the names above and below.
        locked: the server refused to open it.
    """
    columns = EntryColumns.for_width(width)
    name = columns.name_cell(entry.name, entry.kind, neighbours)
    if locked:
        details = columns.note_cells("locked")
    else:
        details = columns.detail_cells(entry.kind, entry.size, entry.modified, now)
    if state.cursor and state.active:
        bar = style_of("entry-list--cursor")
        return Strip([Segment(f"{state.sign}{name}{details}", bar)], width)
    name_style = style_of("entry-list--faint" if locked else KIND_STYLES[entry.kind])
    detail_style = style_of("entry-list--detail")
    if state.marked:
        name_style = style_of("entry-list--marked")
        detail_style = name_style + Style(bold=False)
    elif state.in_range:
        name_style = style_of("entry-list--range")
    strip = Strip([Segment(f"{state.sign}{name}", name_style), Segment(details, detail_style)], width)
    return _behind(strip, style_of) if state.cursor else strip


def parent_strip(state: LineState, width: int, style_of: StyleOf, closed: str = "") -> Strip:
    """The line that leads up; greyed out, with the reason in words, where that was refused."""
    text = fitted(f"{state.sign}..  {closed}" if closed else f"{state.sign}..", width)
    if state.cursor and state.active:
        return Strip([Segment(text, style_of("entry-list--cursor"))], width)
    strip = Strip([Segment(text, style_of("entry-list--faint" if closed else "entry-list--folder"))], width)
    return _behind(strip, style_of) if state.cursor else strip


def text_strip(text: str, width: int, style: Style) -> Strip:
    """A line of a message in an empty list."""
    return Strip([Segment(fitted(text, width), style)], width)


def _behind(strip: Strip, style_of: StyleOf) -> Strip:
    """The strip on the background of the other pane's cursor."""
    background = Style(bgcolor=style_of("entry-list--cursor-away").bgcolor)
    return Strip(
        [Segment(text, (style or Style()) + background) for text, style, _ in strip], strip.cell_length
    )
