"""The list of a pane: cursor, marks and a window over an `EntryTable` of any length.

It is fed by `begin`, `add_page` and `finish`, and does no I/O. What the user may do here are the `action_*`
methods; the keys for them are in the screen's list of commands.
"""

import time
from collections.abc import Callable, Collection
from typing import ClassVar

from rich.style import Style
from textual.message import Message
from textual.strip import Strip

from s3tui.model.entry import Entry
from s3tui.tui.view.text_cells import wrapped
from s3tui.tui.widgets.entry_feed import EntryFeed
from s3tui.tui.widgets.entry_row import LineState, entry_strip, parent_strip, text_strip


class EntryList(EntryFeed):
    """Shows the entries of one folder; knows nothing of where they come from.

    Line 0 is ".." where there is a parent.
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "entry-list--cursor",
        "entry-list--cursor-away",
        "entry-list--file",
        "entry-list--folder",
        "entry-list--link",
        "entry-list--broken",
        "entry-list--faint",
        "entry-list--detail",
        "entry-list--marked",
        "entry-list--range",
        "entry-list--notice",
        "entry-list--alarm",
    }

    DEFAULT_CSS = """
    EntryList > .entry-list--cursor {
        background: $block-cursor-background;
        color: $block-cursor-foreground;
        text-style: $block-cursor-text-style;
    }
    EntryList > .entry-list--cursor-away { background: $block-cursor-blurred-background; }
    EntryList > .entry-list--file { color: $foreground; }
    EntryList > .entry-list--folder { color: $text-primary; text-style: bold; }
    EntryList > .entry-list--link { color: $text-secondary; }
    EntryList > .entry-list--broken { color: $text-error; }
    EntryList > .entry-list--faint { color: $text-muted; }
    EntryList > .entry-list--detail { color: $text-muted; }
    EntryList > .entry-list--marked { color: $text-warning; text-style: bold; }
    EntryList > .entry-list--range { color: $text-accent; text-style: bold; }
    EntryList > .entry-list--notice { color: $text-muted; }
    EntryList > .entry-list--alarm { color: $text-error; text-style: bold; }
    """

    class Told(Message):
        """The base of what this list tells."""

        def __init__(self, entry_list: "EntryList") -> None:
            """Remember the sender."""
            super().__init__()
            self.set_sender(entry_list)
            self.entry_list = entry_list

        @property
        def control(self) -> "EntryList":
            """The list that sent it."""
            return self.entry_list

    class CursorMoved(Told):
        """The cursor stands on another entry."""

    class SelectionChanged(Told):
        """Entries were marked or their marks taken away."""

    class ContentChanged(Told):
        """More entries have come, or others are shown than before."""

    class ParentWanted(Told):
        """The user wants to go up."""

    class Opened(Told):
        """Enter was pressed on an entry."""

        def __init__(self, entry_list: "EntryList", entry: Entry) -> None:
            """Remember the sender and the entry."""
            super().__init__(entry_list)
            self.entry = entry

    def __init__(self, *, clock: Callable[[], float] = time.time, id: str | None = None) -> None:
        """Make an empty list; `clock` gives Unix seconds, for times of day."""
        super().__init__(id=id)
        self._clock = clock
        self._anchor: int | None = None
        self._notice: tuple[str, ...] = ()
        self._alarm = False
        self._above_closed = ""
        self._locked: frozenset[str] = frozenset()

    def content_changed(self) -> None:
        """Draw what is shown now; a range begun on other lines is given up."""
        if not self.listing:
            self._anchor = None
        super().content_changed()
        self.post_message(self.ContentChanged(self))

    # -- cursor ------------------------------------------------------------------------------------------

    @property
    def cursor_entry(self) -> Entry | None:
        """The entry under the cursor; None on ".." and in an empty list."""
        row = self.row_at(self.cursor)
        return None if row is None else self.table.entry(row)

    def selection(self) -> tuple[Entry, ...]:
        """The marked entries; without any, the one under the cursor."""
        if self.table.marked_count:
            return tuple(self.table.entry(row) for row in self.table.marked_rows())
        entry = self.cursor_entry
        return () if entry is None else (entry,)

    def cursor_moved(self, old: int, new: int) -> None:
        """Draw a growing range, and tell the pane."""
        self._wanted_name = ""
        if self._anchor is not None:
            self.refresh_lines(min(old, new), abs(new - old) + 1)
        self.post_message(self.CursorMoved(self))

    def open_line(self) -> None:
        """Go into the entry under the cursor, or up."""
        entry = self.cursor_entry
        if entry is not None:
            self.post_message(self.Opened(self, entry))
        elif self.parent_line:
            self.action_parent()

    def action_parent(self) -> None:
        """Go up."""
        if self.parent_line:
            self.post_message(self.ParentWanted(self))

    # -- marks -------------------------------------------------------------------------------------------

    def action_mark(self) -> None:
        """Mark the entry under the cursor, or take its mark away, and go one down."""
        row = self.row_at(self.cursor)
        if row is not None:
            self.table.toggle_mark(row)
            self.refresh_line(self.cursor)
            self._marks_changed(redraw=False)
        self.cursor += 1

    def action_mark_range(self) -> None:
        """Begin a range here; the second time, mark everything between."""
        if self._anchor is None:
            self._anchor = self.cursor
            self._marks_changed(redraw=False)
            self.refresh_line(self.cursor)
            return
        lines = self._range()
        self._anchor = None
        self.table.mark(row for row in map(self.row_at, lines) if row is not None)
        self._marks_changed()

    def action_mark_all(self) -> None:
        """Mark everything that is shown."""
        self.table.mark_shown()
        self._marks_changed()

    def action_mark_none(self) -> None:
        """Take all marks away; while a range is being chosen, only give that up."""
        if self._anchor is not None:
            self._anchor = None
        else:
            self.table.mark_none()
        self._marks_changed()

    def action_invert_marks(self) -> None:
        """Mark what is not marked, and the other way round."""
        self.table.invert_marks()
        self._marks_changed()

    def mark_matching(self, pattern: str) -> int:
        """Mark the shown entries whose names fit; returns how many fit."""
        found = self.table.mark_matching(pattern)
        self._marks_changed()
        return found

    @property
    def choosing_range(self) -> bool:
        """Whether a range was begun and not ended."""
        return self._anchor is not None

    def _range(self) -> range:
        anchor = self.cursor if self._anchor is None else self._anchor
        return range(min(anchor, self.cursor), max(anchor, self.cursor) + 1)

    def _marks_changed(self, *, redraw: bool = True) -> None:
        if redraw:
            self.refresh()
        self.post_message(self.SelectionChanged(self))

    # -- drawing -----------------------------------------------------------------------------------------

    def show_notice(self, *paragraphs: str, alarm: bool = False) -> None:
        """Say something where entries would be, while there are none.

        Args:
            paragraphs: sentences, each wrapped on its own.
            alarm: make the first one stand out.
        """
        if (paragraphs, alarm) != (self._notice, self._alarm):
            self._notice, self._alarm = paragraphs, alarm
            self.refresh()

    def show_closed(self, above: str = "", locked: Collection[str] = ()) -> None:
        """Grey out what was refused before.

        Args:
            above: why ".." leads nowhere, in a few words; empty when it may be tried.
            locked: names of entries that could not be opened.
        """
        names = frozenset(locked)
        if (above, names) != (self._above_closed, self._locked):
            self._above_closed, self._locked = above, names
            self.refresh()

    def draw_line(self, line: int, width: int) -> Strip:
        """Draw "..", an entry, a line of the notice, or nothing."""
        in_range = self._anchor is not None and line in self._range()
        at_cursor = line == self.cursor
        if line == 0 and self.parent_line:
            return parent_strip(LineState(at_cursor, self.active), width, self._style_of, self._above_closed)
        row = self.row_at(line)
        if row is not None:
            state = LineState(at_cursor, self.active, bool(self.table.marked[row]), in_range)
            rows = (self.row_at(line - 1), self.row_at(line + 1))
            neighbours = tuple(self.table.names[other] for other in rows if other is not None)
            entry = self.table.entry(row)
            locked = entry.name in self._locked
            return entry_strip(entry, state, width, self._clock(), self._style_of, neighbours, locked=locked)
        return self._notice_line(line - self.parent_line, width)

    def _notice_line(self, line: int, width: int) -> Strip:
        """A line of the text that stands in an empty list, after one blank line."""
        if self.table.shown_count == 0:
            lines: list[tuple[str, str]] = [("", "notice")]
            for number, paragraph in enumerate(self._notice):
                look = "alarm" if self._alarm and number == 0 else "notice"
                lines += [(f"  {text}", look) for text in wrapped(paragraph, width - 4)] + [("", look)]
            if line < len(lines):
                text, look = lines[line]
                return text_strip(text, width, self._style_of(f"entry-list--{look}"))
        return Strip.blank(width, self.rich_style)

    def _style_of(self, name: str) -> Style:
        return self.get_component_rich_style(name)
